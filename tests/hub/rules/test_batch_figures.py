"""Rules on the batch: what is absent is named, whatever the size of the slices; searches are made together."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.model import Suite
from hub.rules.compile import compile_suite
from hub.rules.engine import read_result, validate
from hub.rules.verdict import judge

NUMBERS = [
    "某罚〔2026〕3号",
    "某罚〔2026〕1号",
    "某罚〔2026〕00007号",
    "某罚〔2025〕9号",
    "其他",
    None,
    "某罚〔2026〕3号",
]


def frame(values: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"record": range(1, len(values) + 1), "a": values}, schema={"record": pl.Int64, "a": pl.String})


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_gaps_are_counted_in_each_series_and_named_as_runs(rule, judged, rows):
    verdict = judged([rule("column_sequence_gaps_to_be_between", column="a", max_value=0)], frame(NUMBERS), rows=rows)
    assert verdict.figures[0].metrics == {"column.sequence_gaps": 4}
    assert verdict.figures[0].absent == ("某罚〔2026〕2号", "某罚〔2026〕4至6号")


@given(st.sets(st.integers(0, 300), min_size=1))
def test_as_many_numbers_are_absent_as_it_takes_to_fill_the_series(numbers):
    from hub.contract.model import Rule

    rule = Rule(
        "expect_column_sequence_gaps_to_be_between", {"column": "a", "max_value": 0}, "warning", {"code": "TRY"}
    )
    rows = frame([f"甲{number:03d}号" for number in numbers])
    verdict = judge(compile_suite(Suite("try", (rule,)), rows.schema), lambda columns: rows.iter_slices(40))
    absent = verdict.figures[0].metrics["column.sequence_gaps"]
    assert absent == max(numbers) - min(numbers) + 1 - len(numbers)


@pytest.mark.parametrize("rows", [1, 100])
def test_values_that_do_not_occur_are_named_in_the_order_of_the_suite(rule, judged, rows):
    rules = [rule("column_distinct_values_to_contain_set", column="a", value_set=["z", "x", "y"])]
    verdict = judged(rules, frame(["x", None, "w"]), rows=rows)
    assert verdict.figures[0].absent == ("z", "y")
    result = validate(Suite("try", tuple(rules)), verdict)
    assert read_result(result).failed == (0,)
    assert result["results"][0]["result"]["missing_count"] == 2


def test_a_share_of_repeated_rows_counts_those_that_the_table_lacks(rule, judged):
    kind = "table_repeated_row_share_to_be_between"
    rules = [rule(kind, repeated_rows=repeated, max_value=0.2) for repeated in (0, 1, 2)]
    verdict = judged(rules, frame(["x", "y", "z", "w"]))
    result = validate(Suite("try", tuple(rules)), verdict)
    assert [entry["result"]["observed_value"] for entry in result["results"]] == [0, 0.2, 2 / 6]
    assert read_result(result).failed == (2,)


def test_no_value_of_a_cell_that_is_no_number_enters_the_result(rule, judged):
    secret = "320830188001010002"
    rules = [
        rule("column_sequence_gaps_to_be_between", column="a", max_value=0),
        rule("column_unique_value_count_to_be_between", column="a", max_value=0),
        rule("column_distinct_values_to_contain_set", column="a", value_set=["x"]),
        rule("column_proportion_of_non_null_values_to_be_between", column="a", max_value=0),
        rule("multicolumn_values_to_not_be_all_null", column_list=["a", "record"]),
    ]
    rows = frame([secret, "320830188001010010", None])
    assert secret not in str(validate(Suite("try", tuple(rules)), judged(rules, rows)))


def test_expressions_that_are_searched_for_together_are_told_apart(rule, judged):
    rules = [rule("column_values_to_not_match_regex", column="a", regex=regex) for regex in ("^x", "y$", "(?P<n>z)")]
    verdict = judged(rules[:2], frame(["xy", "x", "y", "z", None]), rows=2)
    assert verdict.violations().rows() == [(1, 0), (1, 1), (2, 0), (3, 1)]
    named = judged(rules, frame(["xz", "q"]))
    assert named.violations().rows() == [(1, 0), (1, 2)]


@pytest.mark.parametrize(
    ("kind", "kwargs", "words"),
    [
        ("multicolumn_total_to_equal_sum_of_parts", {"column_list": ["a", "b"]}, "only exact decimals"),
        (
            "multicolumn_total_to_equal_sum_of_parts",
            {"column_list": ["m", "k"], "ignore_row_if": "never"},
            "judged where",
        ),
        ("multicolumn_values_to_not_be_all_null", {"column_list": ["a"]}, "at least two"),
        ("multicolumn_values_to_not_be_all_null", {"column_list": ["a", "a"]}, "each once"),
        ("column_sequence_gaps_to_be_between", {"column": "m", "max_value": 0}, "holds no text"),
        ("column_sequence_gaps_to_be_between", {"column": "a", "max_value": 0.5}, "whole numbers"),
        ("column_proportion_of_non_null_values_to_be_between", {"column": "a", "min_value": "1"}, "must be numbers"),
        ("column_distinct_values_to_contain_set", {"column": "m", "value_set": [0.1]}, "not held exactly"),
        ("column_unique_value_count_to_be_between", {"column": "a", "min_value": 2, "max_value": 1}, "above"),
        ("table_repeated_row_share_to_be_between", {"max_value": 0.2}, "must be a count"),
    ],
)
def test_arguments_without_an_exact_meaning_are_refused(rule, kind, kwargs, words):
    from hub.errors import FixConfiguration

    schema = {"a": pl.String(), "b": pl.String(), "m": pl.Decimal(18, 6), "k": pl.Decimal(18, 6)}
    with pytest.raises(FixConfiguration) as told:
        compile_suite(Suite("try", (rule(kind, **kwargs),)), schema)
    assert words in str(told.value)
