"""Meanings of the expectations on one column, row by row."""

from __future__ import annotations

import operator
from datetime import date

import polars as pl

from hub.rules.kinds import kind, literal, literals
from hub.rules.meaning import Kwargs, Meaning, MeaningOf, Schema, column, flag, text, whole_bounds
from hub.rules.patterns import translate

_MARKS = ("__mark", "__known")  # columns that hold an empty text in nearly every row


def _one(name: str, holds: pl.Expr, suspect: pl.Expr | None = None) -> Meaning:
    return Meaning((name,), present=pl.col(name).is_not_null(), holds=holds, suspect=suspect)


def not_be_null(kwargs: Kwargs, schema: Schema) -> Meaning:
    """Filled."""
    name, _ = column(kwargs, schema)
    return Meaning((name,), holds=pl.col(name).is_not_null())


def be_null(kwargs: Kwargs, schema: Schema) -> Meaning:
    """Empty."""
    name, _ = column(kwargs, schema)
    return Meaning((name,), holds=pl.col(name).is_null())


def in_set(wanted: bool) -> MeaningOf:
    """One of some values, or none of them."""

    def meaning(kwargs: Kwargs, schema: Schema) -> Meaning:
        name, dtype = column(kwargs, schema)
        values = kwargs.get("value_set")
        if not isinstance(values, list | tuple):
            raise ValueError("value_set must be a list")
        known = set_of(values, dtype)
        # one value is the usual case (a kernel's code) and much cheaper than a lookup
        found = pl.col(name) == literal(values[0], dtype) if len(values) == 1 else pl.col(name).is_in(known)
        if wanted:
            return _one(name, found)
        marks = name.endswith(_MARKS) and kind(dtype) == "text" and "" not in values
        return _one(name, ~found, pl.col(name) != "" if marks else None)

    return meaning


def set_of(values: list[object] | tuple[object, ...], dtype: pl.DataType) -> pl.Series:
    """A set of values as GX compares it with a column of that type."""
    if kind(dtype) in ("date", "boolean"):
        raise ValueError(f"a set of {kind(dtype)} values means nothing to GX: it stores them as texts or numbers")
    return literals(values, dtype)


def regex(wanted: bool) -> MeaningOf:
    """An expression is found in the text, or is not."""

    def meaning(kwargs: Kwargs, schema: Schema) -> Meaning:
        pattern = kwargs.get("regex")
        if not isinstance(pattern, str):
            raise ValueError("regex must be a text")
        found = text(kwargs, schema).str.contains(translate(pattern), strict=True)
        return _one(str(kwargs["column"]), found if wanted else ~found)

    return meaning


def _bounds(kwargs: Kwargs, subject: pl.Expr, dtype: pl.DataType, low: object, high: object) -> pl.Expr:
    if low is None and high is None:
        raise ValueError("min_value and max_value cannot both be missing")
    strict_min, strict_max = flag(kwargs, "strict_min"), flag(kwargs, "strict_max")
    checks: list[pl.Expr] = []
    if low is not None:
        checks.append((operator.gt if strict_min else operator.ge)(subject, literal(low, dtype)))
    if high is not None:
        checks.append((operator.lt if strict_max else operator.le)(subject, literal(high, dtype)))
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        raise ValueError("min_value is above max_value")
    return checks[0] if len(checks) == 1 else checks[0] & checks[1]


def between(kwargs: Kwargs, schema: Schema) -> Meaning:
    """A number or a date within bounds."""
    name, dtype = column(kwargs, schema)
    if kind(dtype) in ("text", "boolean"):
        raise ValueError(f"column {name} holds {kind(dtype)}: GX cannot compare it with a bound")
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if kind(dtype) == "date":  # GX itself reads an ISO date written as text
        low = date.fromisoformat(low) if isinstance(low, str) else low
        high = date.fromisoformat(high) if isinstance(high, str) else high
    return _one(name, _bounds(kwargs, pl.col(name), dtype, low, high))


def lengths(kwargs: Kwargs, schema: Schema) -> Meaning:
    """So many characters."""
    low, high = whole_bounds(kwargs)
    cells = text(kwargs, schema).str
    suspect = None
    if low is None and high is not None:  # no text has more characters than bytes, and those are not counted anew
        suspect = cells.len_bytes() >= high if flag(kwargs, "strict_max") else cells.len_bytes() > high
    return _one(str(kwargs["column"]), _bounds(kwargs, cells.len_chars(), pl.UInt32(), low, high), suspect)


def unique(kwargs: Kwargs, schema: Schema) -> Meaning:
    """No other considered row holds the same value."""
    name, _ = column(kwargs, schema)
    return Meaning((name,), present=pl.col(name).is_not_null(), whole=(name,))
