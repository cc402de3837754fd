"""Requests that became deliveries (网络报送登记), by the sender's idempotency key.

An entry is written in the transaction that opens the delivery: so one key has one delivery, however often and however
much at once it was sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.ledger.http_tables import posting
from hub.ledger.tables import delivery


def claim(connection: sa.Connection, department: str, key: str) -> tuple[int, str] | None:
    """Delivery and content that a key stands for; None when nothing came under it. Holds off others with this key.

    ``connection`` is a transaction that will write; nobody else enters the key before it ends.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        name = f"posting/{department}/{key}"
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))
    return known(connection, department, key)


def known(connection: sa.Connection, department: str, key: str) -> tuple[int, str] | None:
    """Delivery and content that a key stands for; None when nothing came under it."""
    query = sa.select(posting.c.delivery_id, posting.c.content).where(
        posting.c.department == department, posting.c.key == key
    )
    row = connection.execute(query).first()
    return None if row is None else (row.delivery_id, row.content)


def enter(
    connection: sa.Connection,
    department: str,
    key: str,
    content: str,
    delivery_id: int,
    token_id: int,
    now: datetime,
) -> None:
    """Remember that a key became a delivery."""
    connection.execute(
        posting.insert().values(
            department=department, key=key, content=content, delivery_id=delivery_id, token_id=token_id, at=now
        )
    )


def of_batch(connection: sa.Connection, department: str, batch_no: str) -> dict[str, Any] | None:
    """The delivery with a batch number, with the token by which it came; None unless this department sent it here."""
    query = (
        sa.select(delivery, posting.c.token_id)
        .join(posting, posting.c.delivery_id == delivery.c.id)
        .where(delivery.c.batch_no == batch_no, delivery.c.department == department)
    )
    row = connection.execute(query).first()
    return None if row is None else dict(row._mapping)


def latest(connection: sa.Connection, token_id: int, count: int) -> list[dict[str, Any]]:
    """The last deliveries that came by a token, newest first."""
    query = (
        sa.select(delivery)
        .join(posting, posting.c.delivery_id == delivery.c.id)
        .where(posting.c.token_id == token_id)
        .order_by(delivery.c.id.desc())
        .limit(count)
    )
    return [dict(row._mapping) for row in connection.execute(query)]
