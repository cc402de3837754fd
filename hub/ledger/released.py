"""What was released of aggregates (汇总已公布的内容): every version of every cell, of all outlets together.

By that a later release is kept from telling a few records by its difference from an earlier one. Which records were in
a figure stands as marks, made of their ids and amounts.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import sqlalchemy as sa

from hub.ledger.tables import metadata

AT_ONCE = 500

released_cell = sa.Table(
    "released_cell",
    metadata,
    sa.Column("dataset", sa.String(128), primary_key=True),
    sa.Column("by", sa.String(64), primary_key=True),  # the column that groups
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("cell", sa.String(64), primary_key=True),  # a code of that column; empty: records without one
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("shown", sa.Boolean, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("sums", sa.Text, nullable=False),  # JSON
    sa.Column("largest", sa.Text, nullable=False),  # JSON
    sa.Column("records", sa.String(64), nullable=False),  # SHA-256 over the marks of its records
    sa.Column("members", sa.Text, nullable=False),  # marks of those that were in no figure before
)
_KEY = ("by", "month", "cell", "version")


def remembered(connection: sa.Connection, dataset: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame | None:
    """Everything that was released of a dataset, with the columns of ``schema``; None when nothing was."""
    columns = [released_cell.c[name] for name in schema]
    query = sa.select(*columns).where(released_cell.c.dataset == dataset)
    rows = [tuple(row) for row in connection.execute(query)]
    return pl.DataFrame(rows, schema=dict(schema), orient="row") if rows else None


def remember(connection: sa.Connection, dataset: str, before: pl.DataFrame | None, after: pl.DataFrame) -> int:
    """Enter the versions that are new; gives how many."""
    known = set() if before is None else set(before.select(*_KEY).iter_rows())
    new = [one for one in after.iter_rows(named=True) if tuple(one[name] for name in _KEY) not in known]
    for start in range(0, len(new), AT_ONCE):
        part = [{"dataset": dataset, **one} for one in new[start : start + AT_ONCE]]
        connection.execute(released_cell.insert(), part)
    return len(new)
