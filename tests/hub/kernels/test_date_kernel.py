from __future__ import annotations

import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options

DAY = datetime.date(2023, 1, 5)
OPEN = datetime.date(2099, 12, 31)


def read(cell: str, **settings_: object) -> tuple[datetime.date | None, str | None]:
    reading = KERNELS["date"].read(pl.Series([cell]), Options(settings=settings_))
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    "cell",
    [
        "2023-01-05",
        "2023-1-5",
        "2023/1/5",
        "2023/01/05",
        "2023.1.5",
        "2023.01.05",
        "20230105",
        "2023年1月5日",
        "2023年01月05号",
        "2023-01-05 00:00:00",
        "2023/1/5 00:00;00",
        "2023-01-05T00:00:00",
        "2023年1月5日 0:00",
        "２０２３年１月５日",
        "２０２３－０１－０５",
        "2023 年 1 月 5 日",
        "20230105 00:00:00",
        " 2023-01-05\u3000",
        "2023-01-05 00:00:00.000",
    ],
)
def test_every_spelling_of_a_day_is_read(cell: str) -> None:
    assert read(cell) == (DAY, "")


@pytest.mark.parametrize(
    "cell", ["2023-02-30", "2023-13-01", "20230230", "1900-01-01", "1899-12-31", "1948-12-31", "2101/1/1", "2023-0-5"]
)
def test_days_that_are_not_or_cannot_be_meant_are_impossible(cell: str) -> None:
    assert read(cell) == (None, "DAT-IMPOSSIBLE")


@pytest.mark.parametrize("cell", ["44931", "44931.5"])
def test_an_excel_serial_is_found(cell: str) -> None:
    assert read(cell) == (None, "DAT-SERIAL")


@pytest.mark.parametrize(
    "cell",
    [
        *("202301", "明天", "5/1/2023", "1672876800000", "2023-01", "2023-1/5", "2023-01-05甲"),
        *("+2023-01-05", "23-1-5"),
    ],
)
def test_what_is_no_day_is_a_format_error(cell: str) -> None:
    assert read(cell) == (None, "DAT-FORMAT")


@pytest.mark.parametrize(
    "cell", ["长期", "9999-09-09", "9999-12-31", "99991231", "2099-12-31", "2099/12/31", "永久有效"]
)
def test_an_open_end_is_the_last_day_of_2099(cell: str) -> None:
    assert read(cell, open_end=True) == (OPEN, "")


def test_without_open_end_a_day_in_9999_is_impossible_and_a_word_no_day() -> None:
    assert read("9999-09-09") == (None, "DAT-IMPOSSIBLE")
    assert read("长期") == (None, "DAT-FORMAT")


def test_no_term_is_an_empty_cell() -> None:
    assert read("无处罚期限") == (None, None)


def test_the_first_and_last_year_can_be_set() -> None:
    assert read("1930-05-06", first_year=1900) == (datetime.date(1930, 5, 6), "")
    assert read("2030-05-06", last_year=2029) == (None, "DAT-IMPOSSIBLE")


SPELLINGS = [
    "{y:04d}-{m:02d}-{d:02d}",
    "{y:04d}/{m}/{d}",
    "{y:04d}.{m}.{d}",
    "{y:04d}{m:02d}{d:02d}",
    "{y:04d}年{m}月{d}日",
]


@settings(max_examples=150, deadline=None)
@given(st.integers(1940, 2110), st.integers(0, 13), st.integers(0, 32), st.sampled_from(SPELLINGS))
def test_dates_agree_with_the_calendar(year: int, month: int, day: int, spelling: str) -> None:
    try:
        expected = datetime.date(year, month, day)
    except ValueError:
        expected = None
    if expected is not None and not 1949 <= year <= 2100:
        expected = None
    assert read(spelling.format(y=year, m=month, d=day)) == (expected, "" if expected else "DAT-IMPOSSIBLE")
