"""Great Expectations over a verdict: what it may say, what it may not know, and what happens when it raises."""

from __future__ import annotations

import json
import subprocess
import sys

import polars as pl
import pytest

from hub.contract.model import Suite
from hub.errors import CallOperator
from hub.rules.compile import compile_suite
from hub.rules.engine import read_result, validate
from hub.rules.verdict import judge

CANARY = "913208300000000CANARY"


@pytest.fixture
def frame() -> pl.DataFrame:
    """Three rows; the second has no id and the third repeats the first."""
    return pl.DataFrame({"record": [1, 2, 3], "id": [CANARY, None, CANARY], "name": ["甲", "乙", None]})


def test_results_stand_in_the_order_of_the_suite_with_the_meta_of_their_rules(rule, judged, frame):
    rules = (
        rule("table_row_count_to_be_between", min_value=1),
        rule("column_values_to_be_unique", "warning", column="id"),
        rule("column_values_to_not_be_null", column="id"),
    )
    result = validate(Suite("try", rules), judged(rules, frame))
    configurations = [entry["expectation_config"] for entry in result["results"]]
    assert [each["type"] for each in configurations] == [each.type for each in rules]
    assert [each["meta"] for each in configurations] == [{**each.meta, "rule": n} for n, each in enumerate(rules)]
    assert [each["severity"] for each in configurations] == ["critical", "warning", "critical"]
    assert read_result(result).failed == (1, 2)
    assert result["success"] is False


def test_no_value_of_a_cell_is_in_the_result_or_in_the_verdict(rule, judged, frame):
    rules = (
        rule("column_values_to_be_unique", column="id"),
        rule("column_values_to_match_regex", column="id", regex="^[0-9]{18}$"),
        rule("column_values_to_be_in_set", column="id", value_set=["a", "b"]),
        rule("compound_columns_to_be_unique", column_list=["id", "name"], ignore_row_if="never"),
        rule("column_pair_values_to_be_equal", column_A="id", column_B="name"),
    )
    verdict = judged(rules, frame)
    result = validate(Suite("try", rules), verdict)
    assert read_result(result).failed
    assert CANARY not in json.dumps(result, ensure_ascii=False)
    assert CANARY not in str(verdict)


def test_a_rule_at_which_great_expectations_raises_is_not_judged_and_the_others_are(rule, judged, frame, monkeypatch):
    from hub.rules.answers import Answers

    answer = Answers.answer

    def forgets(self, metric):
        if metric.metric_name == "column_values.unique.unexpected_count":
            raise LookupError(metric.metric_name)
        return answer(self, metric)

    monkeypatch.setattr(Answers, "answer", forgets)
    rules = (
        rule("column_values_to_not_be_null", column="id"),
        rule("column_values_to_be_unique", column="id"),
        rule("column_values_to_not_be_null", column="record"),
    )
    result = validate(Suite("try", rules), judged(rules, frame))
    read = read_result(result)
    assert read.not_judged == (1,)
    assert read.failed == (0,)
    assert result["results"][1]["result"] == {}
    assert "no answer for column_values.unique.unexpected_count" in json.dumps(result)
    assert "site-packages" not in json.dumps(result)


@pytest.mark.parametrize(
    ("name", "domain", "arguments"),
    [
        ("column.distinct_values.count", {"column": "id"}, {}),
        ("column_values.in_set.unexpected_count", {"column": "id"}, {"value_set": ["b"]}),
        ("column_values.in_set.unexpected_count", {"column": "name"}, {"value_set": ["a"]}),
        ("column_values.in_set.unexpected_rows", {"column": "id"}, {"value_set": ["a"]}),
        ("table.row_count", {"row_condition": {"type": "nullity", "column": {"name": "id"}, "is_null": True}}, {}),
    ],
)
def test_a_question_that_the_verdict_does_not_hold_is_never_guessed(rule, judged, frame, name, domain, arguments):
    from great_expectations.validator.metric_configuration import MetricConfiguration

    from hub.rules.answers import Answers
    from hub.rules.gx import expectation

    rules = (rule("column_values_to_be_in_set", column="id", value_set=["a"]),)
    answers = Answers(judged(rules, frame), [expectation(rules[0], 0)])
    known = MetricConfiguration("column_values.in_set.unexpected_count", {"column": "id"}, {"value_set": ["a"]})
    assert answers.answer(known) == 2
    with pytest.raises(LookupError):
        answers.answer(MetricConfiguration(name, domain, arguments))


def test_conditions_that_only_look_alike_are_told_apart(rule, judged):
    frame = pl.DataFrame({"record": [1, 2, 3], "code": ["a, b", "a", "b"]})

    def within(values):
        condition = {"type": "comparison", "column": {"name": "code"}, "operator": "IN", "parameter": values}
        return rule("table_row_count_to_be_between", min_value=2, row_condition=condition)

    rules = (within(["a, b"]), within(["a", "b"]))
    assert read_result(validate(Suite("try", rules), judged(rules, frame))).failed == (0,)


def test_an_expectation_that_speaks_once_says_what_the_one_of_great_expectations_says(rule):
    from copy import deepcopy

    from great_expectations.expectations.registry import get_expectation_impl

    from hub.rules.expectations import implementation
    from hub.rules.gx import expectation

    condition = {"type": "nullity", "column": {"name": "id"}, "is_null": False}
    one = rule("column_values_to_be_in_set", "warning", column="id", value_set=["a"], row_condition=condition)
    stock, ours = expectation(one, 3), expectation(one, 3, implementation)
    said = stock.configuration.to_json_dict()
    assert ours.configuration.to_json_dict() == said
    assert ours.configuration.to_domain_obj() is ours
    changed = deepcopy(ours.configuration)
    changed.kwargs["mostly"] = 0.5
    assert changed.to_domain_obj().configuration.kwargs["mostly"] == 0.5
    assert ours.configuration.to_json_dict() == said
    assert get_expectation_impl(one.type) is type(stock) is not type(ours)


def test_a_suite_is_judged_alike_time_after_time_in_one_process(rule, judged):
    rules = (
        rule("column_values_to_not_be_null", column="id"),
        rule("column_values_to_be_in_set", column="id", value_set=["a"], mostly=0.5),
    )
    for ids, failed in ((["a", "a"], ()), (["b", None], (0, 1)), (["a", "b"], ()), ([None, None], (0,))):
        frame = pl.DataFrame({"record": [1, 2], "id": ids}, schema={"record": pl.Int64, "id": pl.String})
        assert read_result(validate(Suite("try", rules), judged(rules, frame))).failed == failed


def test_an_empty_suite_succeeds_and_judges_nothing(judged, frame):
    result = validate(Suite("try", ()), judged((), frame))
    assert (result["success"], result["results"]) == (True, [])
    assert read_result(result).not_judged == ()


def test_a_verdict_of_another_suite_is_refused(rule, judged, frame):
    rules = (rule("column_values_to_not_be_null", column="id"),)
    with pytest.raises(CallOperator):
        validate(Suite("try", (rule("column_values_to_be_null", column="id"),)), judged(rules, frame))


def test_great_expectations_draws_no_progress_bars(rule, judged, frame, capfd):
    rules = (rule("column_values_to_not_be_null", column="id"),)
    validate(Suite("try", rules), judged(rules, frame))
    assert "Calculating Metrics" not in capfd.readouterr().err


def test_compiling_and_judging_do_not_import_great_expectations():
    words = (
        "import hub.rules.engine, hub.rules.verdict, hub.rules.compile, sys; print('great_expectations' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_judging_reads_no_column_that_no_rule_needs(rule, frame):
    asked = []

    def chunks(columns):
        asked.append(tuple(columns))
        yield frame.select(columns)

    suite = Suite(
        "try", (rule("column_values_to_be_unique", column="id"), rule("column_values_to_be_null", column="id"))
    )
    judge(compile_suite(suite, frame.schema), chunks)
    assert set(asked) == {("record", "id")}
