"""Running numbers of what happens every day in a town (流水号): any span that holds a day tells the same of it.

    for day, serial in running(a_day(world, town, 4_000), span.first, span.last): ...

What was collected as stock and what comes later then never meet under one number with other content, and who refers to
the days before finds what was sent then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import floor
from random import Random

from hub.county.world import World

_LEAST = 0.2  # a day: something of everything in every town, however small the county


def a_day(world: World, homes: Sequence[int], a_month: float, least: float = _LEAST) -> float:
    """How many there are in a day where ``homes`` are, when the whole county at scale 1 has ``a_month``."""
    return max(least, a_month / 30 * world.scale * len(homes) / world.households)


def running(rate: float, first: date, last: date) -> Iterator[tuple[date, int]]:
    """Every day with each of its numbers; they count on from 1 January."""
    for later in range((last - first).days + 1):
        day = first + timedelta(days=later)
        yield from ((day, serial) for serial in numbers(rate, day))


def numbers(rate: float, day: date) -> range:
    """The numbers of one day."""
    of_year = day.timetuple().tm_yday
    return range(floor(rate * (of_year - 1)) + 1, floor(rate * of_year) + 1)


def number(prefix: str, day: date, town: str, serial: int) -> str:
    """The number as documents bear it: JTJF-20261120-101000012."""
    return f"{prefix}-{day:%Y%m%d}-{town[-3:]}{serial:06d}"


def homes_of(world: World, town: str) -> tuple[int, ...]:
    """Serials of the households of a town."""
    return tuple(world.households_of(town))


def active(homes: Sequence[int], rng: Random) -> int:
    """One of the households: some do much, many a little."""
    return homes[int(len(homes) * rng.random() ** 2)]
