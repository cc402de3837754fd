"""Each reason once, by the smallest change of an event that counts; caps, steps and grades by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from corpus.point_events import BOOK, CHILD, GROWN, HOMES, LEAP, NO_AGE, OTHER_VILLAGE, event, frame

from hub.points import compute, in_words
from hub.points.words import WORDS

D = Decimal
LATER, THIRD = "320830188001010037", "320830188001010053"  # of full age as well
DAY = date(1900, 12, 1)
REASONS: list[tuple[str, dict[str, Any]]] = [
    ("withdrawn", {"withdrawn": True}),
    ("to_come", {"day": date(1900, 12, 2)}),
    ("wrong_village", {"village": OTHER_VILLAGE}),
    ("no_edition", {"day": date(1899, 12, 31)}),
    ("no_rule", {"rule": "singing"}),
    ("no_rule", {"rule": "own", "number": "3"}),
    ("no_rule", {"rule": "own", "number": None}),
    ("not_reviewed", {"passed": None}),
    ("not_reviewed", {"reviewed": None}),
    ("not_reviewed", {"reviewed": date(1900, 2, 28)}),
    ("not_reviewed", {"reviewed": date(1900, 12, 2)}),
    ("refused", {"passed": False}),
    ("not_noticed", {"noticed": None}),
    ("not_noticed", {"noticed": date(1900, 2, 28)}),
    ("not_noticed", {"noticed": date(1900, 12, 2)}),
    ("notice_running", {"noticed": date(1900, 11, 27)}),
    ("notice_running", {"notice_until": date(1900, 12, 1)}),
    ("annulled", {"annulled": True}),
    ("appealed", {"appealed": True}),
    ("age_unknown", {"actor": NO_AGE}),
    ("age_unknown", {"actor": None}),
    ("minor_alone", {"actor": CHILD}),
    ("minor_alone", {"actor": CHILD, "adult": CHILD}),
    ("no_evidence", {"rule": "stepped", "evidence": None}),
    ("wrong_household", {"named": HOMES[1]}),
    ("wrong_household", {"rule": "given"}),
    ("wrong_household", {"rule": "given", "named": HOMES[0]}),
    ("no_quantity", {"rule": "each", "quantity": None}),
    ("no_quantity", {"rule": "each", "quantity": D(0)}),
    ("no_quantity", {"rule": "each", "quantity": D("10000.5")}),
    ("not_awarded", {"rule": "range"}),
    ("out_of_range", {"rule": "range", "awarded": D("5.01")}),
    ("out_of_range", {"rule": "range", "awarded": D("0.99")}),
    ("out_of_range", {"rule": "range", "awarded": D("2.005")}),
    ("about_nothing", {"rule": "invented"}),
    ("about_nothing", {"rule": "invented", "about": "JTJF-000009"}),
]


def lines(*events: dict[str, Any], day: date = DAY) -> list[tuple[str, list[str]]]:
    """What each line counts and why, in order of the events."""
    found = compute(frame(list(events)), BOOK, day).lines.rows(named=True)
    by_event = {row["event"]: (str(row["counted"]), row["reasons"]) for row in found}
    return [by_event[one["event"]] for one in events]


@pytest.mark.parametrize(("reason", "changed"), REASONS)
def test_an_event_that_does_not_count_has_its_reason_in_words(reason: str, changed: dict[str, Any]) -> None:
    assert lines(event()) == [("2.00", [])]
    (line,) = compute(frame([event(**changed)]), BOOK, DAY).lines.rows(named=True)
    assert (line["reasons"], line["counted"]) == ([reason], D(0))
    said = in_words(line)
    assert said and "{" not in said and said != "全部计分"


def test_every_reason_is_tried_here_or_below() -> None:
    below = {
        "invented",
        "duplicate",
        "below",
        "base",
        "cap_event",
        "cap_member",
        "cap_month",
        "cap_quarter",
        "cap_year",
    }
    assert {reason for reason, _ in REASONS} | below == set(WORDS)


def test_the_first_day_after_the_notice_counts() -> None:
    running = event(noticed=date(1900, 11, 26))  # five days: the 26th to the 30th
    assert lines(running, day=date(1900, 11, 30)) == [("0.00", ["notice_running"])]
    assert lines(running, day=date(1900, 12, 1)) == [("2.00", [])]
    longer = event(noticed=date(1900, 11, 20), notice_until=date(1900, 11, 30))
    assert lines(longer, day=date(1900, 11, 30)) == [("0.00", ["notice_running"])]
    assert lines(longer, day=date(1900, 12, 1)) == [("2.00", [])]


def test_a_minor_counts_with_an_adult_and_full_age_begins_on_the_day_after_the_birthday() -> None:
    assert lines(event(actor=CHILD, adult=GROWN)) == [("2.00", [])]
    assert lines(event(actor=NO_AGE, adult=GROWN)) == [("2.00", [])]
    late = date(1902, 6, 1)
    on = [event(number, day=date(1902, month, of), actor=LEAP) for number, (month, of) in enumerate([(2, 28), (3, 1)])]
    assert lines(*on, day=late) == [("0.00", ["minor_alone"]), ("2.50", [])]


def test_one_deed_is_counted_once_and_the_line_names_the_other() -> None:
    twins = [
        event(1, evidence="甲"),
        event(2, evidence="甲"),
        event(3, evidence="乙"),
        event(4, evidence="甲", passed=None),
    ]
    assert lines(*twins) == [("2.00", []), ("0.00", ["duplicate"]), ("2.00", []), ("0.00", ["not_reviewed"])]
    line = compute(frame(twins), BOOK, DAY).lines.rows(named=True)[1]
    assert line["same_as"] == "JTJF-000001" and "JTJF-000001" in in_words(line)
    first_is_open = [twins[0] | {"passed": None}, twins[1]]
    assert lines(*first_is_open) == [("0.00", ["not_reviewed"]), ("2.00", [])]


def test_caps_are_filled_in_order_of_time_each_with_what_the_narrower_left() -> None:
    days = [date(1900, 1, 1), date(1900, 1, 2), date(1900, 1, 3), date(1900, 2, 1), date(1900, 2, 2), date(1900, 4, 1)]
    alone = [event(number, day=day) for number, day in enumerate(days)]  # 2 each; 5 a month, 8.5 a quarter, 9 a member
    first = [("2.00", []), ("2.00", []), ("1.00", ["cap_month"]), ("2.00", [])]
    assert lines(*alone) == [*first, ("1.00", ["cap_member"]), ("0.00", ["cap_member"])]
    two = [one | {"actor": LATER} if number > 2 else one for number, one in enumerate(alone)]
    assert lines(*two) == [*first, ("1.50", ["cap_quarter"]), ("2.00", [])]
    third = [event(number, day=date(1900, 7, number), actor=THIRD) for number in (11, 12, 13)]
    assert lines(*two, *third)[-3:] == [("2.00", []), ("2.00", []), ("0.50", ["cap_month", "cap_year"])]
    each = [event(1, rule="each", quantity=D(9)), event(2, rule="each", quantity=D("4.5"))]
    assert lines(*each) == [("2.00", ["cap_event"]), ("1.00", ["cap_month"])]


def test_hours_of_a_year_add_up_for_each_member_and_an_event_adds_its_step() -> None:
    hours = [("1.5", date(1900, 1, 5)), ("1", date(1900, 2, 5)), ("7.5", date(1900, 3, 5)), ("1", date(1900, 4, 5))]
    served = [event(n, rule="served", quantity=D(q), day=day) for n, (q, day) in enumerate(hours, 1)]
    assert lines(*served) == [("0.00", ["below"]), ("1.00", []), ("3.50", []), ("0.00", ["below"])]
    other = [one | {"actor": "320830188001010037"} if n == 1 else one for n, one in enumerate(served)]
    assert lines(*other)[:3] == [("0.00", ["below"]), ("0.00", ["below"]), ("1.00", [])]


def test_points_go_to_the_household_that_is_named() -> None:
    found = compute(frame([event(rule="given", named=HOMES[2])]), BOOK, DAY)
    assert found.lines["household"].to_list() == found.totals["household"].to_list() == [HOMES[2]]


def test_a_made_up_deed_is_lost_with_the_penalty_and_a_grade_and_never_below_the_base() -> None:
    good = [event(number, day=date(1900, number, 1), rule="range", awarded=D(4)) for number in (1, 2, 3)]
    made_up = event(4, rule="invented", about="JTJF-000003", evidence=None)
    assert compute(frame(good), BOOK, DAY).totals.rows() == [
        (HOMES[0], 1900, "1900", D(100), D(7), D(0), D(107), "C"),
    ]
    found = compute(frame([*good, made_up]), BOOK, DAY)
    assert lines(*good, made_up) == [("4.00", []), ("3.00", ["cap_member"]), ("0.00", ["invented"]), ("-4.00", [])]
    assert found.totals.rows() == [(HOMES[0], 1900, "1900", D(100), D(7), D(4), D(103), "D")]
    assert "等级降1级" in in_words(found.lines.filter(event=made_up["event"]).row(0, named=True))
    again = [event(number, rule="invented", about="JTJF-000003", evidence=str(number)) for number in (5, 6)]
    assert lines(*good, made_up, *again)[-2:] == [("-3.00", ["base"]), ("0.00", ["base"])]
    assert compute(frame([*good, made_up, *again]), BOOK, DAY).totals["total"].to_list() == [D(100)]
    appealed = [*good, made_up | {"appealed": True}]
    assert lines(*appealed)[2:] == [("0.00", ["cap_member"]), ("0.00", ["appealed"])]
    assert compute(frame(appealed), BOOK, DAY).totals["grade"].to_list() == ["C"]


def test_a_new_year_begins_at_the_base_with_empty_caps_and_its_own_edition() -> None:
    edge = [event(1, day=date(1900, 12, 31)), event(2, day=date(1901, 1, 1))]
    found = compute(frame(edge), BOOK, date(1901, 2, 1))
    assert found.totals.select("year", "edition", "base", "total").rows() == [
        (1900, "1900", D(100), D(102)),
        (1901, "1901", D(80), D("82.5")),
    ]


def test_an_amended_edition_counts_anew_and_the_old_one_gives_the_old_answer() -> None:
    rules = tuple(replace(rule, award=replace(rule.award, points=D(1))) for rule in BOOK[0].rules)
    amended = replace(BOOK[0], rules=rules)
    assert compute(frame([event()]), (amended, BOOK[1]), DAY).totals["total"].to_list() == [D(101)]
    assert compute(frame([event()]), BOOK, DAY).totals["total"].to_list() == [D(102)]
