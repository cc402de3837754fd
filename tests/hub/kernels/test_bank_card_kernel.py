from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, types: str | None = None) -> tuple[str | None, str | None]:
    options = Options(types=None if types is None else pl.Series([types]))
    reading = KERNELS["bank_card"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    "cell",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "４１１１111111111111",
        "4111\u30001111\u00a011111111",
    ],
)
def test_a_card_is_one_number_however_it_is_spaced(cell: str) -> None:
    assert read(cell) == ("4111111111111111", "")


def test_a_wrong_check_digit_is_found() -> None:
    assert read("62220212345678901") == ("62220212345678901", "ID-CARD-CHECK")


@pytest.mark.parametrize(
    "cell",
    ["622202******0123", "0000000000000000", "41111111111", "41111111111111111111", "4111111111111111A", "见附件"],
)
def test_what_is_no_card_keeps_its_text(cell: str) -> None:
    assert read(cell) == (cell, "ID-CARD-FORM")


def test_a_card_that_was_a_number_in_a_sheet_is_lost() -> None:
    assert read("4111111111111110", "n")[1] == "ID-EXCEL15"
    assert read("411111111111", "n")[1] == "ID-NUMERIC"
    assert read("4.11111E+15")[1] == "ID-EXCEL15"
    assert read("6222021234567890000", "s")[1] == "ID-EXCEL15"  # made text after it was rounded
    assert read("6222021234567890000")[1] == "ID-CARD-CHECK"


@settings(max_examples=150, deadline=None)
@given(st.text("0123456789", min_size=12, max_size=19).filter(lambda number: number.strip("0")), st.data())
def test_a_changed_digit_is_always_found(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    changed = number[:place] + digit + number[place + 1 :]
    assert not (read(number)[1] == "" and read(changed)[1] == "")
