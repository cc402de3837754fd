"""Matters that are opened and closed (事项): what stands on a day (存量), what is new or ended in some days (增量).

    for matter in matters(world, Pace(80, 2_500), span, closing, back=300): ...

A matter follows from its day and number alone, so that a later file that closes one says of it what the earlier file
said, and whoever refers to it finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.county.running import running
from hub.county.source import Span
from hub.county.world import World

_LEAST = 0.2  # a day
_OLD, _ONLY = 50_000, 90_000  # numbers above those of a year: taken over with the stock; the only one of a span


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter; ``closed`` None: not yet, or never."""

    opened: date
    serial: int  # unique within the year
    closed: date | None = None

    @property
    def number(self) -> str:
        """Seven digits, unique."""
        return f"{self.opened:%y}{self.serial:05d}"


@dataclass(frozen=True, slots=True)
class Pace:
    """How many are opened in a month at scale 1, and how many stand when they are first collected."""

    a_month: float
    stock: int = 0
    least: int = 8  # of a stock

    def a_day(self, world: World) -> float:
        """How many are opened in a day."""
        return max(_LEAST, self.a_month / 30 * world.scale)


Closing = Callable[[Matter], date | None]


def matters(world: World, pace: Pace, span: Span, closing: Closing, back: int) -> Iterator[Matter]:
    """What a file of the span tells; ``back``: after so many days nothing is closed any more. Never nothing."""
    found = 0
    for opened, serial in running(pace.a_day(world), span.first - timedelta(days=back), span.last):
        matter = Matter(opened, serial)
        told = as_told(replace(matter, closed=closing(matter)), span)
        if told is not None:
            found += 1
            yield told
    if span.stock:
        for serial in range(found, world.amount(pace.stock, pace.least)):
            yield Matter(span.day(serial), _OLD + serial)
    elif not found:
        yield only(span)


def as_told(matter: Matter, span: Span) -> Matter | None:
    """The matter as a file of the span tells it, which does not know what comes later; None: it does not tell it."""
    closed = matter.closed if matter.closed is not None and matter.closed <= span.last else None
    if span.stock:
        return replace(matter, closed=None) if span.first <= matter.opened <= span.last and closed is None else None
    if span.first <= matter.opened <= span.last or (closed is not None and matter.opened < span.first <= closed):
        return replace(matter, closed=closed)
    return None


def only(span: Span) -> Matter:
    """A matter of the last day, where a small county would have none in the span."""
    return Matter(span.last, _ONLY + span.last.timetuple().tm_yday)
