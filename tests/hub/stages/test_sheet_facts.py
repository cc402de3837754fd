"""What an .xlsx holds beside its values: merged and hidden cells, formulas without value, links, odd spellings."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
import xlsxwriter
from corpus.sheets import in_sheet, rewritten

HEADER = ["行政相对人名称", "统一社会信用代码", "许可决定日期", "金额", "备注"]
ROW = ["盱眙甲有限公司", "91320830000000019L", "2026-01-05", "12.50", "无"]
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
Fill = Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]


def book(
    *rows: list[object], fill: Fill | None = None, first: int = 0, options: dict[str, object] | None = None
) -> bytes:
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True, **(options or {})}) as made:
        sheet = made.add_worksheet("行政许可")
        for number, row in enumerate([HEADER, *rows], first):
            sheet.write_row(number, 0, row)
        if fill:
            fill(made, sheet)
    return memory.getvalue()


def told(outcome) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.detail) for finding in outcome.findings]


def test_merged_cells_within_the_data_are_named_and_read_as_empty_but_the_first(read):
    def fill(made, sheet):
        sheet.merge_range("A2:A4", "甲", made.add_format())
        sheet.merge_range("D3:E3", "1", made.add_format())

    outcome, table = read(book(ROW, ROW, ROW, fill=fill))
    assert told(outcome) == [("SHT-MERGED", "A2:A4、D3:E3")]
    assert table["xk_xdr_mc"].to_list() == ["甲", None, None]
    assert outcome.findings[0].row == 2


def test_merged_titles_headers_footers_and_columns_that_are_not_ours_are_no_trouble(read):
    def fill(made, sheet):
        shape = made.add_format()
        sheet.merge_range("A1:E1", "行政许可信息表", shape)
        sheet.merge_range("A2:E2", "填报单位：市场监督管理局", shape)
        sheet.write("F3", "电话")
        sheet.merge_range("F4:F5", "1", shape)
        sheet.merge_range("A6:E6", "合计：2", shape)
        sheet.merge_range("A20:E30", "", shape)

    outcome, table = read(book(ROW, ROW, first=2, fill=fill))
    assert [code for code, _ in told(outcome)] == ["HDR-UNKNOWN"]
    assert (outcome.header_row, outcome.rows, [row for row, _ in outcome.footers]) == (3, 3, [6])
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司", "盱眙甲有限公司", None]


def test_hidden_rows_and_columns_are_read_and_told(read):
    def fill(made, sheet):
        for row in (0, 2, 3, 5, 900):
            sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_column("C:D", None, None, {"hidden": True})
        sheet.set_column("G:XFD", None, None, {"hidden": True})

    outcome, _ = read(book(*[ROW] * 8, fill=fill))
    assert outcome.rows == 8
    assert told(outcome) == [("SHT-HIDDEN", "第3至4行、第6行，共3行；C列“许可决定日期”、D列“金额”")]


def test_rows_that_a_filter_hides_are_read_and_told(read):
    def fill(made, sheet):
        sheet.autofilter("A1:E4")
        sheet.filter_column("A", "x == 乙")
        sheet.set_row(2, None, None, {"hidden": True})

    outcome, table = read(book(["乙", *ROW[1:]], ROW, ["乙", *ROW[1:]], fill=fill))
    assert (outcome.rows, told(outcome)) == (3, [("SHT-HIDDEN", "第3行")])
    assert table["xk_xdr_mc"].to_list() == ["乙", "盱眙甲有限公司", "乙"]


@pytest.mark.parametrize(
    ("cell", "marked"),
    [
        (b'<c r="E2"><f>A2</f></c>', True),
        (b'<c r="E2"><f>A2</f><v></v></c>', True),
        (b'<c r="E2"><f>A2</f><v/></c>', True),
        (b'<c r="E2" t="str"><f>A2</f></c>', True),
        (b'<c r="E2" s="0"><f t="shared" si="0"/></c>', True),
        (b'<c r="E2"><f t="shared" ref="E2:E3" si="0">A2/B2</f></c>', True),
        (b'<x:c r="E2"><x:f>A2</x:f></x:c>', True),
        (b"<c  r = 'E2' ><f>A2</f></c >", True),
        (b'<c r="E2" t="str"><f>A2</f><v></v></c>', False),
        (b'<c t="str" r="E2"><f>A2</f><v/></c>', False),
        (b'<c r="E2"><f>A2</f><v>0</v></c>', False),
        (b'<c r="E2" t="e"><f>A2</f><v>#N/A</v></c>', False),
        (b'<c r="E2" t="e"><f>A2</f><v>#REF!</v></c>', True),
        (b'<c r="E2"><f t="shared" si="0"/><v>1/</v></c>'.replace(b"1/", b"1"), False),
        (b'<c r="E2" t="inlineStr"><f>A2</f><is><t>a</t></is></c>', False),
        (b'<x:c r="E2" t="str"><x:f>A2</x:f><x:v></x:v></x:c>', False),
    ],
)
def test_a_formula_without_a_stored_value_marks_its_row_and_names_the_column(read, cell, marked):
    content = rewritten(book(ROW, ROW), in_sheet(rb'<c r="E2".*?</c>', cell.replace(b"\\", b"")))
    content = rewritten(content, in_sheet(rb"<worksheet ", b'<worksheet xmlns:x="' + MAIN + b'" '))
    outcome, table = read(content)
    assert table["row__mark"].to_list() == (["ROW-FORMULA", None] if marked else [None, None])
    assert table["row__text"].to_list() == (["第2行：备注", None] if marked else [None, None])
    assert told(outcome) == []


def test_formulas_without_value_in_columns_that_are_not_ours_and_in_footers_mark_nothing(read):
    def fill(made, sheet):
        sheet.write("F1", "小计")
        sheet.write_formula("F2", "=D2", None, "")
        sheet.write("A3", "合计")
        sheet.write_formula("D3", "=SUM(D2:D2)", None, "")
        sheet.write_formula("F9", "=D9", None, "")
        sheet.write_formula("K2", "=D9", None, "")

    outcome, table = read(book(ROW, fill=fill))
    assert outcome.rows == 2
    assert table["row__mark"].null_count() == 2


def test_rows_of_nothing_but_formulas_without_value_are_not_lost(read):
    def fill(made, sheet):
        for row in range(2, 12):
            sheet.write_formula(row, 0, f"=底表!A{row}", None, "")

    outcome, table = read(book(ROW, fill=fill))
    assert outcome.rows == 11
    assert table["row__mark"].to_list() == [None] + ["ROW-FORMULA"] * 10
    only = book(fill=fill)
    assert read(only)[0].rows == 11


@pytest.mark.parametrize(("number", "shape"), [(-1e15, "yyyy-mm-dd"), (913208300000000190, "[h]:mm")])
def test_a_cell_that_the_reader_cannot_show_marks_its_row_alone(read, number, shape):
    def fill(made, sheet):
        for row in (1, 2, 40):
            sheet.write_number(row, 1, number, made.add_format({"num_format": shape}))

    outcome, table = read(book(*[ROW] * 50, fill=fill))
    broken = table.filter(table["row__mark"] == "ROW-BROKEN")
    assert (outcome.rows, broken["row"].to_list()) == (50, [2, 3, 41])
    assert broken["row__text"].to_list() == ["第2行", "第3行", "第41行"]
    assert table["xk_xdr_mc"].null_count() == 3


def test_an_identifier_with_the_format_of_a_date_keeps_its_digits_and_the_letter_of_a_number(read):
    def fill(made, sheet):
        sheet.write_number("B2", 320830188001010, made.add_format({"num_format": "yyyy-mm-dd"}))

    _, table = read(book(ROW, fill=fill))
    assert (table["xk_xdr_shxym"][0], table["row__types"][0]) == ("320830188001010", "snsss")


def test_values_from_other_files_are_read_as_stored_and_told(read):
    content = book(ROW, fill=lambda made, sheet: sheet.write_formula("E2", "='[1]表'!$A$1", None, "远"))
    link = [("xl/externalLinks/externalLink1.xml", b'<externalLink xmlns="' + MAIN + b'"/>')]
    outcome, table = read(rewritten(content, lambda _, text: text, link))
    assert ([code for code, _ in told(outcome)], table["bz"].to_list()) == (["SHT-EXTERNAL"], ["远"])


def test_a_page_of_explanations_is_never_taken_for_the_data(read):
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as made:
        guide = made.add_worksheet("填报说明")
        for row, name in enumerate(HEADER):
            guide.write_row(row, 0, [name, "怎样填写"])
        sheet = made.add_worksheet("数据")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW)
    outcome, _ = read(memory.getvalue())
    assert (outcome.sheet, outcome.rows, outcome.findings) == ("数据", 1, ())


def test_a_header_far_below_titles_and_empty_rows_is_found(read):
    def fill(made, sheet):
        for row in range(12):
            sheet.write(row * 2, 0, f"说明第{row}条")

    outcome, table = read(book(ROW, ROW, first=40, fill=fill))
    assert (outcome.header_row, outcome.rows, table["row"].to_list()) == (41, 2, [42, 43])


def test_footers_are_blank_records_even_across_empty_rows(read):
    outcome, table = read(book(*[ROW] * 30, [], ["合计", "", "", 360], [], ["填表人：某某"]))
    assert (outcome.rows, [row for row, _ in outcome.footers]) == (34, [33, 35])
    assert table["xk_xdr_mc"].null_count() == 4


def test_strict_workbooks_are_read(read):
    def strict(name: str, text: bytes) -> bytes:
        text = text.replace(MAIN, b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        return text.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )

    content = rewritten(
        book(ROW), in_sheet(rb'<c r="C2".*?</c>', b'<c r="C2" t="d"><v>2026-01-05T00:00:00.000</v></c>')
    )
    outcome, table = read(rewritten(content, strict))
    assert (outcome.rows, table["xk_jdrq"].to_list(), table["row__types"].to_list()) == (1, ["2026-01-05"], ["ssdss"])


def test_inline_and_rich_texts_are_read_whole(read):
    second = '<r><rPr><b/></rPr><t xml:space="preserve"> 乙</t></r>'
    inline = f'<c r="A2" t="inlineStr"><is><r><t>甲</t></r>{second}</is></c>'.encode()
    rich = lambda made, sheet: sheet.write_rich_string("E2", "一", made.add_format({"bold": True}), "二", "三")  # noqa: E731
    _, table = read(rewritten(book(ROW, fill=rich), in_sheet(rb'<c r="A2".*?</c>', inline)))
    assert (table["xk_xdr_mc"].to_list(), table["bz"].to_list()) == (["甲 乙"], ["一二三"])


def test_dates_follow_the_epoch_of_the_workbook(read):
    def fill(made, sheet):
        sheet.write_datetime("C2", datetime(2026, 1, 5), made.add_format({"num_format": "yyyy-mm-dd"}))

    for since_1904 in (False, True):
        _, table = read(book(ROW, fill=fill, options={"date_1904": since_1904}))
        assert table["xk_jdrq"].to_list() == ["2026-01-05"]


@pytest.mark.parametrize(
    "part",
    ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "docProps/core.xml", "[Content_Types].xml"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_whatever_part_it_stands(read, part, encoding):
    def declare(name: str, text: bytes) -> bytes:
        if name != part:
            return text
        head, _, rest = text.decode().partition("?>")
        laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
        return (head.replace("UTF-8", encoding) + "?>" + laughs + rest).encode(encoding)

    assert [code for code, _ in told(read(rewritten(book(ROW), declare))[0])] == ["FIL-FORMAT"]


def test_a_sheet_that_is_not_in_utf8_is_refused_because_it_cannot_be_measured(read):
    wide = lambda name, text: text.decode().encode("utf-16") if name.startswith("xl/worksheets/") else text  # noqa: E731
    assert [code for code, _ in told(read(rewritten(book(ROW), wide))[0])] == ["FIL-FORMAT"]


@pytest.mark.parametrize("reference", [b"ACOF1", b"IW2", b"XFD1", b"ZZZ1048576", b"A9999999"])
def test_cells_too_far_out_are_refused(read, reference):
    far = b'<c r="' + reference + b'"><v>1</v></c></row></sheetData>'
    row = ["甲"] * 40
    content = rewritten(book(ROW, row), in_sheet(rb"</row></sheetData>", far))
    assert [code for code, _ in told(read(content)[0])] == ["FIL-TOOBIG"]


def test_parts_of_one_name_and_sheets_of_one_part_are_refused(read):
    twice = book(ROW)
    memory = io.BytesIO(twice)
    with zipfile.ZipFile(memory, "a") as archive:
        archive.writestr("xl/worksheets/SHEET1.xml", b"<worksheet/>")
    assert [code for code, _ in told(read(memory.getvalue())[0])] == ["FIL-FORMAT"]

    def double(name: str, text: bytes) -> bytes:
        again = rb'\1<sheet name="again" sheetId="9" r:id="rId1"/>'
        return re.sub(rb"(<sheet [^>]*/>)", again, text) if name == "xl/workbook.xml" else text

    assert [code for code, _ in told(read(rewritten(twice, double))[0])] == ["FIL-FORMAT"]


def test_macro_sheets_of_excel_4_are_refused(read):
    content = rewritten(book(ROW), lambda _, text: text, [("xl/macrosheets/sheet1.xml", b"<x/>")])
    assert [code for code, _ in told(read(content)[0])] == ["FIL-MACRO"]


def test_what_is_told_names_at_most_ten_places_and_the_number_of_all(read):
    def fill(made, sheet):
        for row in range(1, 60, 2):
            sheet.merge_range(row, 0, row + 1, 0, "甲", made.add_format())
            sheet.set_row(row, None, None, {"hidden": True})

    merged, hidden = told(read(book(*[ROW] * 70, fill=fill))[0])
    assert merged[1].count(":") == 10 and merged[1].endswith("等30处")
    assert hidden[1].count("、") == 9 and hidden[1].endswith("等，共30行")
