"""Periods in ``slaProperties``: one for all, one for each class, and every mistake is named."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract import load
from hub.contract.retention import KEPT, Period, Retention
from hub.errors import FixConfiguration

SMALL = Path(__file__).parents[1] / "small"


def loaded(folder: Path, *lines: str) -> Retention:
    shutil.copytree(SMALL / "schemas", folder / "schemas")
    contract = folder / "schemas" / "market" / "shop.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    told = "".join(f"  - {line}\n" for line in lines)
    contract.write_text(text.replace("slaProperties:\n", f"slaProperties:\n{told}"), encoding="utf-8")
    return load.contract("market/shop", folder / "schemas", SMALL / "expectations").retention


def test_without_a_period_everything_is_kept(tmp_path: Path) -> None:
    assert loaded(tmp_path) == KEPT


def test_a_class_has_its_own_period_or_the_one_for_all(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "{property: retentionBlobs, value: 18, unit: m}",
        "{property: retention, value: 5, unit: y, description: 依据}",
        "{property: retentionEvents, value: 900, unit: d}",
    )
    assert found == Retention(Period(18, "m"), Period(5, "y"), Period(5, "y"), Period(5, "y"), Period(900, "d"))


@pytest.mark.parametrize(
    "line",
    [
        "{property: retention, value: 0, unit: y}",
        "{property: retention, value: 1.5, unit: y}",
        "{property: retention, value: 5, unit: w}",
        "{property: retention, value: 5}",
        "{property: retention, unit: y}",
        "{property: retention, value: true, unit: y}",
        "{property: retentionBlob, value: 5, unit: y}",
        "{property: retentionBlobs, value: 1201, unit: d}",
    ],
)
def test_a_period_that_is_none_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(FixConfiguration, match=r"shop\.odcs\.yaml:11[1-4]:"):
        loaded(tmp_path, line)


def test_a_period_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FixConfiguration, match="twice"):
        loaded(tmp_path, *["{property: retention, value: 5, unit: y}"] * 2)


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.integers(1, 600))
def test_a_month_goes_back_to_the_same_day_or_the_last_one_there_is(now: datetime, number: int) -> None:
    before = Period(number, "m").before(now)
    assert (now.year * 12 + now.month) - (before.year * 12 + before.month) == number
    assert before.day == now.day or (before.day < now.day and (before + timedelta(days=1)).day == 1)
    assert before.time() == now.time()


@given(MOMENTS, st.integers(1, 100))
def test_years_are_twelve_months_and_days_are_days(now: datetime, number: int) -> None:
    assert Period(number, "y").before(now) == Period(12 * number, "m").before(now)
    assert Period(number, "d").before(now) == now - timedelta(days=number)
