"""Requests of subjects (主体请求): who asked is a keyed hash, what it is about are record ids, every step has a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import NotFound
from hub.ledger.records import RecordTable, current_of, exists
from hub.ledger.tables import Big, Moment, metadata

OPENED, MARKED, ANSWERED = "opened", "marked", "answered"
GRANTED, REFUSED = "granted", "refused"
OBJECTION = "objection"
OPEN = (OPENED, MARKED)

subject_request = sa.Table(
    "subject_request",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(16), nullable=False),  # access | correction | deletion | objection
    sa.Column("subject", sa.String(32), nullable=False),  # keyed hash
    sa.Column("state", sa.String(16), nullable=False),  # opened | marked | answered
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("basis", sa.String(256), nullable=False),  # of the term
    sa.Column("mark_days", sa.Integer),  # working days; None: nothing is marked
    sa.Column("answer_days", sa.Integer, nullable=False),
    sa.Column("outcome", sa.String(16)),  # granted | refused
    sa.Column("how", sa.String(16)),  # erase | withdraw | corrected; None: it may wait for a correction
    sa.Column("answered_at", Moment),
    sqlite_autoincrement=True,
)
sa.Index("subject_request_subject", subject_request.c.subject)

request_record = sa.Table(
    "request_record",
    metadata,
    sa.Column("request_id", Big, sa.ForeignKey("subject_request.id"), primary_key=True),
    sa.Column("record_id", sa.String(32), primary_key=True),
    sa.Column("dataset", sa.String(128), nullable=False),
    sqlite_with_rowid=False,
)

request_step = sa.Table(
    "request_step",
    metadata,
    sa.Column("request_id", Big, sa.ForeignKey("subject_request.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),  # from 1
    sa.Column("kind", sa.String(16), nullable=False),  # opened | marked | noted | answered
    sa.Column("at", Moment, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)


def enter(connection: sa.Connection, facts: dict[str, Any], records: Sequence[tuple[str, str]]) -> int:
    """A new request about records (dataset, id); gives its number."""
    made = connection.execute(subject_request.insert().values(state=OPENED, **facts)).inserted_primary_key
    assert made is not None  # an insert of one row
    rows = [{"request_id": made[0], "dataset": dataset, "record_id": record} for dataset, record in records]
    if rows:
        connection.execute(request_record.insert(), rows)
    return int(made[0])


def step(connection: sa.Connection, number: int, kind: str, now: datetime, by: str, words: str) -> None:
    """What was done, by whom, and what was said to it."""
    last = sa.select(sa.func.max(request_step.c.place)).where(request_step.c.request_id == number)
    place = 1 + (connection.scalar(last) or 0)
    facts = {"request_id": number, "place": place, "kind": kind, "at": now, "by": by, "words": words}
    connection.execute(request_step.insert().values(**facts))
    if kind == MARKED:
        connection.execute(subject_request.update().where(subject_request.c.id == number).values(state=MARKED))


def answered(connection: sa.Connection, number: int, outcome: str, how: str | None, now: datetime) -> bool:
    """Enter the answer; False when another has answered meanwhile."""
    waiting = (subject_request.c.id == number, subject_request.c.state.in_(OPEN))
    change = subject_request.update().where(*waiting).values(state=ANSWERED, outcome=outcome, how=how, answered_at=now)
    return bool(connection.execute(change).rowcount)


def show(connection: sa.Connection, number: int) -> dict[str, Any]:
    """One request with its records and steps; ``NotFound`` when there is none."""
    found = _with_parts(connection, sa.select(subject_request).where(subject_request.c.id == number))
    if not found:
        raise NotFound(f"there is no request {number}")
    return found[0]


def listed(connection: sa.Connection, *, subject: str | None = None, only_open: bool = False) -> list[dict[str, Any]]:
    """The requests with their records and steps, oldest first."""
    query = sa.select(subject_request).order_by(subject_request.c.id)
    if subject is not None:
        query = query.where(subject_request.c.subject == subject)
    if only_open:
        query = query.where(subject_request.c.state.in_(OPEN))
    return _with_parts(connection, query)


def _with_parts(connection: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    found = [dict(row._mapping) for row in connection.execute(query)]
    of: dict[int, dict[str, Any]] = {one["id"]: one | {"records": [], "steps": []} for one in found}
    for start in range(0, len(found), 500):
        part = [one["id"] for one in found[start : start + 500]]
        chosen = sa.select(request_record).where(request_record.c.request_id.in_(part))
        for row in connection.execute(chosen.order_by(request_record.c.dataset, request_record.c.record_id)):
            of[row.request_id]["records"].append((row.dataset, row.record_id))
        steps = sa.select(request_step).where(request_step.c.request_id.in_(part)).order_by(request_step.c.place)
        for row in connection.execute(steps):
            of[row.request_id]["steps"].append({name: row._mapping[name] for name in ("kind", "at", "by", "words")})
    return list(of.values())


def objected(connection: sa.Connection, dataset: str, known: datetime | None = None) -> dict[str, datetime | None]:
    """Records of a dataset against which an objection stands: since when it is granted; None: it is not answered yet.

    ``known``: as the ledger knew it at a moment. What was refused, or granted when the correction was there already,
    stands no more.
    """
    request = subject_request
    query = (
        sa.select(request_record.c.record_id, request.c.outcome, request.c.how, request.c.answered_at)
        .join(request, request.c.id == request_record.c.request_id)
        .where(request.c.kind == OBJECTION, request_record.c.dataset == dataset)
        .order_by(request.c.id)
    )
    if known is not None:
        query = query.where(request.c.opened_at <= known)
    found: dict[str, datetime | None] = {}
    for row in connection.execute(query):
        if row.answered_at is None or (known is not None and row.answered_at > known):
            found[row.record_id] = None
        elif (row.outcome, row.how) == (GRANTED, None) and found.get(row.record_id, row.answered_at) is not None:
            found[row.record_id] = row.answered_at
    return found


def uncorrected(connection: sa.Connection, shape: RecordTable, since: Mapping[str, datetime]) -> set[str]:
    """Of records, each with a moment, those whose current version the hub knew by then already."""
    if not since or not exists(connection, shape):
        return set()
    table, found, ids = shape.table(), set[str](), sorted(since)
    for start in range(0, len(ids), 500):
        query = sa.select(table.c.record_id, table.c.known_from).where(
            current_of(table), table.c.record_id.in_(ids[start : start + 500])
        )
        found |= {row.record_id for row in connection.execute(query) if row.known_from <= since[row.record_id]}
    return found
