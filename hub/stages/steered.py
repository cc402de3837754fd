"""Which record a steering row is about (所影响的记录): its id, made from the row's own codes and never from a name."""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.contract.model import Contract
from hub.contract.steering import Steers
from hub.kernels import KERNELS, Options
from hub.stages.identity import ids_and_salts


def columns(steers: Steers) -> tuple[str, ...]:
    """The columns of a steering dataset on which its effect depends."""
    named = (steers.dataset, steers.outlets, *steers.parts.values(), steers.since, steers.until, steers.withdrawn)
    return tuple(dict.fromkeys(name for name in named if name is not None))


def holding(rows: pl.DataFrame, steers: Steers, day: date) -> pl.DataFrame:
    """The rows that hold on a day: from ``since`` on, until the day before ``until``."""
    begun = pl.col(steers.since) <= day
    ended = pl.col(steers.until) <= day if steers.until is not None else pl.lit(False)
    return rows.filter(begun.fill_null(False), ~ended.fill_null(False))


def names(column: str | None, code: str) -> pl.Expr:
    """Whether a cell that may hold several codes, joined by 、, names one of them."""
    if column is None:
        return pl.lit(False)
    return pl.col(column).str.split("、").list.contains(pl.lit(code)).fill_null(False)


def record_ids(rows: pl.DataFrame, steers: Steers, target: Contract, record_key: bytes) -> pl.Series:
    """Ids of the records of ``target`` that steering rows name, null where one names none.

    Each part is written as the target's own kernel writes it, so that one document number is one, whoever sends it.
    """
    cells = []
    for name in target.key:
        column, source = target.column(name), steers.parts.get(target.steered.get(name, ""))
        if source is None:
            cells.append(pl.Series(name, [None] * rows.height, dtype=pl.String))
            continue
        written = rows[source].cast(pl.String)
        read = KERNELS[column.kernel].read(written, Options(settings=column.options, codes=column.codes))
        # What the kernel cannot read (a passport where a citizen id may stand) is kept as it is, as in the record.
        cells.append(read.values.cast(pl.String).fill_null(written).alias(name))
    frame = pl.DataFrame([*cells, pl.Series("row__mark", [None] * rows.height, dtype=pl.String)])
    return ids_and_salts(target, record_key, frame)[0]
