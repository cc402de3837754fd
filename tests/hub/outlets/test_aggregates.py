"""Sums by group and month: small groups and the running month are not there, and nothing gives them away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from hub.contract.model import Aggregate, Code, Column, Contract
from hub.outlets.aggregates import release, table

TODAY = date(2026, 11, 1)
RULE = Aggregate("open_feed", "by_town", "按镇街", "begun", "town", ("granted", "left"), 10, "law")


@pytest.fixture
def lines(small: Contract, column: Callable[..., Column]) -> Contract:
    import dataclasses

    towns = (Code("001", "马坝镇"), Code("002", "官滩镇"))
    extra = (column("town", "region", codes=towns), column("begun", "date"), column("granted", "money"))
    return dataclasses.replace(small, columns=(*extra, column("left", "money")), aggregates=(RULE,))


def aggregate(records: pl.DataFrame, contract: Contract, rule: Aggregate, today: date) -> pl.DataFrame:
    """What one rule shows when nothing was shown before."""
    return table(release(records, contract, today), contract, rule)


def _table(*groups: tuple[str | None, date | None, int, str]) -> pl.DataFrame:
    """So many lines of a town on a day, each of the same amount."""
    cells: list[dict[str, Any]] = [
        {"record_id": f"{place} {number}", "town": town, "begun": day, "granted": Decimal(amount), "left": None}
        for place, (town, day, count, amount) in enumerate(groups)
        for number in range(count)
    ]
    money, text = pl.Decimal(18, 6), pl.String
    return pl.DataFrame(cells, {"record_id": text, "town": text, "begun": pl.Date, "granted": money, "left": money})


def test_nine_lines_are_not_shown_and_ten_are(lines: Contract):
    lot = _table(("001", date(2026, 9, 5), 9, "1"), ("002", date(2026, 10, 5), 10, "1"))
    shown = aggregate(lot, lines, RULE, TODAY)
    assert shown.select("month", "town", "label", "count").rows() == [("2026-10", "002", "官滩镇", 10)]


def test_the_minimum_counts_lines_of_one_town_in_one_month(lines: Contract):
    lot = _table(("001", date(2026, 9, 30), 9, "1"), ("001", date(2026, 10, 1), 9, "1"))
    assert aggregate(lot, lines, RULE, TODAY).is_empty()


@pytest.mark.parametrize(
    ("day", "today", "shown"),
    [
        (date(2026, 10, 31), date(2026, 11, 1), True),
        (date(2026, 10, 31), date(2026, 10, 31), False),
        (date(2026, 11, 1), date(2026, 11, 30), False),
        (date(2026, 12, 31), date(2027, 1, 1), True),
        (date(2028, 2, 29), date(2028, 2, 29), False),
        (date(2028, 2, 29), date(2028, 3, 1), True),
        (date(2027, 1, 1), date(2026, 11, 1), False),
    ],
)
def test_a_month_is_shown_only_when_it_has_ended(lines: Contract, day: date, today: date, shown: bool):
    assert bool(aggregate(_table(("001", day, 12, "1")), lines, RULE, today).height) is shown


def test_there_is_no_total_and_no_group_without_a_name(lines: Contract):
    day = date(2026, 10, 5)
    shown = aggregate(_table(("001", day, 11, "1"), (None, day, 20, "1"), ("001", None, 20, "1")), lines, RULE, TODAY)
    assert shown.columns == ["month", "town", "label", "count", "sum_granted", "sum_left"]
    assert shown["town"].to_list() == ["001"] and shown["count"].to_list() == [11]


def test_sums_are_exact_to_the_last_digit(lines: Contract):
    shown = aggregate(_table(("001", date(2026, 10, 5), 10, "99999999999.100001")), lines, RULE, TODAY)
    assert shown["sum_granted"].to_list() == [Decimal("999999999991.000010")]
    assert isinstance(shown.schema["sum_granted"], pl.Decimal)


def test_the_order_of_the_lines_does_not_matter(lines: Contract):
    lot = _table(("002", date(2026, 9, 5), 11, "2"), ("001", date(2026, 10, 5), 12, "1.5"))
    shown = aggregate(lot, lines, RULE, TODAY)
    assert shown.equals(aggregate(lot.reverse(), lines, RULE, TODAY))
    assert shown["month"].to_list() == ["2026-09", "2026-10"]


def test_the_banks_lines_agree_with_a_count_by_hand(contracts: Mapping[str, Contract], lived: Any):
    contract, lot = contracts["bank/credit_line"], lived.records["bank/credit_line"]
    rule = next(one for one in contract.aggregates if one.outlet == "open_feed")
    groups: dict[tuple[str, str], list[Decimal]] = {}
    for day, town, amount in lot.select(rule.month_of, rule.by, rule.sums[0]).iter_rows():
        if day < date(2026, 11, 1):
            groups.setdefault((f"{day:%Y-%m}", town), []).append(amount)
    large = {key: (len(each), sum(each)) for key, each in groups.items() if len(each) >= 10}
    shown = aggregate(lot, contract, rule, date(2026, 11, 23))
    found = {(row["month"], row[rule.by]): (row["count"], row[f"sum_{rule.sums[0]}"]) for row in shown.to_dicts()}
    assert found and found.items() <= large.items()
    assert len(large) < len(groups)  # some groups are too small
    hidden = [(month, len(each)) for (month, town), each in groups.items() if (month, town) not in found]
    for month in {month for month, _ in found}:
        assert sum(count for one, count in hidden if one == month) not in range(1, 10)
