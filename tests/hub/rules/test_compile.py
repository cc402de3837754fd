"""What cannot be judged exactly is refused when the suite is compiled, all of it at once."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.model import Rule, Suite
from hub.errors import FixConfiguration
from hub.rules import of_rows
from hub.rules.compile import compile_suite
from hub.rules.patterns import translate

SCHEMA = {"record": pl.Int64(), "t": pl.String(), "d": pl.Date(), "m": pl.Decimal(18, 6), "n": pl.Int64()}


def comparison(column: str, operator: str, parameter: object) -> dict[str, object]:
    return {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": parameter}


def refusal(*rules: Rule) -> str:
    with pytest.raises(FixConfiguration) as told:
        compile_suite(Suite("try", rules), SCHEMA)
    assert len(told.value.problems) == len(rules)
    assert all(problem.file == "expectations/try.yaml" for problem in told.value.problems)
    return str(told.value)


def test_all_mistakes_of_a_suite_are_told_at_once(rule):
    said = refusal(
        rule("column_values_to_be_dateutil_parseable", column="t"),
        rule("column_values_to_not_be_null", column="nowhere"),
        rule("column_values_to_match_regex", column="t", regex="(["),
    )
    for words in ("rule 0", "no such expectation", "unknown column 'nowhere'", "not a regular expression"):
        assert words in said


@pytest.mark.parametrize(
    ("kind", "kwargs", "words"),
    [
        ("column_values_to_be_in_set", {"column": "m", "value_set": ["1"]}, "cannot be compared"),
        ("column_values_to_be_in_set", {"column": "m", "value_set": [0.1]}, "not held exactly"),
        ("column_values_to_be_in_set", {"column": "d", "value_set": [date(2020, 1, 1)]}, "means nothing to GX"),
        ("column_values_to_be_between", {"column": "m", "min_value": 0.1}, "not held exactly"),
        ("column_values_to_be_between", {"column": "t", "min_value": 1}, "holds text"),
        ("column_values_to_be_between", {"column": "d", "min_value": 1}, "cannot be compared"),
        ("column_values_to_be_between", {"column": "n"}, "cannot both be missing"),
        ("column_values_to_be_between", {"column": "n", "min_value": 2, "max_value": 1}, "above"),
        ("column_values_to_match_regex", {"column": "d", "regex": "x"}, "holds no text"),
        ("column_value_lengths_to_be_between", {"column": "t", "max_value": 1.5}, "whole numbers"),
        ("column_values_to_not_be_null", {"column": "t", "mostly": 2}, "from 0 to 1"),
        ("column_values_to_not_be_null", {"column": "t", "colunm": "t"}, "unknown arguments: colunm"),
        ("column_pair_values_to_be_equal", {"column_A": "t", "column_B": "d"}, "cannot be compared"),
        ("compound_columns_to_be_unique", {"column_list": ["t", "no"]}, "unknown column"),
        ("compound_columns_to_be_unique", {"column_list": ["t", "n"], "ignore_row_if": "neither"}, "ignore_row_if"),
    ],
)
def test_arguments_that_gx_would_judge_otherwise_are_refused(rule, kind, kwargs, words):
    assert words in refusal(rule(kind, **kwargs))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (comparison("d", ">", "2020-01-01"), "dates cannot be compared"),
        (comparison("d", "!=", date(2020, 1, 1)), "dates cannot be compared"),
        (comparison("nowhere", "==", "x"), "unknown column"),
        (comparison("t", "==", 1), "cannot be compared"),
        (comparison("t", "IN", []), "at least one"),
        ("t == 'x'", "as text"),
        ({"type": "pass_through", "pass_through_filter": "t == 'x'"}, "unknown type"),
        ({"type": "and", "conditions": [{"type": "or", "conditions": [comparison("t", "==", "x")]}]}, "ANDs"),
    ],
)
def test_row_conditions_that_have_no_exact_meaning_are_refused(rule, condition, words):
    assert words in refusal(rule("column_values_to_not_be_null", column="t", row_condition=condition))


@pytest.mark.parametrize(
    "regex", [r"\d", r"[\w]", r"(?=a)", r"(?<!a)b", r"(a)\1", "(?i)a", "[a[b]", "[a&&b]", "a*+", "a{,3}", "$a", "(a$)b"]
)
def test_expressions_that_polars_reads_otherwise_are_refused(regex):
    with pytest.raises(ValueError):
        translate(regex)


@given(
    st.sampled_from(
        ["^[0-9]{2}$", "a$|b$", "(?:a|b$)", "^(?P<x>a)?b\\Z", "[^\\n]b", "^$", "[]a]", "a\\.b", "é|有限", "a{1,2}b"]
    ),
    st.text(alphabet="ab.\n0１é有限]", max_size=6),
)
def test_a_translated_expression_finds_what_python_finds(regex, text):
    assert pl.Series([text]).str.contains(translate(regex)).item() == bool(re.search(regex, text))


def test_the_work_of_a_large_suite_grows_with_its_rules_and_not_faster(rule, monkeypatch):
    translated = []
    monkeypatch.setattr(of_rows, "translate", lambda regex: translated.append(regex) or translate(regex))

    def compiled(count):
        translated.clear()
        rules = [rule("column_values_to_not_be_in_set", column="t", value_set=[str(n)]) for n in range(count)]
        rules += [rule("column_values_to_match_regex", column="t", regex=f"^{n}") for n in range(count)]
        return compile_suite(Suite("try", tuple(rules)), SCHEMA), len(translated)

    (small, few), (large, many) = compiled(10), compiled(100)
    assert (few, many) == (10, 100)
    assert (small.masks, large.masks) == (("mask_0",), ("mask_0", "mask_1", "mask_2", "mask_3"))
    assert [rule.number for rule in large.rules] == list(range(200))
    assert large.columns == ("t",)
