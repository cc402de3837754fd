"""Withdrawals (撤回): records that must no longer be seen, and the tombstones that keep them from coming back.

A tombstone has a floor, the highest order value that was withdrawn. A row at or below it is a duplicate of what was
withdrawn, whenever and however often it is sent; where a contract has no order value, nothing comes back. Only a person
lifts a tombstone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import NotFound
from hub.ledger.merging import MOVED, TAKEN, WITHDRAWING, WITHDRAWN, moved_beside, staged_table
from hub.ledger.records import RecordTable, current_of, exists, order_of
from hub.ledger.tables import Big, Moment, delivery, tombstone

CODE = "DUP-WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal did: rows that asked for it, whose record was current, and of records that nobody ever sent."""

    asked: int
    ended: int
    unknown: int


def set_aside(connection: sa.Connection, shape: RecordTable, stage: str) -> int:
    """Rows of the staging table that a tombstone forbids become duplicates; gives how many."""
    dead = _standing(shape.dataset)
    if not connection.scalar(sa.select(dead.exists())):
        return 0
    staged = staged_table(stage, shape)
    forbidden = dead.where(tombstone.c.record_id == staged.c.record_id, order_of(shape, staged) <= tombstone.c.floor)
    change = (
        sa.update(staged)
        .where(staged.c.state.in_(TAKEN), staged.c.operation != WITHDRAWING, forbidden.correlate(staged).exists())
        .values(state="duplicate", code=CODE)
    )
    return connection.execute(change).rowcount


def set_aside_records(connection: sa.Connection, shape: RecordTable, stage: str, limit: int) -> list[tuple[int, int]]:
    """The first rows that ``set_aside`` found: record, and row as the sender sees it."""
    staged = staged_table(stage, shape)
    query = sa.select(staged.c.record, staged.c.row).where(staged.c.code == CODE).order_by(staged.c.record).limit(limit)
    return [(row.record, row.row) for row in connection.execute(query)]


def _standing(dataset: str) -> sa.Select[Any]:
    return sa.select(tombstone.c.id).where(tombstone.c.dataset == dataset, tombstone.c.lifted_at.is_(None))


def withdraw(
    connection: sa.Connection, shape: RecordTable, stage: str, delivery_id: int, now: datetime, day: str, reason: str
) -> Withdrawn:
    """Withdraw the record of every accepted row in the staging table that asks for it, known or not.

    ``day`` (ISO) is the floor for a record that nobody sent before and that comes without an order value. Adds what was
    current to the table ``moved`` that the merge has left beside the staging table.
    """
    table, staged = shape.table(), staged_table(stage, shape)
    latest = sa.alias(table, "latest")
    asked = (staged.c.state.in_(TAKEN), staged.c.operation == WITHDRAWING)
    chosen = (
        sa.select(staged.c.record, staged.c.record_id, latest.c.version, sa.literal(WITHDRAWN), latest.c.valid_from)
        .add_columns(sa.null())
        .select_from(staged.join(latest, sa.and_(latest.c.record_id == staged.c.record_id, current_of(latest))))
        .where(*asked)
    )
    number = connection.scalar(sa.select(sa.func.count()).select_from(staged).where(*asked)) or 0
    if not number:
        return Withdrawn(0, 0, 0)
    moved = moved_beside(stage)
    connection.execute(sa.insert(moved).from_select(list(MOVED), chosen))
    unseen = sa.literal(day if shape.order is not None else "")
    given = order_of(shape, staged)
    seen = sa.alias(table, "seen")
    highest = sa.select(sa.func.max(seen.c.valid_from)).where(seen.c.record_id == staged.c.record_id).scalar_subquery()
    floor = sa.case(
        (highest.is_(None), sa.case((given == "", unseen), else_=given)),
        (given > highest, given),
        else_=highest,
    )
    rows = sa.select(
        sa.literal(shape.dataset),
        staged.c.record_id,
        floor,
        sa.literal(delivery_id, Big),
        sa.literal(reason, sa.Text),
        sa.literal(now, Moment),
    ).where(*asked)
    target = ["dataset", "record_id", "floor", "delivery_id", "reason", "at"]
    connection.execute(tombstone.insert().from_select(target, rows))
    gone = sa.select(moved.c.record_id).where(moved.c.kind == WITHDRAWN)
    _end(connection, table, gone, now)
    ended = connection.scalar(sa.select(sa.func.count()).select_from(gone.subquery())) or 0
    unknown = connection.scalar(
        sa.select(sa.func.count())
        .select_from(staged)
        .where(*asked, ~sa.exists().where(table.c.record_id == staged.c.record_id))
    )
    return Withdrawn(asked=number, ended=ended, unknown=unknown or 0)


def _end(connection: sa.Connection, table: sa.Table, records: sa.Select[Any], now: datetime) -> None:
    """Nothing of these records is taken for true any more."""
    connection.execute(
        table.update().where(table.c.known_to.is_(None), table.c.record_id.in_(records)).values(known_to=now)
    )


def withdraw_records(
    connection: sa.Connection,
    shape: RecordTable,
    records: sa.Select[Any],
    now: datetime,
    reason: str,
    delivery_id: int | None = None,
) -> list[tuple[str, int]]:
    """Withdraw current records by id (``records`` selects one column); gives id and version of each."""
    table = shape.table()
    query = sa.select(table.c.record_id, table.c.version, table.c.valid_from).where(
        current_of(table), table.c.record_id.in_(records)
    )
    found = [tuple(row) for row in connection.execute(query.order_by(table.c.record_id))]
    for start in range(0, len(found), 500):
        part = found[start : start + 500]
        facts = {"dataset": shape.dataset, "delivery_id": delivery_id, "reason": reason, "at": now}
        connection.execute(
            tombstone.insert(), [{"record_id": record, "floor": floor, **facts} for record, _, floor in part]
        )
        _end(connection, table, sa.select(table.c.record_id).where(table.c.record_id.in_([r for r, *_ in part])), now)
    return [(record, version) for record, version, _ in found]


def lift(connection: sa.Connection, dataset: str, record_id: str, now: datetime) -> None:
    """Let a withdrawn record come again with its next delivery; ``NotFound`` when it is not withdrawn."""
    standing = (tombstone.c.dataset == dataset, tombstone.c.record_id == record_id, tombstone.c.lifted_at.is_(None))
    last = sa.select(sa.func.coalesce(sa.func.max(delivery.c.id), 0)).scalar_subquery()
    if not connection.execute(tombstone.update().where(*standing).values(lifted_at=now, lifted_after=last)).rowcount:
        raise NotFound(f"record {record_id} of {dataset} is not withdrawn")


def of_delivery(connection: sa.Connection, delivery_id: int) -> list[tuple[str, str]]:
    """What a delivery withdrew: record id and floor."""
    query = sa.select(tombstone.c.record_id, tombstone.c.floor).where(tombstone.c.delivery_id == delivery_id)
    return [(row.record_id, row.floor) for row in connection.execute(query.order_by(tombstone.c.id))]


def again(connection: sa.Connection, shape: RecordTable, records: Sequence[tuple[str, str]], at: datetime) -> None:
    """Carry out withdrawals (record id, floor) that this ledger does not know, whether or not it knows the record."""
    table, facts = shape.table(), {"dataset": shape.dataset, "at": at, "delivery_id": None}
    there = exists(connection, shape)
    for record_id, floor in records:
        connection.execute(tombstone.insert().values(record_id=record_id, floor=floor, **facts))
        if there:
            chosen = (table.c.record_id == record_id, table.c.valid_from <= floor, table.c.known_to.is_(None))
            connection.execute(table.update().where(*chosen).values(known_to=at))


def of_record(connection: sa.Connection, record_id: str) -> list[dict[str, Any]]:
    """Every withdrawal of a record, oldest first."""
    query = sa.select(tombstone).where(tombstone.c.record_id == record_id).order_by(tombstone.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]
