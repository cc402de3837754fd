"""Values of a code list (代码表): code, label or a spelling seen in the wild becomes the canonical code.

| cell | list | value | mark |
|---|---|---|---|
| ``"01"``, ``"普通"``, ``"普通许可 "`` | 01 普通 (普通许可) | ``"01"`` | "" |
| ``"警告；罚款"`` with ``multiple`` | 警告, 罚款 | ``"警告、罚款"`` | "" |
| ``"其它"`` | nothing like it | ``"其它"`` | COD-UNKNOWN |
| ``"3"``, ``"异议"`` with ``on: 2026-11-23`` | 3 异议, valid to 2021-12-31 | unchanged | COD-EXPIRED |
| ``"无"`` | no such code | null | null |
| ``"无"`` | 0 无 | ``"0"`` | "" |

Settings: ``multiple`` true (separators 、 ; ； , ，); ``on`` (ISO date): only codes valid on that day count, and a cell
that has a meaning on another day only is told apart from one that never had any.
"""

from __future__ import annotations

import polars as pl

from hub.kernels.cells import marked, trimmed
from hub.kernels.reading import Kernel, Options, Reading
from hub.kernels.spellings import expired, in_force, looked_up, one, several, spellings


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of codes. A spelling on the list counts before the placeholders for an empty cell."""
    table = spellings(in_force(options))
    meaning = several if options.flag("multiple") else one
    cells = cells.cast(pl.String)
    codes = looked_up(cells, lambda cell: meaning(cell, table))
    values = pl.select(pl.coalesce(codes, trimmed(cells))).to_series()
    unknown = codes.is_null()
    troubles = {"COD-UNKNOWN": unknown}
    old = expired(cells, unknown, options, meaning)
    if old is not None:
        troubles = {"COD-EXPIRED": old.is_not_null(), "COD-UNKNOWN": unknown}
    return Reading(values, marked(values.is_not_null(), troubles))


KERNEL = Kernel("code", read, "text", ("COD-EXPIRED", "COD-UNKNOWN"), "CHG-CODE")
