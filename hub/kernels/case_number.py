"""Court case numbers (案号): year in brackets, court, type of case, serial, 号.

| cell | value | mark |
|---|---|---|
| ``"(2026)苏0830执123号"``, ``"〔２０２６〕苏 0830 执 123 号"`` | ``"（2026）苏0830执123号"`` | "" |
| ``"(2014)盱执字第00123号"``, ``"(2026)苏0830执恢12号之一"`` | the same with full-width brackets | "" |
| ``"苏0830执123号"``, ``"盱市监许〔2026〕1号"`` | unchanged | CAS-FORMAT |
| ``"123"`` in a numeric cell of a sheet | unchanged | ID-NUMERIC |

The form is judged loosely: codes of courts and types of cases grow. The brackets become full-width round ones.
"""

from __future__ import annotations

import polars as pl

from hub.kernels.cells import folded, marked, repaired, trimmed
from hub.kernels.excel_damage import number_troubles
from hub.kernels.reading import Kernel, Options, Reading

_FORM = (
    r"^（(?:19|20)[0-9]{2}）\p{Han}[\p{Han}0-9]{0,20}?\p{Han}(?:字第|第)?"
    r"[0-9]{1,8}(?:-[0-9]{1,3})?号(?:之[一二三四五六七八九十0-9]{1,3})?$"
)
_OPENING, _CLOSING = tuple("([〔【〖{〈「『"), tuple(")]〕】〗}〉」』")  # folded already: （ ［ ﹝ ｛ are half width


def _canonical(cells: pl.Series) -> pl.Series:
    """Half width, no blanks, full-width round brackets, where that makes a case number; else the sender's own text."""
    joined = (
        folded(cells)
        .str.replace_all(r"\s+", "")
        .str.replace_many([*_OPENING, *_CLOSING], ["（"] * len(_OPENING) + ["）"] * len(_CLOSING))
    )
    return pl.select(pl.when(joined.str.contains(_FORM)).then(joined).otherwise(cells)).to_series()


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of case numbers."""
    bare = trimmed(cells)
    fine = bare.str.contains(_FORM)
    values = repaired(bare, fine, _canonical)
    formed = (fine if values is bare else values.str.contains(_FORM)).fill_null(False)
    troubles = {**number_troubles(values, formed, options), "CAS-FORMAT": ~formed}
    return Reading(values, marked(values.is_not_null(), troubles))


KERNEL = Kernel("case_number", read, "text", ("ID-EXCEL15", "ID-NUMERIC", "CAS-FORMAT"), "CHG-TEXT")
