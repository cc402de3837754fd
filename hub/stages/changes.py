"""What the hub changed by itself (规范化改动): counted by kind and column, with the first examples, masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from hub.kernels import KERNELS
from hub.kernels.masking import mask_by_class
from hub.stages.job import PLAIN_AMOUNT
from hub.stages.read_column import ReadColumn

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change that the hub made by itself, with the first examples (masked). Of whole rows: no column."""

    code: str
    column: str | None
    name: str | None
    count: int
    examples: tuple[tuple[int, str | None, str | None], ...]  # row, before, after


def note(changes: dict[tuple[str, str], Change], rows: pl.Series, read: ReadColumn) -> None:
    """Add to ``changes`` what was changed in one column; ``rows`` are the senders' numbers of its rows."""
    column = read.column
    for code, where in _kinds(read):
        count = read.count(where)
        if not count:
            continue
        known = changes.get((code, column.name)) or Change(code, column.name, column.label, 0, ())
        examples = known.examples
        if len(examples) < EXAMPLES:
            examples = (*examples, *_examples(rows, read, where, EXAMPLES - len(examples)))
        changes[code, column.name] = Change(code, column.name, column.label, known.count + count, examples)


def _kinds(read: ReadColumn) -> Iterator[tuple[str, pl.Series]]:
    """Codes of changes, and where each was made."""
    before, reading, kernel = read.before, read.reading, KERNELS[read.column.kernel]
    if before.null_count() == len(before):
        return
    if reading.values.dtype == pl.String and before.equals(reading.values):
        return
    gone = before.is_not_null() & reading.marks.is_null()
    if gone.any():
        gone = gone & (before.str.strip_chars() != "")
    fine = (reading.marks == "").fill_null(False)
    if read.column.storage == "decimal":
        moved = fine & ~before.str.contains(PLAIN_AMOUNT).fill_null(True)
    else:
        moved = fine & (before != reading.values.cast(pl.String)).fill_null(False)
    for named in reading.changes.values():
        moved = moved & ~named
    yield "CHG-NULL", gone
    yield from reading.changes.items()
    yield kernel.change, moved


def _examples(
    rows: pl.Series, read: ReadColumn, where: pl.Series, most: int
) -> list[tuple[int, str | None, str | None]]:
    first = read.by_row(where).arg_true().head(most)
    kept = read.column.classification
    before = mask_by_class(read.by_row(read.before).gather(first), kept)
    after = mask_by_class(read.by_row(read.reading.values).gather(first).cast(pl.String), kept)
    return list(zip(rows.gather(first), before, after, strict=True))
