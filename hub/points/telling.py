"""Reasons as small numbers while millions of lines are computed, and as lists of codes when they are told."""

from __future__ import annotations

import polars as pl

from hub.points.words import WORDS

# Of a line that does not count there is one reason; of one that counts there may be several, one bit each.
ALONE = {code: number for number, code in enumerate(WORDS, 1)}
_BITS = ("below", "cap_event", "cap_member", "cap_month", "cap_quarter", "cap_year", "base")
BELOW, BASE = 1, 1 << _BITS.index("base")
_ROOM = 1 << len(_BITS)


def under(cap: str) -> int:
    """The bit of a cap that cut something off."""
    return 1 << _BITS.index(f"cap_{cap}")


def told(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with ``reasons`` in place of ``reason`` and ``flags``."""
    codes = {number: code for code, number in ALONE.items()}
    rows = rows.with_columns(said=pl.col("reason").cast(pl.Int64) * _ROOM + pl.col("flags"))
    met = rows["said"].unique().to_list()
    lists = [
        [codes[one // _ROOM]] if one // _ROOM else [code for bit, code in enumerate(_BITS) if one >> bit & 1]
        for one in met
    ]
    known = pl.DataFrame({"said": met, "reasons": lists}, schema={"said": pl.Int64, "reasons": pl.List(pl.String)})
    return rows.join(known, on="said", how="left", maintain_order="left")
