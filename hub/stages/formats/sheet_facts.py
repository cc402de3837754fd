"""What a workbook says of a sheet beside its values: where it ends, and what a person who reads it cannot see.

Every format finds these facts in its own way, before or beside the reader, which gives values alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

Place = tuple[int, int]  # row and column, from 1
Span = tuple[int, int]  # first and last, from 1


@dataclass(frozen=True, slots=True)
class Area:
    """Cells that were merged into one; only the first holds a value."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        """As Excel writes it.

        >>> str(Area(3, 1, 7, 2))
        'A3:B7'
        """
        return f"{letters(self.left)}{self.top}:{letters(self.right)}{self.bottom}"


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one sheet; rows and columns count from 1."""

    rows: int = 0  # of the last cells that may hold something: never too small
    columns: int = 0
    errors: Mapping[Place, str] = field(default_factory=dict)  # "#N/A" and the like
    unvalued: Set[Place] = frozenset()  # formulas without a stored value
    doubtful: Set[Place] = frozenset()  # formulas whose value is an empty text, or which were never calculated
    merged: tuple[Area, ...] = ()
    hidden_rows: tuple[Span, ...] = ()
    hidden_columns: tuple[Span, ...] = ()
    external: bool = False  # values that come from another file


def letters(column: int) -> str:
    """1 is A, 26 is Z, 27 is AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def column_number(name: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch made one.

    >>> joined([(3, 3), (4, 6), (9, 9)])
    ((3, 6), (9, 9))
    """
    whole: list[Span] = []
    for first, last in sorted(spans):
        if whole and first <= whole[-1][1] + 1:
            whole[-1] = (whole[-1][0], max(last, whole[-1][1]))
        else:
            whole.append((first, last))
    return tuple(whole)
