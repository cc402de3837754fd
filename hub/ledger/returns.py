"""Workbooks that come back (回执工作簿交回): rows are tied to the rows that they mend, answers close questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.ledger.merging import TAKEN, staged_table
from hub.ledger.quarantine import MENDED, REPEATED
from hub.ledger.records import RecordTable
from hub.ledger.return_tables import answer, returned_row
from hub.ledger.tables import delivery, fate, quarantine

AT_ONCE = 900  # keys named in one statement
LONGEST_CHAIN = 100  # workbooks that mend each other


def batch(connection: sa.Connection, batch_no: str, department: str, dataset: str) -> int | None:
    """The delivery with a batch number, if it is this department's and this dataset's."""
    query = sa.select(delivery.c.id).where(
        delivery.c.batch_no == batch_no, delivery.c.department == department, delivery.c.dataset == dataset
    )
    found: int | None = connection.scalar(query)
    return found


def tie(connection: sa.Connection, delivery_id: int, of_delivery: int, pairs: Sequence[tuple[int, int]]) -> None:
    """Enter which records of a workbook are about which records of the earlier delivery."""
    for start in range(0, len(pairs), AT_ONCE):
        rows = [
            {"delivery_id": delivery_id, "record": record, "of_delivery": of_delivery, "of_record": of_record}
            for record, of_record in pairs[start : start + AT_ONCE]
        ]
        connection.execute(returned_row.insert(), rows)


def close(connection: sa.Connection, shape: RecordTable, stage: str, delivery_id: int) -> int:
    """Close the quarantine of rows that came back, under whatever key; gives how many were mended by that."""
    staged, came = staged_table(stage, shape), returned_row
    mended = 0
    for which, outcome in ((staged.c.state.in_(TAKEN), MENDED), (staged.c.state == "rejected", REPEATED)):
        tied = (
            sa.select(came.c.record)
            .join(staged, staged.c.record == came.c.record)
            .where(
                came.c.delivery_id == delivery_id,
                came.c.of_delivery == quarantine.c.delivery_id,
                came.c.of_record == quarantine.c.record,
                which,
            )
        )
        change = quarantine.update().where(quarantine.c.closed_by.is_(None), quarantine.c.delivery_id < delivery_id)
        change = change.where(tied.correlate(quarantine).exists())
        closed = connection.execute(change.values(closed_by=delivery_id, outcome=outcome)).rowcount
        mended += closed if outcome == MENDED else 0
    return mended


def answered(
    connection: sa.Connection,
    asked: int,
    answers: Sequence[Mapping[str, Any]],
    by_delivery: int,
    now: datetime,
) -> None:
    """Enter answers (``record, code, answer, said``) to what was asked of a delivery; the last one counts."""
    for one in answers:
        key = {"delivery_id": asked, "record": one["record"] or 0, "code": one["code"] or ""}
        connection.execute(answer.delete().where(*(answer.c[name] == value for name, value in key.items())))
        facts = {"answer": one["answer"], "said": one["said"], "by_delivery": by_delivery, "at": now}
        connection.execute(answer.insert().values(**key, **facts))


def came_first(connection: sa.Connection, delivery_id: int, records: Sequence[int]) -> dict[int, datetime]:
    """When rows of a delivery first came, where they mend rows that were sent before; by record."""
    first = connection.scalar(sa.select(delivery.c.received_at).where(delivery.c.id == delivery_id))
    moments = {} if first is None else dict.fromkeys(records, first)
    ties = {record: (delivery_id, record) for record in records}
    for _ in range(LONGEST_CHAIN):
        by_delivery: dict[int, dict[int, list[int]]] = {}
        for mine, (number, record) in ties.items():
            by_delivery.setdefault(number, {}).setdefault(record, []).append(mine)
        ties = {}
        for number, wanted in by_delivery.items():
            for row in _ties(connection, number, list(wanted)):
                for mine in wanted[row.record]:
                    ties[mine] = (row.of_delivery, row.of_record)
                    moments[mine] = min(moments[mine], row.received_at)
        if not ties:
            break
    return moments


def _ties(connection: sa.Connection, delivery_id: int, records: Sequence[int]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(records), AT_ONCE):
        query = (
            sa.select(returned_row.c.record, returned_row.c.of_delivery, returned_row.c.of_record)
            .add_columns(delivery.c.received_at)
            .join(delivery, delivery.c.id == returned_row.c.of_delivery)
            .where(
                returned_row.c.delivery_id == delivery_id,
                returned_row.c.record.in_(records[start : start + AT_ONCE]),
            )
        )
        found += connection.execute(query).all()
    return found


def open_queries(connection: sa.Connection, delivery_id: int) -> int:
    """Rows of a delivery that were taken with a question which nobody has answered."""
    settled = sa.select(answer.c.record).where(
        answer.c.delivery_id == fate.c.delivery_id, answer.c.record == fate.c.record
    )
    query = sa.select(sa.func.count()).where(
        fate.c.delivery_id == delivery_id, fate.c.state == "accepted_query", ~settled.exists()
    )
    return connection.scalar(query) or 0


def answers(connection: sa.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """The answers to what was asked of a delivery: those about the batch first, then by record."""
    query = sa.select(answer).where(answer.c.delivery_id == delivery_id).order_by(answer.c.record, answer.c.code)
    return [dict(row._mapping) for row in connection.execute(query)]


def ids_of(connection: sa.Connection, delivery_id: int, records: Sequence[int]) -> dict[int, str | None]:
    """Record ids of some rows of a delivery."""
    found: dict[int, str | None] = {}
    for start in range(0, len(records), AT_ONCE):
        chosen = (fate.c.delivery_id == delivery_id, fate.c.record.in_(records[start : start + AT_ONCE]))
        query = sa.select(fate.c.record, fate.c.record_id).where(*chosen)
        found |= {row.record: row.record_id for row in connection.execute(query)}
    return found


def accepted(connection: sa.Connection, delivery_id: int, limit: int) -> list[tuple[int, int, str | None, str]]:
    """The first accepted rows of a delivery: record, row, record id, state."""
    query = (
        sa.select(fate.c.record, fate.c.row, fate.c.record_id, fate.c.state)
        .where(fate.c.delivery_id == delivery_id, fate.c.state.in_(TAKEN))
        .order_by(fate.c.record)
        .limit(limit)
    )
    return [tuple(row) for row in connection.execute(query)]
