"""Household points and volunteers' hours: rewards only, nobody by name, and no more leaves than an incentive needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus.http_service import HOURS, POINTS

from hub.contract.load import county, points
from hub.contract.model import Contract

TOTALS = "household/points"
Load = Callable[[str], Contract]
NEVER = ("信访", "上访", "投诉", "举报", "宗教", "信仰", "党纪", "处分", "言论", "网络", "扣分", "减分", "失信")


def test_hours_leave_nowhere(load: Load) -> None:
    contract = load(HOURS)
    assert contract.lawful == () and contract.aggregates == ()
    assert not any(column.disclosure for column in contract.columns)


def test_points_are_an_incentive_and_may_be_nothing_else(load: Load, copy: Any) -> None:
    contract = load(TOTALS)
    assert contract.incentive_only and {lawful.use for lawful in contract.lawful} == {"incentive"}
    assert all(lawful.consent for lawful in contract.lawful) and contract.aggregates == ()
    copy.change("schemas/outlets.yaml", "use: incentive", "use: finance")
    assert any("incentiveOnly" in one.message for one in copy.problems(TOTALS))


def test_a_single_deed_leaves_nowhere_and_a_total_tells_of_none(load: Load) -> None:
    for dataset in (POINTS, "household/point_review"):
        contract = load(dataset)
        assert contract.lawful == () and not any(column.disclosure for column in contract.columns)
    shown = [column.name for column in load(TOTALS).columns if column.disclosure]
    assert shown == ["jtbh", "nd", "jzrq", "zf", "dj"]
    assert load(TOTALS).subject.person_id is None and all(way.computed for way in load(TOTALS).intakes)


def test_what_the_hub_computes_has_no_file_names(copy: Any) -> None:
    agreed = "{property: computed, value: true}"
    copy.change(f"schemas/{TOTALS}.odcs.yaml", agreed, agreed + "\n      - {property: files, value: [a*]}")
    assert any("only the hub writes" in one.message for one in copy.problems(TOTALS))


def test_points_are_given_and_never_taken(load: Load) -> None:
    rules = load(POINTS).column("jfxm").codes
    assert rules
    for code in rules:
        said = " ".join((code.code, code.label, *code.synonyms))
        assert not any(word in said for word in NEVER), said


def test_only_made_up_deeds_cost_anything(load: Load, schemas: Path) -> None:
    for edition in points(schemas):
        losses = [rule.code for rule in edition.rules if rule.award.kind == "loss" or rule.grade_drop]
        assert losses == ["弄虚作假"]
        assert {rule.code for rule in edition.rules} <= {code.code for code in load(POINTS).column("jfxm").codes}


def test_points_are_no_column_and_whoever_types_them_hears_that_they_are_not_read(load: Load) -> None:
    contract = load(POINTS)
    known = {word for column in contract.columns for word in (column.name, column.label, *column.synonyms)}
    assert not known & {"jf", "积分", "分值", "赋分", "得分"}
    assert contract.unknown_columns == "ignore"  # HDR-UNKNOWN tells the sender


def test_a_household_is_a_number_and_no_persons_number_fits_there_or_leaves(load: Load) -> None:
    contract = load(POINTS)
    assert not {column.kernel for column in contract.columns} & {"person_name", "phone"}
    ids = [column for column in contract.columns if column.kernel == "citizen_id"]
    assert ids and all(column.classification == "sensitive" and not column.disclosure for column in ids)
    for name in ("jtbh", "syjtbh"):
        household = contract.column(name)
        assert household.pattern is not None and household.classification == "personal"
        assert re.search(household.pattern, "320830101201-0007")
        assert not re.search(household.pattern, "320830188001010002")


def test_every_town_may_send_both(schemas: Path, load: Load) -> None:
    towns = {one.id for one in county(schemas).departments if one.kind == "town"}
    for dataset in (POINTS, HOURS):
        assert {intake.department for intake in load(dataset).intakes} == towns


def test_people_may_go_without_a_number_only_where_nothing_names_or_shows_them(copy: Any) -> None:
    copy.change(f"schemas/{TOTALS}.odcs.yaml", "{always: household, householdId: jtbh}", "{always: person}")
    assert any("personId is missing" in one.message for one in copy.problems(TOTALS))
