"""For which day an outlet's records were last decided by the clock alone (按日复核)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from hub.ledger.tables import metadata

sweep = sa.Table(
    "sweep",
    metadata,
    sa.Column("outlet", sa.String(32), primary_key=True),
    sa.Column("dataset", sa.String(128), primary_key=True),
    sa.Column("day", sa.String(10), nullable=False),  # ISO
    sqlite_with_rowid=False,
)


def last(connection: sa.Connection, outlet: str, dataset: str) -> date | None:
    """The day of the last sweep, None before the first."""
    query = sa.select(sweep.c.day).where(sweep.c.outlet == outlet, sweep.c.dataset == dataset)
    day = connection.scalar(query)
    return None if day is None else date.fromisoformat(day)


def enter(connection: sa.Connection, outlet: str, dataset: str, day: date) -> None:
    """The sweep of a day is done."""
    chosen = (sweep.c.outlet == outlet, sweep.c.dataset == dataset)
    if not connection.execute(sweep.update().where(*chosen).values(day=day.isoformat())).rowcount:
        connection.execute(sweep.insert().values(outlet=outlet, dataset=dataset, day=day.isoformat()))
