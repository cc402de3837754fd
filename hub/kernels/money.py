"""Amounts of money, exactly: Decimal(18, 6), never a float. The unit is the column's own (``unit``).

| cell | value, with ``unit: wanyuan`` | mark |
|---|---|---|
| ``"0.2"``, ``"０．２"`` | 0.200000 | "" |
| ``"1,234.5"`` | 1234.500000 | "" |
| ``"-3"``, ``"+3"``, ``".5"`` | -3, 3, 0.5 | "" |
| ``"2000元"``, ``"人民币2,000元整"``, ``"0.2万"``, ``"贰仟元整"`` | 0.200000 | "" |
| ``"1分"`` | 0.000001 | "" |
| ``"0.1分"`` (over 6 decimals in 万元) | null | MON-FORMAT |
| ``"¥2,000"`` (元 or 万元?); 2000 with ``unit: yuan`` | null | MON-FORMAT |
| ``"5,000000"``, ``"约2000元"``, ``"1.2E+5"``, ``"0.1234567"`` | null | MON-FORMAT |
| ``"30000000000000.1"`` (over 12 digits before the point) | null | MON-FORMAT |
| ``"0.30000000000000004"`` in a numeric cell of a sheet | 0.300000 | "" |

A unit that is written behind the number counts and is converted: that is exact, not a guess (``amount_words`` has the
grammar). A number without a unit is in that of the column. A numeric cell of an XLSX sheet is a binary number that
Excel shows with 15 significant digits; so is it read here.
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation

import polars as pl

from hub.kernels.amount_words import amount_in
from hub.kernels.cells import folded, marked, of_type, patched, repaired, trimmed
from hub.kernels.reading import MONEY, Kernel, Options, Reading
from hub.kernels.spellings import looked_up

_PLAIN = r"^[+\-]?(?:[0-9]{1,12}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})$"
_GROUPED = r"^[+\-]?[0-9]{1,3}(?:,[0-9]{3}){1,3}(?:\.[0-9]{1,6})?$"
_EXCEL_PRECISION = Context(prec=15)


def _plain(cells: pl.Series, unit: object) -> pl.Series:
    """Half width; without thousands marks where they stand right; in the column's unit where another one is written."""
    narrow = folded(cells).str.strip_chars()
    ungrouped = narrow.str.replace_many([","], [""])
    plain = pl.select(pl.when(narrow.str.contains(_GROUPED)).then(ungrouped).otherwise(narrow)).to_series()
    worded = ~plain.str.contains(_PLAIN)
    if not worded.any():
        return plain
    texts = plain.filter(worded)
    amounts = looked_up(texts, lambda text: amount_in(unit, text))
    return patched(plain, worded, pl.select(pl.coalesce(amounts, texts)).to_series())


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
    fine = bare.str.contains(_PLAIN)
    values = repaired(bare, fine, lambda odd: _plain(odd, options.settings.get("unit")))
    plain = (fine if values is bare else values.str.contains(_PLAIN)).fill_null(False)
    binary = of_type(cells, options.types, "n") & ~plain & values.is_not_null()
    if binary.any():
        shown = pl.Series([as_excel_shows(text) for text in values.filter(binary)], dtype=pl.String)
        values = patched(values, binary, shown)
        plain = values.str.contains(_PLAIN).fill_null(False)
    marks = marked(values.is_not_null(), {"MON-FORMAT": ~plain})
    return Reading(values.set(~plain, None).cast(MONEY, strict=True), marks)


KERNEL = Kernel("money", read, "decimal", ("MON-FORMAT",), "CHG-MONEY")
