from __future__ import annotations

import datetime

import polars as pl
import pytest
import stdnum.cn.ric
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options

VALID = ["320830188001010002", "320829188506300026", "32083018850104003X", "81000018900101001X", "320830188402290033"]


def read(cell: str, types: str | None = None, **settings_: object) -> tuple[str | None, str | None]:
    options = Options(settings=settings_, types=None if types is None else pl.Series([types]))
    reading = KERNELS["citizen_id"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize("number", VALID)
def test_valid_numbers_are_fine(number: str) -> None:
    assert read(number) == (number, "")


@pytest.mark.parametrize(
    "cell", ["32083018850104003x", "３２０８３０18850104003Ｘ", "320830 18850104 003X", "320830-18850104-003x"]
)
def test_width_case_blanks_and_dashes_are_mended(cell: str) -> None:
    assert read(cell) == ("32083018850104003X", "")


def test_a_date_that_does_not_exist_is_found_behind_a_right_check_digit() -> None:
    assert read("320830190002290010") == ("320830190002290010", "ID-SFZ-DATE")


def test_nobody_is_born_tomorrow() -> None:
    body = "32083020300101000"
    number = body + stdnum.cn.ric.calc_check_digit(body + "0")
    assert read(number, today="2029-12-31")[1] == "ID-SFZ-DATE"
    assert read(number, today="2030-01-01")[1] == ""


@pytest.mark.parametrize(
    "cell", ["3208301880****0002", "32083018800101000", "X20830188001010002", "护照", "32083018800101000Y"]
)
def test_what_is_no_number_keeps_its_text(cell: str) -> None:
    assert read(cell) == (cell, "ID-SFZ-FORM")


def test_a_15_digit_number_stays_as_it_is_and_only_its_date_is_judged() -> None:
    assert read("320830800101001") == ("320830800101001", "")
    assert read("320830801301001") == ("320830801301001", "ID-SFZ-DATE")


def test_numbers_damaged_by_excel_are_found() -> None:
    assert read("3.20830188001010002e+17")[1] == "ID-EXCEL15"
    assert read("3.2083E+17")[1] == "ID-EXCEL15"
    assert read("320830188001010002", "n")[1] == "ID-EXCEL15"
    assert read("320830188001010002", "s")[1] == ""
    assert read("320830188001010000")[1] == "ID-EXCEL15"


def test_other_documents_pass_only_where_the_column_takes_them() -> None:
    assert read("E12345678")[1] == "ID-SFZ-FORM"
    assert read("E12345678", lenient=True) == ("E12345678", "")
    assert read("苏军字第001号", lenient=True) == ("苏军字第001号", "")
    assert read("E1234****", lenient=True)[1] == "ID-SFZ-FORM"
    assert read("320830188001010003", lenient=True)[1] == "ID-SFZ-CHECK"


@pytest.mark.parametrize("cell", ["320830800101001", "12345678", "0"])
def test_any_other_numeric_cell_is_told_as_such(cell: str) -> None:
    assert read(cell, "n", lenient=True) == (cell, "ID-NUMERIC")


@pytest.mark.parametrize("body", ["81000018900101001", "82000018900101001", "83000018900101001"])
def test_residence_permits_of_hong_kong_macao_and_taiwan_are_judged_like_ids(body: str) -> None:
    right = stdnum.cn.ric.calc_check_digit(body + "0")
    assert {last for last in "0123456789X" if read(body + last)[1] == ""} == {right}


def test_cards_of_foreigners_pass_only_where_the_column_takes_them() -> None:
    new, old = "911124188001010016", "USA110000010101"
    assert read(new, foreign=True) == (new, "")
    assert read(old.lower(), foreign=True) == (old, "")
    assert read(new) == (new, "ID-SFZ-FORM")
    assert read(old) == (old, "ID-SFZ-FORM")
    assert read(new, lenient=True)[1] == "ID-SFZ-FORM"
    assert read("911124188001010017", foreign=True)[1] == "ID-SFZ-CHECK"
    born_in_month_13 = "91112418801301001"
    impossible = born_in_month_13 + stdnum.cn.ric.calc_check_digit(born_in_month_13 + "0")
    assert read(impossible, foreign=True)[1] == "ID-SFZ-DATE"


@pytest.mark.parametrize("cell", ["H12345678", "M1234567890", "12345678", "USA110000010101"])
def test_travel_permits_are_other_documents(cell: str) -> None:
    assert read(cell, lenient=True) == (cell, "")
    assert read(cell) == (cell, "ID-SFZ-FORM")


def test_no_division_begins_with_zero() -> None:
    assert read("020830188001010002")[1] == "ID-SFZ-FORM"
    assert read("020830800101001")[1] == "ID-SFZ-FORM"


bodies = st.builds(
    lambda place, born, serial: f"{place}{born:%Y%m%d}{serial:03d}",
    st.sampled_from(["320830", "320829", "810000", "820000", "830000", "911124"]),
    st.dates(datetime.date(1850, 1, 1), datetime.date(1899, 12, 31)),
    st.integers(0, 999),
)


@settings(max_examples=150, deadline=None)
@given(bodies, st.sampled_from("0123456789X"))
def test_the_check_digit_agrees_with_python_stdnum(body: str, last: str) -> None:
    right = stdnum.cn.ric.calc_check_digit(body + "0") == last
    wrong = "ID-EXCEL15" if (body + last).endswith("000") else "ID-SFZ-CHECK"
    assert read(body + last, foreign=True)[1] == ("" if right else wrong)


@settings(max_examples=150, deadline=None)
@given(st.integers(1840, 2040), st.integers(0, 13), st.integers(0, 32))
def test_the_birth_date_agrees_with_the_calendar(year: int, month: int, day: int) -> None:
    body = f"320830{year:04d}{month:02d}{day:02d}001"
    number = body + stdnum.cn.ric.calc_check_digit(body + "0")
    try:
        real = datetime.date(1850, 1, 1) <= datetime.date(year, month, day) <= datetime.date(2026, 11, 23)
    except ValueError:
        real = False
    assert read(number, today="2026-11-23")[1] == ("" if real else "ID-SFZ-DATE")
