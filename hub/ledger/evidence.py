"""The evidence log (存证): append-only events, each in the transaction of what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.ledger.tables import event


def append(connection: sa.Connection, kind: str, now: datetime, delivery_id: int | None = None, **body: Any) -> None:
    """Add an event. ``body`` holds counts, hashes, numbers and reasons; never an identifier or a name of a person."""
    connection.execute(event.insert().values(at=now, kind=kind, delivery_id=delivery_id, body=body))


def of_delivery(connection: sa.Connection, delivery_id: int) -> list[Mapping[str, Any]]:
    """Events of one delivery in order."""
    rows = connection.execute(sa.select(event).where(event.c.delivery_id == delivery_id).order_by(event.c.sequence))
    return [dict(row._mapping) for row in rows]


def latest(connection: sa.Connection, kind: str) -> Mapping[str, Any] | None:
    """The newest event of a kind."""
    row = connection.execute(
        sa.select(event).where(event.c.kind == kind).order_by(event.c.sequence.desc()).limit(1)
    ).first()
    return None if row is None else dict(row._mapping)
