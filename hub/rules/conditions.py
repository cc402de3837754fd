"""Row conditions: Great Expectations' serialised form, read without importing Great Expectations.

Meaning as stock GX gives on pandas: a null is outside ``==``, ``<``, ``IN`` and inside ``!=``, ``NOT_IN``.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import polars as pl

from hub.rules.kinds import kind, literal, literals

_ORDER: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def serialised(condition: object) -> Any:
    """The dict form of a row condition, be it that already, an object of GX, or None.

    Raises ``ValueError`` for the old text form, which only one engine of GX can read.
    """
    if condition is None or isinstance(condition, Mapping):
        return condition
    if isinstance(condition, str):
        raise ValueError("a row condition as text is not supported: write its dict form")
    return condition.dict()  # type: ignore[attr-defined]


def spelled(condition: object) -> str:
    """One spelling for equal conditions: the dict form as JSON with sorted keys; empty for no condition."""
    form = serialised(condition)
    return "" if form is None else json.dumps(form, ensure_ascii=False, sort_keys=True, default=str)


def columns_of(condition: object) -> tuple[str, ...]:
    """Names of the columns that a row condition reads, in order of appearance."""
    form = serialised(condition)
    if form is None:
        return ()
    if form.get("type") in ("and", "or"):
        return tuple(dict.fromkeys(name for part in form["conditions"] for name in columns_of(part)))
    return (str(form["column"]["name"]),)


def inside(condition: object, schema: Mapping[str, pl.DataType], within: str = "") -> pl.Expr | None:
    """Boolean expression without nulls: is the row inside ``condition``? None when there is no condition.

    Raises ``ValueError`` for a form that GX does not read, an unknown column, or a comparison of unlike kinds.
    """
    form = serialised(condition)
    if form is None:
        return None
    how = form.get("type")
    if how in ("and", "or"):
        if (within and within != how) or (within == "or" and how == "or"):
            raise ValueError("a row condition is either ANDs, or one OR of single conditions")
        parts = [inside(part, schema, str(how)) for part in form["conditions"]]
        if not parts:
            raise ValueError("a row condition with nothing in it")
        return reduce(operator.and_ if how == "and" else operator.or_, parts)
    if how not in ("comparison", "nullity"):
        raise ValueError(f"row condition of unknown type {how!r}")
    name = form["column"]["name"]
    if name not in schema:
        raise ValueError(f"unknown column {name!r} in the row condition")
    if how == "nullity":
        return pl.col(name).is_null() if form["is_null"] else pl.col(name).is_not_null()
    return _comparison(name, str(form["operator"]), form["parameter"], schema[name])


def _comparison(name: str, sign: str, parameter: object, dtype: pl.DataType) -> pl.Expr:
    if kind(dtype) == "date":
        raise ValueError(f"dates cannot be compared in a row condition ({name}): GX would compare texts")
    column = pl.col(name)
    if sign in ("IN", "NOT_IN"):
        if not isinstance(parameter, list | tuple) or not parameter:
            raise ValueError(f"{sign} needs a list with at least one value")
        found = column.is_in(literals(parameter, dtype)).fill_null(False)
        return ~found if sign == "NOT_IN" else found
    value = literal(parameter, dtype)
    if sign == "==":
        return column.eq_missing(value)
    if sign == "!=":
        return column.ne_missing(value)
    if sign not in _ORDER:
        raise ValueError(f"unknown operator {sign!r} in the row condition")
    compared: pl.Expr = _ORDER[sign](column, value)
    return compared.fill_null(False)
