"""Quantities (数量), exactly: Decimal(18, 6), never a float. The unit is the column's own; none is converted.

| cell | value | mark |
|---|---|---|
| ``"24"``, ``"２４"``, ``"1,200.5"``, ``"-3"`` | 24, 24, 1200.5, -3 | "" |
| ``"24小时"``, ``"24 小时"`` with ``unit: 小时`` | 24 | "" |
| ``"24天"`` with ``unit: 小时``, ``"约24"``, ``"12万"``, ``"1,23"`` | null | QTY-FORM |
| ``"3.0"`` with ``whole`` | 3 | "" |
| ``"3.5"`` with ``whole`` | null | QTY-WHOLE |

Settings: ``unit``, a word that may stand behind the number and is removed; ``whole`` true: things that are counted.
"""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from hub.kernels import money
from hub.kernels.cells import folded, marked, of_type, repaired, trimmed
from hub.kernels.reading import MONEY, Kernel, Options, Reading
from hub.kernels.spellings import plain

_NUMBER = r"^[+\-]?[0-9.,]+$"


def _without_unit(cells: pl.Series, unit: str) -> pl.Series:
    """Half width, and without the unit behind the number."""
    form = rf"^([+\-]?[0-9.,]+)\p{{Zs}}*(?i:{re.escape(plain(unit))})$" if unit else _NUMBER
    return folded(cells).str.replace(form, "${1}" if unit else "${0}")


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of quantities. The digits are read as those of an amount are."""
    bare = trimmed(cells)
    unit = options.settings.get("unit")
    numbers = repaired(
        bare, bare.str.contains(_NUMBER), lambda odd: _without_unit(odd, unit if isinstance(unit, str) else "")
    )
    # Amounts may be written with signs and words that mean nothing behind a quantity.
    digits = numbers.str.contains(_NUMBER) | of_type(cells, options.types, "n")
    values = money.read(numbers.set(~digits.fill_null(False), None), replace(options, settings={})).values
    troubles = {"QTY-FORM": values.is_null()}
    if options.flag("whole"):
        troubles["QTY-WHOLE"] = values.cast(pl.Int64).cast(MONEY) != values
    marks = marked(numbers.is_not_null(), troubles)
    return Reading(pl.select(pl.when(marks == "").then(values)).to_series(), marks)


KERNEL = Kernel("quantity", read, "decimal", ("QTY-FORM", "QTY-WHOLE"), "CHG-QUANTITY")
