"""Columns that hold persons' data by their kernel: what a contract may say of them, and what is judged in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.contract.derive import suite
from hub.contract.model import Contract

LICENCE = "schemas/market/admin_licence.odcs.yaml"
COLUMN = "xk_frdb"  # 法定代表人: a text of class personal that goes to the province


def changed(copy: Any, before: str, after: str, column: str = COLUMN) -> int:
    """Replace the first ``before`` behind the column's name in the licence contract; the line on which it stood."""
    path: Path = copy.schemas.parent / LICENCE
    head, name, rest = path.read_text(encoding="utf-8").partition(f"      - name: {column}\n")
    assert before in rest
    path.write_text(head + name + rest.replace(before, after, 1), encoding="utf-8")
    return (head + name + rest[: rest.index(before)]).count("\n") + 1


@pytest.mark.parametrize("kernel", ["person_name", "phone", "bank_card", "citizen_id"])
@pytest.mark.parametrize("classification", ["public", "internal"])
def test_a_column_of_persons_is_never_classified_below_personal(copy: Any, kernel: str, classification: str) -> None:
    changed(copy, "{name: text}", f"{{name: {kernel}}}")
    line = changed(copy, "classification: personal", f"classification: {classification}")
    (problem,) = copy.problems("market/admin_licence")
    assert problem.file.endswith("admin_licence.odcs.yaml") and problem.line == line
    assert problem.message == (f"{COLUMN} has the kernel {kernel}: its classification must be personal or sensitive")


@pytest.mark.parametrize("kernel", ["person_name", "phone", "bank_card", "citizen_id"])
@pytest.mark.parametrize("classification", ["personal", "sensitive"])
def test_personal_and_sensitive_are_both_right_for_persons(copy: Any, kernel: str, classification: str) -> None:
    changed(copy, "{name: text}", f"{{name: {kernel}}}")
    changed(copy, "classification: personal", f"classification: {classification}")
    assert copy.load("market/admin_licence").column(COLUMN).classification == classification


@pytest.mark.parametrize("kernel", ["organisation_name", "document_number", "org_code", "business_registration"])
def test_columns_of_organisations_may_be_public(copy: Any, kernel: str) -> None:
    changed(copy, "{name: text}", f"{{name: {kernel}}}")
    changed(copy, "classification: personal", "classification: public")
    assert copy.load("market/admin_licence").column(COLUMN).kernel == kernel


@pytest.mark.parametrize(
    ("kernel", "what"),
    [("phone", "telephone numbers"), ("bank_card", "bank card numbers"), ("citizen_id", "citizen ids")],
)
@pytest.mark.parametrize("how", ["keep", "{mask: [3, 2]}"])
def test_numbers_of_persons_never_go_to_an_open_feed(copy: Any, kernel: str, what: str, how: str) -> None:
    changed(copy, "{name: text}", f"{{name: {kernel}}}")
    changed(copy, "{province: keep}", f"{{province: keep, open_feed: {how}}}")
    (problem,) = copy.problems("market/admin_licence")
    assert problem.message == f"{COLUMN} holds {what}, which never go to open_feed"


def test_a_persons_name_goes_to_an_open_feed_masked_only(copy: Any) -> None:
    changed(copy, "{name: text}", "{name: person_name}")
    changed(copy, "{province: keep}", "{province: keep, open_feed: keep}")
    (problem,) = copy.problems("market/admin_licence")
    assert problem.message == f"{COLUMN} is personal and may go to open_feed masked only"
    changed(copy, "open_feed: keep", "open_feed: {mask: [1, 0]}")
    assert copy.load("market/admin_licence").column(COLUMN).disclosure["open_feed"].how == "mask"


def rules(contract: Contract, copy: Any, column: str) -> dict[str, Any]:
    return {
        str(rule.meta["code"]): rule.kwargs
        for rule in suite(contract, copy.expectations).rules
        if rule.meta["column"] == column and rule.meta["source"] == "contract"
    }


@pytest.mark.parametrize("kernel", ["person_name", "organisation_name", "document_number"])
def test_lengths_and_identity_numbers_are_judged_in_all_that_keeps_the_senders_words(copy: Any, kernel: str) -> None:
    changed(copy, "{name: text}", f"{{name: {kernel}}}")
    changed(copy, "{province: keep}", "{province: keep, open_feed: {mask: [1, 0]}}")
    contract = copy.load("market/admin_licence")
    found = rules(contract, copy, COLUMN)
    assert found["TXT-LONG"]["max_value"] == contract.column(COLUMN).max_length
    assert found["ID-ON-PUBLIC"]["column"] == COLUMN


def test_the_name_of_a_subject_may_be_read_as_a_name(copy: Any) -> None:
    subject = copy.load("market/admin_licence").subject.name
    changed(copy, "{name: text}", "{name: organisation_name}", subject)
    assert copy.load("market/admin_licence").column(subject).kernel == "organisation_name"


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        ("{name: period, of: week}", "of must be one of month, quarter, half, year"),
        ("{name: period, of: 3}", "option of of kernel period has the wrong type"),
        ("{name: phone, country: 86}", "unknown key 'country'"),
        ("{name: quantity, unit: 小时}", "kernel quantity needs logicalType number"),
        ("{name: quantity, whole: 1}", "option whole of kernel quantity has the wrong type"),
    ],
)
def test_a_wrong_option_of_a_kernel_is_told(copy: Any, kernel: str, message: str) -> None:
    changed(copy, "{name: text}", kernel)
    assert any(message in problem.message for problem in copy.problems("market/admin_licence"))
