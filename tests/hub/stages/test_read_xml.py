"""Reading XML: rows below a root, whatever the rows are called; nothing that an attacker may hide in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.contract.model import Intake

CELLS = "<XK_XDR_MC>盱眙甲有限公司</XK_XDR_MC><XK_XDR_SHXYM>91320830000000019L</XK_XDR_SHXYM>"


def xml(*rows: str, encoding: str | None = "UTF-8", root: str = "ROWDATA", end: str = "\n") -> str:
    """The rows from line 3 on."""
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else '<?xml version="1.0"?>'
    return end.join([declaration, f"<{root}>", *rows, f"</{root}>", ""])


def row(inner: str = CELLS, name: str = "ROW") -> str:
    return f"<{name}>{inner}</{name}>"


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("declared", ["UTF-8", "gb2312", "GBK", "GB18030", None])
def test_rows_are_read_with_the_lines_on_which_they_begin(read, declared, end):
    content = xml(row(), row(CELLS + "<bz>完</bz>"), encoding=declared, end=end)
    outcome, table = read(content.encode("gb18030" if declared and "gb" in declared.lower() else "utf-8"))
    assert (outcome.rows, outcome.format, outcome.header_row, outcome.findings) == (2, "xml", 0, ())
    assert table["row"].to_list() == [3, 4]
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司"] * 2
    assert table["bz"].to_list() == [None, "完"]
    assert table["row__types"].null_count() == 2


def test_rows_and_root_may_have_any_name_space_and_name(read):
    inner = '<a:xk_xdr_mc>甲</a:xk_xdr_mc><a:统一社会信用代码 xsi:nil="false">1</a:统一社会信用代码>'
    content = f'<b:DATAS xmlns:a="x" xmlns:b="y"><DATA xmlns="z">{inner}</DATA><DATA>{inner}</DATA></b:DATAS>'
    outcome, table = read(content.encode())
    assert (outcome.rows, codes(outcome)) == (2, [])
    assert table["xk_xdr_shxym"].to_list() == ["1", "1"]
    assert table["row"].to_list() == [1, 2], "rows that share a line are counted"


def test_cells_may_be_attributes(read):
    outcome, table = read(xml('<ROW xk_xdr_mc="甲&amp;乙" xk_xdr_shxym="1" bz=""/>').encode())
    assert codes(outcome) == []
    assert table.row(0)[2:7] == ("甲&乙", "1", None, None, None)


def test_references_and_cdata_are_text(read):
    _, table = read(xml(row(CELLS + "<bz>&lt;甲&#20057;<![CDATA[<丙>&amp;]]><!-- 注 -->丁</bz>")).encode())
    assert table["bz"].to_list() == ["<甲乙<丙>&amp;丁"]


def test_empty_rows_are_blank_records(read):
    outcome, table = read(xml("<ROW/>", row(), "<ROW></ROW>", "<ROW>\n</ROW>", row()).encode())
    assert outcome.rows == 5
    assert table["xk_xdr_mc"].is_null().to_list() == [True, False, True, True, False]
    assert table["row"].to_list() == [3, 4, 5, 6, 8]
    assert table["row__mark"].null_count() == 5


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (row(CELLS + "<BZ>甲<b>乙</b></BZ>"), "备注"),
        (row(CELLS + "<BZ>甲</BZ><备注>乙</备注>"), "备注"),
        (f'<ROW bz="甲">{CELLS}<BZ>乙</BZ></ROW>', "备注"),
        (row(CELLS + "甲"), "文字"),
        ("<ROW>甲</ROW>", "文字"),
    ],
)
def test_a_row_with_parts_in_a_cell_or_text_beside_its_cells_is_broken_alone(read, broken, reason):
    outcome, table = read(xml(row(), broken, row()).encode())
    assert (outcome.rows, codes(outcome)) == (3, [])
    assert table["row__mark"].to_list() == [None, "ROW-BROKEN", None]
    assert reason in table["row__text"][1] and "甲" in table["row__text"][1]


def test_what_stands_beside_the_rows_or_in_attributes_of_cells_is_told(read, contract):
    content = xml("<COUNT>1</COUNT>", row('<XK_XDR_MC lang="zh">甲</XK_XDR_MC><XK_XDR_SHXYM>1</XK_XDR_SHXYM>')).encode()
    outcome, _ = read(content)
    assert (outcome.rows, codes(outcome)) == (1, ["HDR-UNKNOWN"])
    assert "COUNT" in outcome.findings[0].detail and "XK_XDR_MC/@lang" in outcome.findings[0].detail
    assert codes(read(content, replace(contract, unknown_columns="refuse"))[0]) == ["HDR-REFUSED"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><a><b><bz>&x;</bz></b></a>', "FIL-FORMAT"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a><b><bz>1</bz></b></a>', "FIL-FORMAT"),
        ('<?xml version="1.0"?><?xml-stylesheet href="x"?><a><b><bz>1</bz></b></a>', "FIL-FORMAT"),
        ("<a><b><bz>&nbsp;</bz></b></a>", "FIL-FORMAT"),
        ('<?xml version="1.0"?><html><body/></html>', "FIL-FORMAT"),
        ('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "FIL-FORMAT"),
        (f"<ROW>{CELLS}</ROW>", "FIL-FORMAT"),
        (xml(row(), row(name="OTHER")), "FIL-FORMAT"),
        (xml(row(), "甲"), "FIL-FORMAT"),
        (xml(row()) + "<more/>", "FIL-FORMAT"),
        ("<a><b></a>", "FIL-FORMAT"),
        ("<a>" * 50_000, "FIL-PARTIAL"),
        ('<?xml version="1.0"?>', "FIL-PARTIAL"),
        ("<ROWDATA/>", "FIL-EMPTY"),
        (xml("<ROW/>", "<ROW/>"), "FIL-EMPTY"),
        (xml(row("<BZ>1</BZ>")), "HDR-MISSING"),
        (xml(row("<x>1</x>")), "HDR-MISSING"),
        (xml(row("<BZ>" + "x" * (17 << 20) + "</BZ>")), "FIL-TOOBIG"),
        (xml(f'<ROW bz="{"x" * (25 << 20)}"/>'), "FIL-TOOBIG"),
    ],
    ids=range(19),
)
def test_what_is_no_plain_table_is_refused(read, content, code):
    assert codes(read(content.encode())[0]) == [code]


def test_a_cut_file_is_partial_and_its_rows_are_counted(read):
    outcome, _ = read(xml(row(), row(), row()).encode()[:-30])
    assert (codes(outcome), outcome.rows) == (["FIL-PARTIAL"], 2)


def test_a_fault_is_named_by_its_line(read):
    outcome, _ = read(xml(row(), row("<bz>甲 & 乙</bz>"), row()).encode())
    assert [(finding.code, finding.row) for finding in outcome.findings] == [("FIL-FORMAT", 4)]
    assert outcome.rows == 1


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        ("UTF-8", "gb18030"),
        ("GBK", "utf-8"),
        ("GBK", "utf-8-sig"),
        ("UTF-16", "utf-8"),
        ("ISO-8859-1", "utf-8"),
        ("X-NONE", "utf-8"),
        ("UTF-8", "utf-16"),
    ],
)
def test_a_declaration_that_the_bytes_deny_refuses_the_file(read, declared, actual):
    assert codes(read(xml(row(), encoding=declared).encode(actual))[0]) == ["FIL-ENCODING"]


def test_a_declaration_that_the_contract_denies_refuses_the_file(read, contract_with):
    under = contract_with(Intake("market", ("*",), encoding="GBK"))
    assert codes(read(xml(row()).encode(), under)[0]) == ["FIL-ENCODING"]
    assert codes(read(xml(row(), encoding="GB2312").encode("gbk"), under)[0]) == []


def test_rows_stay_right_across_many_chunks(read, monkeypatch):
    rows = [row(f"<xk_xdr_mc>公司{n}&amp;</xk_xdr_mc><xk_xdr_shxym>{n}</xk_xdr_shxym>") for n in range(200)]
    whole = read(xml(*rows).encode())[1]
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 41)
    assert read(xml(*rows).encode())[1].equals(whole)
    assert whole["xk_xdr_mc"].to_list() == [f"公司{n}&" for n in range(200)]
