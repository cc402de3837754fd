"""Watermarks of an API: compared by what they mean, given back in the form in which they came."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stages.watermark import earlier, level


@pytest.mark.parametrize(
    ("text", "overlap", "wanted"),
    [
        ("1042", 0, "1042"),
        ("1042", 2.5, "1039"),
        ("2026-11-20T08:05:00", 0, "2026-11-20T08:05:00"),
        ("2026-11-20T08:05:00", 600, "2026-11-20T07:55:00"),
        ("2026-11-20 00:00:30", 60, "2026-11-19 23:59:30"),
        ("2026-11-20T08:05:00.125", 1, "2026-11-20T08:04:59.125"),
        ("2026-11-20T08:05:00Z", 60, "2026-11-20T08:04:00Z"),
        ("2026-11-20T08:05:00.5+08:00", 60, "2026-11-20T08:04:00.5+08:00"),
        ("2026-11-20", 60, "2026-11-19"),
        ("2026-11-20", 90_000, "2026-11-18"),
    ],
)
def test_an_earlier_one_has_the_same_form(text: str, overlap: float, wanted: str) -> None:
    assert earlier(text, overlap) == wanted


@pytest.mark.parametrize(
    "text", ["", "昨天", "1.5", "1e9", "１２", "2026-13-01", "2026-11-20T08:00:00.1234567", None, 5]
)
def test_what_is_neither_a_number_nor_a_moment_is_none(text: object) -> None:
    assert level(text) is None


def test_order_is_that_of_numbers_and_moments_not_of_texts() -> None:
    assert level("10") > level("9")  # type: ignore[operator]
    assert level("2026-11-20T00:30:00+08:00") < level("2026-11-19T17:00:00Z")  # type: ignore[operator]
    assert level("2026-11-20") == level("2026-11-20 00:00:00")
    kinds = {one[0] for one in map(level, ("5", "2026-11-20", "2026-11-20T00:00:00Z")) if one is not None}
    assert kinds == {"number", "local", "instant"}


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.integers(1, 10**6), st.sampled_from(["T", " "]))
def test_no_overlap_is_shorter_than_agreed(moment: datetime, overlap: int, between: str) -> None:
    text = moment.isoformat(sep=between, timespec="milliseconds")
    low, high = level(earlier(text, overlap)), level(text)
    assert low is not None and high is not None
    assert low[1] <= high[1] - overlap * 1_000_000
    assert high[1] - low[1] - overlap * 1_000_000 < timedelta(seconds=1) / timedelta(microseconds=1)
