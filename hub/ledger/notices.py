"""Reminders (提醒): what is told to a department about a dataset, and by which ways it has gone out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.ledger.due_tables import notice, notice_way
from hub.ledger.tables import delivery


def number_of(connection: sa.Connection, department: str, dataset: str, day: str) -> int:
    """The number of the next notice of a day, from 1."""
    query = sa.select(sa.func.max(notice.c.number)).where(
        notice.c.department == department, notice.c.dataset == dataset, notice.c.day == day
    )
    return 1 + (connection.scalar(query) or 0)


def enter(connection: sa.Connection, ways: Sequence[str], **facts: Any) -> None:
    """Enter a notice that is to go out by some ways."""
    made = connection.execute(notice.insert().values(**facts)).inserted_primary_key
    assert made is not None  # a single row was inserted
    connection.execute(notice_way.insert(), [{"notice_id": made[0], "way": way} for way in ways])


def unsent(connection: sa.Connection) -> list[dict[str, Any]]:
    """Notices with a way by which they have not gone out, in order."""
    query = (
        sa.select(notice, notice_way.c.way)
        .select_from(notice.join(notice_way, notice_way.c.notice_id == notice.c.id))
        .where(notice_way.c.sent_at.is_(None))
        .order_by(notice.c.id, notice_way.c.way)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def sent(connection: sa.Connection, notice_id: int, way: str, now: datetime) -> None:
    """Note that a notice has gone out by a way; the first time counts."""
    chosen = (notice_way.c.notice_id == notice_id, notice_way.c.way == way, notice_way.c.sent_at.is_(None))
    connection.execute(notice_way.update().where(*chosen).values(sent_at=now))


def last_server(connection: sa.Connection, department: str) -> str | None:
    """The server by which a department sent its last file; None when it never did."""
    query = sa.select(delivery.c.server).where(delivery.c.department == department, delivery.c.server.is_not(None))
    server: str | None = connection.scalar(query.order_by(delivery.c.id.desc()).limit(1))
    return server
