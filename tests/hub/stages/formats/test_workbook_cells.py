"""Cells as text: whole columns at once give what one cell at a time gives."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.stages.formats.cells import UNVALUED, ErrorText, joined, number_text, row_texts, texts

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18).map(float)
MONEY = st.decimals(-(10**9), 10**9, places=2).map(float)
DAYS = st.dates()
ANY = st.one_of(
    st.text(), NUMBERS, DAYS, st.booleans(), st.datetimes(), st.sampled_from([ErrorText("#N/A"), UNVALUED, ""])
)
COLUMNS = st.one_of(
    st.lists(st.text()),
    st.lists(NUMBERS | MONEY),
    st.lists(MONEY | st.just("")),
    st.lists(DAYS | st.just("")),
    st.lists(ANY),
)


@settings(deadline=None)
@given(COLUMNS)
def test_a_column_reads_as_its_cells_do(column: list[object]) -> None:
    found, letters = texts(column)
    assert found.to_pylist() == row_texts(column)
    assert bytes(letters) == b"".join(bytes(texts([value])[1]) for value in column)


@settings(deadline=None)
@given(NUMBERS | MONEY)
def test_a_number_has_at_most_fifteen_digits_and_is_the_nearest_such(value: float) -> None:
    text = number_text(value)
    assert "e" not in text.lower() and text != "-0"
    assert Decimal(text) == Decimal(f"{value:.15g}")
    assert len(Decimal(text).normalize().as_tuple().digits) <= 15


@pytest.mark.parametrize(
    ("value", "text", "letter"),
    [
        ("甲", "甲", "s"),
        ("", None, "-"),
        (7, "7", "n"),
        (913208300000000190.0, "913208300000000000", "n"),
        (0.1 + 0.2, "0.3", "n"),
        (1e-7, "0.0000001", "n"),
        (-0.0, "0", "n"),
        (True, "TRUE", "b"),
        (date(2026, 1, 5), "2026-01-05", "d"),
        (datetime(2026, 1, 5), "2026-01-05", "d"),
        (datetime(2026, 1, 5, 13, 4, 5), "2026-01-05 13:04:05", "d"),
        (time(13, 4, 5), "13:04:05", "d"),
        (timedelta(hours=30, seconds=5), "30:00:05", "d"),
        (ErrorText("#N/A"), "#N/A", "e"),
        (UNVALUED, None, "-"),
    ],
)
def test_every_kind_of_cell_has_its_text_and_its_letter(value: object, text: str | None, letter: str) -> None:
    for column in ([value], ["甲", value, ""]):
        found, letters = texts(column)
        at = len(column) // 2
        assert (found.to_pylist()[at], chr(letters[at])) == (text, letter)


def test_letters_are_joined_row_by_row() -> None:
    columns = [texts(["甲", ""])[1], texts([1.0, 2.0])[1]]
    assert joined(columns, 2).to_pylist() == ["sn", "-n"]
