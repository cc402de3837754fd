"""Reading .ods workbooks: repeated rows and cells, what is hidden, merged or never calculated, and hostile ones."""

from __future__ import annotations

from datetime import date

import pytest
from corpus.open_document import MANIFEST, book, cell, row, sheet_of, table

HEADER = ("行政相对人名称", "统一社会信用代码", "许可决定日期", "金额", "备注")
ROW = ("盱眙甲有限公司", "91320830000000019L", date(2026, 1, 5), 12.5, "无")


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def test_values_become_text_and_keep_their_type(read):
    outcome, table = read(sheet_of(HEADER, ROW, ("乙", 913208300000000190, None, 0.1 + 0.2, True)))
    assert (outcome.format, outcome.sheet, outcome.rows, outcome.findings) == ("ods", "行政许可", 2, ())
    assert table.row(0)[2:7] == ("盱眙甲有限公司", "91320830000000019L", "2026-01-05", "12.5", "无")
    assert table.row(1)[2:7] == ("乙", "913208300000000000", None, "0.3", "TRUE")
    assert table["row__types"].to_list() == ["ssdns", "sn-nb"]


def test_rows_are_numbered_as_they_are_shown_however_they_are_repeated(read):
    content = book(
        table(
            f'<table:table-row table:number-rows-repeated="3">{cell(None)}</table:table-row>',
            row(*HEADER),
            row(*ROW, attributes='table:number-rows-repeated="2"'),
            f'<table:table-row table:number-rows-repeated="5">{cell(None)}</table:table-row>',
            row("末行", "代码", cell(None, 'table:number-columns-repeated="2"'), "完"),
        )
    )
    outcome, found = read(content)
    assert (outcome.header_row, outcome.rows) == (4, 8)
    assert found["row"].to_list() == [5, 6, 7, 8, 9, 10, 11, 12]
    assert found["xk_xdr_mc"].to_list() == ["盱眙甲有限公司"] * 2 + [None] * 5 + ["末行"]
    assert found["bz"][-1] == "完"


def test_a_title_above_the_header_and_a_footer_below_are_no_data(read):
    title = cell("行政许可信息表", 'table:number-columns-spanned="5" table:number-rows-spanned="1"')
    outcome, found = read(book(table(row(title), row(*HEADER), row(*ROW), row("合计", None, None, 12.5))))
    assert (outcome.header_row, outcome.rows, outcome.findings) == (2, 2, ())
    assert [number for number, _ in outcome.footers] == [4]
    assert found["xk_xdr_mc"].to_list() == ["盱眙甲有限公司", None]


def test_merged_cells_are_named(read):
    merged = cell("甲", 'table:number-columns-spanned="1" table:number-rows-spanned="2"')
    content = book(table(row(*HEADER), row(merged, *ROW[1:]), row("<table:covered-table-cell/>", *ROW[1:])))
    outcome, found = read(content)
    assert [(f.code, f.detail) for f in outcome.findings] == [("SHT-MERGED", "A2:A3")]
    assert found["xk_xdr_mc"].to_list() == ["甲", None]


def test_hidden_rows_and_columns_are_read_and_told(read):
    columns = (
        '<table:table-column table:number-columns-repeated="3"/><table:table-column table:visibility="collapse"/>'
        '<table:table-column table:number-columns-repeated="9"/>'
    )
    rows = [
        row(*ROW),
        row(*ROW, attributes='table:visibility="collapse"'),
        row(*ROW, attributes='table:visibility="filter"'),
    ]
    outcome, _ = read(book(table(row(*HEADER), *rows, columns=columns)))
    assert outcome.rows == 3
    assert [(f.code, f.detail) for f in outcome.findings] == [("SHT-HIDDEN", "第3至4行，共2行；D列“金额”")]


def test_a_formula_without_a_value_marks_its_row(read):
    formula = 'table:formula="of:=[.A1]&amp;&quot;x&quot;"'
    valued = cell("无", formula)
    empty = f'<table:table-cell {formula} office:value-type="string" office:string-value=""/>'
    rows = [row(*ROW[:4], valued), row(*ROW[:4], empty), row(*ROW[:4], cell(None, formula)), row(cell(None, formula))]
    outcome, found = read(book(table(row(*HEADER), *rows)))
    assert outcome.rows == 4
    assert found["row__mark"].to_list() == [None, None, "ROW-FORMULA", "ROW-FORMULA"]
    assert found["row__text"].to_list() == [None, None, "第4行：备注", "第5行：行政相对人名称"]


def test_an_error_keeps_its_text_and_its_letter(read):
    shown = '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" '
    shown += 'calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    _, found = read(book(table(row(*HEADER), row(*ROW[:4], shown), row(*ROW[:4], "#N/A"))))
    assert found["bz"].to_list() == ["#N/A", "#N/A"]
    assert found["row__types"].to_list() == ["ssdne", "ssdns"]


def test_hidden_sheets_are_ignored(read):
    style = '<style:table-properties table:display="false"/></style:style>'
    style = '<style:style style:name="ta2" style:family="table">' + style
    hidden = table(row(*HEADER), row(*ROW), row(*ROW), name="旧", attributes='table:style-name="ta2"')
    outcome, _ = read(book(hidden, table(row(*HEADER), row(*ROW), name="新"), styles=style))
    assert (outcome.sheet, outcome.rows, outcome.findings) == ("新", 1, ())


def test_values_from_another_file_are_read_and_told(read):
    far = cell("无", "table:formula=\"of:=['file:///other.ods'#$Sheet1.A1]\"")
    outcome, found = read(book(table(row(*HEADER), row(*ROW[:4], far))))
    assert (codes(outcome), found["bz"].to_list()) == (["SHT-EXTERNAL"], ["无"])


@pytest.mark.parametrize(
    "bomb",
    [
        row(*ROW, attributes='table:number-rows-repeated="100000000"'),
        row(cell("甲", 'table:number-columns-repeated="1000000000"')),
        row(*ROW, attributes='table:number-rows-repeated="1048000"') * 8,
        f'<table:table-row table:number-rows-repeated="900000000">{cell(None)}</table:table-row>{row(*ROW)}',
        row(*ROW, cell(None, 'table:number-columns-repeated="16000"'), "远"),
        row(*ROW[:4], cell(None, 'table:formula="of:=1" table:number-columns-repeated="900000000"')),
    ],
)
def test_what_is_repeated_without_end_is_refused_before_it_is_laid_out(read, bomb):
    assert codes(read(book(table(row(*HEADER), row(*ROW), bomb)))[0]) == ["FIL-TOOBIG"]


def test_sheets_that_are_too_large_together_are_refused_though_they_are_hidden(read):
    large = [
        table(row(*HEADER), row(*ROW, attributes='table:number-rows-repeated="1000000"'), name=f"表{n}")
        for n in range(8)
    ]
    assert codes(read(book(*large))[0]) == ["FIL-TOOBIG"]


def test_entities_are_refused(read):
    head = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    assert codes(read(book(table(row(*HEADER), row(*ROW)), head=head))[0]) == ["FIL-FORMAT"]


def test_macros_and_passwords_are_refused(read):
    sheet = table(row(*HEADER), row(*ROW))
    assert codes(read(book(sheet, more={"Basic/Standard/Module1.xml": "<x/>"}))[0]) == ["FIL-MACRO"]
    locked = MANIFEST.replace(
        "/></manifest:manifest>", "><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    )
    assert codes(read(book(sheet, more={"META-INF/manifest.xml": locked}))[0]) == ["FIL-PASSWORD"]


def test_a_truncated_file_is_refused_as_partial(read):
    content = sheet_of(HEADER, *[ROW] * 50)
    for length in (len(content) - 1, len(content) // 2, 60):
        assert codes(read(content[:length])[0]) == ["FIL-PARTIAL"]


def test_a_workbook_with_broken_xml_is_refused(read):
    whole = table(row(*HEADER), *[row(*ROW)] * 5)
    for cut in (whole[: len(whole) // 2], whole.replace("</table:table>", "")):
        assert codes(read(book(cut))[0])[0] in ("FIL-PARTIAL", "FIL-EMPTY", "FIL-FORMAT")


def test_a_table_inside_a_table_is_refused(read):
    nested = table(row(*HEADER), row(*ROW[:4], f"<table:table-cell>{table(row(*ROW), name='内')}</table:table-cell>"))
    assert codes(read(book(nested))[0]) == ["FIL-FORMAT"]


def test_an_empty_workbook_is_refused_as_empty(read):
    assert codes(read(book(table()))[0]) == ["FIL-EMPTY"]
    assert codes(read(sheet_of(HEADER))[0]) == ["FIL-EMPTY"]
