"""Values of a code list (代码表): code, label or a spelling seen in the wild becomes the canonical code.

| cell | list | value | mark |
|---|---|---|---|
| ``"01"``, ``"普通"``, ``"普通许可 "`` | 01 普通 (普通许可) | ``"01"`` | "" |
| ``"警告；罚款"`` with ``multiple`` | 警告, 罚款 | ``"警告、罚款"`` | "" |
| ``"其它"`` | nothing like it | ``"其它"`` | COD-UNKNOWN |
| ``"无"`` | no such code | null | null |
| ``"无"`` | 0 无 | ``"0"`` | "" |

Settings: ``multiple`` true (separators 、 ; ； , ，); ``on`` (ISO date): only codes valid on that day count.
"""

from __future__ import annotations

import polars as pl

from hub.kernels.cells import marked, trimmed
from hub.kernels.reading import Kernel, Options, Reading
from hub.kernels.spellings import in_force, looked_up, one, several, spellings


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of codes. A spelling on the list counts before the placeholders for an empty cell."""
    table = spellings(in_force(options))
    meaning = several if options.flag("multiple") else one
    codes = looked_up(cells.cast(pl.String), lambda cell: meaning(cell, table))
    values = pl.select(pl.coalesce(codes, trimmed(cells))).to_series()
    return Reading(values, marked(values.is_not_null(), {"COD-UNKNOWN": codes.is_null()}))


KERNEL = Kernel("code", read, "text", ("COD-UNKNOWN",), "CHG-CODE")
