from __future__ import annotations

import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options

DAY = datetime.date(2023, 1, 5)
OPEN = datetime.date(2099, 12, 31)


def read(cell: str, types: str | None = None, **settings_: object) -> tuple[datetime.date | None, str | None]:
    options = Options(settings=settings_, types=None if types is None else pl.Series([types]))
    reading = KERNELS["date"].read(pl.Series([cell]), options)
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
        "2023-01-05 23:59",
        "2023-01-05T00:00:00+08:00",
        "2023-01-05T15:59:59Z",
        "2023年1月5日10时30分",
        "2023年1月5日10:30",
        "二〇二三年一月五日",
        "二零二三年一月五日",
        "二○二三年一月五日",
        "二Ｏ二三年一月五日",
        "二O二三年1月5日",
        "二０二三年〇一月〇五日",
        "二〇二三 年 一 月 五 日",
        "二〇二三年一月五日 0:00",
        "贰零贰叁年零壹月零伍日",
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


@pytest.mark.parametrize("cell", ["44931", "44931.5", "1", "60", "2023", "2958465"])
def test_a_number_in_a_sheet_is_a_serial_however_short(cell: str) -> None:
    assert read(cell, "n") == (None, "DAT-SERIAL")


def test_a_number_in_a_sheet_that_can_only_be_a_day_or_only_a_month_is_no_serial() -> None:
    assert read("20230105", "n") == (DAY, "")
    assert read("202301", "n") == (None, "DAT-FORMAT")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2", datetime.date(1900, 1, 2)),
        ("59", datetime.date(1900, 2, 28)),
        ("61", datetime.date(1900, 3, 1)),
        ("367", datetime.date(1901, 1, 1)),
        ("44931", DAY),
        ("44931.75", DAY),
    ],
)
@pytest.mark.parametrize("types", [None, "n"])
def test_serials_are_converted_where_the_contract_says_so(cell: str, day: datetime.date, types: str | None) -> None:
    assert read(cell, types, serial=True, first_year=1850) == (day, "")


@pytest.mark.parametrize("cell", ["0", "1", "60", "60.5"])
def test_serials_of_no_day_are_impossible(cell: str) -> None:
    assert read(cell, serial=True, first_year=1850) == (None, "DAT-IMPOSSIBLE")


@pytest.mark.parametrize("cell", ["61", "17000", "99999"])
def test_serials_of_another_time_are_impossible(cell: str) -> None:
    assert read(cell, serial=True) == (None, "DAT-IMPOSSIBLE")


@pytest.mark.parametrize("cell", ["1672848000", "1672848000000", "9999999999"])
@pytest.mark.parametrize("types", [None, "n"])
def test_an_instant_of_a_program_is_found(cell: str, types: str | None) -> None:
    assert read(cell, types) == (None, "DAT-EPOCH")


def test_an_instant_is_converted_where_the_contract_says_so_and_it_is_a_midnight_in_china() -> None:
    assert read("1672848000", epoch="s") == (DAY, "")
    assert read("1672848000000", epoch="ms") == (DAY, "")
    for cell in ("1672848001", "1672876800", "1672848000000"):
        assert read(cell, epoch="s") == (None, "DAT-EPOCH")
    for cell in ("1672848000001", "1672876800000", "1672848000"):
        assert read(cell, epoch="ms") == (None, "DAT-EPOCH")


@pytest.mark.parametrize(
    "cell",
    [
        *("202301", "明天", "5/1/2023", "05/01/2023", "2023-01", "2023年1月", "2023-1/5", "2023-01-05甲"),
        *("+2023-01-05", "23-1-5", "23.1.5", "23年1月5日", "二三年一月五日", "2023-01-05T", "2023-01-05 上午"),
        *("2023-01-05 24:00", "2023-01-05 10:60", "2023-01-05T16:00:00Z", "2023-01-05T00:00:00+09:00"),
        *(
            "2O23年1月5日",
            "二〇二三年正月初五",
            "二〇二三年十三月初五日",
            "二〇二三年一月三十二日",
            "二〇二三年一五月日",
        ),
        *("二〇二三年零月五日", "二〇二三年十十月五日", "二十二三年一月五日", "二〇二三年一月二三日", "123456789012"),
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


@pytest.mark.parametrize("cell", ["2099-12-31", "2099年12月31日", "2099-01-31", "20991231"])
def test_a_day_that_stands_for_no_end_is_no_day_in_other_columns(cell: str) -> None:
    assert read(cell) == (None, "DAT-IMPOSSIBLE")
    assert read(cell, open_end=True)[1] == ""


def test_a_far_day_stays_the_day_that_was_written() -> None:
    assert read("2099-01-31", open_end=True) == (datetime.date(2099, 1, 31), "")
    assert read("2099-12-30") == (datetime.date(2099, 12, 30), "")


@pytest.mark.parametrize("cell", ["1899-12-30", "1899-12-31", "1900-01-01", "1900年1月1日"])
def test_the_zero_of_excel_is_never_a_birth_date(cell: str) -> None:
    assert read(cell, first_year=1850) == (None, "DAT-IMPOSSIBLE")


def test_leap_days_are_those_of_the_calendar() -> None:
    assert read("2024年2月29日") == (datetime.date(2024, 2, 29), "")
    assert read("二〇〇〇年二月二十九日") == (datetime.date(2000, 2, 29), "")
    assert read("二〇二三年二月二十九日") == (None, "DAT-IMPOSSIBLE")
    assert read("1900-02-29", first_year=1850) == (None, "DAT-IMPOSSIBLE")


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
    if expected is not None and (not 1949 <= year <= 2100 or str(expected) in ("2099-12-31", "2099-01-31")):
        expected = None
    assert read(spelling.format(y=year, m=month, d=day)) == (expected, "" if expected else "DAT-IMPOSSIBLE")


def chinese(number: int) -> str:
    """1 to 31 as one says it."""
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")


def capital(number: int) -> str:
    """1 to 31 as a cheque has it: 零 before what could be continued in front."""
    spelled = "一" + chinese(number) if 10 <= number < 20 else chinese(number)
    zero = "零" if number <= 10 or number in (20, 30) else ""
    return zero + spelled.translate(str.maketrans("一二三四五六七八九十", "壹贰叁肆伍陆柒捌玖拾"))


def year_in(digits: str, year: int) -> str:
    return "".join(digits[int(digit)] for digit in f"{year:04d}")


days = st.dates(datetime.date(1949, 1, 1), datetime.date(2098, 12, 31))
times = st.sampled_from(["", " 0:00", " 00:00;00", "10时30分"])


@settings(max_examples=150, deadline=None)
@given(days, st.sampled_from("〇零○Ｏ０"), times)
def test_every_day_in_chinese_numerals_is_read_back(day: datetime.date, zero: str, time: str) -> None:
    year = year_in(zero + "一二三四五六七八九", day.year)
    assert read(f"{year}年{chinese(day.month)}月{chinese(day.day)}日{time}") == (day, "")
    assert read(f"{year}年{day.month}月{day.day:02d}日{time}") == (day, "")


@settings(max_examples=150, deadline=None)
@given(days)
def test_every_day_in_capital_numerals_is_read_back(day: datetime.date) -> None:
    year = year_in("零壹贰叁肆伍陆柒捌玖", day.year)
    assert read(f"{year}年{capital(day.month)}月{capital(day.day)}日") == (day, "")


@settings(max_examples=150, deadline=None)
@given(days)
def test_serials_and_instants_of_a_day_are_read_back(day: datetime.date) -> None:
    assert read(str((day - datetime.date(1899, 12, 30)).days), serial=True) == (day, "")
    china = datetime.timezone(datetime.timedelta(hours=8))
    instant = int(datetime.datetime.combine(day, datetime.time(), china).timestamp())
    if instant >= 10**9:
        assert read(str(instant), epoch="s") == (day, "")
        assert read(f"{instant}000", epoch="ms") == (day, "")
