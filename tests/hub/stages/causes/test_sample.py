"""The sample: bounded, spread over the file, the same every time."""

from __future__ import annotations

import itertools

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from hub.stages.causes import sample


@given(st.integers(0, 3_000_000))
def test_windows_are_bounded_apart_and_within_the_file(rows):
    found = sample.windows(rows)
    assert sum(stop - start for start, stop in found) == min(rows, sample.MOST)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(found))
    assert found[0][0] == 0 and found[-1][1] <= rows and found[-1][1] >= rows - sample.WINDOW


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=8))
def test_rows_are_the_same_however_the_file_is_cut(sizes):
    rows = sum(sizes)
    whole = pl.DataFrame({"record": range(rows)})
    cuts = [0, *itertools.accumulate(sizes)]
    pieces = [whole.slice(first, last - first) for first, last in itertools.pairwise(cuts)]
    taken = sample.of_rows(pieces, rows)["record"].to_list()
    assert taken == [row for start, stop in sample.windows(rows) for row in range(start, stop)]


def test_lines_of_a_small_file_come_whole(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"a\r\nb\n\nc")
    assert sample.of_lines(source) == [b"a", b"b", b"", b"c"]


def test_lines_of_a_large_file_come_from_all_over_it_and_whole(tmp_path):
    source = tmp_path / "source"
    lines = [f"{number:07d},{'x' * (number % 50)}".encode() for number in range(200_000)]
    source.write_bytes(b"\r\n".join(lines))
    taken = sample.of_lines(source)
    assert taken == sample.of_lines(source) and 3_000 < len(taken) <= sample.MOST
    assert taken[: sample.FIRST] == lines[: sample.FIRST] and set(taken) <= set(lines)
    assert len(set(taken)) == len(taken) and int(taken[-1][:7]) > 180_000


def test_lines_about_a_row_come_in_a_row_below_the_first(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"".join(f"{number:06d}{'y' * 40}\n".encode() for number in range(1, 90_001)))
    taken = sample.of_lines(source, around=50_000)
    assert [int(line[:6]) for line in taken[:3]] == [1, 49_800, 49_801] and len(taken) == sample.MOST
