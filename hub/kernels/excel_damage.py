"""Identifiers that Excel took for numbers. They look plausible, and digits of them may be gone.

| cell | type in the sheet | mark |
|---|---|---|
| ``"320830188001010000"`` | n | ID-EXCEL15: everything beyond 15 digits became 0 |
| ``"9.13208E+17"`` | any, or a text file | ID-EXCEL15 |
| ``"913208300000001000"``, check character wrong | any, or a text file | ID-EXCEL15: a number once, then made text |
| ``"320830800101001"``, ``"12345678"`` | n | ID-NUMERIC: zeros in front would be lost |
| ``"320830188001010002"`` | s, or a text file | none |
"""

from __future__ import annotations

import polars as pl

from hub.kernels.cells import of_type, patched, same_for_all
from hub.kernels.reading import Options

# With the plus sign or a decimal point, so that a code like 91320830E00000001X is not taken for a number.
POWER_OF_TEN = r"^[0-9](?:\.[0-9]+[Ee]\+?|[Ee]\+)[0-9]{1,2}$"
_ROUNDED = r"^[0-9]{15}0{3}$"


def number_troubles(values: pl.Series, formed: pl.Series, options: Options) -> dict[str, pl.Series]:
    """ID-EXCEL15 and ID-NUMERIC of a column of identifiers; ``formed``: cells whose form is right, without nulls."""
    power = same_for_all(values, False)
    if not formed.all():
        power = patched(power, ~formed, values.filter(~formed).str.contains(POWER_OF_TEN).fill_null(False))
    numeric = of_type(values, options.types, "n")
    if not numeric.any():
        return {"ID-EXCEL15": power, "ID-NUMERIC": numeric}
    long = (values.str.count_matches("[0-9]") > 15).fill_null(False)
    return {"ID-EXCEL15": power | (numeric & long), "ID-NUMERIC": numeric}


def rounded(values: pl.Series, wrong: pl.Series) -> pl.Series:
    """Of the identifiers of 18 characters whose check character is ``wrong`` those that were cut to 15 digits."""
    if not wrong.any():
        return wrong
    return patched(wrong, wrong, values.filter(wrong).str.contains(_ROUNDED).fill_null(False))
