"""The working-day calendar (工作日历): which days are worked, and how many lie between two of them.

    calendar.is_working(date(2026, 10, 10))              # True: a Saturday that is worked for the National Day
    calendar.add(date(2026, 9, 30), 1)                   # 2026-10-08, the next working day
    calendar.between(date(2026, 9, 30), date(2026, 10, 9))   # 2: the first day is not counted, the last one is

Monday to Friday are worked, unless the State Council's notice says otherwise; it says so for whole years. A year
without data is *provisional* (暂定): Saturdays and Sundays off and nothing else, until its notice is there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Days = npt.NDArray[np.datetime64]

Kind = Literal["holiday", "workday"]
UNIX_EPOCH = date(1970, 1, 1).toordinal()
STRIDE = 64  # days; longer than any holiday


@dataclass(frozen=True, slots=True)
class Special:
    """A day that a notice names: ``holiday`` off, ``workday`` a Saturday or Sunday that is worked."""

    day: date
    kind: Kind
    name: str  # of the holiday: 国庆节


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of the State Council's General Office (国务院办公厅通知)."""

    number: str  # 国办发明电〔2025〕7号
    date: date
    about: str


@dataclass(frozen=True, slots=True)
class Year:
    """A year of the calendar and what it rests on; ``checked`` against the notice's original, a reprint, or not."""

    year: int
    notices: tuple[Notice, ...]
    checked: Literal["original", "reprint", "none"]


@dataclass(frozen=True)
class Calendar:
    """The days of whole years, one after the other without a gap; beyond them it is provisional."""

    years: tuple[Year, ...]
    specials: Mapping[date, Special]
    _turns: tuple[int, ...] = field(init=False, repr=False, compare=False)  # ordinals that differ from their weekday
    _sums: tuple[int, ...] = field(init=False, repr=False, compare=False)  # worked days more or less, up to each

    def __post_init__(self) -> None:
        turns = sorted(day for day, each in self.specials.items() if (each.kind == "workday") != (day.weekday() < 5))
        more = (1 if self.specials[day].kind == "workday" else -1 for day in turns)
        object.__setattr__(self, "_turns", tuple(day.toordinal() for day in turns))
        object.__setattr__(self, "_sums", (0, *accumulate(more)))

    @property
    def first(self) -> date:
        """The first day with data."""
        return date(self.years[0].year, 1, 1)

    @property
    def last(self) -> date:
        """The last day with data."""
        return date(self.years[-1].year, 12, 31)

    def is_working(self, day: date) -> bool:
        """Whether the day is worked."""
        special = self.specials.get(day)
        return day.weekday() < 5 if special is None else special.kind == "workday"

    def provisional(self, day: date) -> bool:
        """Whether the day lies in a year whose notice is not here."""
        return not self.first <= day <= self.last

    def days_left(self, today: date) -> int:
        """Days that are still covered after today; below zero when none is."""
        return (self.last - today).days

    def add(self, day: date, n: int) -> date:
        """The n-th working day after ``day``, before it for n below 0; for 0 the day itself, or the next one worked."""
        start = day.toordinal()
        # Of the working days counted from the beginning of time, the number of the one that is looked for.
        wanted = self._count(start) + n if n > 0 else self._count(start - 1) + n + 1
        low = high = start
        while self._count(high) < wanted:
            high += STRIDE
        while self._count(low - 1) >= wanted:
            low -= STRIDE
        return date.fromordinal(low + bisect_left(range(low, high + 1), wanted, key=self._count))

    @overload
    def between(self, after: date, until: date) -> int: ...
    @overload
    def between(self, after: Days, until: Days) -> npt.NDArray[np.int64]: ...
    def between(self, after: Any, until: Any) -> Any:
        """Working days after ``after`` and up to ``until``, below zero backwards; of dates, or of arrays of days."""
        if isinstance(after, date):
            return self._count(until.toordinal()) - self._count(after.toordinal())
        return self._counts(until) - self._counts(after)

    def _count(self, ordinal: int) -> int:
        """Working days up to a day, since the Monday that is ordinal 1."""
        weeks, rest = divmod(ordinal, 7)
        return 5 * weeks + min(rest, 5) + self._sums[bisect_right(self._turns, ordinal)]

    def _counts(self, days: Days) -> npt.NDArray[np.int64]:
        import numpy as np  # not needed by those who only ask for a day, Airflow's parser among them

        ordinals = days.astype("datetime64[D]").astype(np.int64) + UNIX_EPOCH
        weeks, rest = np.divmod(ordinals, 7)
        turned = np.asarray(self._sums)[np.searchsorted(np.asarray(self._turns, np.int64), ordinals, side="right")]
        counted: npt.NDArray[np.int64] = 5 * weeks + np.minimum(rest, 5) + turned
        return counted


def earliest_on_time(calendar: Calendar, received: date, working_days: int) -> date:
    """The first decision day whose report is still in time on ``received``; the decision day itself is not counted.

    In time is a report up to the end of the n-th working day after the decision (n: ``working_days``).
    """
    return calendar.add(received, -working_days)
