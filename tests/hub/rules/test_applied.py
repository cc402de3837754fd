"""A suite for one delivery: parameters become the numbers that Great Expectations itself would put there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.contract.model import Suite
from hub.contract.parameters import read_parameter
from hub.errors import FixConfiguration
from hub.rules.applied import applied
from hub.rules.compile import compile_suite

factors = st.integers(0, 50).map(str) | st.decimals(0, 50, places=2).map(lambda number: f"{number:f}")


def parameter(text: str) -> dict[str, str]:
    return {"$PARAMETER": text}


@settings(deadline=None)  # the first call imports Great Expectations
@given(
    st.sampled_from(["{name}", "{name} * {factor}", "{factor}*{name}", "round({name} * {factor})", "round({name})"]),
    factors,
    st.integers(0, 10**6) | st.floats(0, 10**6).map(lambda number: round(number, 1)),
)
def test_a_parameter_has_the_value_that_great_expectations_gives_it(form, factor, fact):
    from great_expectations.core.suite_parameters import parse_suite_parameter

    text = form.format(name="recent_rows_median", factor=factor)
    read = read_parameter(text)
    assert read.name == "recent_rows_median"
    assert read.value(fact) == parse_suite_parameter(text, {"recent_rows_median": fact})


@pytest.mark.parametrize(
    "text", ["", "a +1", "a * b", "2 * a * 3", "round(a", "a)", "now()", "sin(a)", "A", "a.b", "a * -1", "2", 7, None]
)
def test_other_expressions_are_refused(text):
    with pytest.raises(ValueError, match="a parameter is"):
        read_parameter(text)


def test_facts_are_put_in_and_rules_without_their_fact_are_left_out_and_named(rule):
    suite = Suite(
        "try",
        (
            rule("column_values_to_not_be_null", column="a"),
            rule("table_row_count_to_be_between", min_value=parameter("round(recent_rows_median * 0.5)")),
            rule("column_distinct_values_to_contain_set", column="a", value_set=parameter("codes_of_a")),
        ),
    )
    asked = applied(suite, {"codes_of_a": ["x", "y"]}, ["a"])
    assert [each.type for each in asked.suite.rules] == [suite.rules[0].type, suite.rules[2].type]
    assert asked.suite.rules[1].kwargs["value_set"] == ["x", "y"]
    assert asked.told() == ["TRY: recent_rows_median"]
    whole = applied(suite, {"codes_of_a": [], "recent_rows_median": 101}, ["a"])
    assert whole.left_out == ()
    assert whole.suite.rules[1].kwargs["min_value"] == round(50.5)


def test_a_rule_on_what_the_ledger_knows_needs_its_column(rule):
    suite = Suite("try", (rule("column_values_to_not_be_in_set", column="a__known", value_set=["REF-UNKNOWN"]),))
    assert applied(suite, {}, ["a"]).told() == ["TRY: a__known"]
    assert applied(suite, {}, ["a", "a__known"]).suite == suite


def test_a_parameter_that_nobody_filled_in_cannot_be_judged(rule):
    import polars as pl

    suite = Suite("try", (rule("table_row_count_to_be_between", min_value=parameter("recent_rows_median")),))
    with pytest.raises(FixConfiguration, match="min_value is a parameter"):
        compile_suite(suite, {"a": pl.String()})
