from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.contract.derive import suite
from hub.contract.load import dataset_names
from hub.contract.marks import SEMANTIC_TYPES
from hub.contract.model import Contract, Rule
from hub.findings import notice

Load = Callable[[str], Contract]


@pytest.fixture
def rules(load: Load, expectations: Path) -> Callable[[str], tuple[Rule, ...]]:
    return lambda dataset: suite(load(dataset), expectations).rules


def told(found: tuple[Rule, ...], code: str, column: str | None) -> Rule:
    """The one rule with that code for that column."""
    (rule,) = (rule for rule in found if rule.meta["code"] == code and rule.meta["column"] == column)
    return rule


def test_the_marks_that_contracts_know_are_the_marks_that_kernels_give() -> None:
    from hub.kernels import KERNELS

    assert {name: (kernel.storage, set(kernel.codes)) for name, kernel in KERNELS.items()} == {
        name: (kind.storage, set(kind.codes)) for name, kind in SEMANTIC_TYPES.items()
    }


def test_every_rule_has_a_code_of_the_catalogue_its_severity_and_a_source(
    schemas: Path, load: Load, rules: Any
) -> None:
    for dataset in dataset_names(schemas):
        columns = {column.name for column in load(dataset).columns}
        for rule in rules(dataset):
            assert rule.severity == notice(str(rule.meta["code"])).severity
            assert rule.meta["dimension"] == notice(str(rule.meta["code"])).dimension
            assert rule.meta["source"] == "contract" or str(rule.meta["source"]).startswith("expectations/")
            assert rule.meta["column"] is None or rule.meta["column"] in columns


def test_every_mark_of_a_kernel_has_exactly_one_rule(load: Load, rules: Any) -> None:
    found = Counter(
        (rule.meta["column"], rule.kwargs["value_set"][0])
        for rule in rules("market/admin_licence")
        if rule.type == "expect_column_values_to_not_be_in_set"
        and rule.meta["source"] == "contract"
        and not str(rule.kwargs["column"]).endswith("__known")
    )
    assert found == {
        (column.name, code): 1
        for column in load("market/admin_licence").columns
        for code in SEMANTIC_TYPES[column.kernel].codes
    }


def test_a_required_cell_is_judged_by_its_mark_in_rows_that_could_be_cut(rules: Any) -> None:
    rule = told(rules("market/admin_licence"), "CMP-REQUIRED", "xk_jdrq")
    assert rule.kwargs == {
        "column": "xk_jdrq__mark",
        "row_condition": {"type": "nullity", "column": {"name": "row__mark"}, "is_null": True},
    }


def test_a_passport_is_not_judged_as_a_citizen_id_but_excel_damage_is(rules: Any) -> None:
    found = rules("market/admin_licence")
    condition = told(found, "ID-SFZ-CHECK", "xk_xdr_zjhm").kwargs["row_condition"]
    assert condition["column"] == {"name": "xk_xdr_zjlx"}
    assert condition["operator"] == "NOT_IN"
    assert "护照号" in condition["parameter"] and "身份证" not in condition["parameter"]
    assert "row_condition" not in told(found, "ID-EXCEL15", "xk_xdr_zjhm").kwargs
    assert told(found, "TXT-LONG", "xk_xdr_zjhm").kwargs["max_value"] == 64


def test_two_rows_with_one_key_conflict_only_where_the_key_is_filled(rules: Any) -> None:
    rule = told(rules("market/admin_licence"), "DUP-CONFLICT", None)
    assert (rule.type, rule.kwargs["column"]) == ("expect_column_values_to_be_unique", "record_id")
    conditions = rule.kwargs["row_condition"]["conditions"]
    assert [part["column"]["name"] for part in conditions] == ["row__mark", "xk_wsh__mark", "xk_xkjgdm__mark"]


def test_amounts_are_not_negative_and_large_ones_are_asked_about(rules: Any) -> None:
    found = rules("market/admin_penalty")
    assert told(found, "MON-NEGATIVE", "cf_nr_fk").kwargs["min_value"] == 0
    unit = told(found, "MON-UNIT", "cf_nr_fk")
    assert (unit.kwargs["max_value"], unit.severity) == (1000, "warning")


def test_only_texts_that_go_to_the_open_feed_are_searched_for_identity_numbers(load: Load, rules: Any) -> None:
    import re

    found = [rule for rule in rules("market/admin_penalty") if rule.meta["code"] == "ID-ON-PUBLIC"]
    searched = {rule.meta["column"] for rule in found}
    assert "cf_nr" in searched and "cf_sy" not in searched
    assert not any(rule.meta["code"] == "ID-ON-PUBLIC" for rule in rules("bank/credit_line"))
    regex = re.compile(found[0].kwargs["regex"])
    assert regex.search("对张某（320830188001010002）罚款") and regex.search("32083018850104003x")
    assert not regex.search("91320830000000019L") and not regex.search("编号1320830188001010002")


def test_lists_of_rules_begin_with_the_contract_and_end_with_the_datasets_own(rules: Any) -> None:
    sources = [rule.meta["source"] for rule in rules("court/judgment_defaulter")]
    order = ["contract", "expectations/every_batch.yaml", "expectations/court/judgment_defaulter.yaml"]
    assert sources == sorted(sources, key=order.index)
    assert set(sources) == set(order)


def test_great_expectations_accepts_every_rule(schemas: Path, rules: Any) -> None:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    from hub.rules import own

    assert own.__all__  # importing registers them
    for dataset in dataset_names(schemas):
        for rule in rules(dataset):
            made = ExpectationConfiguration(
                type=rule.type, kwargs=dict(rule.kwargs), meta=dict(rule.meta), severity=rule.severity
            ).to_domain_obj()
            assert made.configuration.type == rule.type


def test_the_hub_can_compile_every_rule(schemas: Path, load: Load, expectations: Path) -> None:
    import polars as pl

    from hub.contract.parameters import EARLIEST, FACTS, code_facts
    from hub.rules.applied import applied
    from hub.rules.compile import compile_suite

    storage = {"text": pl.String(), "date": pl.Date(), "decimal": pl.Decimal(18, 6)}
    for dataset in dataset_names(schemas):
        columns: dict[str, pl.DataType] = {"row__mark": pl.String(), "record_id": pl.String()}
        for column in load(dataset).columns:
            columns |= {column.name: storage[column.storage], f"{column.name}__mark": pl.String()}
            columns[f"{column.name}__known"] = pl.String()
        whole = suite(load(dataset), expectations)
        facts = {**dict.fromkeys(FACTS, 100), EARLIEST: "2026-11-13", **code_facts(load(dataset).columns)}
        asked = applied(whole, facts, columns)
        assert asked.left_out == ()
        assert len(compile_suite(asked.suite, columns).rules) == len(whole.rules)
