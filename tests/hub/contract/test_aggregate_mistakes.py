"""Aggregates from which a hidden group could be computed are refused before anything is loaded."""

from __future__ import annotations

from typing import Any

import pytest

LINES = "schemas/bank/credit_line.odcs.yaml"
SECOND = "      - outlet: governance\n        name: credit_line_by_town\n"
PENALTY = "schemas/market/admin_penalty.odcs.yaml"
SUMS = """  - property: aggregates
    value:
      - outlet: {outlet}
        name: by_kind
        label: 按类别汇总
        monthOf: cf_jdrq
        by: cf_xdr_lb
        minimum: 10
        legalBasis: 测试用
  - property: steeredBy
"""


@pytest.mark.parametrize(
    ("what", "becomes", "message"),
    [
        (
            "        by: zxqh\n        sums: [sxje, yxye]\n        minimum: 10",
            "        by: khlb\n        minimum: 10",
            "same monthOf",
        ),
        ("        afterDays: 15\n", "", "same monthOf, by and afterDays"),
        ("        afterDays: 15\n", "        afterDays: -1\n", "afterDays must be a whole number"),
        ("        minimum: 10\n", "        minimum: 9\n", "minimum must be a whole number from 10"),
        (SECOND, SECOND.replace("governance", "open_feed"), "stands twice"),
        (SECOND, SECOND.replace("governance", "bank"), "bank takes no tables"),
    ],
)
def test_a_second_view_of_the_same_groups_is_a_mistake(copy: Any, what: str, becomes: str, message: str) -> None:
    file = copy.schemas.parent / LINES
    before, second, after = file.read_text(encoding="utf-8").partition(SECOND)
    assert what in second + after
    file.write_text(before + (second + after).replace(what, becomes, 1), encoding="utf-8")
    assert any(message in problem.message for problem in copy.problems("bank/credit_line"))


@pytest.mark.parametrize("outlet", ["governance", "province"])
def test_sums_beside_single_rows_are_a_mistake(copy: Any, outlet: str) -> None:
    copy.change(PENALTY, "  - property: steeredBy\n", SUMS.format(outlet=outlet))
    told = [problem.message for problem in copy.problems("market/admin_penalty")]
    for seen in (outlet, "open_feed"):
        assert f"single rows of market/admin_penalty go to {seen}: a hidden group could be computed from them" in told


def test_points_do_not_leave_as_sums_either(copy: Any) -> None:
    file = copy.schemas / "household" / "point_event.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    assert "property: incentiveOnly" in text and "property: aggregates" not in text
    sums = SUMS.format(outlet="governance").replace("cf_jdrq", "fsrq").replace("cf_xdr_lb", "jfxm")
    file.write_text(text.rstrip("\n") + "\n" + sums.partition("  - property: steeredBy")[0], encoding="utf-8")
    told = [problem.message for problem in copy.problems("household/point_event")]
    assert "the contract says incentiveOnly, and the use of governance is supervision" in told


def test_a_dataset_that_the_profile_does_not_name_sends_no_tables(copy: Any) -> None:
    copy.change(
        "schemas/profiles/governance_events.yaml", "  bank/credit_line: {name: XYDSXHZ}", "  bank/other: {name: XX}"
    )
    told = [problem.message for problem in copy.problems("bank/credit_line")]
    assert told == ["the profile of governance names no table for bank/credit_line"]


@pytest.mark.parametrize(
    ("what", "becomes", "message"),
    [
        ("events: /events", "events: events", "does not have the form"),
        ("keyHeader: Idempotency-Key", 'keyHeader: "a b"', "does not have the form"),
        ("  id: id\n", "", "id is missing"),
        ("rowsPerCall: 500", "rowsPerCall: 0", "rowsPerCall must be a whole number"),
        ('"99": again', '"99": often', "a code means one of"),
        ("bank/credit_line: {name: XYDSXHZ}", "market/admin_penalty: {name: XYDSXHZ}", "single records of it go there"),
        ("digest: digest, ", "", "digest is missing"),
    ],
)
def test_a_mistake_in_the_profile_of_an_event_service_is_told(copy: Any, what: str, becomes: str, message: str) -> None:
    copy.change("schemas/profiles/governance_events.yaml", what, becomes)
    assert any(message in problem.message for problem in copy.problems("market/admin_penalty"))


def test_an_event_service_is_for_supervision(copy: Any) -> None:
    file = copy.schemas / "outlets.yaml"
    before, governance, after = file.read_text(encoding="utf-8").partition("  - id: governance")
    file.write_text(before + governance + after.replace("use: supervision", "use: public", 1), encoding="utf-8")
    told = [problem.message for problem in copy.problems("market/admin_licence")]
    assert "the use of an event service is supervision" in told
