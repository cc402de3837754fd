"""The calendar of working days: its arithmetic against a slow reference, its data against the notices."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.calendar import Calendar, Notice, Special, Year, earliest_on_time
from hub.contract.calendar_files import bring_in
from hub.contract.load import calendar
from hub.errors import FixConfiguration

SCHEMAS = Path("schemas")
KNOWN = calendar(SCHEMAS)
DAY = timedelta(days=1)
DAYS = st.dates(date(2018, 11, 1), date(2028, 3, 1))

# As the notices say it, written down from their texts and not from the files: days off in a row, weekends worked.
OFF = {
    2019: "01-01 02-04/10 04-05 05-01/04 06-07 09-13 10-01/07",
    2020: "01-01 01-24/02-02 04-04/06 05-01/05 06-25/27 10-01/08",
    2021: "01-01/03 02-11/17 04-03/05 05-01/05 06-12/14 09-19/21 10-01/07",
    2022: "01-01/03 01-31/02-06 04-03/05 04-30/05-04 06-03/05 09-10/12 10-01/07 12-31",
    2023: "01-01/02 01-21/27 04-05 04-29/05-03 06-22/24 09-29/10-06",
    2024: "01-01 02-10/17 04-04/06 05-01/05 06-10 09-15/17 10-01/07",
    2025: "01-01 01-28/02-04 04-04/06 05-01/05 05-31/06-02 10-01/08",
    2026: "01-01/03 02-15/23 04-04/06 05-01/05 06-19/21 09-25/27 10-01/07",
}
WORKED = {
    2019: "02-02 02-03 04-28 05-05 09-29 10-12",
    2020: "01-19 04-26 05-09 06-28 09-27 10-10",
    2021: "02-07 02-20 04-25 05-08 09-18 09-26 10-09",
    2022: "01-29 01-30 04-02 04-24 05-07 10-08 10-09",
    2023: "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}


def spelled(year: int, text: str) -> set[date]:
    found = set()
    for part in text.split():
        first, _, last = part.partition("/")
        begin = date.fromisoformat(f"{year}-{first}")
        end = date.fromisoformat(f"{year}-{last if '-' in last else f'{first[:2]}-{last or first[3:]}'}")
        found |= {begin + DAY * n for n in range((end - begin).days + 1)}
    return found


@pytest.mark.parametrize("year", range(2019, 2027))
def test_a_year_is_worked_as_its_notice_says(year: int) -> None:
    off, worked = spelled(year, OFF[year]), spelled(year, WORKED[year])
    day = date(year, 1, 1)
    while day.year == year:
        assert KNOWN.is_working(day) == (day in worked or (day.weekday() < 5 and day not in off)), day
        day += DAY


def test_every_year_names_its_notice() -> None:
    assert [one.year for one in KNOWN.years] == list(range(2019, 2027))
    for one in KNOWN.years:
        assert all(f"{notice.date.year}〕" in notice.number for notice in one.notices)
        assert one.notices[0].date.year == one.year - 1


# --- a slow reference -------------------------------------------------------------------------------------------------


def slowly_added(known: Calendar, day: date, n: int) -> date:
    if n == 0:
        while not known.is_working(day):
            day += DAY
        return day
    step = DAY if n > 0 else -DAY
    for _ in range(abs(n)):
        day += step
        while not known.is_working(day):
            day += step
    return day


def slowly_between(known: Calendar, after: date, until: date) -> int:
    if until < after:
        return -slowly_between(known, until, after)
    return sum(known.is_working(after + DAY * n) for n in range(1, (until - after).days + 1))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Odd calendars of two years: holidays of weeks, worked Sundays, a year's end in the middle of one."""
    specials = {}
    for begin in draw(st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 1)), max_size=6)):
        for n in range(draw(st.integers(1, 40))):
            day = begin + DAY * n
            if day.year < 2028:
                specials[day] = Special(day, "holiday", "假")
    for day in draw(st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=12)):
        specials[day] = Special(day, "workday", "班")
    years = tuple(Year(year, (Notice("号", date(2025, 11, 4), "试"),), "none") for year in (2026, 2027))
    return Calendar(years, specials)


@given(st.one_of(st.just(KNOWN), calendars()), DAYS, st.integers(-40, 40))
def test_adding_goes_working_day_by_working_day(known: Calendar, day: date, n: int) -> None:
    assert known.add(day, n) == slowly_added(known, day, n)


@given(st.one_of(st.just(KNOWN), calendars()), DAYS, DAYS)
def test_what_lies_between_is_counted_day_by_day(known: Calendar, after: date, until: date) -> None:
    assert known.between(after, until) == slowly_between(known, after, until)


@given(st.one_of(st.just(KNOWN), calendars()), st.lists(st.tuples(DAYS, DAYS), max_size=30))
def test_arrays_are_counted_as_single_days_are(known: Calendar, pairs: list[tuple[date, date]]) -> None:
    after, until = (np.array([pair[place] for pair in pairs], dtype="datetime64[D]") for place in (0, 1))
    assert known.between(after, until).tolist() == [known.between(*pair) for pair in pairs]


@given(DAYS, DAYS, st.integers(1, 20))
def test_a_report_is_in_time_up_to_the_nth_working_day_after_the_decision(
    decided: date, received: date, n: int
) -> None:
    in_time = received <= slowly_added(KNOWN, decided, n)
    assert (decided >= earliest_on_time(KNOWN, received, n)) == in_time


@pytest.mark.parametrize(
    ("decided", "last_day"),
    [
        ("2026-09-30", "2026-10-15"),  # over the National Day, and a Saturday that is worked
        ("2026-09-17", "2026-09-28"),  # a Sunday that is worked and the Mid-Autumn holiday lie within
        ("2026-12-25", "2027-01-05"),  # over the year's end, by weekdays alone
        ("2026-01-31", "2026-02-10"),  # decided on a Saturday, at the end of a month
    ],
)
def test_seven_working_days_after_a_decision(decided: str, last_day: str) -> None:
    day = date.fromisoformat(decided)
    assert KNOWN.add(day, 7) == date.fromisoformat(last_day)
    assert earliest_on_time(KNOWN, KNOWN.add(day, 7), 7) <= day < earliest_on_time(KNOWN, KNOWN.add(day, 7) + DAY, 7)


def test_beyond_the_last_notice_days_are_provisional_and_nothing_breaks() -> None:
    assert not KNOWN.provisional(date(2026, 12, 31))
    assert KNOWN.provisional(date(2027, 1, 1)) and KNOWN.is_working(date(2027, 1, 1))  # a Friday, and nobody knows yet
    assert not KNOWN.is_working(date(2027, 1, 2))
    assert KNOWN.days_left(date(2026, 12, 17)) == 14 and KNOWN.days_left(date(2027, 1, 2)) == -2


# --- bringing a year in ----------------------------------------------------------------------------------------------

LINES = ["date,kind,name", "2027-01-01,holiday,元旦", "2027-05-01,holiday,劳动节", "2027-10-01,holiday,国庆节"]
NEXT = Notice("国办发明电〔2026〕1号", date(2026, 11, 5), "2027年部分节假日安排")
Written = Callable[[list[str]], Path]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(SCHEMAS / "calendar", tmp_path / "schemas" / "calendar")
    return tmp_path / "schemas"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(lines: list[str]) -> Path:
        file = tmp_path / "year.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    return write


def test_a_year_is_brought_in_with_its_notice(copy: Path, written: Written) -> None:
    assert bring_in(copy, written(LINES), NEXT, "original") == 2027
    known = calendar(copy)
    assert not known.is_working(date(2027, 1, 1)) and not known.provisional(date(2027, 12, 31))
    assert (known.years[-1].notices, known.years[-1].checked) == ((NEXT,), "original")
    assert known.years[:-1] == KNOWN.years
    bring_in(copy, written([*LINES[:2], "2027-01-03,workday,元旦", *LINES[2:]]), NEXT, "reprint")
    assert calendar(copy).is_working(date(2027, 1, 3)) and calendar(copy).years[-1].notices == (NEXT,)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([LINES[0], "2028-01-01,holiday,元旦", "2028-05-01,holiday,劳动节", "2028-10-01,holiday,国庆节"], "next year"),
        (LINES[:3], "2027-10-01 is a holiday of every year"),
        ([*LINES, "2027-10-02,off,国庆节"], "kind must be holiday or workday"),
        ([*LINES, "2027-10-11,workday,国庆节"], "worked anyway"),
        ([*LINES, "2027-10-01,holiday,国庆节"], "days stand in order, each once"),
        ([*LINES, "2028-10-01,holiday,国庆节"], "no day of 2027"),
        ([*LINES, "2027-10-32,holiday,国庆节"], "no date"),
        ([*LINES, "2027-10-02,holiday"], "3 filled cells"),
        (["day,kind,name", *LINES[1:]], "the header must be date,kind,name"),
        (LINES[:1], "must begin with a date"),
    ],
)
def test_a_year_with_a_mistake_changes_nothing(copy: Path, written: Written, lines: list[str], message: str) -> None:
    before = {file.name: file.read_bytes() for file in (copy / "calendar").iterdir()}
    with pytest.raises(FixConfiguration, match=message):
        bring_in(copy, written(lines), NEXT, "none")
    assert {file.name: file.read_bytes() for file in (copy / "calendar").iterdir()} == before


def test_an_import_that_was_cut_off_is_given_again(copy: Path, written: Written) -> None:
    file = written(LINES)
    shutil.copy(file, copy / "calendar" / "2027.csv")  # the days are there, the notice is not
    with pytest.raises(FixConfiguration, match="names no notice"):
        calendar(copy)
    odd = Notice('国办发明电〔2026〕1号: "}', NEXT.date, "# 2027年")
    assert bring_in(copy, file, odd, "none") == 2027
    assert calendar(copy).years[-1].notices == (odd,)
    head = (SCHEMAS / "calendar" / "notices.yaml").read_text(encoding="utf-8")
    assert (copy / "calendar" / "notices.yaml").read_text(encoding="utf-8").startswith(head)


def test_a_calendar_with_a_gap_or_without_a_notice_is_refused(copy: Path) -> None:
    notices = copy / "calendar" / "notices.yaml"
    notices.write_text(notices.read_text(encoding="utf-8").replace("year: 2023", "year: 2030"), encoding="utf-8")
    with pytest.raises(FixConfiguration, match="without a gap"):
        calendar(copy)
