"""The fast computation against the slow one, on events at random; and what must hold of any of them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from corpus import slow_points
from corpus.point_events import ASKED, BOOK, HOMES, frame, many
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from hub.points import Computed, compute


def _told(found: Computed) -> dict[str, Any]:
    rows = found.lines.iter_rows(named=True)
    return {row["event"]: (row["raw"], row["counted"], tuple(row["reasons"])) for row in rows}


def _sums(found: Computed) -> dict[Any, Any]:
    rows = found.totals.iter_rows(named=True)
    return {(r["household"], r["year"]): (r["earned"], r["lost"], r["total"], r["grade"]) for r in rows}


@settings(max_examples=120, deadline=None)
@given(many(), ASKED)
def test_every_line_and_total_is_what_a_clerk_with_paper_would_find(events: list[dict[str, Any]], day: date) -> None:
    found = compute(frame(events), BOOK, day)
    told, sums = slow_points.count(events, BOOK, day)
    assert _told(found) == told
    assert _sums(found) == sums


@settings(max_examples=25, deadline=None)
@given(many(), ASKED, st.randoms(use_true_random=False))
def test_the_order_in_which_events_come_changes_nothing(
    events: list[dict[str, Any]], day: date, chance: random.Random
) -> None:
    shuffled = events.copy()
    chance.shuffle(shuffled)
    one, other = compute(frame(events), BOOK, day), compute(frame(shuffled), BOOK, day)
    assert_frame_equal(one.lines, other.lines)
    assert_frame_equal(one.totals, other.totals)


@settings(max_examples=25, deadline=None)
@given(many(), ASKED)
def test_a_household_alone_has_the_same_points_as_among_others(events: list[dict[str, Any]], day: date) -> None:
    all_of_them = compute(frame(events), BOOK, day)
    for home in HOMES:
        own = [one for one in events if home in (one["household"], one["named"])]
        alone = compute(frame(own), BOOK, day)
        mine = pl.col("household") == home
        assert_frame_equal(alone.lines.filter(mine), all_of_them.lines.filter(mine))
        assert_frame_equal(alone.totals.filter(mine), all_of_them.totals.filter(mine))


@settings(max_examples=25, deadline=None)
@given(many(), ASKED)
def test_nobody_stands_below_the_base_and_the_lines_add_up(events: list[dict[str, Any]], day: date) -> None:
    found = compute(frame(events), BOOK, day)
    assert sorted(found.lines["event"]) == sorted(one["event"] for one in events)
    base = {edition.id: edition.base for edition in BOOK}
    for row in found.totals.iter_rows(named=True):
        of_it = (pl.col("household") == row["household"]) & (pl.col("year") == row["year"])
        counted = found.lines.filter(of_it)["counted"].to_list()
        assert row["base"] == base[row["edition"]] <= row["total"] == row["base"] + sum(counted, Decimal(0))


@settings(max_examples=25, deadline=None)
@given(many(), ASKED, st.integers(0, 30))
def test_an_event_of_a_later_day_changes_no_earlier_line(events: list[dict[str, Any]], day: date, more: int) -> None:
    """Caps are filled in order of time: what comes later may get less, and takes nothing away."""
    first = [one for one in events if one["day"] <= day and one["rule"] != "invented"]
    late = [one for one in events if one["day"] > day and one["rule"] != "invented"]
    at = day + timedelta(days=more)
    before, after = compute(frame(first), BOOK, at), compute(frame(first + late), BOOK, at)
    earlier = pl.col("day") <= day
    assert_frame_equal(before.lines, after.lines.filter(earlier))


@settings(max_examples=25, deadline=None)
@given(many(), ASKED)
def test_an_open_appeal_costs_no_more_than_the_event_itself(events: list[dict[str, Any]], day: date) -> None:
    """Whoever is appealed against never stands worse for it than without the event."""
    losses = [one["event"] for one in events if one["rule"] == "invented"]
    appealed = [one | {"appealed": one["appealed"] or one["event"] in losses} for one in events]
    without = [one for one in events if one["event"] not in losses]
    one, other = compute(frame(appealed), BOOK, day), compute(frame(without), BOOK, day)
    assert _without(one, losses) == _without(other, losses)


def _without(found: Computed, events: list[str]) -> dict[str, Any]:
    return {event: told for event, told in _told(found).items() if event not in events}


def test_no_events_give_no_lines() -> None:
    found = compute(frame([]), BOOK, date(1900, 5, 1))
    assert found.lines.height == found.totals.height == 0
    assert compute(frame([]), (), date(1900, 5, 1)).lines.height == 0


@pytest.mark.parametrize("day", [date(1900, 12, 31), date(1901, 1, 1), date(1902, 6, 30), date(1902, 7, 1)])
def test_an_event_is_judged_by_the_edition_of_its_own_day(day: date) -> None:
    from corpus.point_events import event

    found = compute(frame([event(day=day)]), BOOK, date(1903, 1, 1))
    (line,) = found.lines.iter_rows(named=True)
    wanted = {1900: ("1900", Decimal(2)), 1901: ("1901", Decimal("2.5")), 1902: ("1901", Decimal("2.5"))}
    edition, points = wanted[day.year] if day <= date(1902, 6, 30) else (None, Decimal(0))
    assert (line["edition"], line["counted"]) == (edition, points)
    assert line["reasons"] == ([] if edition else ["no_edition"])
