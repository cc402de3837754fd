"""When a delivery is due (报送周期与期限): the periods of a dataset and their days on the working-day calendar.

    slaProperties:
      - {property: frequency, value: 1, unit: m}        # 每月; d, w or m, of m also 3, 6 and 12
      - {property: due, value: 10, unit: d}             # days after the period's last day; else workingDays
      - {property: grace, value: 2, unit: workingDays}  # after it; then the delivery is missing

A period of days is a working day. A due day of 0 workingDays is the period's last working day; a due day in days that
is not worked becomes the next one that is. ``Schedule`` is such a promise, ``Period`` one of its periods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hub.contract.calendar import Calendar

Unit = Literal["d", "w", "m"]
WORDS: dict[tuple[int, str], str] = {
    (1, "d"): "每日",
    (1, "w"): "每周",
    (1, "m"): "每月",
    (3, "m"): "每季度",
    (6, "m"): "每半年",
    (12, "m"): "每年",
}


@dataclass(frozen=True, slots=True)
class Period:
    """One period (报送期): ``name`` is unique within a dataset, the days are inclusive."""

    name: str  # 2026-11-25, 2026-W48, 2026-11, 2026-10/3 (three months from October)
    first: date
    last: date
    opens: date  # the first day whose deliveries count for it: the day after the due day before
    due: date
    closes: date  # with the days of grace
    provisional: bool  # the calendar of the due day or of the last day is not known yet


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a dataset comes, and by when."""

    every: int
    unit: Unit
    due: int
    due_in: Literal["workingDays", "d"]
    grace: int  # working days

    @property
    def words(self) -> str:
        """How often, for people: 每日."""
        return WORDS[self.every, self.unit]

    def due_day(self, last: date, calendar: Calendar) -> date:
        """By when the period that ends with ``last`` is due."""
        if self.due_in == "d":
            return calendar.add(last + timedelta(days=self.due), 0)
        if self.due:
            return calendar.add(last, self.due)
        return calendar.add(last + timedelta(days=1), -1)

    def periods(self, calendar: Calendar, since: date, today: date) -> Iterator[Period]:
        """The periods that have begun by ``today`` and are due on ``since`` or later, in order."""
        start = self._start(since)
        while self.due_day(self._last(self._before(start)), calendar) >= since:
            start = self._before(start)
        before = self.due_day(self._last(self._before(start)), calendar)
        while start <= today:
            last = self._last(start)
            due = self.due_day(last, calendar)
            # A day that is not worked is no period, and its deliveries count for the next one.
            if self.unit != "d" or calendar.is_working(start):
                if due >= since:
                    closes = calendar.add(due, self.grace) if self.grace else due
                    provisional = calendar.provisional(due) or calendar.provisional(closes)
                    opens = before + timedelta(days=1)
                    yield Period(self._name(start), start, last, opens, due, closes, provisional)
                before = due
            start = last + timedelta(days=1)

    def _start(self, day: date) -> date:
        """First day of the period in which a day lies."""
        if self.unit == "d":
            return day
        if self.unit == "w":
            return day - timedelta(days=day.weekday())
        return day.replace(month=(day.month - 1) // self.every * self.every + 1, day=1)

    def _last(self, start: date) -> date:
        if self.unit == "d":
            return start
        if self.unit == "w":
            return start + timedelta(days=6)
        months = start.month - 1 + self.every
        return start.replace(year=start.year + months // 12, month=months % 12 + 1) - timedelta(days=1)

    def _before(self, start: date) -> date:
        return self._start(start - timedelta(days=1))

    def _name(self, start: date) -> str:
        if self.unit == "d":
            return start.isoformat()
        if self.unit == "w":
            year, week, _ = start.isocalendar()
            return f"{year}-W{week:02}"
        return f"{start:%Y-%m}" + (f"/{self.every}" if self.every > 1 else "")
