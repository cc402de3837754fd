"""The proof that the compiled verdict is what stock Great Expectations says: success, counts, shares, row numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from hub.contract.model import Rule, Suite

SCHEMA = {
    "record": pl.Int64,
    "name": pl.String,
    "code": pl.String,
    "other": pl.String,
    "name__mark": pl.String,
    "begun": pl.Date,
    "ended": pl.Date,
    "amount": pl.Decimal(18, 6),
    "limit": pl.Decimal(18, 6),
    "count": pl.Int64,
    "share": pl.Float64,
}
TEXTS = (
    "",
    "甲公司",
    "乙（有限）公司",
    "a",
    "A1",
    "12345",
    "1234\n",
    "１２３４",
    "a\nb",
    "x'y",
    '"q"',
    "𠮷野家",
    "[z]-9",
    "a b",
)
REGEXES = (
    "^[0-9]+$",
    "^[0-9]{4}\\Z",
    "(?:公司|家)$",
    "a.b",
    "[A-Z]",
    "^$",
    "^(?:a|1[0-9]*)$",
    "[\\[\\]z]-?",
    "^.{1,4}$",
)
MARKS = ("", "", "", "FMT-DATE", "FMT-CODE")


def table(seed: int, rows: int, nulls: float = 0.2) -> pl.DataFrame:
    """A table of all kinds of columns, with repeats, empty texts and nulls."""
    draw = random.Random(seed)

    def column(value: Callable[[], object]) -> list[object]:
        return [None if draw.random() < nulls else value() for _ in range(rows)]

    def day() -> date:
        return date(2019, 12, 20) + timedelta(days=draw.randrange(40))

    def money() -> Decimal:
        return Decimal(draw.choice([0, 1, 2, 250, 1000000, -3, 999999999999])) + Decimal(
            draw.choice(["0", ".5", ".01"])
        )

    columns: dict[str, list[Any]] = {
        "record": [number * 2 + 1 for number in range(rows)],
        "name": column(lambda: draw.choice(TEXTS)),
        "code": column(lambda: draw.choice("ABC")),
        "other": column(lambda: draw.choice("ABC")),
        "name__mark": column(lambda: draw.choice(MARKS)),
        "begun": column(day),
        "ended": column(day),
        "amount": column(money),
        "limit": column(money),
        "count": column(lambda: draw.randrange(-2, 60)),
        "share": column(lambda: draw.choice([0.0, 0.1, 0.25, 1.5])),
    }
    return pl.DataFrame(columns, schema=SCHEMA)


def compare(column: str, operator: str, parameter: object) -> dict[str, object]:
    return {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": parameter}


def nullity(column: str, is_null: bool) -> dict[str, object]:
    return {"type": "nullity", "column": {"name": column}, "is_null": is_null}


def conditions() -> list[object]:
    """Row conditions in the serialised form, and as objects of GX."""
    from great_expectations.expectations.row_conditions import Column

    return [
        None,
        compare("code", "==", "A"),
        compare("code", "!=", "A"),
        compare("code", "IN", ["A", "B"]),
        compare("code", "NOT_IN", ["A", "C"]),
        compare("code", "==", "no such code"),
        compare("count", ">", 10),
        compare("count", "<=", 20.5),
        compare("count", "!=", 3),
        compare("amount", ">=", 2),
        compare("amount", "!=", 1),
        compare("name", "<", "a"),
        nullity("name", True),
        nullity("begun", False),
        {"type": "and", "conditions": [compare("code", "!=", "B"), nullity("other", False)]},
        {"type": "or", "conditions": [compare("code", "==", "B"), compare("count", "<", 5)]},
        Column("other") == "A",
        (Column("code") != "A") & Column("amount").is_not_null(),
        Column("share").is_in([0.1, 1.5]),
    ]


def shapes() -> list[tuple[str, dict[str, object]]]:
    """Every expectation type with every turn of its arguments."""
    one = [("not_be_null", {}), ("be_null", {}), ("be_unique", {})]
    found: list[tuple[str, dict[str, object]]] = [
        (f"column_values_to_{kind}", {"column": name, **more})
        for kind, more in one
        for name in ("name", "begun", "amount", "name__mark")
    ]
    found += [
        (f"column_values_to_{kind}", {"column": column, "value_set": values})
        for kind in ("be_in_set", "not_be_in_set")
        for column, values in (
            ("code", ["A", "B"]),
            ("name", ["甲公司", ""]),
            ("name__mark", ["FMT-DATE"]),
            ("amount", [1, 250, 2.5]),
            ("count", [1, 2, 3.0]),
            ("code", []),
        )
    ]
    found += [
        (f"column_values_to_{kind}", {"column": "name", "regex": regex})
        for kind in ("match_regex", "not_match_regex")
        for regex in (
            "^[0-9]+$",
            "^[0-9]{4}\\Z",
            "(?:公司|家)$",
            "a.b",
            "[A-Z]",
            "^$",
            "^(a|1[0-9]*)$",
            "[\\[\\]z]-?",
            "^.{1,4}$",
        )
    ]
    found += [
        ("column_values_to_be_between", {"column": column, **bounds})
        for column, bounds in (
            ("amount", {"min_value": 0, "max_value": 1000}),
            ("amount", {"min_value": 0.5, "strict_min": True}),
            ("amount", {"max_value": 10**14}),
            ("count", {"min_value": 2, "max_value": 50, "strict_max": True}),
            ("share", {"min_value": 0.1, "strict_min": True}),
            ("begun", {"min_value": date(2020, 1, 1)}),
            ("begun", {"min_value": "2019-12-25", "max_value": date(2020, 1, 10), "strict_min": True}),
        )
    ]
    found += [
        ("column_value_lengths_to_be_between", {"column": "name", **bounds})
        for bounds in (
            {"min_value": 2},
            {"max_value": 3},
            {"max_value": 4, "strict_max": True},
            {"min_value": 1, "max_value": 3},
        )
    ]
    found += [
        (kind, {"column_A": a, "column_B": b, "ignore_row_if": ignore, **more})
        for kind, more in (
            ("column_pair_values_to_be_equal", {}),
            ("column_pair_values_a_to_be_greater_than_b", {}),
            ("column_pair_values_a_to_be_greater_than_b", {"or_equal": True}),
        )
        for a, b in (("ended", "begun"), ("limit", "amount"), ("code", "other"))
        for ignore in ("both_values_are_missing", "either_value_is_missing", "neither")
    ]
    found += [
        ("compound_columns_to_be_unique", {"column_list": columns, **more})
        for columns in (["name", "begun"], ["code", "other", "amount"])
        for more in ({}, {"ignore_row_if": "any_value_is_missing"}, {"ignore_row_if": "never"})
    ]
    found += [
        ("table_row_count_to_be_between", {"min_value": 100}),
        ("table_row_count_to_be_between", {"max_value": 50}),
    ]
    return found


def suite(seed: int, rule: Callable[..., Rule], each: int) -> Suite:
    """Every shape with ``each`` row conditions and shares of rows that must hold, drawn by ``seed``."""
    draw = random.Random(seed)
    rules = []
    for kind, kwargs in shapes():
        for condition in [None, *draw.sample(conditions()[1:], each - 1)]:
            more: dict[str, object] = {} if condition is None else {"row_condition": condition}
            if not kind.startswith("table"):
                more["mostly"] = draw.choice([1, 1, 0.95, 0.7, 0.2])
            rules.append(rule(kind, draw.choice(["critical", "warning"]), **kwargs, **more))
    return Suite("try", tuple(rules))


@pytest.mark.parametrize("seed", [11, 12])
def test_every_rule_says_what_stock_great_expectations_says(seed, stock, rule, judged, differences):
    of, frame = suite(seed, rule, each=3), table(seed, rows=300)
    assert len(of.rules) >= 200
    assert differences(of, judged(of.rules, frame), stock(of, frame)) == []


def test_a_table_without_rows_and_one_without_values_are_judged_as_stock_does(stock, rule, judged, differences):
    of = suite(21, rule, each=1)
    for frame in (table(21, rows=0), table(21, rows=40, nulls=1.0)):
        assert differences(of, judged(of.rules, frame), stock(of, frame)) == []


def test_the_size_of_the_slices_changes_nothing(rule, judged):
    of, frame = suite(31, rule, each=2), table(31, rows=200)
    whole, sliced = judged(of.rules, frame, rows=200), judged(of.rules, frame, rows=3)
    assert whole.counts == sliced.counts
    assert whole.bad.equals(sliced.bad)


@pytest.mark.parametrize("different", [1, 5, 400])
def test_texts_are_searched_alike_whether_few_or_many_are_different(different, stock, rule, judged, differences):
    texts = [None if n % 7 == 3 else f"{n % different}号{'7' * (n % different % 5)}" for n in range(400)]
    frame = pl.DataFrame({"record": range(400), "name": texts, "none": [None] * 400}, schema_overrides=NONE)
    within = {"row_condition": nullity("name", False)}
    of = Suite(
        "try",
        (
            rule("column_values_to_not_match_regex", column="name", regex="7{2}$"),
            rule("column_values_to_not_match_regex", column="name", regex="^1.*7{3}", **within),
            rule("column_values_to_not_match_regex", column="none", regex="7"),
        ),
    )
    assert differences(of, judged(of.rules, frame, rows=400), stock(of, frame)) == []


NONE = {"record": pl.Int64, "none": pl.String}
