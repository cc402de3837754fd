from __future__ import annotations

import polars as pl
import pytest
import stdnum.iso7064.mod_11_10
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, types: str | None = None) -> tuple[str | None, str | None]:
    options = Options(types=None if types is None else pl.Series([types]))
    reading = KERNELS["business_registration"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    "cell",
    ["320830000000011", "３２０８３０００００００011", "320830-00000001-1", "320830 00000001 1", " 320830000000011 "],
)
def test_a_number_with_the_right_check_digit_is_fine_however_it_is_spaced(cell: str) -> None:
    assert read(cell) == ("320830000000011", "")


def test_a_wrong_check_digit_only_asks() -> None:
    assert read("320830000000019") == ("320830000000019", "ID-REG-CHECK")


@pytest.mark.parametrize("old", ["3208302300001", "企合苏淮总字第000123号", "企独苏总副字第001234号"])
def test_numbers_of_before_2007_are_asked_about(old: str) -> None:
    assert read(old) == (old, "ID-REG-OLD")


def test_blanks_in_an_old_number_go() -> None:
    assert read("企合苏淮总字第 000123 号") == ("企合苏淮总字第000123号", "ID-REG-OLD")


@pytest.mark.parametrize(
    "cell", ["320830", "91320830000000019L", "32083000000001", "000000000000000", "个体户", "1234567890123456"]
)
def test_what_is_no_registration_number_keeps_its_text(cell: str) -> None:
    assert read(cell) == (cell, "ID-REG-FORM")


def test_a_number_cell_is_no_registration_number() -> None:
    assert read("320830000000011", "n") == ("320830000000011", "ID-NUMERIC")
    assert read("3208300000000110", "n") == ("3208300000000110", "ID-EXCEL15")
    assert read("3.2083E+14") == ("3.2083E+14", "ID-EXCEL15")
    assert read("320830000000011", "s") == ("320830000000011", "")


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789", min_size=15, max_size=15).filter(lambda number: number.strip("0")))
def test_the_check_digit_agrees_with_python_stdnum(number: str) -> None:
    assert read(number)[1] == ("" if stdnum.iso7064.mod_11_10.is_valid(number) else "ID-REG-CHECK")


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789", min_size=14, max_size=14).filter(lambda number: number.strip("0")))
def test_exactly_one_digit_completes_a_number(body: str) -> None:
    reading = KERNELS["business_registration"].read(pl.Series([body + digit for digit in "0123456789"]), Options())
    assert sorted(reading.marks) == ["", *["ID-REG-CHECK"] * 9]
