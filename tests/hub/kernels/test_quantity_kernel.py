from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, types: str | None = None, **settings_: object) -> tuple[Decimal | None, str | None]:
    options = Options(settings=settings_, types=None if types is None else pl.Series([types]))
    reading = KERNELS["quantity"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [("24", "24"), ("２４", "24"), ("1,200.5", "1200.5"), ("-3", "-3"), (".5", "0.5"), ("0", "0"), ("3．50", "3.5")],
)
def test_numbers_are_read_exactly(cell: str, quantity: str) -> None:
    assert read(cell) == (Decimal(quantity), "")


@pytest.mark.parametrize("cell", ["24小时", "24 小时", "２４小时", "24　小时 ", "24"])
def test_the_unit_of_the_column_may_stand_behind_the_number(cell: str) -> None:
    assert read(cell, unit="小时") == (Decimal(24), "")


def test_a_unit_is_compared_without_width_and_case() -> None:
    assert read("1,000 M²", unit="m²") == (Decimal(1000), "")
    assert read("12.5ＫＧ", unit="kg") == (Decimal("12.5"), "")


@pytest.mark.parametrize("cell", ["24天", "24", "小时24", "小时", "约24小时", "24小时30分", "2024小时小时"])
def test_no_other_word_is_taken_for_the_unit(cell: str) -> None:
    assert read(cell, unit="小时")[1] == ("" if cell == "24" else "QTY-FORM")
    assert read("24小时")[1] == "QTY-FORM"


@pytest.mark.parametrize(
    "cell", ["12万", "约24", "1,23", "5.", "1.2.3", "¥5", "24元", "1.2E+5", "0.1234567", "1000000000000"]
)
def test_what_is_no_quantity_is_a_format_error(cell: str) -> None:
    assert read(cell) == (None, "QTY-FORM")


def test_a_numeric_cell_is_read_as_excel_shows_it() -> None:
    assert read("0.30000000000000004", "n") == (Decimal("0.3"), "")
    assert read("1E-05", "n") == (Decimal("0.00001"), "")


def test_things_that_are_counted_are_whole() -> None:
    assert read("3.0", whole=True) == (Decimal(3), "")
    assert read("3.5", whole=True) == (None, "QTY-WHOLE")
    assert read("-0.000001", whole=True) == (None, "QTY-WHOLE")
    assert read("999999999999", whole=True) == (Decimal(999999999999), "")
    assert read("3.5", whole=False) == (Decimal("3.5"), "")


amounts = st.decimals(-(10**12) + 1, 10**12 - 1, places=6).filter(lambda amount: abs(amount) < 10**12)


@settings(max_examples=150, deadline=None)
@given(amounts, st.integers(0, 6), st.booleans(), st.sampled_from(["", "小时", " 小时"]))
def test_a_written_quantity_comes_back_to_the_last_digit(
    amount: Decimal, places: int, grouped: bool, unit: str
) -> None:
    written = f"{amount:,.{places}f}" if grouped else f"{amount:.{places}f}"
    value = Decimal(written.replace(",", ""))
    assert read(written + unit, unit="小时") == (value, "")
    assert read(written, whole=True)[1] == ("" if value == value.to_integral_value() else "QTY-WHOLE")
