"""Some columns slipped by a row: names stand beside the codes of the line above or below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from hub.stages.causes.attempt import Attempt, Case
from hub.stages.causes.bench import Bench, Cells

_ROWS = 400  # rows by which the columns are guessed
_JUDGED = 4  # guesses that are judged over all rows


def attempts(case: Case) -> Iterator[Attempt]:
    """The best block of columns to move by one row: one from the first column on, or a single column."""
    whole = case.whole
    few = whole.first(_ROWS)
    frame = few.frame({}, few.rows["row__mark"])
    across = whole.judge.across(frame.schema)
    names = [name for name in case.order if name is not None]
    read = {column.removesuffix("__mark") for rule in across.rules for column in rule.columns}
    asked = [place for place, name in enumerate(names) if name in read]
    now = few.judge.broken(across, frame)
    if len(asked) < 2 or not now:
        return
    # Columns that no such rule reads can be moved or not: the verdict is the same.
    blocks = [*(names[: place + 1] for place in asked[:-1]), *([names[place]] for place in asked if place)]
    guesses = []
    for step in (1, -1):
        for place, block in enumerate(blocks):
            slipped = (_slipped(frame[name], few, step) for name in block for name in (name, f"{name}__mark"))
            bad = few.judge.broken(across, frame.with_columns(slipped))
            guesses.append((bad, place, step))
    for bad, place, step in sorted(guesses)[:_JUDGED]:
        if 2 * bad <= now + 2:
            yield _judged(case, blocks[place], step)


def _judged(case: Case, block: Sequence[str], step: int) -> Attempt:
    whole = case.whole
    changes = {}
    for name in block:
        cells = whole.cells[name]
        types = None if cells.types is None else _slipped(cells.types, whole, step)
        changes[name] = Cells(_slipped(cells.text, whole, step), types)
    gained = whole.passing(changes) - whole.passing({})
    said = f"把{case.labels(block)}整体{'上' if step > 0 else '下'}移一行后"
    return case.told("CAU-OFFSET", said, gained, tuple(block))


def _slipped(cells: pl.Series, bench: Bench, step: int) -> pl.Series:
    """Each row with the cell of the row below it (``step`` 1) or above; null at the edges of a window."""
    frame = pl.DataFrame([cells, bench.rows["record"].alias("record__here")])
    there = pl.col("record__here").shift(-step)
    moved = pl.when((there - pl.col("record__here")).abs() == 1).then(pl.col(cells.name).shift(-step))
    return frame.select(moved.alias(cells.name)).to_series()
