"""Documents that name several at once (发文): award lists and approvals, each with its number, day and length.

    for notice in notices(span, rng, total=40, most=12):
        notice.number("盱文明委")  # 盱文明委〔2026〕261101103号

No two spans give the same number, and the first collection shares none with what comes later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from hub.county.source import Span
from hub.county.world import Organisation, World


@dataclass(frozen=True, slots=True)
class Notice:
    """One document: the digits of its number, its day, and how many it names."""

    serial: str
    day: date
    size: int

    def number(self, mark: str) -> str:
        """Its number; ``mark`` is the agency word (机关代字)."""
        return f"{mark}〔{self.day.year}〕{self.serial}号"


def serial_of(span: Span, number: int) -> str:
    """Digits that no other span gives: its first day, whether it is the first collection, and the number."""
    return f"{span.first:%y%m%d}{0 if span.stock else 1}{number:02d}"


def notices(span: Span, rng: Random, total: int, most: int) -> Iterator[Notice]:
    """Documents of the span that name ``total`` together, at most ``most`` each."""
    left, number = total, 0
    while left:
        number += 1
        size = min(left, rng.randint(1, most))
        left -= size
        yield Notice(serial_of(span, number), span.day(rng.randrange(span.days)), size)


def standing(world: World, rng: Random, day: date, *kinds: str) -> Organisation:
    """An organisation on which others may rely, that had been founded by ``day``."""
    while True:
        found = world.some_organisation(rng, *kinds)
        if found.founded <= day:
            return found
