"""What an expectation means to the hub, and the readers of its arguments.

Readers raise ``ValueError`` for arguments that Great Expectations would refuse or judge differently from polars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from hub.rules.figures import Counts, Figures
from hub.rules.kinds import kind

Kwargs = Mapping[str, object]
Schema = Mapping[str, pl.DataType]
MeaningOf = Callable[[Kwargs, Schema], "Meaning"]

TABLE = frozenset({"row_condition"})
MAP = TABLE | {"mostly"}
RANGE = frozenset({"min_value", "max_value", "strict_min", "strict_max"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """Columns read, who is considered (``present``; None: all), and one of four things.

    A rule on rows has ``holds`` (null counts as no), uniqueness has ``whole``: the columns that must not repeat. A rule
    on the batch has ``figures``, made from its counts and, if it has ``kept``, from what that expression gives for the
    considered rows, each value once; or nothing of all this, when its counts alone answer Great Expectations.

    ``suspect``, if given, holds for every row that can violate and for few others: only those are looked at.
    """

    columns: tuple[str, ...]
    present: pl.Expr | None = None
    holds: pl.Expr | None = None
    whole: tuple[str, ...] = ()
    suspect: pl.Expr | None = None
    kept: pl.Expr | None = None
    figures: Callable[[Counts, pl.Series], Figures] | None = None


def column(kwargs: Kwargs, schema: Schema, key: str = "column") -> tuple[str, pl.DataType]:
    """Name and type of the column that an argument names."""
    name = kwargs.get(key)
    if not isinstance(name, str) or name not in schema:
        raise ValueError(f"unknown column {name!r}")
    kind(schema[name])
    return name, schema[name]


def columns(kwargs: Kwargs, schema: Schema) -> tuple[str, ...]:
    """The columns in ``column_list``."""
    listed = kwargs.get("column_list")
    if not isinstance(listed, list | tuple) or len(listed) < 2 or len(set(listed)) != len(listed):
        raise ValueError("column_list must name at least two columns, each once")
    return tuple(column({"column": name}, schema)[0] for name in listed)


def text(kwargs: Kwargs, schema: Schema) -> pl.Expr:
    """The column of an argument, which must hold text."""
    name, dtype = column(kwargs, schema)
    if kind(dtype) != "text":
        raise ValueError(f"column {name} holds no text but {kind(dtype)}")
    return pl.col(name)


def flag(kwargs: Kwargs, key: str) -> bool:
    """True or false; false when missing."""
    value = kwargs.get(key) or False
    if not isinstance(value, bool):
        raise ValueError(f"{key} must be true or false")
    return value


def whole_bounds(kwargs: Kwargs) -> tuple[int | None, int | None]:
    """``min_value`` and ``max_value`` of something that is counted."""
    low, high = bounds(kwargs)
    if any(bound is not None and not isinstance(bound, int) for bound in (low, high)):
        raise ValueError("bounds must be whole numbers")
    return low, high  # type: ignore[return-value]


def bounds(kwargs: Kwargs) -> tuple[float | None, float | None]:
    """``min_value`` and ``max_value`` as numbers; either may be missing."""
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    for bound in (low, high):
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int | float)):
            raise ValueError("bounds must be whole numbers" if not isinstance(bound, str) else "bounds must be numbers")
    flag(kwargs, "strict_min"), flag(kwargs, "strict_max")
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        raise ValueError("min_value is above max_value")
    return low, high  # type: ignore[return-value]


def present(names: tuple[str, ...], kwargs: Kwargs, words: tuple[str, str, str], default: int = 0) -> pl.Expr | None:
    """Which rows are considered. ``words``: ignore when all are missing, when any is missing, never."""
    how = kwargs.get("ignore_row_if") or words[default]
    have = [pl.col(name).is_not_null() for name in names]
    if how == words[0]:
        return pl.any_horizontal(have)
    if how == words[1]:
        return pl.all_horizontal(have)
    if how == words[2]:
        return None
    raise ValueError(f"ignore_row_if must be one of {', '.join(words)}")
