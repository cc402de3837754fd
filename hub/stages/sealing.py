"""Seals (封签): what a stage leaves is told by a number, so that the next one sees whether it is still the same.

They find what got lost, doubled or out of place on the way, not a forger: that is the evidence's part.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import polars as pl

_BLOCK = 1 << 20
_NUMBERS = 2**64


def of_file(path: Path) -> int:
    """CRC-32 of a file."""
    seal = 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            seal = zlib.crc32(block, seal)
    return seal


def of_rows(rows: pl.DataFrame, columns: Sequence[str]) -> int:
    """A sum over rows that binds what stands in ``columns`` to each row's ``record``, in whatever pieces they come.

    Holds within one run of a process and its forks only, and of columns of the same types.

    >>> rows = pl.DataFrame({"record": [1, 2], "row": [2, 3]})
    >>> of_rows(rows, ["row"]) == add(of_rows(rows[:1], ["row"]), of_rows(rows[1:], ["row"]))
    True
    >>> of_rows(rows, ["row"]) == of_rows(rows.with_columns(row=pl.Series([3, 2])), ["row"])
    False
    """
    weight = pl.col("record").cast(pl.UInt64) * 2 + 1  # odd: no row's content gets lost by it
    content = pl.sum_horizontal(pl.col(name).hash(seed=place) for place, name in enumerate(columns))
    return int(rows.select((content * weight).sum()).item())


def add(*seals: int) -> int:
    """The seal of rows that came in pieces."""
    return sum(seals) % _NUMBERS
