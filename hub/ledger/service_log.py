"""What credit-service bodies asked (查询留痕), how often, and what each of them holds since (持有清单)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.ledger.service_keys import Body, change_body, locked
from hub.ledger.service_tables import service_body, service_holding, service_query

ADDED, CHANGED, WITHDRAWN = "ADD", "CHG", "DEL"
SHOWN, NOTHING, GONE, TOLD = "shown", "nothing", "gone", "told"  # outcomes of a query
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PART = 400  # records named in one statement


@dataclass(frozen=True, slots=True)
class Asked:
    """How often a body has asked: since when and how often within a minute, on this day, without a hit in an hour."""

    in_minute: int
    first_in_minute: datetime | None
    on_day: int
    missed: int
    first_missed: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """One record that a body was shown, and the last that holds of it."""

    record_id: str
    dataset: str
    subject: str
    operation: str
    digest: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be held of a record from now on; a withdrawn one has no digest.

    ``seen``: decided from what was held under this sequence; when that has changed meanwhile, it is decided next time.
    """

    record_id: str
    dataset: str
    subject: str
    digest: str
    seen: int | None = None


def asked(connection: sa.Connection, body_id: int, now: datetime, midnight: datetime) -> Asked:
    """What the log says of a body, whichever process has answered it."""
    table = service_query

    def count(since: datetime, *more: sa.ColumnElement[bool]) -> tuple[int, datetime | None]:
        query = sa.select(sa.func.count(), sa.func.min(table.c.at))
        row = connection.execute(query.where(table.c.body_id == body_id, table.c.at > since, *more)).one()
        return int(row[0]), row[1]

    minute, hour = count(now - MINUTE), count(now - HOUR, table.c.outcome == NOTHING)
    on_day, _ = count(midnight)
    return Asked(*minute, on_day, *hour)


def enter(connection: sa.Connection, now: datetime, **query: Any) -> int:
    """Log a query; gives its number."""
    entry = service_query.insert().values(at=now, **query)
    return int(connection.execute(entry.returning(service_query.c.id)).scalar_one())


def about(connection: sa.Connection, subject: str) -> list[dict[str, Any]]:
    """Every query about a subject with the body that asked, oldest first."""
    query = (
        sa.select(service_query, service_body.c.name, service_body.c.filing_no)
        .join(service_body, service_body.c.id == service_query.c.body_id)
        .where(service_query.c.subject == subject)
        .order_by(service_query.c.id)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def expired(connection: sa.Connection, before: datetime, limit: int) -> list[int]:
    """Queries from before a moment, the oldest first."""
    query = sa.select(service_query.c.id).where(service_query.c.at < before).order_by(service_query.c.id).limit(limit)
    return list(connection.scalars(query))


def erase(connection: sa.Connection, queries: Sequence[int]) -> None:
    """Take queries out of the log."""
    for part in _parts(queries):
        connection.execute(service_query.delete().where(service_query.c.id.in_(part)))


def held(connection: sa.Connection, body_id: int, records: Sequence[str] | None = None) -> dict[str, Held]:
    """What a body was shown, by record; of some records, or of all."""
    table = service_holding
    query = sa.select(*(table.c[name] for name in Held.__dataclass_fields__)).where(table.c.body_id == body_id)
    parts: Iterator[Any] = iter([query]) if records is None else (_among(query, part) for part in _parts(records))
    return {row.record_id: Held(*row) for one in parts for row in connection.execute(one)}


def hold(connection: sa.Connection, body: Body, turns: Sequence[Turn], now: datetime) -> int:
    """Enter what a body holds from now on, where that is something else than before; gives its last sequence.

    The body is locked. A record that it does not hold cannot be withdrawn from it.
    """
    before, sequence = held(connection, body.id, [one.record_id for one in turns]), body.sequence
    rows = []
    for turn in turns:
        known = before.get(turn.record_id)
        if turn.seen is not None and (known is None or known.sequence != turn.seen):
            continue
        operation = _operation(known, turn.digest)
        if operation is None:
            continue
        sequence += 1
        facts = {"dataset": turn.dataset, "subject": turn.subject, "digest": turn.digest, "at": now}
        rows.append({"body_id": body.id, "record_id": turn.record_id, "operation": operation, **facts})
        rows[-1]["sequence"] = sequence
    for part in _parts(rows):
        mine = service_holding.c.record_id.in_([row["record_id"] for row in part])
        connection.execute(service_holding.delete().where(service_holding.c.body_id == body.id, mine))
        connection.execute(service_holding.insert(), part)
    if sequence != body.sequence:
        change_body(connection, body.id, sequence=sequence)
    return sequence


def _operation(known: Held | None, digest: str) -> str | None:
    there = known is not None and known.operation != WITHDRAWN
    if not digest:
        return WITHDRAWN if there else None
    if not there:
        return ADDED
    return CHANGED if known is not None and known.digest != digest else None


def changes(connection: sa.Connection, body_id: int, after: int, limit: int) -> list[dict[str, Any]]:
    """What a body holds otherwise since a sequence, each record once, by sequence."""
    table = service_holding
    query = (
        sa.select(table.c.record_id, table.c.dataset, table.c.operation, table.c.sequence)
        .where(table.c.body_id == body_id, table.c.sequence > after)
        .order_by(table.c.sequence)
        .limit(limit)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def withdrawals(connection: sa.Connection, record_id: str) -> list[tuple[bool, datetime | None]]:
    """Of every body that was shown a record: whether it was told to delete it, and when it came back after that."""
    table, body = service_holding, service_body
    query = (
        sa.select(table.c.operation, table.c.sequence, body.c.confirmed, body.c.confirmed_at)
        .join(body, body.c.id == table.c.body_id)
        .where(table.c.record_id == record_id)
    )
    return [
        (row.operation == WITHDRAWN, row.confirmed_at if row.sequence <= row.confirmed else None)
        for row in connection.execute(query)
    ]


def forget(connection: sa.Connection, before: datetime) -> int:
    """Withdrawals that were told long enough are told no more; gives how many. Who asks from before begins anew."""
    table, gone = service_holding, 0
    old = (table.c.operation == WITHDRAWN, table.c.at < before)
    highest = sa.select(table.c.body_id, sa.func.max(table.c.sequence)).where(*old).group_by(table.c.body_id)
    for body_id, sequence in connection.execute(highest).all():
        body = locked(connection, body_id)
        chosen = (table.c.body_id == body_id, table.c.sequence <= sequence, *old)
        gone += connection.execute(table.delete().where(*chosen)).rowcount
        change_body(connection, body_id, forgotten=max(sequence, body.forgotten))
    return gone


def counts(connection: sa.Connection) -> Mapping[int, int]:
    """Queries by key."""
    query = sa.select(service_query.c.key_id, sa.func.count()).group_by(service_query.c.key_id)
    return {int(key): int(count) for key, count in connection.execute(query)}


def _among(query: sa.Select[Any], records: Sequence[str]) -> sa.Select[Any]:
    return query.where(service_holding.c.record_id.in_(records))


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), PART):
        yield items[start : start + PART]
