"""Meanings of the expectations on several columns of one row."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from hub.rules.kinds import kind
from hub.rules.meaning import Kwargs, Meaning, MeaningOf, Schema, column, columns, flag, present

_PAIR_WORDS = ("both_values_are_missing", "either_value_is_missing", "neither")
_LIST_WORDS = ("all_values_are_missing", "any_value_is_missing", "never")
_DIGITS = 38  # of a Decimal: sums of amounts never leave it


def _pair(compared: Callable[[Kwargs, pl.Expr, pl.Expr], pl.Expr]) -> MeaningOf:
    def meaning(kwargs: Kwargs, schema: Schema) -> Meaning:
        (a, first), (b, second) = column(kwargs, schema, "column_A"), column(kwargs, schema, "column_B")
        if first != second or kind(first) == "boolean":
            raise ValueError(f"columns {a} and {b} cannot be compared: {first}, {second}")
        return Meaning(
            (a, b), present=present((a, b), kwargs, _PAIR_WORDS), holds=compared(kwargs, pl.col(a), pl.col(b))
        )

    return meaning


pair_equal = _pair(lambda kwargs, a, b: a == b)
pair_greater = _pair(lambda kwargs, a, b: a >= b if flag(kwargs, "or_equal") else a > b)


def compound_unique(kwargs: Kwargs, schema: Schema) -> Meaning:
    """No other considered row holds the same values in all these columns."""
    names = columns(kwargs, schema)
    return Meaning(names, present=present(names, kwargs, _LIST_WORDS), whole=names)


def not_all_null(kwargs: Kwargs, schema: Schema) -> Meaning:
    """At least one of the columns is filled (own expectation)."""
    names = columns(kwargs, schema)
    filled = pl.any_horizontal(pl.col(name).is_not_null() for name in names)
    return Meaning(names, present=present(names, kwargs, _LIST_WORDS, default=2), holds=filled)


def total_of_parts(kwargs: Kwargs, schema: Schema) -> Meaning:
    """The first column is the exact sum of the others (own expectation); rows that lack a cell are not judged."""
    names = columns(kwargs, schema)
    for name in names:
        if kind(schema[name]) != "money":
            raise ValueError(f"column {name} holds {kind(schema[name])}: only exact decimals are added up")
    if present(names, kwargs, _LIST_WORDS, default=1) is None or kwargs.get("ignore_row_if") == _LIST_WORDS[0]:
        raise ValueError("a total is judged where every cell is filled: ignore_row_if is any_value_is_missing")
    scale = max(schema[name].scale for name in names)  # type: ignore[attr-defined]
    total, *parts = (pl.col(name).cast(pl.Decimal(_DIGITS, scale)) for name in names)
    summed = parts[0]
    for part in parts[1:]:
        summed = summed + part
    return Meaning(names, present=present(names, kwargs, _LIST_WORDS, default=1), holds=total == summed)
