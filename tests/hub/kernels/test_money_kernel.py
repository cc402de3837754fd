from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, types: str | None = None) -> tuple[Decimal | None, str | None]:
    options = Options(settings={"unit": "wanyuan"}, types=None if types is None else pl.Series([types]))
    reading = KERNELS["money"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("0.2", "0.2"),
        ("０．２", "0.2"),
        ("1,234.5", "1234.5"),
        ("1，234．5", "1234.5"),
        ("-3", "-3"),
        ("+3", "3"),
        (".5", "0.5"),
        ("0", "0"),
        ("007.10", "7.1"),
        ("999999999999.999999", "999999999999.999999"),
        ("12,345,678", "12345678"),
    ],
)
def test_amounts_are_read_exactly(cell: str, amount: str) -> None:
    assert read(cell) == (Decimal(amount), "")


@pytest.mark.parametrize(
    "cell",
    [
        "5,000000",
        "1,23",
        ",123",
        "1,2345",
        "2000元",
        "¥5",
        "1.2E+5",
        "1e5",
        "0.1234567",
        "1000000000000",
        "5.",
        "1 000",
        "(5)",
        "NaN",
        "inf",
    ],
)
def test_what_is_no_amount_is_a_format_error(cell: str) -> None:
    assert read(cell) == (None, "MON-FORMAT")


def test_a_numeric_cell_is_read_as_excel_shows_it() -> None:
    assert read("0.30000000000000004", "n") == (Decimal("0.3"), "")
    assert read("1E-05", "n") == (Decimal("0.00001"), "")
    assert read("0.30000000000000004", "s") == (None, "MON-FORMAT")
    assert read("0.3333333333333333", "n") == (None, "MON-FORMAT")
    assert read("1e300", "n") == (None, "MON-FORMAT")


amounts = st.decimals(-(10**12) + 1, 10**12 - 1, places=6).filter(lambda amount: abs(amount) < 10**12)


@settings(max_examples=150, deadline=None)
@given(amounts, st.integers(0, 6), st.booleans())
def test_a_written_amount_comes_back_to_the_last_digit(amount: Decimal, places: int, grouped: bool) -> None:
    written = f"{amount:,.{places}f}" if grouped else f"{amount:.{places}f}"
    assert read(written) == (Decimal(written.replace(",", "")), "")
