"""Due deliveries (应报送): one row per department, dataset and period, written once whatever runs twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import NotFound
from hub.ledger.due_tables import due
from hub.ledger.tables import delivery

OPEN = ("due", "received")
ENTERED = ("ACCEPTED", "ACCEPTED_QUERY", "PARTIAL")
NO_VERDICT = "PENDING"
Key = tuple[str, str, str]  # department, dataset, period


def newest(connection: sa.Connection, department: str, dataset: str) -> Mapping[str, str] | None:
    """The period that began last: its ``first`` day and its ``due`` day; None when none was ever opened."""
    query = sa.select(due.c.first, due.c.due).where(due.c.department == department, due.c.dataset == dataset)
    row = connection.execute(query.order_by(due.c.first.desc()).limit(1)).first()
    return None if row is None else dict(row._mapping)


def opened(connection: sa.Connection, key: Key, days: Mapping[str, Any], now: datetime) -> None:
    """Enter a period that has begun; ``days`` are its first, last, opens, due, closes and whether it is provisional."""
    connection.execute(due.insert().values(**_key(key), **days, state="due", told="", at=now))


def changed(connection: sa.Connection, key: Key, now: datetime, **values: Any) -> None:
    """Change a period that is there."""
    connection.execute(due.update().where(*_where(key)).values(**values, at=now))


def open_rows(connection: sa.Connection) -> list[dict[str, Any]]:
    """The periods that are not settled, in order; on PostgreSQL nobody else changes them until the caller ends."""
    query = sa.select(due).where(due.c.state.in_(OPEN)).order_by(due.c.department, due.c.dataset, due.c.first)
    return [dict(row._mapping) for row in connection.execute(query.with_for_update())]


def listed(
    connection: sa.Connection,
    department: str | None = None,
    states: Sequence[str] = (),
    since: str | None = None,
) -> list[dict[str, Any]]:
    """Periods by their due day, the batch number of their delivery beside them; of one department, in some states."""
    query = sa.select(due, delivery.c.batch_no).select_from(due.outerjoin(delivery, delivery.c.id == due.c.delivery_id))
    if department is not None:
        query = query.where(due.c.department == department)
    if states:
        query = query.where(due.c.state.in_(states))
    if since is not None:
        query = query.where(due.c.due >= since)
    query = query.order_by(due.c.due, due.c.department, due.c.dataset, due.c.first)
    return [dict(row._mapping) for row in connection.execute(query)]


def show(connection: sa.Connection, key: Key) -> dict[str, Any]:
    """One period, held until the caller's transaction ends; ``NotFound`` when there is none."""
    row = connection.execute(sa.select(due).where(*_where(key)).with_for_update()).first()
    if row is None:
        raise NotFound("no such delivery is due: see `hub due list`")
    return dict(row._mapping)


def deliveries_since(
    connection: sa.Connection, department: str, dataset: str, day: str
) -> Iterator[tuple[int, str, bool | None]]:
    """What a department sent of a dataset from a day on: delivery, day of receipt, whether rows were taken.

    Whether is None while there is no verdict. The same file again counts as what its first delivery was.
    """
    first = delivery.alias()
    query = (
        sa.select(delivery.c.id, delivery.c.day, delivery.c.verdict, first.c.verdict.label("before"))
        .select_from(delivery.outerjoin(first, first.c.id == delivery.c.duplicate_of))
        .where(
            delivery.c.department == department,
            delivery.c.dataset == dataset,
            delivery.c.day >= day,
            delivery.c.mode != "withdrawal",
        )
        .order_by(delivery.c.day, delivery.c.id)
    )
    for row in connection.execute(query):
        verdict = row.before if row.verdict == "DUPLICATE" else row.verdict
        yield row.id, row.day, None if verdict in (None, NO_VERDICT) else verdict in ENTERED


def _key(key: Key) -> dict[str, str]:
    return dict(zip(("department", "dataset", "period"), key, strict=True))


def _where(key: Key) -> list[sa.ColumnElement[bool]]:
    return [due.c[name] == value for name, value in _key(key).items()]
