"""One transformation, tried: what was done, to which columns, and how many rows it would mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from hub.contract.model import Contract
from hub.stages.causes.bench import Bench, Cells

_LONGEST_LABEL = 16


@dataclass(frozen=True, slots=True)
class Attempt:
    """``said`` stands before the figures: 按 GB18030 解码后. ``would_pass``: of all ``of`` rows, those of now included.

    ``would_pass`` is None where nothing can be tried, because what is missing is in no file any more.
    """

    code: str
    said: str
    would_pass: int | None
    of: int
    gained: int  # rows that fail now and would pass
    columns: tuple[str, ...] = ()
    note: str = ""  # one more sentence


@dataclass(frozen=True)
class Case:
    """A sample that could be cut into cells. ``order``: the contract column at each position of the file, or None."""

    contract: Contract
    whole: Bench
    order_of: Callable[[], Sequence[str | None]]
    delimiter: str | None = None

    @cached_property
    def failing(self) -> Bench:
        """The rows that fail; those that pass are left as they are."""
        return self.whole.among(self.whole.failing)

    @cached_property
    def order(self) -> Sequence[str | None]:
        """Which column of the contract stands where in the file."""
        return self.order_of()

    def tried(
        self,
        code: str,
        said: str,
        changes: Mapping[str, Cells],
        *,
        excused: pl.DataFrame | None = None,
        columns: Sequence[str] | None = None,
        note: str = "",
    ) -> Attempt:
        """Judge the failing rows with ``changes``."""
        gained = self.failing.passing(changes, excused=excused)
        return self.told(code, said, gained, tuple(changes) if columns is None else tuple(columns), note)

    def told(self, code: str, said: str, gained: int, columns: tuple[str, ...] = (), note: str = "") -> Attempt:
        """An attempt that mends ``gained`` of the failing rows."""
        passing = self.whole.height - self.failing.height + gained
        return Attempt(code, said, passing, self.whole.height, gained, columns, note)

    def label(self, name: str) -> str:
        """A column's Chinese name in quotes, as it stands in a sentence."""
        label = self.contract.column(name).label
        return f"“{label if len(label) <= _LONGEST_LABEL else label[:_LONGEST_LABEL] + '…'}”"

    def labels(self, names: Sequence[str]) -> str:
        """The first of several columns, and how many there are."""
        return self.label(names[0]) + (f"等{len(names)}列" if len(names) > 1 else "")
