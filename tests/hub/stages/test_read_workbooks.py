"""Reading .xlsx workbooks: types kept, rows numbered as Excel shows them, nothing lost and nothing blown up."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter

HEADER = ["行政相对人名称", "统一社会信用代码", "许可决定日期", "金额", "备注"]
ROW = ["盱眙甲有限公司", "91320830000000019L", "2026-01-05", "12.50", ""]


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        fill(book)
    return memory.getvalue()


def sheet_of(*rows: list[object], at: tuple[int, int] = (0, 0), name: str = "行政许可") -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet(name)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for down, row in enumerate([HEADER, *rows]):
            for right, value in enumerate(row):
                place = (at[0] + down, at[1] + right)
                if isinstance(value, datetime):
                    sheet.write_datetime(*place, value, moment)
                elif isinstance(value, date):
                    sheet.write_datetime(*place, datetime(value.year, value.month, value.day), day)
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(*place, value, None, "#N/A" if "NA" in value else "")
                else:
                    sheet.write(*place, value)

    return workbook(fill)


def rewritten(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (text := change(name, old.read(name))) is not None:
                new.writestr(name, text)
    return memory.getvalue()


def in_sheet(pattern: bytes, replacement: bytes) -> Callable[[str, bytes], bytes]:
    return lambda name, text: re.sub(pattern, replacement, text) if name.startswith("xl/worksheets/") else text


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def test_the_last_row_of_a_sheet_is_never_lost(read):
    outcome, table = read(sheet_of(ROW, ROW, ["末行", "N23208300000000194"]))
    assert (outcome.rows, outcome.format, outcome.sheet, outcome.findings) == (3, "xlsx", "行政许可", ())
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司"] * 2 + ["末行"]
    assert table["row"].to_list() == [2, 3, 4]


def test_numbers_become_text_as_excel_shows_them_and_keep_their_type(read):
    _, table = read(sheet_of(["甲", 913208300000000190, 46027, 1234567.89, 0.1 + 0.2], ["乙", 12, 1e-7, -3, 0]))
    assert table.row(0)[3:7] == ("913208300000000000", "46027", "1234567.89", "0.3")
    assert table.row(1)[3:7] == ("12", "0.0000001", "-3", "0")
    assert table["row__types"].to_list() == ["snnnn", "snnnn"]


def test_a_code_of_fifteen_digits_in_a_numeric_cell_keeps_the_type_of_a_number(read):
    _, table = read(sheet_of(["甲", 320830188001010, "", "", ""]))
    assert (table["xk_xdr_shxym"][0], table["row__types"][0]) == ("320830188001010", "sn---")


def test_dates_become_iso_text_and_keep_their_type(read):
    _, table = read(sheet_of(["甲", "代码", date(2026, 1, 5), "", datetime(2026, 1, 5, 13, 4, 5)]))
    assert (table["xk_jdrq"][0], table["bz"][0]) == ("2026-01-05", "2026-01-05 13:04:05")
    assert table["row__types"][0] == "ssd-d"


def test_truth_values_errors_and_formulas_without_value_are_told_apart(read):
    _, table = read(sheet_of([True, "=NA()", "=A1&B1", False, "#N/A"]))
    assert table.row(0)[2:7] == ("TRUE", "#N/A", None, "FALSE", "#N/A")
    assert table["row__types"][0] == "be-bs"


def test_a_row_of_nothing_but_an_error_is_a_row(read):
    outcome, table = read(sheet_of(ROW, ["", "=NA()"]))
    assert outcome.rows == 2
    assert table["row__types"].to_list() == ["ssss-", "-e---"]


def test_rows_are_numbered_as_excel_shows_them_below_empty_rows_and_right_of_empty_columns(read):
    outcome, table = read(sheet_of(ROW, [], ROW, at=(3, 2)))
    assert (outcome.header_row, outcome.rows) == (4, 3)
    assert table["row"].to_list() == [5, 6, 7]
    assert table["record"].to_list() == [1, 2, 3]
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司", None, "盱眙甲有限公司"]
    assert table["row__types"][1] == "-----"


def test_trailing_empty_rows_are_no_records(read):
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW)
        for row in range(2, 50):
            sheet.write_blank(row, 0, None, book.add_format({"bold": True}))
        sheet.write_string(60, 0, "")

    assert read(workbook(fill))[0].rows == 1


def test_a_line_break_in_a_cell_of_a_workbook_is_no_new_row(read):
    outcome, table = read(sheet_of(["甲\n乙", "代码"], ROW))
    assert outcome.rows == 2
    assert table["xk_xdr_mc"][0] == "甲\n乙"


def test_the_sheet_with_our_header_is_read_and_a_second_one_is_told(read):
    def fill(book):
        book.add_worksheet("说明").write(0, 0, "填报说明")
        for name in ("一月", "二月"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, ROW)

    outcome, _ = read(workbook(fill))
    assert (outcome.sheet, outcome.rows) == ("一月", 1)
    assert [(finding.code, finding.detail) for finding in outcome.findings] == [("HDR-UNKNOWN", "工作表“二月”的全部列")]


def test_hidden_sheets_are_ignored(read):
    def fill(book):
        for name in ("旧", "新"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, [name, "代码"])
        book.get_worksheet_by_name("新").activate()
        book.get_worksheet_by_name("旧").hide()

    outcome, table = read(workbook(fill))
    assert (outcome.sheet, outcome.findings) == ("新", ())
    assert table["xk_xdr_mc"].to_list() == ["新"]


def test_a_workbook_without_data_is_refused_as_empty(read):
    assert codes(read(sheet_of())[0]) == ["FIL-EMPTY"]
    assert codes(read(workbook(lambda book: book.add_worksheet()))[0]) == ["FIL-EMPTY"]


def test_a_workbook_with_a_foreign_header_is_refused_with_its_rows_counted(read):
    def fill(book):
        for row in range(4):
            book.add_worksheet().write(row, 0, f"甲{row}") if not row else book.worksheets()[0].write(row, 0, "乙")

    outcome, _ = read(workbook(fill))
    assert (codes(outcome), outcome.rows) == (["HDR-MISSING"], 3)


def test_a_wrong_dimension_is_not_believed(read):
    content = rewritten(sheet_of(*[ROW] * 40), in_sheet(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"'))
    assert read(content)[0].rows == 40
    content = rewritten(sheet_of(*[ROW] * 40), in_sheet(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"'))
    assert read(content)[0].rows == 40


def test_a_cell_in_the_last_corner_of_a_sheet_is_refused_before_it_takes_the_memory(read):
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    content = rewritten(sheet_of(ROW), in_sheet(rb"</sheetData>", corner))
    assert codes(read(content)[0]) == ["FIL-TOOBIG"]


def test_a_formatted_but_empty_cell_far_out_refuses_nothing(read):
    content = rewritten(sheet_of(ROW), in_sheet(rb"</row></sheetData>", b'<c r="XFD2" s="0"/></row></sheetData>'))
    assert read(content)[0].rows == 1


def test_cells_without_a_reference_are_refused_with_a_way_out(read):
    content = rewritten(sheet_of(ROW), in_sheet(rb' r="A2"', b""))
    (finding,) = read(content)[0].findings
    assert finding.code == "FIL-FORMAT" and "另存" in finding.detail


@pytest.mark.parametrize("grown", ["xl/worksheets/sheet1.xml", "xl/media/other.bin", "xl/sharedStrings.xml"])
def test_a_bomb_is_refused_wherever_it_hides(read, grown):
    def swell(name: str, text: bytes) -> bytes:
        return text.replace(b"</", b" " * 8_000_000 + b"</", 1) if name == grown else text

    content = rewritten(sheet_of(ROW), swell)
    memory = io.BytesIO(content)
    if grown.endswith(".bin"):
        with zipfile.ZipFile(memory, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(grown, b"\0" * 8_000_000)
    assert codes(read(memory.getvalue())[0]) == ["FIL-TOOBIG"]


def test_an_archive_of_countless_parts_is_refused(read):
    memory = io.BytesIO(sheet_of(ROW))
    with zipfile.ZipFile(memory, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"xl/media/{number}", b"")
    assert codes(read(memory.getvalue())[0]) == ["FIL-TOOBIG"]


def test_a_truncated_workbook_is_refused_as_partial(read):
    content = sheet_of(*[ROW] * 50)
    for length in (len(content) - 1, len(content) // 2, 30):
        assert codes(read(content[:length])[0]) == ["FIL-PARTIAL"]


def test_a_workbook_with_a_flipped_bit_is_refused_or_read_whole(read):
    content = sheet_of(*[ROW] * 50)
    for at in range(100, len(content), 211):
        outcome, table = read(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
        assert outcome.refused or (outcome.rows == 50 and table["bz"].null_count() == 50), at


def test_a_workbook_without_its_sheet_is_refused_as_partial(read):
    content = rewritten(sheet_of(ROW), lambda name, text: None if name.startswith("xl/worksheets/") else text)
    assert codes(read(content)[0]) == ["FIL-PARTIAL"]


@pytest.mark.parametrize("cut", [b"<sheetData>", b"</row>", b"<v>"])
def test_a_sheet_of_broken_xml_is_refused_as_partial(read, cut):
    content = rewritten(
        sheet_of(ROW), lambda name, text: text[: text.index(cut)] if name.startswith("xl/worksheets/") else text
    )
    assert set(codes(read(content)[0])) <= {"FIL-PARTIAL", "FIL-EMPTY"}


@pytest.mark.parametrize(
    ("name", "code"),
    [("xl/vbaProject.bin", "FIL-MACRO"), ("../../etc/passwd", "FIL-FORMAT"), ("xl/workbook.bin", "FIL-FORMAT")],
)
def test_macros_binary_workbooks_and_climbing_names_are_refused(read, name, code):
    memory = io.BytesIO(sheet_of(ROW))
    with zipfile.ZipFile(memory, "a") as archive:
        archive.writestr(name, b"x")
    assert codes(read(memory.getvalue())[0]) == [code]


def test_a_document_type_in_the_workbook_is_refused(read):
    def declare(name: str, text: bytes) -> bytes:
        return (
            text.replace(b"<workbook", b'<!DOCTYPE w [<!ENTITY a "b">]><workbook')
            if name == "xl/workbook.xml"
            else text
        )

    assert codes(read(rewritten(sheet_of(ROW), declare))[0]) == ["FIL-FORMAT"]


def test_what_openpyxl_writes_is_read_the_same(read):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (HEADER, ROW, ["乙", 91320830, date(2026, 1, 5), 12.5, True]):
        sheet.append(row)
    memory = io.BytesIO()
    book.save(memory)
    _, table = read(memory.getvalue())
    assert table.row(1)[2:7] == ("乙", "91320830", "2026-01-05", "12.5", "TRUE")
    assert table["row__types"].to_list() == ["ssss-", "sndnb"]


def test_many_rows_come_in_order_in_row_groups(read):
    outcome, table = read(sheet_of(*[[f"公司{n}", "代码", "", n] for n in range(25_000)]), chunk_rows=10_000)
    assert outcome.rows == 25_000
    assert table["xk_je"].to_list() == [str(n) for n in range(25_000)]
    assert table["row"].to_list() == list(range(2, 25_002))
