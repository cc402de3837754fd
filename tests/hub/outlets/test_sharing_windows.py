"""The publication window: first day, last day, month ends, leap days."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.model import Contract, Window
from hub.outlets import sharing

Rows = Callable[..., pl.DataFrame]


def _shown(
    small: Contract, rows: Rows, window: Window | None, start: date | None, end: date | None, today: date
) -> bool:
    contract = dataclasses.replace(small, lawful=(dataclasses.replace(small.lawful[0], window=window),))
    return sharing.decide(
        rows({"start": start, "end": end}), contract, "open_feed", today, sharing.NOTHING_STANDS
    ).to_list() == [None]


@pytest.mark.parametrize(
    ("months", "start", "first_hidden"),
    [
        (12, date(2025, 11, 23), date(2026, 11, 23)),
        (12, date(2024, 2, 29), date(2025, 2, 28)),  # no 29 February: the month's last day
        (48, date(2024, 2, 29), date(2028, 2, 29)),
        (6, date(2026, 8, 31), date(2027, 2, 28)),
        (1, date(2026, 1, 31), date(2026, 2, 28)),
        (1, date(2028, 1, 31), date(2028, 2, 29)),
        (3, date(2026, 11, 30), date(2027, 2, 28)),
        (24, date(2026, 12, 31), date(2028, 12, 31)),
    ],
)
def test_a_window_of_months_opens_on_its_first_day_and_closes_before_the_same_day_later(
    small: Contract, rows: Rows, months: int, start: date, first_hidden: date
):
    window, day = Window("start", None, months), timedelta(days=1)
    days = {start - day: False, start: True, first_hidden - day: True, first_hidden: False, first_hidden + day: False}
    for today, shown in days.items():
        assert _shown(small, rows, window, start, None, today) is shown, today


@pytest.mark.parametrize(
    ("end", "today", "shown"),
    [
        (date(2026, 2, 28), date(2026, 2, 28), True),  # the end date itself is the last day
        (date(2026, 2, 28), date(2026, 3, 1), False),
        (date(2030, 1, 1), date(2026, 12, 31), True),
        (date(2030, 1, 1), date(2027, 1, 1), False),  # a late end does not lengthen the longest lawful time
        (date(2025, 12, 31), date(2026, 1, 1), False),  # an end before the start: never
        (date(2025, 12, 31), date(2025, 12, 31), False),
        (None, date(2026, 12, 31), True),
        (None, date(2027, 1, 1), False),
    ],
)
def test_the_earlier_of_end_date_and_longest_time_closes_the_window(
    small: Contract, rows: Rows, end: date | None, today: date, shown: bool
):
    assert _shown(small, rows, Window("start", "end", 12), date(2026, 1, 1), end, today) is shown


def test_without_a_longest_time_a_record_needs_its_own_end_date(small: Contract, rows: Rows):
    window, start = Window("start", "end", None), date(2026, 1, 1)
    assert _shown(small, rows, window, start, date(2099, 12, 31), date(2090, 1, 1))
    assert not _shown(small, rows, window, start, None, date(2026, 1, 2))


def test_a_record_without_a_start_is_not_shown_whatever_its_end(small: Contract, rows: Rows):
    for window in (Window("start", "end", 12), Window("start", "end", None), Window("start", None, 12)):
        for end in (None, date(2099, 12, 31)):
            assert not _shown(small, rows, window, None, end, date(2026, 1, 1))


def test_a_basis_without_a_window_never_closes(small: Contract, rows: Rows):
    assert _shown(small, rows, None, None, None, date(2026, 1, 1))


DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@given(start=DAYS, end=st.none() | DAYS, today=DAYS, months=st.integers(1, 60))
def test_no_day_outside_the_window_shows_a_record(
    small: Contract, rows: Rows, start: date, end: date | None, today: date, months: int
):
    shown = _shown(small, rows, Window("start", "end", months), start, end, today)
    gone = start.year * 12 + start.month - 1 + months
    last_month = today.year * 12 + today.month - 1
    open_by_months = last_month < gone or (last_month == gone and today.day < start.day and not _month_end(today))
    assert shown is (start <= today and (end is None or today <= end) and open_by_months)


def _month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1
