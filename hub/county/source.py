"""What one department's system holds of one dataset (来源系统), and the span of days for which it is asked.

    Source("court/case_result", "court", "案件处理结果", rows)
    def rows(world: World, department: str, span: Span) -> Iterator[Cells]: ...

A row is a mapping from the contract's column name to a value; how a date or an amount is written, and under which
header, is the department's own habit and is added later. A column that is not named is an empty cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from hub.county.world import World

_ALL_TOWNS = 0.05  # from this scale on all towns send
Value = str | date | Decimal | int | None
Cells = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both inclusive. ``stock``: all that stands on the last day is asked for (存量), not what is new (增量)."""

    first: date
    last: date
    stock: bool = False

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def months(self) -> float:
        """How many months, of thirty days."""
        return self.days / 30

    def day(self, serial: int) -> date:
        """One of the days; serials walk through all of them."""
        return self.first + timedelta(days=serial % self.days)


Rows = Callable[[World, str, Span], Iterable[Cells]]


def _always(world: World, cells: Mapping[str, Value]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Source:
    """One department's rows of one dataset; ``name`` begins its file names.

    ``spare`` says which rows may be spoilt: not those on which others rely.
    """

    dataset: str
    department: str
    name: str
    rows: Rows
    spare: Callable[[World, Mapping[str, Value]], bool] = field(default=_always)


def of_each_town(world: World, dataset: str, name: str, rows: Rows, **more: object) -> Iterator[Source]:
    """The same system in every town; in a very small county only some towns have begun to send (试点)."""
    towns = [department for department in world.offices if department.startswith("town_")]
    for department in towns if world.scale >= _ALL_TOWNS else towns[::4]:
        yield Source(dataset, department, name, rows, **more)  # type: ignore[arg-type]
