"""What kinds of columns a rule can read, and the values of a rule as polars literals of the same kind.

Great Expectations compares Python values; polars compares typed columns. Where the two would part ways (a text against
a number, 0.1 against money) the rule is refused, so that what is left means the same in both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import polars as pl

Kind = Literal["text", "date", "money", "number", "boolean"]

_WIDE = 38  # digits of a polars Decimal: a bound may be larger than the column can hold


def kind(dtype: pl.DataType) -> Kind:
    """The kind of a column; ``ValueError`` for a type that no rule can read."""
    if dtype == pl.String:
        return "text"
    if dtype == pl.Date:
        return "date"
    if dtype == pl.Boolean:
        return "boolean"
    if isinstance(dtype, pl.Decimal):
        return "money"
    if dtype.is_numeric():
        return "number"
    raise ValueError(f"no rule can read a column of type {dtype}")


def literal(value: object, dtype: pl.DataType) -> pl.Expr:
    """``value`` as a literal that compares exactly with a column of ``dtype``; ``ValueError`` when it cannot."""
    of = kind(dtype)
    if of == "text" and isinstance(value, str):
        return pl.lit(value, dtype=pl.String)
    if of == "date" and isinstance(value, date) and not isinstance(value, datetime):
        return pl.lit(value, dtype=pl.Date)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if of == "number":
            return pl.lit(value)
        if isinstance(dtype, pl.Decimal):
            return pl.lit(exact(value, dtype.scale), dtype=pl.Decimal(_WIDE, dtype.scale))
    raise ValueError(f"a value of type {type(value).__name__} cannot be compared with a column of {of}")


def literals(values: Iterable[object], dtype: pl.DataType) -> pl.Series:
    """``values`` as a Series for ``is_in``; ``ValueError`` when one of them cannot be compared with the column."""
    known = list(values)
    for value in known:
        literal(value, dtype)
    if isinstance(dtype, pl.Decimal):
        known = [exact(value, dtype.scale) for value in known]  # type: ignore[arg-type]
    elif dtype.is_integer():
        known = [int(exact(value, 0)) for value in known]  # type: ignore[arg-type]
    try:
        return pl.Series(known, dtype=dtype, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"one of the values is too large for the column ({dtype})") from error


def exact(value: float, scale: int) -> Decimal:
    """``value`` as a decimal of ``scale`` places.

    GX turns bounds into binary floats, and 0.1 as a float is a little more than 0.1: the amount 0.10 would fail
    ``at least 0.1``. Such a value is refused (``ValueError``).
    """
    held = Decimal(value)
    if not held.is_finite() or held != round(held, scale):
        raise ValueError(f"{value} is not held exactly by a binary float: use a whole number or a binary fraction")
    return round(held, scale)
