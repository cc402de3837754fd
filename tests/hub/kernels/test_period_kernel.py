from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, types: str | None = None, **settings_: object) -> tuple[str | None, str | None]:
    options = Options(settings=settings_, types=None if types is None else pl.Series([types]))
    reading = KERNELS["period"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


SPELLINGS = {
    "2026-11": [
        "2026-11",
        "202611",
        "2026/11",
        "2026.11",
        "２０２６．１１",
        "2026年11月",
        "2026 年 11 月",
        "2026年11月份",
    ],
    "2026-01": ["2026-01", "2026-1", "2026/1", "2026年1月", "2026年01月", "202601"],
    "2026-Q3": [
        "2026-Q3",
        "2026Q3",
        "2026q3",
        "2026 Q3",
        "2026年Q3",
        "2026年第三季度",
        "2026年三季度",
        "2026年3季度",
        "2026第3季度",
    ],
    "2026-H1": ["2026-H1", "2026H1", "2026h1", "2026年上半年", "2026上半年"],
    "2026-H2": ["2026年下半年"],
    "2026": ["2026", "2026年", "2026年度", "2026年全年", "２０２６"],
}
LENGTH = {
    "2026-11": "month",
    "2026-01": "month",
    "2026-Q3": "quarter",
    "2026-H1": "half",
    "2026-H2": "half",
    "2026": "year",
}


@pytest.mark.parametrize(("period", "cell"), [(period, cell) for period, cells in SPELLINGS.items() for cell in cells])
def test_every_spelling_of_a_period_becomes_one(period: str, cell: str) -> None:
    assert read(cell) == (period, "")
    assert read(cell, of=LENGTH[period]) == (period, "")


@pytest.mark.parametrize("length", ["month", "quarter", "half", "year"])
@pytest.mark.parametrize("period", SPELLINGS)
def test_only_the_length_that_the_column_names_counts(period: str, length: str) -> None:
    for cell in SPELLINGS[period]:
        assert read(cell, of=length) == ((period, "") if length == LENGTH[period] else (cell, "PER-FORMAT"))


@pytest.mark.parametrize(
    "cell",
    [
        "2026.1",
        "11月",
        "2026-11-01",
        "20261101",
        "26-11",
        "Nov-26",
        "46327",
        "第三季度",
        "2026年第五季度",
        "2026-2027",
        "去年",
    ],
)
def test_what_may_mean_two_things_or_nothing_keeps_its_text(cell: str) -> None:
    assert read(cell) == (cell, "PER-FORMAT")


@pytest.mark.parametrize(
    "cell", ["2026-13", "202600", "2026年13月", "2026Q5", "2026Q0", "2026年5季度", "2026H3", "1026", "2126年11月"]
)
def test_periods_that_no_calendar_has_are_found(cell: str) -> None:
    assert read(cell) == (cell, "PER-IMPOSSIBLE")


def test_the_years_are_the_columns_own() -> None:
    assert read("1948") == ("1948", "PER-IMPOSSIBLE")
    assert read("1948年", first_year=1900) == ("1948", "")
    assert read("2027年第一季度", last_year=2026) == ("2027年第一季度", "PER-IMPOSSIBLE")


def test_a_month_that_excel_took_for_its_first_day_is_that_month() -> None:
    assert read("2026-11-01", "d", of="month") == ("2026-11", "")
    assert read("2026-11-15", "d", of="month") == ("2026-11-15", "PER-FORMAT")
    assert read("2026-11-01", "s", of="month") == ("2026-11-01", "PER-FORMAT")
    assert read("2026-11-01", "d", of="quarter") == ("2026-11-01", "PER-FORMAT")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 9999), st.integers(0, 99))
def test_months_agree_with_the_calendar(year: int, month: int) -> None:
    real = 1949 <= year <= 2100 and 1 <= month <= 12
    for cell in (f"{year:04d}-{month:02d}", f"{year:04d}{month:02d}", f"{year:04d}年{month:02d}月"):
        assert read(cell) == ((f"{year:04d}-{month:02d}", "") if real else (cell, "PER-IMPOSSIBLE"))
