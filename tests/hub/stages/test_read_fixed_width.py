"""Reading lines of fixed width: cut as bytes, judged by their length, decoded cell by cell."""

from __future__ import annotations

import pytest

from hub.contract.model import Intake, Slice

LAYOUT = (Slice("xk_xdr_mc", 1, 20), Slice("xk_xdr_shxym", 21, 18), Slice("xk_je", 41, 8), Slice("bz", 49, 6))
INTAKE = Intake("market", ("*",), "fixed", layout=LAYOUT)  # bytes 39 and 40 belong to nobody


def line(
    name: str = "盱眙甲有限公司", code: str = "91320830000000019L", amount: str = "12.50", note: str = "", gap=b"  "
):
    """One line of 54 bytes."""
    cells = (name.encode("gb18030").ljust(20), code.encode("gb18030").ljust(18), gap)
    return b"".join((*cells, amount.encode().rjust(8), note.encode("gb18030").ljust(6)))


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize("last", [True, False], ids=["with-final-break", "without"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_columns_stand_where_the_layout_says(read, end, last):
    content = end.join([line(), line("乙", note="完")]) + (end if last else b"")
    outcome, table = read(content, intake=INTAKE)
    assert (outcome.rows, outcome.format, outcome.encoding, outcome.header_row) == (2, "fixed", "gb18030", 0)
    assert outcome.findings == ()
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司", "乙"]
    assert table.row(1)[3:7] == ("91320830000000019L", None, "12.50", "完")
    assert table["row"].to_list() == [1, 2]


def test_only_the_padding_of_the_last_column_may_be_cut(read):
    whole = line(note="完")
    rows = [whole, line().rstrip(), whole[:49], whole[:48], whole[:47], whole + b" ", whole + b"x", whole]
    _, table = read(b"\n".join(rows), intake=INTAKE)
    ragged = [None, None, "ROW-BROKEN", None, "ROW-RAGGED", "ROW-RAGGED", "ROW-RAGGED", None]
    assert table["row__mark"].to_list() == ragged
    assert table["row__text"][4] == whole[:47].decode("gb18030")
    assert table["xk_xdr_mc"].is_null().to_list() == [mark is not None for mark in ragged]
    assert table["bz"].to_list() == ["完", None, None, None, None, None, None, "完"]


def test_a_character_that_is_cut_in_two_breaks_its_row_alone(read):
    half = ("x" + "甲" * 10).encode("gb18030")[:20]  # ends with the first byte of a character
    into_gap = line()[:37] + "甲".encode("gb18030") + line()[39:]
    rows = [line(), half + line()[20:], into_gap, line(gap="甲".encode("gb18030")), line("乙")]
    outcome, table = read(b"\n".join(rows), intake=INTAKE)
    assert outcome.rows == 5
    assert table["row__mark"].to_list() == [None, "ROW-BROKEN", "ROW-BROKEN", None, None]
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司", None, None, "盱眙甲有限公司", "乙"]


def test_blank_lines_are_blank_records(read):
    _, table = read(b"\n".join([line(), b"", b" " * 54, b" " * 90, line(), b""]), intake=INTAKE)
    assert table["row"].to_list() == [1, 2, 3, 4, 5]
    assert table["row__mark"].null_count() == 5
    assert table["xk_xdr_mc"].is_null().to_list() == [False, True, True, True, False]


def test_a_file_that_does_not_fit_at_all_or_is_empty_is_refused(read):
    outcome, _ = read(b"a,b,c\n1,2,3\n", intake=INTAKE)
    assert (codes(outcome), outcome.rows) == (["FIL-FORMAT"], 2)
    assert "54" in outcome.findings[0].detail
    assert codes(read(b"\n  \n", intake=INTAKE)[0]) == ["FIL-EMPTY"]


def test_widths_count_bytes_of_the_encoding_that_is_agreed(read):
    content = line("公司").decode("gb18030").encode()
    assert codes(read(content, intake=INTAKE)[0]) == ["FIL-ENCODING"], "UTF-8 is no GB18030 of the same widths"
    agreed = Intake("market", ("*",), "fixed", "utf-8", layout=LAYOUT)
    padded = "公司".encode().ljust(20) + line()[20:]
    for bom in (b"", b"\xef\xbb\xbf"):
        outcome, table = read(bom + padded, intake=agreed)
        assert outcome.encoding == "utf-8"
        assert table["xk_xdr_mc"].to_list() == ["公司"]
    assert codes(read(b"\xef\xbb\xbf" + padded, intake=Intake("market", ("*",), "fixed", "gbk", layout=LAYOUT))[0]) == [
        "FIL-ENCODING"
    ]


def test_rows_stay_right_across_many_blocks(read, monkeypatch):
    rows = [line(f"公司{n}", note=str(n)) if n % 7 else line(f"公司{n}")[:30] for n in range(300)]
    whole = read(b"\n".join(rows), intake=INTAKE)[1]
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 101)
    monkeypatch.setattr("hub.stages.formats.fixed_width._MATRIX", 200)
    assert read(b"\r\n".join(rows), intake=INTAKE)[1].equals(whole)
    assert whole["xk_xdr_mc"].to_list() == [f"公司{n}" if n % 7 else None for n in range(300)]
