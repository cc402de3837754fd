"""Rows by position in the file: what stood in the first cell, the second, ... whatever the header says of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from hub.stages.causes.attempt import Case
from hub.stages.causes.bench import Bench, Cells

_MOST_CELLS = 4_096  # of one line


@dataclass(frozen=True)
class Grid:
    """Rows with the same number of cells. ``surplus``: cells beyond those of the header (negative: they lack some)."""

    bench: Bench  # the rows
    cells: Sequence[Cells]
    surplus: int

    def at(self, place: int | None) -> Cells:
        """The cells at a position; empty ones where the row has none."""
        if place is None or not 0 <= place < len(self.cells):
            return Cells(pl.repeat(None, self.bench.height, dtype=pl.String, eager=True))
        return self.cells[place]


def split(line: str, delimiter: str) -> list[str]:
    """Cells of one line; quotes that do not pair are left as they stand."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell beyond the module's limit, or a stray carriage return
        cells = line.split(delimiter)
    return cells[:_MOST_CELLS]


def grids(case: Case) -> Iterator[Grid]:
    """The failing rows in groups of one width; rows of rare widths are left out."""
    failing = case.failing
    regular = failing.rows["row__mark"].is_null()
    if regular.any():
        bench = failing.among(regular)
        nothing = Cells(pl.repeat(None, bench.height, dtype=pl.String, eager=True))
        yield Grid(bench, [nothing if name is None else bench.cells[name] for name in case.order], 0)
    if case.delimiter is None or regular.all():
        return
    texts = failing.rows["row__text"]
    parts = [None if text is None else split(text, case.delimiter) for text in texts]
    widths = pl.Series([None if part is None else len(part) for part in parts], dtype=pl.Int64).set(regular, None)
    for width, count in widths.drop_nulls().value_counts(sort=True).sort("count", descending=True).head(2).iter_rows():
        surplus = width - len(case.order)
        if surplus and 10 * count >= failing.height:
            where = (widths == width).fill_null(False)
            rows = [part for part, kept in zip(parts, where, strict=True) if kept and part is not None]
            columns = zip(*rows, strict=True)
            cells = [Cells(pl.Series([cell or None for cell in column], dtype=pl.String)) for column in columns]
            yield Grid(failing.among(where), cells, surplus)
