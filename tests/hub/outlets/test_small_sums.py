"""Sums of which one amount is nearly all tell that amount, and so do sums that grow by nearly one amount."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from corpus.small_cells import BY_TOWN, TOWNS, Record, months, some
from corpus.small_cells import contract as contract_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contract.model import Column, Contract
from hub.outlets.aggregates import table

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def one(small: Contract, column: Callable[..., Column]) -> Contract:
    return contract_of(small, column, BY_TOWN)


def sums(contract: Contract, *history: Sequence[Record]) -> list[dict[str, Decimal | None]]:
    shown = [table(each, contract, BY_TOWN) for each in months(contract, *history)]
    return [dict(each.select("town", "sum_granted").iter_rows()) for each in shown]


@pytest.mark.parametrize(("largest", "hidden"), [("17", False), ("18", True), ("-18", True)])
def test_a_sum_of_which_one_amount_is_nearly_all_is_not_shown(one: Contract, largest: str, hidden: bool):
    (shown,) = sums(one, [("big", "001", "a", largest), *some("001", 3)])
    assert (shown["001"] is None) is hidden


@pytest.mark.parametrize("amounts", [("0", "0", "0", "0"), ("0", "5", "5", "0")])
def test_a_sum_to_which_few_amounts_contribute_looks_like_no_sum_at_all(one: Contract, amounts: Sequence[str]):
    (shown,) = sums(one, [(f"r{place}", "001", "a", amount) for place, amount in enumerate(amounts)])
    assert shown == {"001": None}


def test_exactly_one_hidden_sum_takes_the_next_smallest_with_it(one: Contract):
    dominated = [("big", "001", "a", "100"), *some("001", 3)]
    (shown,) = sums(one, dominated + some("002", 4, amount="20") + some("003", 4, amount="90"))
    assert shown == {"001": None, "002": None, "003": Decimal(360)}


def test_a_sum_whose_growth_tells_one_amount_is_not_shown_anew(one: Contract):
    first = some("001", 9)
    late = [*some("001", 2, "x"), ("big", "001", "a", "40")]
    before, after = sums(one, first, first + late)
    assert (before, after) == ({"001": Decimal(9)}, {"001": None})
    _, even = sums(one, first, first + some("001", 3, "x"))
    assert even == {"001": Decimal(12)}


amounts = st.lists(st.integers(-3, 60), min_size=0, max_size=6)


@quick
@given(st.lists(amounts, min_size=3, max_size=3), st.lists(amounts, min_size=3, max_size=3))
def test_no_sum_and_no_growth_of_a_sum_is_nearly_one_amount(one: Contract, first: Any, late: Any):
    def records(lists: Any, lead: str) -> list[Record]:
        return [
            (f"{lead}{town}{place}", town, "a", str(amount))
            for town, each in zip(TOWNS, lists, strict=True)
            for place, amount in enumerate(each)
        ]

    before = records(first, "f")
    then, now = sums(one, before, before + records(late, "l"))
    for place, town in enumerate(TOWNS):
        for shown, given_ in ((then, first[place]), (now, first[place] + late[place])):
            if shown.get(town) is not None and shown[town] == sum(given_):
                assert max(map(abs, given_)) <= 0.85 * sum(map(abs, given_))
        if then.get(town) is not None and now.get(town) is not None and then[town] != now[town]:
            assert max(map(abs, late[place])) <= 0.85 * abs(sum(late[place]))
