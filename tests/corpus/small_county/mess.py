"""Plant the mess of real deliveries into clean rows by hand, and keep count of the fate that each row must meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hub.county.record import FATES, Fate, Row, Written


@dataclass(frozen=True, slots=True)
class Spoil:
    """One kind of mess: how many rows, what is done to each, the fate that follows, and the code that says why.

    ``only`` names a column that must be filled in a row, for the mess to make sense there.
    """

    count: int
    change: Callable[[Row, Random], None]
    fate: Fate
    code: str
    only: str = ""


def plant(
    rows: Sequence[Row],
    spoils: Sequence[Spoil],
    rng: Random,
    *,
    twins: int = 0,
    blanks: int = 0,
    conflict: str | None = None,
) -> list[Written]:
    """Spoil some rows, repeat ``twins`` fine ones, insert ``blanks`` empty lines.

    ``conflict`` names a column that is not part of the key: one row then stands twice with another text in it, and
    neither can be right. Every row is spoilt at most once, so that the counts are exact.
    """
    written = [Written(dict(row), "accepted") for row in rows]
    fine = rng.sample(range(len(rows)), len(rows))
    for spoil in spoils:
        for _ in range(spoil.count):
            index = next(index for index in fine if not spoil.only or rows[index].get(spoil.only))
            fine.remove(index)
            spoil.change(written[index].row, rng)
            written[index] = Written(written[index].row, spoil.fate, spoil.code)
    copies: list[tuple[int, Written]] = []
    if conflict is not None:
        index = fine.pop()
        row = written[index].row
        written[index] = Written(row, "rejected", "DUP-CONFLICT")
        copies.append((index, Written(row | {conflict: row[conflict] + "（另一版本）"}, "rejected", "DUP-CONFLICT")))
    copies += [(index, Written(dict(written[index].row), "duplicate", "DUP-ROW")) for index in fine[:twins]]
    # Never behind the last row: a blank end of a file is no record.
    copies += [(rng.randrange(len(rows) - 1), Written({}, "blank")) for _ in range(blanks)]
    for index, copy in sorted(copies, key=lambda entry: -entry[0]):
        written.insert(index + 1, copy)
    return written


def counted(written: Sequence[Written]) -> Mapping[str, int]:
    """Rows, and how many of them meet each fate; the fates add up to the rows."""
    fates = Counter(record.fate for record in written)
    return {"rows": len(written), **{fate: fates[fate] for fate in FATES}}


def put(column: str, *cells: str) -> Callable[[Row, Random], None]:
    """A change that writes one of ``cells`` into ``column``."""

    def change(row: Row, rng: Random) -> None:
        row[column] = rng.choice(cells)

    return change
