"""Columns whose cells repeat: offices, kinds, dates. Each distinct cell is read once, and every row gets what it gave.

    repeated = found(cells)                  # None where most cells are different
    reading = kernel.read(repeated.cells, options)
    repeated.spread(reading.values)          # one for each row

That is right because a kernel reads a cell alike alone and in company; types of a sheet's cells must not play a part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

_SAMPLE = 1_000  # cells looked at first: to find out that a column does not repeat must cost next to nothing
_TIMES = 4  # a cell must come so often on average that the detour pays


@dataclass(frozen=True)
class Repeated:
    """The distinct cells (an empty one is one of them), and for every row which of them it has."""

    cells: pl.Series
    places: npt.NDArray[Any]

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        """How many rows have each distinct cell."""
        return np.bincount(self.places, minlength=len(self.cells))

    def spread(self, values: pl.Series) -> pl.Series:
        """What belongs to each distinct cell, for every row."""
        if len(self.cells) == 1:
            return values.new_from_index(0, len(self.places))
        return values.gather(pl.Series(self.places))

    def count(self, where: pl.Series) -> int:
        """Rows whose distinct cell is in ``where``."""
        return int(self.counts[where.fill_null(False).to_numpy()].sum()) if where.any() else 0


def found(cells: pl.Series) -> Repeated | None:
    """The distinct cells of a column of text, where they are few."""
    rows = len(cells)
    if not rows or cells.dtype != pl.String:
        return None
    sample = cells.gather_every(max(rows // _SAMPLE, 1)).n_unique()
    # Beside equal sampled cells another may stand: also in a column that is nearly empty.
    if sample == 1 and cells.eq_missing(cells[0]).all():
        return Repeated(cells.head(1), np.zeros(rows, np.int32))
    if sample * 2 > min(rows, _SAMPLE):
        return None
    coded = cells.to_arrow().dictionary_encode(null_encoding="encode")
    if len(coded.dictionary) * _TIMES > rows:
        return None
    distinct = pl.Series(cells.name, coded.dictionary, dtype=pl.String)
    return Repeated(distinct, coded.indices.to_numpy())


def from_dictionary(cells: pa.DictionaryArray) -> Repeated | None:
    """The distinct cells of a column that comes with its dictionary; None where that turns out to be large."""
    distinct, places = pl.Series(cells.dictionary, dtype=pl.String), cells.indices
    if not len(cells) or len(distinct) * _TIMES > len(cells):
        return None
    if places.null_count:
        places = places.fill_null(len(distinct))
        distinct = distinct.extend_constant(None, 1)
    return Repeated(distinct, places.to_numpy())


def coded(values: pl.Series, repeated: Repeated | None) -> pa.DictionaryArray:
    """Texts for every row, by place in a dictionary: how Parquet stores few of them at hardly any cost.

    Distinct cells may have one value, so the values are told apart anew.
    """
    if repeated is None and values.null_count() == 0 and len(values) and (values == values[0]).all():
        zeros = pa.array(np.zeros(len(values), np.int32))
        return pa.DictionaryArray.from_arrays(zeros, values.head(1).to_arrow())
    few = values.to_arrow().dictionary_encode()
    if repeated is None:
        return few
    return pa.DictionaryArray.from_arrays(few.indices.take(pa.array(repeated.places)), few.dictionary)
