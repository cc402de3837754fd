"""Quarantine (待更正): rejected rows that wait until their sender mends them.

A row leaves it when its record comes again: mended when accepted, repeated when rejected once more. Rows whose key
could not be told leave it when the delivery that holds them is sent again as a whole.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.ledger.merging import TAKEN, staged_table
from hub.ledger.records import RecordTable
from hub.ledger.tables import delivery, quarantine

MENDED, REPEATED, REPLACED = "mended", "repeated", "replaced"


def update(connection: sa.Connection, shape: RecordTable, stage: str, delivery_id: int) -> int:
    """Close what this delivery mends or repeats, open what it rejects; gives how many open rows it mended."""
    staged = staged_table(stage, shape)
    mended = _close(connection, shape, staged, staged.c.state.in_(TAKEN), delivery_id, MENDED)
    _close(connection, shape, staged, staged.c.state == "rejected", delivery_id, REPEATED)
    rejected = sa.select(sa.literal(delivery_id), staged.c.record, sa.literal(shape.dataset), staged.c.record_id).where(
        staged.c.state == "rejected"
    )
    connection.execute(quarantine.insert().from_select(["delivery_id", "record", "dataset", "record_id"], rejected))
    return mended


def _close(
    connection: sa.Connection, shape: RecordTable, staged: Any, which: Any, delivery_id: int, outcome: str
) -> int:
    open_here = sa.and_(quarantine.c.dataset == shape.dataset, quarantine.c.closed_by.is_(None))
    if not connection.scalar(sa.select(sa.exists().where(open_here, quarantine.c.record_id.is_not(None)))):
        return 0
    came = sa.select(staged.c.record_id).where(which, staged.c.record_id.is_not(None))
    change = quarantine.update().where(
        open_here, quarantine.c.delivery_id < delivery_id, quarantine.c.record_id.in_(came)
    )
    return connection.execute(change.values(closed_by=delivery_id, outcome=outcome)).rowcount


def mended_of(connection: sa.Connection, delivery_id: int) -> int | None:
    """The newest delivery whose rejected rows this one mended."""
    mine = (quarantine.c.closed_by == delivery_id, quarantine.c.outcome == MENDED)
    found: int | None = connection.scalar(sa.select(sa.func.max(quarantine.c.delivery_id)).where(*mine))
    return found


def replace(connection: sa.Connection, before: int, delivery_id: int) -> int:
    """Close what is still open of an earlier delivery that was sent again as a whole; gives how many rows."""
    change = quarantine.update().where(quarantine.c.delivery_id == before, quarantine.c.closed_by.is_(None))
    return connection.execute(change.values(closed_by=delivery_id, outcome=REPLACED)).rowcount


def open_rows(connection: sa.Connection, dataset: str | None = None) -> list[dict[str, Any]]:
    """How many rows wait, by dataset and delivery, oldest first."""
    named = (quarantine.c.dataset, quarantine.c.delivery_id, delivery.c.batch_no, delivery.c.department)
    query = (
        sa.select(*named, sa.func.count().label("rows"))
        .join(delivery, delivery.c.id == quarantine.c.delivery_id)
        .where(quarantine.c.closed_by.is_(None))
        .group_by(*named)
        .order_by(quarantine.c.delivery_id)
    )
    if dataset is not None:
        query = query.where(quarantine.c.dataset == dataset)
    return [dict(row._mapping) for row in connection.execute(query)]
