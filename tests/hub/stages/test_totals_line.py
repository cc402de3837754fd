"""The totals line of a file of lines is no data; what it says is read exactly, or the file is refused."""

from __future__ import annotations

import pytest

from hub.contract.handing_over import Amount, HandingOver, Part, Totals
from hub.contract.model import Intake, Slice

LAYOUT = (Slice("xk_xdr_mc", 2, 20), Slice("xk_xdr_shxym", 22, 18), Slice("xk_je", 40, 12, decimals=2))
AMOUNT = Amount("xk_je", 2, 100)


def totals(at="last") -> Totals:
    return Totals(at, ("T",), Part(1, 1), Part(2, 8), Part(10, 16), AMOUNT)


def worded(at="last") -> Totals:
    return Totals(at, ("合计", "TOTAL"), Part(1), Part(2), Part(3), Amount("xk_je", 0, 100))


def fixed(spec: Totals) -> Intake:
    return Intake("bank", ("*",), "fixed", layout=LAYOUT, over=HandingOver(totals=spec))


def comma(spec: Totals) -> Intake:
    return Intake("bank", ("*",), "csv", delimiter="|", over=HandingOver(totals=spec))


def row(name: str = "盱眙甲有限公司", cents: int = 1250) -> bytes:
    return b"D" + name.encode("gb18030").ljust(20) + b"91320830000000019L" + f"{cents:012}".encode()


def trailer(count: int = 2, cents: int = 2500) -> bytes:
    return f"T{count:08}{cents:016}".encode()


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\n\r\n  \r\n", b"\n\x1a"], ids=["none", "CRLF", "blank lines", "1A"])
def test_the_last_line_of_a_fixed_file_is_taken_apart(read, end):
    outcome, table = read(b"\r\n".join([row(), row("乙"), trailer()]) + end, intake=fixed(totals()))
    assert (outcome.rows, outcome.findings) == (2, ())
    assert (outcome.totals.row, outcome.totals.rows, outcome.totals.sum) == (3, 2, "25.00")
    assert table["xk_je"].to_list() == ["12.50", "12.50"]
    assert table["row"].to_list() == [1, 2]


def test_the_first_line_of_a_fixed_file_moves_the_row_numbers(read):
    outcome, table = read(b"\n".join([trailer(), row(), row("乙")]), intake=fixed(totals(at="first")))
    assert (outcome.rows, outcome.header_row, outcome.totals.row) == (2, 1, 1)
    assert table["row"].to_list() == [2, 3]
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司", "乙"]


HEADER = "行政相对人名称|统一社会信用代码|金额"
GOOD = "盱眙甲有限公司|91320830000000019L|12.50"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
@pytest.mark.parametrize("line", ["合计|2|25.00", "合计：|2|25", '"TOTAL"|"2"|"25.0"|', " 合计 | 2 |+25.00"])
def test_the_last_line_of_a_delimited_file_is_told_by_its_word(read, encoding, line):
    outcome, table = read("\n".join([HEADER, GOOD, GOOD, line]).encode(encoding), intake=comma(worded()))
    assert (outcome.rows, outcome.footers) == (2, ()), "it is no blank row either"
    assert (outcome.totals.row, outcome.totals.rows, float(outcome.totals.sum)) == (4, 2, 25)
    assert table["xk_je"].to_list() == ["12.50", "12.50"]


def test_the_first_line_of_a_delimited_file_stands_above_the_header(read):
    content = f"合计|2|1,125.00\n{HEADER}\n{GOOD}\n{GOOD}\n".encode("utf-8-sig")
    outcome, table = read(content, intake=comma(worded("first")))
    assert (outcome.totals.rows, outcome.totals.sum) == (2, "1125.00")
    assert table["row"].to_list() == [3, 4]


@pytest.mark.parametrize(
    "lines",
    [[row(), row()], [row()], [trailer(), row()], [row(), trailer(), row()], [row(), b"X" + trailer()[1:]]],
    ids=["cut at a line end", "one row", "at the head", "in the middle", "another word"],
)
def test_a_file_without_its_totals_line_is_refused(read, lines):
    outcome, _ = read(b"\n".join([*lines, b""]), intake=fixed(totals()))
    assert codes(outcome) == ["TOT-MISSING"]


@pytest.mark.parametrize("line", [b"T       20000000000002500", b"T0000000200000000000025.0", b"T00000002", b"T"])
def test_a_totals_line_that_cannot_be_read_is_told_by_its_line(read, line):
    outcome, _ = read(b"\n".join([row(), row(), line]), intake=fixed(totals()))
    if line == b"T       20000000000002500":
        assert codes(outcome) == [], "blanks before a number are padding"
    else:
        assert (codes(outcome), outcome.findings[0].row) == (["TOT-FORM"], 3)


def test_a_file_of_a_totals_line_alone_is_empty(read):
    assert codes(read(trailer(0, 0), intake=fixed(totals()))[0]) == ["FIL-EMPTY"]


def test_no_copy_is_left_when_the_rows_are_refused(read, tmp_path):
    read(b"\n".join([b"D" * 7, trailer()]), intake=fixed(totals()))
    assert [file.name for file in tmp_path.iterdir() if "totals" in file.name] == []
