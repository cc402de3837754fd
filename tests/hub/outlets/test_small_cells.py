"""Small cells: no figure, and nothing that can be computed from all figures ever shown, is about a few records."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from corpus.small_cells import (
    BY_KIND,
    BY_TOWN,
    KINDS,
    NOVEMBER,
    TOWNS,
    K,
    counts,
    frame,
    lived,
    months,
    singled_out,
    some,
    told,
)
from corpus.small_cells import contract as contract_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contract.model import Column, Contract
from hub.outlets.aggregates import release, table

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CELLS = [(town, kind) for town in (*TOWNS, "") for kind in (*KINDS, "")]
filled = st.dictionaries(st.sampled_from(CELLS), st.integers(1, 5), max_size=7)
changes = st.lists(
    st.tuples(st.sampled_from(("more", "fewer", "move")), st.sampled_from(CELLS), st.integers(1, 5)), max_size=4
)


@pytest.fixture(scope="module")
def one(small: Contract, column: Callable[..., Column]) -> Contract:
    return contract_of(small, column, BY_TOWN)


@pytest.fixture(scope="module")
def two(small: Contract, column: Callable[..., Column]) -> Contract:
    return contract_of(small, column, BY_TOWN, BY_KIND)


@quick
@given(first=filled, later=st.lists(changes, max_size=4))
def test_nobody_is_singled_out_by_any_releases_of_one_aggregate(one: Contract, first: Any, later: Any):
    assert singled_out(told(one, lived(first, later))) == []


@quick
@given(first=filled, later=st.lists(changes, max_size=4))
def test_nobody_is_singled_out_by_two_aggregates_of_one_dataset(two: Contract, first: Any, later: Any):
    assert singled_out(told(two, lived(first, later))) == []


@quick
@given(first=filled)
def test_who_knows_the_total_of_a_month_computes_no_small_group(one: Contract, first: Any):
    (records,) = lived(first, ())
    total = [frozenset(record[0] for record in records)]
    assert singled_out([*told(one, [records]), *(total if len(total[0]) >= K else [])]) == []


def test_the_attacker_of_these_tests_finds_what_is_given_away():
    town, late = {f"r{number}" for number in range(5)}, {"late"}
    assert singled_out([frozenset(town), frozenset(town | late)]) == [frozenset(late)]
    hidden = {"h1", "h2"}
    known = [frozenset(town), frozenset({*town, *hidden} - {"r1"}), frozenset({"r1"} | {f"s{n}" for n in range(4)})]
    total = known[1] | known[2]
    assert singled_out([known[0], total, frozenset(f"s{n}" for n in range(4))]) == [frozenset(hidden)]


@quick
@given(first=filled, who=st.integers(0, 30), where=st.sampled_from(TOWNS))
def test_one_late_row_more_or_less_changes_no_figure_that_was_shown(one: Contract, first: Any, who: int, where: str):
    (records,) = lived(first, ())
    (before,) = months(one, records)
    fewer = [record for place, record in enumerate(records) if place != who]
    for other in ([*records, ("late", where, "a", "1")], fewer):
        after = release(frame(other), one, NOVEMBER, before)
        was, is_ = counts(before, one), counts(after, one)
        assert all(is_.get(town, count) == count for town, count in was.items()), "the same, or gone as too small"


# The rules, one by one.


def test_exactly_one_small_cell_takes_the_next_smallest_with_it(one: Contract):
    (memory,) = months(one, some("001", 2) + some("002", 4) + some("003", 5))
    assert counts(memory, one) == {"003": 5}


def test_two_small_cells_that_are_few_together_take_a_third_with_them(one: Contract):
    (memory,) = months(one, some("001", 1) + some("002", 1) + some("003", 5))
    assert counts(memory, one) == {}


def test_hidden_cells_that_are_enough_together_take_no_other_with_them(one: Contract):
    (memory,) = months(one, some("001", 2) + some("002", 2) + some("003", 5))
    assert counts(memory, one) == {"003": 5}


def test_an_empty_cell_and_a_hidden_one_look_the_same(one: Contract):
    (hidden,) = months(one, some("001", 2) + some("002", 2) + some("003", 5))
    (empty,) = months(one, some("003", 5))
    assert table(hidden, one, BY_TOWN).equals(table(empty, one, BY_TOWN))
    assert hidden.equals(empty), "nothing is remembered of what was never shown"


@pytest.mark.parametrize(("late", "shown"), [(1, 5), (2, 5), (3, 8), (4, 9)])
def test_a_figure_is_shown_anew_when_enough_records_differ(one: Contract, late: int, shown: int):
    _, after = months(one, some("001", 5), some("001", 5 + late))
    assert counts(after, one) == {"001": shown}


def test_late_rows_add_up_until_they_are_enough(one: Contract):
    steps = months(one, *(some("001", 5 + late) for late in range(4)))
    assert [counts(each, one)["001"] for each in steps] == [5, 5, 5, 8]


def test_corrections_count_as_differing_records(one: Contract):
    whole = some("001", 6)
    mended = [(name, town, kind, "2") for name, town, kind, _ in whole]
    _, two_of_them, all_of_them = months(one, whole, mended[:2] + whole[2:], mended)
    assert table(two_of_them, one, BY_TOWN)["sum_granted"].to_list() == [Decimal(6)]
    assert table(all_of_them, one, BY_TOWN)["sum_granted"].to_list() == [Decimal(12)]
    _, beside_a_late_one = months(one, whole, [*mended, ("late", "001", "a", "1")])
    assert counts(beside_a_late_one, one) == {"001": 6}, "its count would tell the late one"


def test_records_that_were_in_any_earlier_figure_do_not_count_as_new(one: Contract):
    first, grown = some("001", 5), some("001", 5) + some("001", 4, "x")
    *_, back_but_one = months(one, first, grown, first[:4] + some("001", 1, "y"))
    assert counts(back_but_one, one) == {"001": 9}, "five by the third would tell one of them, by the first"
    moved = [(name, "002", kind, amount) for name, _, kind, amount in first[:3]]
    *_, after = months(one, first, first[3:] + some("001", 3, "x") + moved)
    assert counts(after, one) == {"001": 5}, "the three in the other town would tell the two that stayed"


def test_a_withdrawal_that_makes_a_cell_small_takes_it_away_until_there_are_enough_others(one: Contract):
    rest = some("002", 9)
    steps = (some("001", 3), some("001", 2), some("001", 5), some("001", 6))
    shown = [counts(each, one) for each in months(one, *(step + rest for step in steps))]
    assert shown == [{"001": 3, "002": 9}, {"002": 9}, {"002": 9}, {"001": 6, "002": 9}]


def test_two_groupings_of_one_dataset_are_not_shown_of_the_same_records(two: Contract):
    first = some("001", 5) + some("002", 5, kind="b")
    (memory,) = months(two, first)
    assert (counts(memory, two), counts(memory, two, BY_KIND)) == ({}, {"a": 5, "b": 5})


def test_after_a_restore_nothing_is_shown_anew_of_what_may_have_been_shown_before(one: Contract):
    (memory,) = months(one, some("001", 5))
    late = frame(some("001", 9) + some("002", 9))
    assert release(late, one, NOVEMBER, memory, frozen=NOVEMBER).equals(memory)
    next_month = frame(some("001", 9, "x"), NOVEMBER)
    after = release(pl.concat([late, next_month]), one, date(2026, 12, 1), memory, frozen=NOVEMBER)
    shown = table(after, one, BY_TOWN).select("month", "town", "count").rows()
    assert shown == [("2026-10", "001", 5), ("2026-11", "001", 9)]
    fallen = release(frame(some("001", 1)), one, NOVEMBER, memory, frozen=NOVEMBER)
    assert counts(fallen, one) == {}, "what became too small goes nevertheless"


def test_a_month_waits_until_its_late_rows_have_come(one: Contract):
    late = dataclasses.replace(one, aggregates=(dataclasses.replace(BY_TOWN, days=15),))
    records = frame(some("001", 5))
    assert release(records, late, date(2026, 11, 15)).is_empty()
    assert counts(release(records, late, date(2026, 11, 16)), late) == {"001": 5}


def test_the_same_records_are_released_the_same(two: Contract):
    records = some("001", 5) + some("002", 4, kind="b") + some("003", 3)
    before = release(frame(records), two, NOVEMBER)
    assert release(frame(reversed(records)), two, NOVEMBER).equals(before)
    assert release(frame(records), two, NOVEMBER, before).equals(before)
