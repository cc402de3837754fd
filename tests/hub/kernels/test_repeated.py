"""Reading each distinct cell once gives every row what reading it alone would give."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options
from hub.kernels.repeated import Repeated, coded, found, from_dictionary

few = st.lists(st.one_of(st.none(), st.text("无 01甲-/(公司）\ue81e\u200b", max_size=4)), min_size=1, max_size=4)


@st.composite
def columns(draw: st.DrawFn) -> pl.Series:
    """Columns in which few cells come again and again."""
    cells = draw(few)
    rows = draw(st.lists(st.sampled_from(range(len(cells))), min_size=16, max_size=60))
    return pl.Series([cells[row] for row in rows], dtype=pl.String)


def dictionary(column: pl.Series) -> pa.DictionaryArray:
    return column.to_arrow().dictionary_encode()


@settings(max_examples=60, deadline=None)
@given(column=columns())
def test_the_distinct_cells_spread_over_the_rows_are_the_column(column: pl.Series) -> None:
    for repeated in (found(column), from_dictionary(dictionary(column))):
        assert repeated is not None
        assert repeated.cells.n_unique() == len(repeated.cells) == column.n_unique()
        assert repeated.spread(repeated.cells).to_list() == column.to_list()
        assert repeated.counts.sum() == len(column)


@pytest.mark.parametrize("name", KERNELS)
@settings(max_examples=15, deadline=None)
@given(column=columns())
def test_a_kernel_gives_every_row_the_same_by_distinct_cells_and_row_by_row(name: str, column: pl.Series) -> None:
    whole, repeated = KERNELS[name].read(column, Options()), found(column)
    assert repeated is not None
    once = KERNELS[name].read(repeated.cells, Options())
    assert repeated.spread(once.values).to_list() == whole.values.to_list()
    assert repeated.spread(once.marks).to_list() == whole.marks.to_list()
    for code, where in whole.changes.items():
        assert repeated.spread(once.changes[code]).to_list() == where.to_list()
        assert repeated.count(once.changes[code]) == where.sum()


@settings(max_examples=60, deadline=None)
@given(column=columns())
def test_texts_are_coded_alike_with_and_without_the_distinct_cells(column: pl.Series) -> None:
    repeated = found(column)
    assert repeated is not None
    values = repeated.cells.str.strip_chars()  # distinct cells may become one value
    for array in (coded(values, repeated), coded(repeated.spread(values), None)):
        assert array.type == pa.dictionary(pa.int32(), pa.large_string())
        assert array.to_pylist() == column.str.strip_chars().to_list()
        assert len(set(array.dictionary.to_pylist())) == len(array.dictionary)


@pytest.mark.parametrize("rows", [0, 1, 5, 5_000])
def test_a_column_of_different_cells_is_read_row_by_row(rows: int) -> None:
    column = pl.Series(map(str, range(rows)), dtype=pl.String)
    assert found(column) is None or rows == 1
    assert from_dictionary(dictionary(column)) is None


def test_cells_that_only_seem_to_repeat_are_read_row_by_row() -> None:
    column = pl.Series(["甲" if row % 5 == 0 else str(row) for row in range(5_000)])
    assert found(column) is None


def test_what_stands_in_a_dictionary_without_a_row_is_not_counted() -> None:
    places = pa.array([0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2], pa.int32())
    repeated = from_dictionary(pa.DictionaryArray.from_arrays(places, pa.array(["甲", "乙", "丙"])))
    assert isinstance(repeated, Repeated)
    assert [repeated.count(repeated.cells == cell) for cell in "甲乙丙"] == [2, 0, 10]


@pytest.mark.parametrize("usual", [None, "无"])
@pytest.mark.parametrize("place", [1, 4_999])
def test_one_cell_that_differs_in_a_long_column_is_not_lost(usual: str | None, place: int) -> None:
    rows: list[str | None] = [usual] * 5_000
    rows[place] = "甲"
    column = pl.Series(rows, dtype=pl.String)
    repeated = found(column)
    assert repeated is not None
    assert repeated.spread(repeated.cells).to_list() == rows
