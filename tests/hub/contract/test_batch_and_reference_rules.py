"""Rules on the batch with numbers of the hub's own, and columns that refer to another dataset."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hub.contract.derive import suite
from hub.contract.load import contract
from hub.contract.model import Reference

PENALTIES = "expectations/market/admin_penalty.yaml"
TO = "../court/judgment_defaulter.odcs.yaml#/schema/judgment_defaulter/properties/ah"
SEQUENCE = "  kwargs: {column: cf_wsh, max_value: 0}\n  severity: warning\n"


def refer(copy: Any, to: str, more: str = "") -> None:
    """Let the penalty's remark be the number of a court case."""
    copy.change(
        "schemas/market/admin_penalty.odcs.yaml",
        "      - name: bz\n",
        f"      - name: bz\n        relationships: [{{type: foreignKey, to: {to}}}{more}]\n",
    )


def told(copy: Any, dataset: str = "market/admin_penalty") -> list[str]:
    return [f"{problem.file.rpartition('/')[2]}:{problem.line} {problem.message}" for problem in copy.problems(dataset)]


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ("no_such_fact", "unknown fact 'no_such_fact'; known are recent_rows_median"),
        ("codes_of_cf_wsh", "unknown fact 'codes_of_cf_wsh'"),
        ("recent_rows_median + 1", "a parameter is a fact, a fact \\* number"),
    ],
)
def test_a_parameter_that_the_hub_does_not_know_is_told_where_it_stands(copy, parameter, words):
    copy.change(PENALTIES, "max_value: 0}", f'max_value: {{$PARAMETER: "{parameter}"}}}}')
    (problem,) = told(copy)
    assert re.match(rf"admin_penalty.yaml:\d+ {words}", problem)


def test_the_suite_says_whether_a_failing_batch_asks_or_holds(copy):
    copy.change(PENALTIES, SEQUENCE, SEQUENCE.replace("warning", "critical"))
    rules = suite(copy.load("market/admin_penalty"), copy.expectations).rules
    assert {rule.meta["code"]: rule.severity for rule in rules if str(rule.meta["code"]).startswith("MAC-")} == {
        "MAC-ROWS": "critical",
        "MAC-VOLUME": "warning",
        "MAC-DUP": "warning",
        "MAC-GAP": "critical",
        "MAC-NULLS": "warning",
    }


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("MAC-ROWS", "refuses the whole delivery; only a rule on the table may do so"),
        ("DUP-ROW", "is no judgement on data"),
        ("CHG-TEXT", "is no judgement on data"),
    ],
)
def test_a_rule_cannot_refuse_a_delivery_for_anything_but_its_structure(copy, code, words):
    copy.change(
        PENALTIES,
        f"{SEQUENCE}  meta: {{code: MAC-GAP",
        f"  kwargs: {{column: cf_wsh, max_value: 0}}\n  meta: {{code: {code}",
    )
    assert words in "".join(told(copy))


def test_a_condition_may_name_several_codes_of_a_cell_that_takes_several(copy):
    copy.change(PENALTIES, "警告、罚款,", "警告、没有这一种,")
    assert "'警告、没有这一种' is no code of cf_cflb" in "".join(told(copy))


def test_a_column_that_refers_to_another_dataset_is_looked_up_there(copy):
    refer(copy, TO)
    loaded = copy.load("market/admin_penalty")
    assert loaded.column("bz").refers_to == Reference("court/judgment_defaulter", "ah")
    (rule,) = [rule for rule in suite(loaded, copy.expectations).rules if rule.meta["code"] == "REF-UNKNOWN"]
    assert (rule.kwargs, rule.severity) == ({"column": "bz__known", "value_set": ["REF-UNKNOWN"]}, "warning")


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("court/judgment_defaulter.ah", "to must be ../<department>/<dataset>.odcs.yaml#"),
        (TO.replace("/schema/judgment_defaulter", "/schema/other"), "to must be"),
        (TO.replace("court/judgment", "court/no"), "to must be|there is no dataset"),
        (TO.replace("judgment_defaulter", "no_such"), "there is no dataset court/no_such"),
        (TO.replace("/ah", "/no_such"), "court/judgment_defaulter has no column no_such"),
        (TO.replace("/ah", "/larq"), "column larq of court/judgment_defaulter holds no text"),
    ],
)
def test_a_relationship_that_leads_nowhere_is_told(copy, to, words):
    refer(copy, to)
    assert re.search(words, "".join(told(copy)))


def test_a_column_has_one_relationship_at_most(copy):
    refer(copy, TO, f", {{type: foreignKey, to: {TO}}}")
    assert "one relationship at most" in "".join(told(copy))


def test_the_standards_own_model_reads_a_relationship(copy):
    from open_data_contract_standard.model import OpenDataContractStandard

    refer(copy, TO)
    path = copy.schemas / "market" / "admin_penalty.odcs.yaml"
    model = OpenDataContractStandard.from_string(path.read_text(encoding="utf-8"))
    (remark,) = [each for each in model.schema_[0].properties if each.name == "bz"]
    assert remark.relationships[0].to == TO


def test_names_are_held_against_credit_codes_where_subjects_have_them_and_never_for_persons(schemas, expectations):
    for dataset, name, code in (
        ("market/admin_licence", "xk_xdr_mc", "xk_xdr_shxym"),
        ("court/judgment_defaulter", "bzxrmc", "tyshxydm"),
    ):
        rules = suite(contract(dataset, schemas, expectations), expectations).rules
        (rule,) = [rule for rule in rules if rule.meta["code"] == "CON-NAME-USCC"]
        assert rule.meta["column"] == name and rule.severity == "warning"
        assert rule.kwargs["row_condition"] == {
            "type": "nullity",
            "column": {"name": f"{code}__mark"},
            "is_null": False,
        }
