"""A record of a file and the fate that it must meet (行的去向)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fate = Literal["accepted", "accepted_query", "rejected", "duplicate", "blank"]
FATES: tuple[Fate, ...] = ("accepted", "accepted_query", "rejected", "duplicate", "blank")
Row = dict[str, str]  # header -> cell, as the sender wrote it


@dataclass(frozen=True, slots=True)
class Written:
    """One record as it goes into the file: the row (empty for a blank line), its fate, its code ("" when fine).

    ``column`` is where the trouble stands; "" when it is the whole row's.
    """

    row: Row
    fate: Fate
    code: str = ""
    column: str = ""
