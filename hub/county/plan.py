"""Who sends what on which day (报送安排): the first collection, then what the contracts' schedules ask for.

Departments are people: now and then one is late or forgets. Within a day the rounds follow one another, so that what
others refer to is there first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hub.contract.calendar import Calendar
from hub.contract.model import Contract
from hub.contract.schedule import WORDS, Period, Schedule
from hub.county.source import Source, Span
from hub.county.world import World

Habit = Literal["first", "on_time", "late", "missing"]
BACK = 364  # days of the past that the first collection holds
FRESH = 5  # days of it where the law gives only some working days to report
_LATE, _MISSING = 0.05, 0.04  # of the periods
_REGISTER = "market/registration"
_UNTIMED = {words: Schedule(every, unit, 10, "d", 0) for (every, unit), words in WORDS.items()}  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Sending:
    """One file that a department owes. One that is missing never comes; its day is when it was due."""

    day: date
    round: int
    source: Source
    span: Span
    habit: Habit


def round_of(contract: Contract) -> int:
    """0 for the register of subjects, 2 for what refers to records of other datasets than that, else 1."""
    if contract.dataset == _REGISTER:
        return 0
    others = {column.refers_to.dataset for column in contract.columns if column.refers_to is not None}
    return 2 if others - {_REGISTER} else 1


def sendings(
    world: World, sources: tuple[Source, ...], contracts: Mapping[str, Contract], calendar: Calendar, since: date
) -> list[Sending]:
    """All sendings from ``since`` (the first collection) to the county's last day, in order."""
    found: list[Sending] = []
    for source in sources:
        contract = contracts[source.dataset]
        place = round_of(contract)
        back = FRESH if contract.working_days is not None else BACK
        past = Span(since - timedelta(days=back), since - timedelta(days=1), stock=True)
        found.append(Sending(since, place, source, past, "first"))
        for day, span, habit in _later(world, source, contract, calendar, since):
            if since < day <= world.until:
                found.append(Sending(day, place, source, span, habit))
    return sorted(
        found, key=lambda one: (one.day, one.round, one.source.dataset, one.source.department, one.span.first)
    )


def _later(
    world: World, source: Source, contract: Contract, calendar: Calendar, since: date
) -> Iterator[tuple[date, Span, Habit]]:
    rng = world.rng("plan", source.dataset, source.department, since)
    schedule = contract.schedule or _UNTIMED.get(contract.frequency)
    if schedule is None:  # irregular: every week there is something
        first, day = since, since + timedelta(days=1 + rng.randrange(7))
        while day <= world.until:
            yield day, Span(first, day - timedelta(days=1)), "on_time"
            first, day = day, day + timedelta(days=7)
        return
    for period in schedule.periods(calendar, since + timedelta(days=1), world.until):
        chance = rng.random()
        habit: Habit = "missing" if chance < _MISSING else "late" if chance < _MISSING + _LATE else "on_time"
        day = _day(period, habit, calendar, rng.randrange(3))
        if period.last >= since:  # what lies before it came with the first collection
            yield day, Span(max(period.first, since), period.last), habit


def _day(period: Period, habit: Habit, calendar: Calendar, lead: int) -> date:
    """When the file comes: up to two working days before it is due, or a little after the days of grace."""
    if habit == "missing":
        return period.due
    if habit == "late":
        return calendar.add(period.closes, 1 + lead)
    return max(calendar.add(period.due, -lead) if lead else period.due, period.last)
