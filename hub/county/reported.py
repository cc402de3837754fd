"""What has been reported by a day (已报送): the periods that are complete, and whose time for reporting has run out.

A first collection that ends in the middle of a period leaves it to the report of the period, so that nothing comes
twice with other content.
"""

from __future__ import annotations

from datetime import date, timedelta


def last_reported(day: date, months: int, within: int) -> date:
    """The last day of the latest period of so many months that ended ``within`` days before ``day`` or earlier."""
    reached = day - timedelta(days=within)
    return period_start(reached + timedelta(days=1), months) - timedelta(days=1)


def period_start(day: date, months: int) -> date:
    """The first day of the period in which a day lies; periods of 1, 3, 6 or 12 months."""
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def period_end(day: date, months: int) -> date:
    """The last day of the period in which a day lies."""
    start = period_start(day, months)
    return period_start(start + timedelta(days=31 * months), months) - timedelta(days=1)
