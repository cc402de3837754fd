"""One column of some rows, read by its kernel: cell by cell, or each distinct cell once where the cells repeat."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from hub.contract.model import Column
from hub.kernels import KERNELS, Options, Reading
from hub.kernels.repeated import Repeated, coded, found, from_dictionary
from hub.stages.identity import canonical


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """``before`` and ``reading`` have an entry for each row; or for each cell of ``repeated``, where that is there."""

    column: Column
    before: pl.Series
    reading: Reading
    repeated: Repeated | None

    def by_row(self, series: pl.Series) -> pl.Series:
        """``before``, or a series of the reading, with one entry for each row."""
        return series if self.repeated is None else self.repeated.spread(series)

    def count(self, where: pl.Series) -> int:
        """Rows that are in ``where``."""
        return int(where.sum()) if self.repeated is None else self.repeated.count(where)

    def canonical(self) -> pl.Series | str | None:
        """The column's part of the canonical texts, by row; one text where all rows have it (None: all are empty)."""
        texts = canonical(self.before, self.reading.values, self.reading.marks)
        if self.repeated is not None and len(texts) == 1:
            only: str | None = texts[0]
            return only
        return self.by_row(texts)

    def values_to_arrow(self, dictionary: bool) -> pa.Array:
        """The typed values by row; texts by place in a ``dictionary``, if that is wanted."""
        if dictionary:
            return coded(self.reading.values, self.repeated)
        return self.by_row(self.reading.values).to_arrow()

    def marks_to_arrow(self) -> pa.Array:
        """The marks by row, by place in a dictionary: they are few."""
        return coded(self.reading.marks, self.repeated)


def read_column(rows: pa.Table, types: pl.Series, position: int, column: Column) -> ReadColumn:
    """Read ``column``, the one at ``position`` in its contract, out of ``rows`` of ``read.parquet``.

    ``types``: letters for the types of the cells in a sheet, row by row; null in a text file.
    """
    letters = None if types.null_count() == len(types) else types.str.slice(position, 1)
    options = Options(settings=column.options, codes=column.codes, types=letters)
    cells, repeated = _distinct(rows[column.name], letters is None)
    return ReadColumn(column, cells, KERNELS[column.kernel].read(cells, options), repeated)


def _distinct(column: pa.ChunkedArray, may_repeat: bool) -> tuple[pl.Series, Repeated | None]:
    """The distinct cells, if they are few; else all of them."""
    if pa.types.is_dictionary(column.type):
        repeated = from_dictionary(column.combine_chunks()) if may_repeat else None
        cells = pl.Series(column.cast(pa.string())) if repeated is None else repeated.cells
        return cells, repeated
    cells = pl.Series(column, dtype=pl.String)
    repeated = found(cells) if may_repeat else None
    return (cells, None) if repeated is None else (repeated.cells, repeated)
