"""What goes into a kernel and what comes out of it. Imports nothing of the hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

import polars as pl

MONEY = pl.Decimal(18, 6)


class CodeLike(Protocol):
    """One entry of a code list; ``hub.contract.model.Code`` is one."""

    @property
    def code(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...
    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_to(self) -> date | None: ...


@dataclass(frozen=True)
class Options:
    """What the contract says about one column, and what the file said about each of its cells.

    ``settings`` holds the column's own options (JSON values), ``codes`` its code list. ``types`` has one letter per
    row for an XLSX sheet: s text, n number, d date, b bool, e error, - empty; ``None`` for a text file.
    """

    settings: Mapping[str, object] = field(default_factory=dict)
    codes: tuple[CodeLike, ...] = ()
    types: pl.Series | None = None

    def flag(self, name: str) -> bool:
        """A setting that is either on or off; off when it is not named."""
        return self.settings.get(name) is True

    def words(self, name: str) -> tuple[str, ...]:
        """A setting that is a list of texts; empty when it is not named."""
        value = self.settings.get(name, ())
        return tuple(str(word) for word in value) if isinstance(value, (list, tuple)) else ()

    def number(self, name: str, default: int) -> int:
        """A setting that is a whole number."""
        value = self.settings.get(name, default)
        return value if isinstance(value, int) else default


@dataclass(frozen=True)
class Reading:
    """A column, read: two series as long as the cells.

    ``values`` is String, Date or Decimal(18, 6); ``marks`` is String: null where the cell is empty, "" where it is
    fine, else the code of its worst trouble. A date or amount that cannot be typed is null in ``values``; the other
    kinds keep the sender's own text. ``changes`` has the rows (Boolean) of each change that has a code of its own; what
    else differs from the cell is the kernel's ``change``.
    """

    values: pl.Series
    marks: pl.Series
    changes: Mapping[str, pl.Series] = field(default_factory=dict)


@dataclass(frozen=True)
class Kernel:
    """One semantic type: how its cells are read, how they are stored, and every mark that it can give."""

    name: str
    read: Callable[[pl.Series, Options], Reading]
    storage: Literal["text", "date", "decimal"]
    codes: tuple[str, ...]
    change: str  # code of the change that the hub made when value and cell differ
    changes: tuple[str, ...] = ()  # further codes that a reading's ``changes`` may have
