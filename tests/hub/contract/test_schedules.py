"""Periods of deliveries and their due days: months and years that end, weeks with worked Sundays, unknown years."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.load import calendar
from hub.contract.schedule import WORDS, Schedule

KNOWN = calendar(Path("schemas"))
DAY = timedelta(days=1)
DAILY = Schedule(1, "d", 0, "workingDays", 1)
WEEKLY = Schedule(1, "w", 0, "workingDays", 1)
MONTHLY = Schedule(1, "m", 10, "d", 2)


def told(schedule: Schedule, since: str, today: str) -> list[tuple[Any, ...]]:
    periods = schedule.periods(KNOWN, date.fromisoformat(since), date.fromisoformat(today))
    return [(one.name, str(one.opens), str(one.due), str(one.closes)) for one in periods]


def test_a_daily_period_is_a_working_day_and_takes_what_comes_over_the_holiday() -> None:
    assert told(DAILY, "2026-09-30", "2026-10-10") == [
        ("2026-09-30", "2026-09-30", "2026-09-30", "2026-10-08"),
        ("2026-10-08", "2026-10-01", "2026-10-08", "2026-10-09"),
        ("2026-10-09", "2026-10-09", "2026-10-09", "2026-10-10"),
        ("2026-10-10", "2026-10-10", "2026-10-10", "2026-10-12"),  # a Saturday that is worked
    ]


def test_a_weekly_period_is_due_on_its_last_working_day_be_that_a_sunday() -> None:
    assert told(WEEKLY, "2026-09-14", "2026-10-05") == [
        ("2026-W38", "2026-09-12", "2026-09-20", "2026-09-21"),  # Sunday the 20th is worked
        ("2026-W39", "2026-09-21", "2026-09-24", "2026-09-28"),
        ("2026-W40", "2026-09-25", "2026-09-30", "2026-10-08"),
        ("2026-W41", "2026-10-01", "2026-10-10", "2026-10-12"),
    ]


def test_a_monthly_period_is_due_in_the_next_month_on_a_day_that_is_worked() -> None:
    assert told(MONTHLY, "2026-10-01", "2026-12-01") == [
        ("2026-09", "2026-09-11", "2026-10-10", "2026-10-13"),  # the 10th is a Saturday that is worked
        ("2026-10", "2026-10-11", "2026-11-10", "2026-11-12"),
        ("2026-11", "2026-11-11", "2026-12-10", "2026-12-14"),
        ("2026-12", "2026-12-11", "2027-01-11", "2027-01-13"),  # over the year's end; the 10th is a Sunday
    ]
    (december,) = [one for one in MONTHLY.periods(KNOWN, date(2026, 12, 1), date(2026, 12, 1)) if one.name == "2026-12"]
    assert december.provisional


@pytest.mark.parametrize(
    ("every", "name", "last"),
    [(3, "2026-10/3", "2026-12-31"), (6, "2026-07/6", "2026-12-31"), (12, "2026-01/12", "2026-12-31")],
)
def test_longer_periods_begin_with_the_quarter_the_half_and_the_year(every: int, name: str, last: str) -> None:
    schedule = Schedule(every, "m", 5, "workingDays", 0)
    (period,) = [one for one in schedule.periods(KNOWN, date(2026, 12, 1), date(2026, 12, 1)) if one.name == name]
    assert str(period.last) == last and period.due == KNOWN.add(period.last, 5) == period.closes


@given(
    st.sampled_from(list(WORDS)),
    st.integers(0, 20),
    st.sampled_from(["workingDays", "d"]),
    st.integers(0, 5),
    st.dates(date(2019, 6, 1), date(2027, 6, 1)),
    st.integers(0, 60),
)
def test_every_day_counts_for_a_period_and_none_is_told_twice(
    of: tuple[int, Any], due: int, due_in: Any, grace: int, since: date, more: int
) -> None:
    schedule = Schedule(*of, due, due_in, grace)
    periods = list(schedule.periods(KNOWN, since, since + DAY * more))
    assert len({one.name for one in periods}) == len(periods)
    assert all(one.first <= one.last and one.due >= since and one.closes >= one.due for one in periods)
    assert all(KNOWN.is_working(one.due) and KNOWN.is_working(one.closes) for one in periods)
    for before, after in pairwise(periods):
        assert before.first < after.first and before.due <= after.due
        assert after.opens == before.due + DAY  # no day between two periods is nobody's
    if due == 0 and of[1] == "d":
        assert [one.first for one in periods] == [
            day for n in range(more + 1) if KNOWN.is_working(day := since + DAY * n)
        ]
