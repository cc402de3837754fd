"""Reading DBF: the header against the size, deleted records, cut names, and the types of FoxPro."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from hub.contract.model import Intake

FIELDS = [("XK_XDR_MC", "C", 20), ("XK_XDR_SHXYM", "C", 18), ("XK_JDRQ", "D", 8), ("XK_JE", "N", 10), ("BZ", "L", 1)]
ROW = ["盱眙甲有限公司", "91320830000000019L", "20260105", "     12.50", "T"]


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def test_fields_are_read_with_their_types_and_names_that_were_cut(read, make_dbf):
    outcome, table = read(make_dbf(FIELDS, [ROW, ["乙", "x", "", "", "?"]]))
    assert (outcome.rows, outcome.format, outcome.encoding, outcome.header_row) == (2, "dbf", "gb18030", 0)
    assert outcome.findings == ()
    assert table.row(0)[2:7] == ("盱眙甲有限公司", "91320830000000019L", "20260105", "12.50", "TRUE")
    assert table.row(1)[2:7] == ("乙", "x", None, None, None)
    assert table["row__types"].to_list() == ["ssdnb", "ss---"]
    assert table["row"].to_list() == [1, 2]


def test_chinese_names_of_ten_bytes_are_enough_where_they_mean_one_column(read, make_dbf):
    fields = [("行政相对人名称", "C", 20), ("统一社会信用代码", "C", 18)]
    outcome, table = read(make_dbf(fields, [["甲", "x"]]))
    assert codes(outcome) == []
    assert table.row(0)[2:4] == ("甲", "x")


def test_a_cut_name_that_two_columns_share_is_unknown(read, make_dbf, contract):
    twin = replace(contract.columns[4], name="xk_xdr_shxdm", physical_name="XK_XDR_SHXDM", label="另一个")
    under = replace(contract, columns=(*contract.columns, twin))
    outcome, _ = read(make_dbf(FIELDS, [ROW]), under)
    assert codes(outcome) == ["HDR-MISSING", "HDR-UNKNOWN"]


def test_deleted_records_are_marked_and_counted(read, make_dbf):
    outcome, table = read(make_dbf(FIELDS, [ROW, ROW, ROW], deleted=[2]))
    assert (outcome.rows, codes(outcome)) == (3, [])
    assert table["row__mark"].to_list() == [None, "ROW-DELETED", None]
    assert "盱眙甲有限公司" in table["row__text"][1]
    assert table["xk_xdr_mc"].is_null().to_list() == [False, True, False]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda content: content[:-1], None),
        (lambda content: content + b"\x1a", "FIL-PARTIAL"),
        (lambda content: content[:-2] + b"  ", "FIL-PARTIAL"),
        (lambda content: content[:-40], "FIL-PARTIAL"),
        (lambda content: content[:100], "FIL-PARTIAL"),
        (lambda content: content[:4] + struct.pack("<I", 1) + content[8:], "FIL-PARTIAL"),
        (lambda content: content[:4] + struct.pack("<I", 3) + content[8:], "FIL-PARTIAL"),
        (lambda content: content[:15] + b"\x01" + content[16:], "FIL-PASSWORD"),
    ],
    ids=range(8),
)
def test_the_header_must_agree_with_the_size(read, make_dbf, edit, code):
    assert codes(read(edit(make_dbf(FIELDS, [ROW, ROW])))[0]) == ([code] if code else [])


def test_a_table_without_records_is_empty(read, make_dbf):
    assert codes(read(make_dbf(FIELDS, []))[0]) == ["FIL-EMPTY"]


def test_a_cell_that_ends_within_a_character_breaks_its_row_alone(read, make_dbf):
    cut = ("x" + "甲" * 10).encode("gbk")[:20]
    outcome, table = read(make_dbf(FIELDS, [ROW, [cut, *ROW[1:]], ROW]))
    assert codes(outcome) == []
    assert table["row__mark"].to_list() == [None, "ROW-BROKEN", None]
    assert "行政相对人名称" in table["row__text"][1]


def test_a_record_that_does_not_begin_with_its_mark_is_broken(read, make_dbf):
    content = bytearray(make_dbf(FIELDS, [ROW, ROW]))
    content[-1 - 58] = ord("x")
    assert read(bytes(content))[1]["row__mark"].to_list() == [None, "ROW-BROKEN"]


@pytest.mark.parametrize("kind", ["M", "G"])
def test_a_memo_in_a_column_of_ours_refuses_the_file_and_names_it(read, make_dbf, kind):
    outcome, _ = read(make_dbf([*FIELDS[:4], ("BZ", kind, 10)], [[*ROW[:4], "1"]], version=0x83))
    assert codes(outcome) == ["FIL-FORMAT"]
    assert "备注" in outcome.findings[0].detail
    assert codes(read(make_dbf([*FIELDS, ("MORE", kind, 10)], [[*ROW, "1"]], version=0x83))[0]) == ["HDR-UNKNOWN"]


def test_texts_in_utf8_are_not_read_as_nonsense(read, make_dbf):
    rows = [["盱眙甲", *ROW[1:]]] * 4
    assert codes(read(make_dbf(FIELDS, rows, language=0, encoding="utf-8"))[0]) == ["FIL-ENCODING"]
    agreed = Intake("market", ("*",), "dbf", "utf-8")
    outcome, table = read(make_dbf(FIELDS, rows, language=0, encoding="utf-8"), intake=agreed)
    assert codes(outcome) == []
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲"] * 4


def test_a_foreign_code_page_is_believed_for_plain_letters_only(read, make_dbf):
    assert codes(read(make_dbf(FIELDS, [["Plain", *ROW[1:]]], language=0x03))[0]) == []
    assert codes(read(make_dbf(FIELDS, [ROW], language=0x03))[0]) == ["FIL-ENCODING"]


def test_the_types_of_visual_foxpro_are_exact(read, make_dbf):
    fields = [("XK_XDR_MC", "I", 4), ("XK_XDR_SHXYM", "B", 8), ("XK_JDRQ", "T", 8), ("XK_JE", "Y", 8), ("BZ", "C", 300)]
    moment = struct.pack("<II", 2_461_046, 45_296_000)  # 5 January 2026, 12:34:56
    rows = [[struct.pack("<i", -7), struct.pack("<d", 0.1), moment, struct.pack("<q", 123_456), "长" * 150]]
    rows.append([struct.pack("<i", 0), struct.pack("<d", float("nan")), b"\0" * 8, struct.pack("<q", -5), ""])
    rows.append([struct.pack("<i", 0), struct.pack("<d", 5.0), b"\0" * 8, struct.pack("<q", -5), ""])
    outcome, table = read(make_dbf(fields, rows, version=0x03))
    assert codes(outcome) == []
    assert table.row(0)[2:7] == ("-7", "0.1", "2026-01-05 12:34:56", "12.3456", "长" * 150)
    assert table["row__mark"].to_list() == [None, "ROW-BROKEN", None]
    assert table.row(2)[2:7] == ("0", "5", None, "-0.0005", None)


def test_a_null_of_visual_foxpro_is_empty_although_its_bytes_are_a_number(read, make_dbf):
    fields = [
        ("XK_XDR_MC", "C", 9),
        ("XK_XDR_SHXYM", "C", 9),
        ("XK_JE", "I", 4),
        ("BZ", "I", 4),
        ("_NullFlags", "0", 1),
    ]
    number = struct.pack("<i", 0)
    content = make_dbf(fields, [["x", "y", number, number, b"\x02"]], version=0x30, flags=[0, 0, 2, 2, 5])
    _, table = read(content)
    assert table.row(0)[2:7] == ("x", "y", None, "0", None)


def test_rows_stay_right_across_many_chunks(read, make_dbf, monkeypatch):
    content = make_dbf(FIELDS, [[f"公司{n}", *ROW[1:]] for n in range(100)], deleted=[50])
    whole = read(content)[1]
    monkeypatch.setattr("hub.stages.formats.dbf.CHUNK", 300)
    assert read(content)[1].equals(whole)
    assert whole["xk_xdr_mc"].to_list() == [f"公司{n}" if n != 49 else None for n in range(100)]
