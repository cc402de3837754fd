"""Full age by a citizen id on a day: the day after the eighteenth birthday, and nothing where no birth is told."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from hub.kernels.full_age import of_full_age

LEAP, PLAIN = "320830188402290033", "320830188001010002"


@pytest.mark.parametrize(
    ("number", "day", "grown"),
    [
        (PLAIN, date(1898, 1, 1), False),
        (PLAIN, date(1898, 1, 2), True),
        (PLAIN, date(1879, 12, 31), False),
        (LEAP, date(1902, 2, 28), False),
        (LEAP, date(1902, 3, 1), True),
        ("320830880101001", date(2026, 1, 1), None),
        ("E12345678", date(2026, 1, 1), None),
        ("32083018850104003X", date(2026, 1, 1), True),
        (None, date(2026, 1, 1), None),
    ],
)
def test_full_age_is_told_by_the_number_and_the_day(number: str | None, day: date, grown: bool | None) -> None:
    frame = pl.DataFrame({"number": [number], "day": [day]}, schema={"number": pl.String, "day": pl.Date})
    assert frame.select(of_full_age(pl.col("number"), pl.col("day"))).item() is grown
