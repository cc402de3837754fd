"""Administrative divisions (区划, GB/T 2260 and finer lists): code or name becomes the canonical code.

| cell | list | value | mark |
|---|---|---|---|
| ``"320830101"``, ``"320830101000"``, ``"马坝镇"`` | 320830101 马坝镇 | ``"320830101"`` | "" |
| ``"盱眙县马坝镇"`` with ``prefixes: [盱眙县]`` | 320830101 马坝镇 | ``"320830101"`` | "" |
| ``"320830999"``, ``"马霸镇"`` | nothing like it | unchanged | REG-UNKNOWN |
| ``"旧铺镇"`` with ``on: 2026-11-23`` | 320830105 旧铺镇, valid to 2018-12-31 | ``"320830105"`` | REG-EXPIRED |

6, 9 and 12 digits are one code where the rest is zeros. A name that two divisions share is unknown. Settings:
``prefixes``, names of what lies above, which senders write in front; ``on`` (ISO date), because codes change with
mergers. A division that was in force on another day only is kept as what it was and asked about: which one followed
it is not guessed, because a division may have been split.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from hub.kernels.cells import marked, trimmed
from hub.kernels.reading import CodeLike, Kernel, Options, Reading
from hub.kernels.spellings import expired, in_force, looked_up, one, spellings


def lengths(code: str) -> tuple[str, ...]:
    """The same division with 6, 9 and 12 digits, as far as only zeros are cut or added."""
    full = code.ljust(12, "0")
    return tuple(full[:length] for length in (6, 9, 12) if not full[length:].strip("0"))


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of divisions."""
    prefixes = options.words("prefixes")

    def more(code: CodeLike) -> Iterable[str]:
        names = (code.label, *code.synonyms)
        return (*lengths(code.code), *(prefix + name for prefix in prefixes for name in names))

    table = spellings(in_force(options), more)
    cells = cells.cast(pl.String)
    codes = looked_up(cells, lambda cell: one(cell, table))
    values = pl.select(pl.coalesce(codes, trimmed(cells))).to_series()
    unknown = codes.is_null()
    troubles = {"REG-UNKNOWN": unknown}
    old = expired(cells, unknown, options, one, more)
    if old is not None:
        values = pl.select(pl.coalesce(old, values)).to_series()
        troubles = {"REG-EXPIRED": old.is_not_null(), "REG-UNKNOWN": unknown}
    return Reading(values, marked(values.is_not_null(), troubles))


KERNEL = Kernel("region", read, "text", ("REG-UNKNOWN", "REG-EXPIRED"), "CHG-CODE")
