"""What each expectation means: the only list of expectation types that the hub can judge.

Every entry gives the arguments that the type takes and a function from them to a ``Meaning``. Functions raise
``ValueError`` for arguments that Great Expectations would refuse or judge differently from polars.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from hub.rules.kinds import kind, literal, literals
from hub.rules.patterns import translate

Kwargs = Mapping[str, object]
Schema = Mapping[str, pl.DataType]


@dataclass(frozen=True, slots=True)
class Meaning:
    """Columns read; who is considered (None: all); whether it holds (None: uniqueness, or a table rule); ``whole``."""

    columns: tuple[str, ...]
    present: pl.Expr | None = None
    holds: pl.Expr | None = None
    whole: tuple[str, ...] = ()


def _column(kwargs: Kwargs, schema: Schema, key: str = "column") -> tuple[str, pl.DataType]:
    name = kwargs.get(key)
    if not isinstance(name, str) or name not in schema:
        raise ValueError(f"unknown column {name!r}")
    kind(schema[name])
    return name, schema[name]


def _text(kwargs: Kwargs, schema: Schema) -> pl.Expr:
    name, dtype = _column(kwargs, schema)
    if kind(dtype) != "text":
        raise ValueError(f"column {name} holds no text but {kind(dtype)}")
    return pl.col(name)


def _flag(kwargs: Kwargs, key: str) -> bool:
    value = kwargs.get(key) or False
    if not isinstance(value, bool):
        raise ValueError(f"{key} must be true or false")
    return value


def _one(name: str, holds: pl.Expr) -> Meaning:
    return Meaning((name,), present=pl.col(name).is_not_null(), holds=holds)


def _not_be_null(kwargs: Kwargs, schema: Schema) -> Meaning:
    name, _ = _column(kwargs, schema)
    return Meaning((name,), holds=pl.col(name).is_not_null())


def _be_null(kwargs: Kwargs, schema: Schema) -> Meaning:
    name, _ = _column(kwargs, schema)
    return Meaning((name,), holds=pl.col(name).is_null())


def _in_set(wanted: bool) -> Callable[[Kwargs, Schema], Meaning]:
    def meaning(kwargs: Kwargs, schema: Schema) -> Meaning:
        name, dtype = _column(kwargs, schema)
        if kind(dtype) in ("date", "boolean"):
            raise ValueError(f"a set of {kind(dtype)} values means nothing to GX: it stores them as texts or numbers")
        values = kwargs.get("value_set")
        if not isinstance(values, list | tuple):
            raise ValueError("value_set must be a list")
        known = literals(values, dtype)
        # one value is the usual case (a kernel's code) and much cheaper than a lookup
        found = pl.col(name) == literal(values[0], dtype) if len(values) == 1 else pl.col(name).is_in(known)
        return _one(name, found if wanted else ~found)

    return meaning


def _regex(wanted: bool) -> Callable[[Kwargs, Schema], Meaning]:
    def meaning(kwargs: Kwargs, schema: Schema) -> Meaning:
        pattern = kwargs.get("regex")
        if not isinstance(pattern, str):
            raise ValueError("regex must be a text")
        found = _text(kwargs, schema).str.contains(translate(pattern), strict=True)
        return _one(str(kwargs["column"]), found if wanted else ~found)

    return meaning


def _bounds(kwargs: Kwargs, subject: pl.Expr, dtype: pl.DataType, low: object, high: object) -> pl.Expr:
    if low is None and high is None:
        raise ValueError("min_value and max_value cannot both be missing")
    strict_min, strict_max = _flag(kwargs, "strict_min"), _flag(kwargs, "strict_max")
    checks: list[pl.Expr] = []
    if low is not None:
        checks.append((operator.gt if strict_min else operator.ge)(subject, literal(low, dtype)))
    if high is not None:
        checks.append((operator.lt if strict_max else operator.le)(subject, literal(high, dtype)))
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        raise ValueError("min_value is above max_value")
    return checks[0] if len(checks) == 1 else checks[0] & checks[1]


def _between(kwargs: Kwargs, schema: Schema) -> Meaning:
    name, dtype = _column(kwargs, schema)
    if kind(dtype) in ("text", "boolean"):
        raise ValueError(f"column {name} holds {kind(dtype)}: GX cannot compare it with a bound")
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if kind(dtype) == "date":  # GX itself reads an ISO date written as text
        low = date.fromisoformat(low) if isinstance(low, str) else low
        high = date.fromisoformat(high) if isinstance(high, str) else high
    return _one(name, _bounds(kwargs, pl.col(name), dtype, low, high))


def _lengths(kwargs: Kwargs, schema: Schema) -> Meaning:
    low, high = _counts(kwargs)
    length = _text(kwargs, schema).str.len_chars()
    return _one(str(kwargs["column"]), _bounds(kwargs, length, pl.UInt32(), low, high))


def _counts(kwargs: Kwargs) -> tuple[object, object]:
    bounds = (kwargs.get("min_value"), kwargs.get("max_value"))
    for bound in bounds:
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int)):
            raise ValueError("bounds must be whole numbers")
    return bounds


def _unique(kwargs: Kwargs, schema: Schema) -> Meaning:
    name, _ = _column(kwargs, schema)
    return Meaning((name,), present=pl.col(name).is_not_null(), whole=(name,))


def _present(names: tuple[str, ...], kwargs: Kwargs, words: tuple[str, str, str]) -> pl.Expr | None:
    """``words``: ignore when all are missing (the default of GX), when any is missing, never."""
    how = kwargs.get("ignore_row_if") or words[0]
    have = [pl.col(name).is_not_null() for name in names]
    if how == words[0]:
        return pl.any_horizontal(have)
    if how == words[1]:
        return pl.all_horizontal(have)
    if how == words[2]:
        return None
    raise ValueError(f"ignore_row_if must be one of {', '.join(words)}")


def _pair(kwargs: Kwargs, schema: Schema) -> tuple[pl.Expr, pl.Expr, Meaning]:
    (a, first), (b, second) = _column(kwargs, schema, "column_A"), _column(kwargs, schema, "column_B")
    if first != second or kind(first) == "boolean":
        raise ValueError(f"columns {a} and {b} cannot be compared: {first}, {second}")
    words = ("both_values_are_missing", "either_value_is_missing", "neither")
    return pl.col(a), pl.col(b), Meaning((a, b), present=_present((a, b), kwargs, words))


def _pair_equal(kwargs: Kwargs, schema: Schema) -> Meaning:
    a, b, meaning = _pair(kwargs, schema)
    return Meaning(meaning.columns, present=meaning.present, holds=a == b)


def _pair_greater(kwargs: Kwargs, schema: Schema) -> Meaning:
    a, b, meaning = _pair(kwargs, schema)
    return Meaning(meaning.columns, present=meaning.present, holds=a >= b if _flag(kwargs, "or_equal") else a > b)


def _compound(kwargs: Kwargs, schema: Schema) -> Meaning:
    listed = kwargs.get("column_list")
    if not isinstance(listed, list | tuple) or not listed:
        raise ValueError("column_list must name columns")
    names = tuple(_column({"column": name}, schema)[0] for name in listed)
    words = ("all_values_are_missing", "any_value_is_missing", "never")
    return Meaning(names, present=_present(names, kwargs, words), whole=names)


def _row_count(kwargs: Kwargs, schema: Schema) -> Meaning:
    low, high = _counts(kwargs)
    _flag(kwargs, "strict_min"), _flag(kwargs, "strict_max")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        raise ValueError("min_value is above max_value")
    return Meaning(())


_TABLE = frozenset({"row_condition"})
_MAP = _TABLE | {"mostly"}
_RANGE = frozenset({"min_value", "max_value", "strict_min", "strict_max"})
_PAIR = _MAP | {"column_A", "column_B", "ignore_row_if"}

MEANINGS: Mapping[str, tuple[frozenset[str], Callable[[Kwargs, Schema], Meaning]]] = {
    "expect_column_values_to_not_be_null": (_MAP | {"column"}, _not_be_null),
    "expect_column_values_to_be_null": (_MAP | {"column"}, _be_null),
    "expect_column_values_to_be_in_set": (_MAP | {"column", "value_set"}, _in_set(True)),
    "expect_column_values_to_not_be_in_set": (_MAP | {"column", "value_set"}, _in_set(False)),
    "expect_column_values_to_match_regex": (_MAP | {"column", "regex"}, _regex(True)),
    "expect_column_values_to_not_match_regex": (_MAP | {"column", "regex"}, _regex(False)),
    "expect_column_values_to_be_between": (_MAP | _RANGE | {"column"}, _between),
    "expect_column_value_lengths_to_be_between": (_MAP | _RANGE | {"column"}, _lengths),
    "expect_column_values_to_be_unique": (_MAP | {"column"}, _unique),
    "expect_column_pair_values_to_be_equal": (_PAIR, _pair_equal),
    "expect_column_pair_values_a_to_be_greater_than_b": (_PAIR | {"or_equal"}, _pair_greater),
    "expect_compound_columns_to_be_unique": (_MAP | {"column_list", "ignore_row_if"}, _compound),
    "expect_table_row_count_to_be_between": (_TABLE | _RANGE, _row_count),
}
