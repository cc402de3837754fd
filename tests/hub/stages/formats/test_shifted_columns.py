"""Headers that do not fit the lines below them: harmless, or a refusal that says so once."""

from __future__ import annotations

import pytest

HEADER = "行政相对人名称,统一社会信用代码,许可决定日期,金额,备注"
ROW = "盱眙甲有限公司,91320830000000019L,2026-01-05,12.50,完"


def text(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def told(outcome) -> list[tuple[str, int | None, str | None]]:
    return [(finding.code, finding.row, finding.detail) for finding in outcome.findings]


@pytest.mark.parametrize(
    ("row", "cells"),
    [("序号,甲,代码,2026-01-05,1,完", 6), (",甲,代码,2026-01-05,1,完", 6), ("甲,乙", 2), ("甲;代码;;1;完", 1)],
    ids=["a-column-more", "leading-delimiter", "fewer", "another-delimiter"],
)
def test_a_header_that_fits_no_line_refuses_the_file_and_counts_both(read, row, cells):
    outcome, _ = read(text("公示表", HEADER, *[row] * 7, "", "合计,,,7,"))
    assert told(outcome) == [("HDR-SHIFT", 2, f"表头有5列，数据有{cells}列。")]
    assert (outcome.rows, outcome.header_row) == (9, 2)


def test_nearly_all_lines_are_enough_and_fewer_are_rejected_one_by_one(read):
    assert [code for code, *_ in told(read(text(HEADER, *["甲,乙"] * 19, ROW))[0])] == ["HDR-SHIFT"]
    outcome, table = read(text(HEADER, *["甲,乙"] * 18, ROW, ROW))
    assert outcome.findings == ()
    assert table["row__mark"].to_list() == ["ROW-RAGGED"] * 18 + [None] * 2


def test_lines_of_many_widths_are_rejected_one_by_one(read):
    _, table = read(text(HEADER, *["甲,乙", "甲", "甲,乙,丙"] * 9))
    assert table["row__mark"].to_list() == ["ROW-RAGGED"] * 27


def test_two_lines_say_nothing_about_the_header(read):
    _, table = read(text(HEADER, "甲,乙", "甲,乙"))
    assert table["row__mark"].to_list() == ["ROW-RAGGED"] * 2


def test_blank_lines_do_not_count_for_the_header(read):
    outcome, _ = read(text(HEADER, *["甲,乙"] * 3, *[",,,,"] * 50))
    assert [code for code, *_ in told(outcome)] == ["HDR-SHIFT"]


@pytest.mark.parametrize("surplus", [",", ",,,", ',""'])
def test_a_delimiter_too_many_at_the_end_of_every_line_is_harmless(read, surplus):
    outcome, table = read(text(HEADER, *[ROW + surplus] * 9, "", "合计,,,7,", "注：无"))
    assert outcome.findings == ()
    assert table.row(0)[2:7] == tuple(ROW.split(","))
    assert [row for row, _ in outcome.footers] == [12, 13]
    assert table["row__mark"].null_count() == 12


def test_a_delimiter_too_many_at_the_end_of_the_header_alone_is_harmless(read):
    outcome, table = read(text(HEADER + ",,", *[ROW] * 9))
    assert outcome.findings == ()
    assert table.row(8)[2:7] == tuple(ROW.split(","))


def test_a_delimiter_too_many_on_some_lines_makes_these_ragged_wherever_they_stand(read):
    for rows in ([ROW + ",", ROW, ROW], [ROW, ROW, ROW + ","]):
        _, table = read(text(HEADER, *rows))
        assert table["row__mark"].to_list() == [None if row == ROW else "ROW-RAGGED" for row in rows]
        assert table["xk_xdr_mc"].null_count() == 1


def test_a_filled_cell_beyond_the_header_is_never_dropped(read, monkeypatch):
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 200)
    outcome, _ = read(text(HEADER, *[ROW + ","] * 50, ROW + ",有", *[ROW + ","] * 50))
    assert told(outcome) == [("HDR-SHIFT", 1, "表头有5列，数据有6列。")]


def test_a_ragged_line_among_lines_with_a_surplus_delimiter_is_rejected_alone(read):
    _, table = read(text(HEADER, *[ROW + ","] * 5, ROW + ",,,", *[ROW + ","] * 5))
    assert [row for row, mark in zip(table["row"], table["row__mark"], strict=True) if mark] == [7]


def test_lines_that_begin_and_end_with_an_empty_cell_can_be_read_in_two_ways_and_are_refused(read):
    outcome, _ = read(text(HEADER, *[",甲,代码,2026-01-05,1,"] * 9))
    assert told(outcome) == [("HDR-SHIFT", 1, "表头有5列，数据有6列。")]
    outcome, _ = read(text(HEADER, *[",甲,代码,2026-01-05,1,"] * 9, "乙,甲,代码,2026-01-05,1,"))
    assert outcome.findings == ()  # one filled first cell says where the lines begin


def test_a_surplus_delimiter_moves_no_row_across_blocks(read, monkeypatch):
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 120)
    outcome, table = read(text(HEADER, *[f"公司{number},代码,,1,," for number in range(300)]))
    assert outcome.findings == ()
    assert table["xk_xdr_mc"].to_list() == [f"公司{number}" for number in range(300)]
    assert table["row"].to_list() == list(range(2, 302))
