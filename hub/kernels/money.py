"""Amounts of money, exactly: Decimal(18, 6), never a float. The unit is the column's own (``unit``); none is converted.

| cell | value | mark |
|---|---|---|
| ``"0.2"``, ``"０．２"`` | 0.200000 | "" |
| ``"1,234.5"`` | 1234.500000 | "" |
| ``"-3"``, ``"+3"``, ``".5"`` | -3, 3, 0.5 | "" |
| ``"5,000000"``, ``"2000元"``, ``"1.2E+5"``, ``"0.1234567"`` | null | MON-FORMAT |
| ``"30000000000000.1"`` (over 12 digits before the point) | null | MON-FORMAT |
| ``"0.30000000000000004"`` in a numeric cell of a sheet | 0.300000 | "" |

A numeric cell of an XLSX sheet is a binary number that Excel shows with 15 significant digits; so is it read here.
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation

import polars as pl

from hub.kernels.cells import folded, marked, of_type, patched, repaired, trimmed
from hub.kernels.reading import MONEY, Kernel, Options, Reading

_PLAIN = r"^[+\-]?(?:[0-9]{1,12}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})$"
_GROUPED = r"^[+\-]?[0-9]{1,3}(?:,[0-9]{3}){1,3}(?:\.[0-9]{1,6})?$"
_EXCEL_PRECISION = Context(prec=15)


def _plain(cells: pl.Series) -> pl.Series:
    """Half width, and without thousands marks where they stand right."""
    narrow = folded(cells).str.strip_chars()
    ungrouped = narrow.str.replace_many([","], [""])
    return pl.select(pl.when(narrow.str.contains(_GROUPED)).then(ungrouped).otherwise(narrow)).to_series()


def as_excel_shows(text: str | None) -> str | None:
    """A binary number's text, rounded to 15 significant digits; unchanged when it is no number."""
    if text is None:
        return None
    try:
        rounded = _EXCEL_PRECISION.create_decimal(Decimal(text)).normalize()
    except InvalidOperation:
        return text
    return f"{rounded:f}" if rounded.is_finite() and abs(rounded.adjusted()) < 30 else text


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of amounts."""
    bare = trimmed(cells)
    values = repaired(bare, bare.str.contains(_PLAIN), _plain)
    plain = values.str.contains(_PLAIN).fill_null(False)
    binary = of_type(cells, options.types, "n") & ~plain & values.is_not_null()
    if binary.any():
        shown = pl.Series([as_excel_shows(text) for text in values.filter(binary)], dtype=pl.String)
        values = patched(values, binary, shown)
        plain = values.str.contains(_PLAIN).fill_null(False)
    marks = marked(values.is_not_null(), {"MON-FORMAT": ~plain})
    return Reading(values.set(~plain, None).cast(MONEY, strict=True), marks)


KERNEL = Kernel("money", read, "decimal", ("MON-FORMAT",), "CHG-MONEY")
