"""Household points and volunteers' hours: rewards only, nobody by name, and nothing leaves the county."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus.http_service import HOURS, POINTS

from hub.contract.load import county
from hub.contract.model import Contract

Load = Callable[[str], Contract]
NEVER = ("信访", "上访", "投诉", "举报", "宗教", "信仰", "党纪", "处分", "言论", "网络", "扣分", "减分", "失信")


@pytest.mark.parametrize("dataset", [POINTS, HOURS])
def test_nothing_of_it_leaves(dataset: str, load: Load) -> None:
    contract = load(dataset)
    assert contract.lawful == () and contract.aggregates == ()
    assert not any(column.disclosure for column in contract.columns)


def test_points_are_given_and_never_taken(load: Load) -> None:
    rules = load(POINTS).column("jfxm").codes
    assert rules
    for code in rules:
        said = " ".join((code.code, code.label, *code.synonyms))
        assert not any(word in said for word in NEVER), said


def test_a_household_is_a_number_and_no_persons_number_fits_there(load: Load) -> None:
    contract = load(POINTS)
    assert not {column.kernel for column in contract.columns} & {"citizen_id", "person_name", "phone"}
    household = contract.column("jtbh")
    assert household.pattern is not None and household.classification == "personal"
    assert re.search(household.pattern, "320830101201-0007")
    assert not re.search(household.pattern, "320830188001010002")


def test_every_town_may_send_both(schemas: Path, load: Load) -> None:
    towns = {one.id for one in county(schemas).departments if one.kind == "town"}
    for dataset in (POINTS, HOURS):
        assert {intake.department for intake in load(dataset).intakes} == towns


def test_people_may_go_without_a_number_only_where_nothing_names_or_shows_them(copy: Any) -> None:
    copy.change(f"schemas/{POINTS}.odcs.yaml", "{always: person}", "{always: person, name: smqk}")
    assert any("personId is missing" in one.message for one in copy.problems(POINTS))
