"""The calendar in words, for whoever asks about one day or one year."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub.contract.calendar import Calendar
from hub.errors import NotFound

WEEKDAYS = "一二三四五六日"


def day_of(calendar: Calendar, day: date) -> dict[str, Any]:
    """One day: whether it is worked and why, and the working days before and after it."""
    special = calendar.specials.get(day)
    return {
        "date": day.isoformat(),
        "weekday": f"星期{WEEKDAYS[day.weekday()]}",
        "working": calendar.is_working(day),
        "name": None if special is None else special.name,
        "provisional": calendar.provisional(day),
        "working_day_before": calendar.add(day, -1).isoformat(),
        "working_day_after": calendar.add(day, 1).isoformat(),
    }


def year_of(calendar: Calendar, number: int) -> dict[str, Any]:
    """One year: its notices, its holidays and the weekends that are worked; ``NotFound`` beyond the calendar."""
    year = next((one for one in calendar.years if one.year == number), None)
    if year is None:
        raise NotFound(f"the calendar has {calendar.years[0].year} to {calendar.years[-1].year}")
    first, last = date(number, 1, 1), date(number, 12, 31)
    days = [one for day, one in calendar.specials.items() if first <= day <= last]
    return {
        "year": number,
        "notices": [f"{one.number}（{one.date}）{one.about}" for one in year.notices],
        "checked": year.checked,
        "working_days": calendar.between(first, last) + calendar.is_working(first),
        "holidays": [f"{one.day} {one.name}" for one in days if one.kind == "holiday"],
        "weekends_worked": [f"{one.day} {one.name}" for one in days if one.kind == "workday"],
    }
