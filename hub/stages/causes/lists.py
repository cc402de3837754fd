"""Codes of another list: that of another column, an older version of the same one, or a department's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from hub.contract.model import Code, Column
from hub.stages.causes.attempt import Attempt, Case
from hub.stages.causes.bench import Cells

_MUCH = 0.5  # share of the filled cells that the list does not know
_MOST_SPELLINGS = 60  # more different ones are no list
_OFTEN = 3  # times that each is written, on average
_NEARLY_ALL = 0.95


def attempts(case: Case) -> Iterator[Attempt]:
    """For each list that most cells of its columns are not on: where they come from, if it can be told."""
    groups: dict[tuple[Code, ...], list[str]] = {}
    for column in case.contract.columns:
        if column.codes:
            groups.setdefault(column.codes, []).append(column.name)
    for names in groups.values():
        unknown = pl.concat([_unknown(case, name) for name in names])
        filled = sum(case.whole.readings[name].marks.len() - case.whole.marks(name).null_count() for name in names)
        if len(unknown) < _MUCH * max(filled, 1):
            continue
        said = _origin(case, names, unknown)
        if said is not None:
            excused = case.failing.rows.select("record").join(pl.DataFrame({"column": names}), how="cross")
            broken = [name for name in names if len(_unknown(case, name))]
            yield case.tried("CAU-CODES", said, {}, excused=excused, columns=broken)


def _unknown(case: Case, name: str) -> pl.Series:
    return case.whole.cells[name].text.filter((case.whole.marks(name) != "").fill_null(False)).alias("unknown")


def _origin(case: Case, names: Sequence[str], unknown: pl.Series) -> str | None:
    """Where the cells seem to come from, as the beginning of a sentence; None when they are no list."""
    column = case.contract.column(names[0])
    where = case.labels(names)
    if "on" in column.options and _known_by(case, column, unknown, {**column.options, "on": None}):
        return f"{where}改用现行的代码、不用已停用的以后"
    for other in case.contract.columns:
        if other.codes and other.codes != column.codes and _known_by(case, other, unknown, other.options):
            return f"{where}填的像是{case.label(other.name)}的代码，换成规定的取值后"
    if unknown.n_unique() <= _MOST_SPELLINGS and len(unknown) >= _OFTEN * unknown.n_unique():
        return f"{where}用了另一套取值（{unknown.n_unique()} 种），换成规定的取值后"
    return None


def _known_by(case: Case, column: Column, cells: pl.Series, options: object) -> bool:
    distinct = cells.unique()
    marks = case.whole.judge.read(replace(column, options=options), Cells(distinct)).marks  # type: ignore[arg-type]
    return int((marks == "").sum()) >= _NEARLY_ALL * len(distinct)
