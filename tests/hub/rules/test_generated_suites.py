"""Suites and tables that nobody thought of: every kind of rule, on any rows, says what stock Great Expectations says.

A new kind of rule gets its entry in ``ARGUMENTS``; the first test fails until it has one.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.contract.model import Rule, Suite
from hub.rules.meanings import MEANINGS

RULES = 45  # in each generated suite: stock needs about 20 ms for one
SCHEMA = {
    "name": pl.String,
    "code": pl.String,
    "number": pl.String,
    "name__mark": pl.String,
    "begun": pl.Date,
    "ended": pl.Date,
    "total": pl.Decimal(18, 6),
    "part": pl.Decimal(18, 6),
    "rest": pl.Decimal(18, 6),
    "count": pl.Int64,
}
TEXTS, DATES, MONEY = ("name", "code", "number", "name__mark"), ("begun", "ended"), ("total", "part", "rest")
LETTERS = "ab1２ 甲（\n'𠮷"

texts = st.text(LETTERS, max_size=4) | st.sampled_from(["甲公司", "a", "A1", "", "1234\n"])
codes = st.sampled_from(["A", "B", "C"])
numbers = st.builds(
    "{}{}{}".format,
    st.sampled_from(["（2026）第", "（2025）第", "", "12-"]),
    st.integers(0, 12),
    st.sampled_from(["号", ""]),
) | st.sampled_from(["00007号", "7号", "无号", "1" * 20, "二"])
days = st.dates(date(2019, 12, 30), date(2020, 1, 8))
amounts = st.sampled_from(
    [Decimal(text) for text in ("0", "0.1", "0.2", "0.3", "1", "1.5", "2.5", "-3", "250", "1000000")]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": texts,
    "code": codes,
    "number": numbers,
    "name__mark": st.sampled_from(["", "", "", "FMT-DATE", "FMT-CODE"]),
    **dict.fromkeys(DATES, days),
    **dict.fromkeys(MONEY, amounts),
    "count": st.integers(-2, 5),
}
rows = st.tuples(*(st.none() | values for values in VALUES.values()))
tables = st.lists(rows, max_size=40)

any_column = st.sampled_from(list(SCHEMA))
bounds = st.sampled_from([(None, 2), (0, None), (1, 3), (2, 2)])
flags = st.booleans()


def _compared(column: str) -> st.SearchStrategy[dict[str, Any]]:
    """One comparison of a column, in GX's serialised form; dates cannot be compared."""
    one, several = VALUES[column], st.lists(VALUES[column], min_size=1, max_size=3)
    if column in MONEY:
        one, several = st.sampled_from([0, 1, 2.5]), st.just([0, 1, 250])
    ordered = st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), one)
    listed = st.tuples(st.sampled_from(["IN", "NOT_IN"]), several)
    return (ordered | listed).map(
        lambda said: {"type": "comparison", "column": {"name": column}, "operator": said[0], "parameter": said[1]}
    )


single = st.one_of(*(_compared(name) for name in SCHEMA if name not in DATES)) | st.builds(
    lambda name, is_null: {"type": "nullity", "column": {"name": name}, "is_null": is_null}, any_column, flags
)
several = st.builds(
    lambda how, parts: {"type": how, "conditions": parts},
    st.sampled_from(["and", "or"]),
    st.lists(single, min_size=2, max_size=3),
)
conditions = st.none() | single | several


def _set(column: str) -> st.SearchStrategy[dict[str, Any]]:
    values = st.sampled_from([0, 1, 2.5, 250]) if column in MONEY else VALUES[column]
    return st.fixed_dictionaries({"column": st.just(column), "value_set": st.lists(values, max_size=3)})


def _range(limits: tuple[Any, Any], strict: tuple[bool, bool]) -> dict[str, Any]:
    found = {"min_value": limits[0], "max_value": limits[1], "strict_min": strict[0], "strict_max": strict[1]}
    return {key: value for key, value in found.items() if value is not None}


def _between(columns: tuple[str, ...], limits: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda name, low_high, strict: {"column": name, **_range(low_high, strict)},
        st.sampled_from(columns),
        limits,
        st.tuples(flags, flags),
    )


def _pair(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from([("ended", "begun"), ("total", "part"), ("code", "name")])
    ignored = st.sampled_from(["both_values_are_missing", "either_value_is_missing", "neither"])
    return st.builds(
        lambda pair, ignore, rest: {"column_A": pair[0], "column_B": pair[1], "ignore_row_if": ignore, **rest},
        names,
        ignored,
        st.fixed_dictionaries(more),
    )


def _list(names: list[list[str]], ignored: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    said = st.none() | st.sampled_from(ignored)
    return st.builds(
        lambda columns, ignore: {"column_list": columns, **({} if ignore is None else {"ignore_row_if": ignore})},
        st.sampled_from(names),
        said,
    )


one = st.fixed_dictionaries({"column": any_column})
in_set = st.one_of(*(_set(name) for name in SCHEMA if name not in DATES))
regexes = st.fixed_dictionaries(
    {
        "column": st.sampled_from(TEXTS),
        "regex": st.sampled_from(["^[0-9]+$", "公司$", "[a甲]", "^$", "a|1", "^.{1,2}$", "第[0-9]", "[0-9]{2}\\Z"]),
    }
)
lists = [["name", "begun"], ["code", "total", "count"], ["name", "code", "number"]]
never = ("all_values_are_missing", "any_value_is_missing", "never")
shares = st.sampled_from([(0.5, None), (None, 0.25), (0.1, 1), (0, None)])

# By kind of rule: arguments of its own, without row_condition and mostly.
ARGUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "expect_column_values_to_not_be_null": one,
    "expect_column_values_to_be_null": one,
    "expect_column_values_to_be_in_set": in_set,
    "expect_column_values_to_not_be_in_set": in_set,
    "expect_column_values_to_match_regex": regexes,
    "expect_column_values_to_not_match_regex": regexes,
    "expect_column_values_to_be_between": _between((*MONEY, "count"), bounds)
    | _between(DATES, st.just((date(2020, 1, 1), date(2020, 1, 5))) | st.just(("2020-01-03", None))),
    "expect_column_value_lengths_to_be_between": _between(TEXTS, bounds),
    "expect_column_values_to_be_unique": one,
    "expect_column_pair_values_to_be_equal": _pair(),
    "expect_column_pair_values_a_to_be_greater_than_b": _pair(or_equal=flags),
    "expect_compound_columns_to_be_unique": _list(lists, never),
    "expect_multicolumn_values_to_not_be_all_null": _list([*lists, ["name__mark", "begun"]], never),
    "expect_multicolumn_total_to_equal_sum_of_parts": _list(
        [["total", "part", "rest"], ["rest", "total"]], ("any_value_is_missing",)
    ),
    "expect_table_row_count_to_be_between": st.builds(_range, bounds, st.tuples(flags, flags)),
    "expect_table_repeated_row_share_to_be_between": st.builds(
        lambda repeated, low_high: {"repeated_rows": repeated, **_range(low_high, (False, False))},
        st.integers(0, 20),
        shares,
    ),
    "expect_column_proportion_of_non_null_values_to_be_between": _between(tuple(SCHEMA), shares),
    "expect_column_unique_value_count_to_be_between": _between(tuple(SCHEMA), bounds),
    "expect_column_distinct_values_to_contain_set": in_set,
    "expect_column_sequence_gaps_to_be_between": _between(("number", "name"), bounds),
}


@st.composite
def rules(draw: Any) -> Rule:
    """One rule of any kind, with a row condition and a share of rows where the kind takes them."""
    kind = draw(st.sampled_from(sorted(ARGUMENTS)))
    kwargs = dict(draw(ARGUMENTS[kind]))
    if "row_condition" in MEANINGS[kind][0] and (condition := draw(conditions)) is not None:
        kwargs["row_condition"] = condition
    if "mostly" in MEANINGS[kind][0]:
        kwargs["mostly"] = draw(st.sampled_from([1, 1, 0.9, 0.5, 0.1]))
    meta = {"code": "TRY", "column": None, "dimension": "", "source": "expectations/try.yaml"}
    return Rule(kind, kwargs, draw(st.sampled_from(["critical", "warning"])), meta)


def test_every_kind_of_rule_is_generated():
    assert set(ARGUMENTS) == set(MEANINGS)


# What costs time is stock Great Expectations; so nothing is shrunk: a difference names its rule.
@settings(
    max_examples=9,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(cells=tables, chosen=st.lists(rules(), min_size=RULES, max_size=RULES), slices=st.integers(1, 30))
def test_a_generated_suite_says_of_a_generated_table_what_stock_says(cells, chosen, slices, stock, judged, differences):
    of = Suite("try", tuple(chosen))
    frame = pl.DataFrame(cells, schema=SCHEMA, orient="row").with_row_index("record", 1)
    frame = frame.with_columns(pl.col("record").cast(pl.Int64))
    assert differences(of, judged(of.rules, frame, rows=slices), stock(of, frame)) == []
