"""What is past its time (到期), by class and dataset, and how it goes from the ledger. Blobs go from the store.

What is open, held or not yet answered stays, however old. The lines of fates, which hold pseudonyms and hashes, always
stay; so every proof holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.ledger.checks import credit_check
from hub.ledger.records import RecordTable, exists
from hub.ledger.tables import (
    OPEN,
    delivery,
    erased_blob,
    erased_record,
    event,
    event_body,
    fate,
    finding,
    outbox,
    quarantine,
    receipt,
)

ANSWERED = "answered"
STAYING = ("erased", "withdrawn", "reinstated", "reapplied", "restored")  # events on which a rebuild and proofs stand
PART = 500  # for one statement's variables


def blobs(connection: sa.Connection, dataset: str, before: Mapping[str, datetime], limit: int) -> list[str]:
    """Blobs of a dataset of which every delivery is past its time and answered; ``before``: the moment by dataset.

    A file of an unknown dataset has no time.
    """
    others = delivery.alias("others")
    past = [
        sa.and_(sa.func.coalesce(others.c.dataset, "") == one, others.c.received_at < moment)
        for one, moment in before.items()
    ]
    staying = sa.or_(sa.not_(sa.or_(*past)), others.c.state != ANSWERED)
    gone = sa.exists().where(erased_blob.c.sha256 == delivery.c.sha256, erased_blob.c.at >= delivery.c.received_at)
    query = (
        sa.select(delivery.c.sha256)
        .where(
            delivery.c.dataset == dataset,
            delivery.c.received_at < before[dataset],
            delivery.c.state == ANSWERED,
            ~sa.exists().where(others.c.sha256 == delivery.c.sha256, staying),
            ~sa.exists().where(receipt.c.delivery_id == delivery.c.id, receipt.c.put_at.is_(None)),
            ~gone,
        )
        .distinct()
        .order_by(delivery.c.sha256)
        .limit(limit)
    )
    return list(connection.scalars(query))


def note_blobs(connection: sa.Connection, hashes: Sequence[str], now: datetime, event_sequence: int) -> None:
    """These blobs are to go from the store; an event tells of it."""
    for part in _parts(hashes):
        connection.execute(erased_blob.delete().where(erased_blob.c.sha256.in_(part)))
    rows = [{"sha256": one, "at": now, "event_sequence": event_sequence} for one in hashes]
    connection.execute(erased_blob.insert(), rows)


def blobs_to_go(connection: sa.Connection, limit: int) -> list[tuple[str, bool]]:
    """Blobs that were to go and may still lie in the store; whether they came again since, so that they stay."""
    again = sa.exists().where(delivery.c.sha256 == erased_blob.c.sha256, delivery.c.received_at > erased_blob.c.at)
    query = sa.select(erased_blob.c.sha256, again).where(erased_blob.c.gone_at.is_(None))
    return [(row[0], bool(row[1])) for row in connection.execute(query.order_by(erased_blob.c.sha256).limit(limit))]


def blobs_gone(connection: sa.Connection, hashes: Sequence[str], now: datetime) -> None:
    """These blobs are no longer in the store, or stay because they came again."""
    for part in _parts(hashes):
        connection.execute(erased_blob.update().where(erased_blob.c.sha256.in_(part)).values(gone_at=now))


def blob_erased_at(connection: sa.Connection, sha256: str) -> datetime | None:
    """When a blob was erased on purpose; None when it was not."""
    at: datetime | None = connection.scalar(sa.select(erased_blob.c.at).where(erased_blob.c.sha256 == sha256))
    return at


def quarantined(connection: sa.Connection, dataset: str, before: datetime, limit: int) -> list[int]:
    """Answered deliveries from before the moment with rows in quarantine or values in their findings."""
    query = (
        sa.select(delivery.c.id)
        .where(
            delivery.c.dataset == dataset,
            delivery.c.received_at < before,
            delivery.c.state == ANSWERED,
            ~sa.exists().where(receipt.c.delivery_id == delivery.c.id, receipt.c.put_at.is_(None)),
            sa.or_(
                sa.exists().where(quarantine.c.delivery_id == delivery.c.id),
                sa.exists().where(finding.c.delivery_id == delivery.c.id, _quoting()),
            ),
        )
        .order_by(delivery.c.id)
        .limit(limit)
    )
    return list(connection.scalars(query))


def _quoting() -> sa.ColumnElement[bool]:
    # What is said of the whole file quotes no row.
    return sa.and_(finding.c.record.is_not(None), sa.or_(finding.c.value.is_not(None), finding.c.detail.is_not(None)))


def erase_quarantined(connection: sa.Connection, deliveries: Sequence[int]) -> tuple[int, int]:
    """Rows leave the quarantine, findings lose the values that they quote; gives how many of each."""
    rows = connection.execute(quarantine.delete().where(quarantine.c.delivery_id.in_(deliveries))).rowcount
    emptied = finding.update().where(finding.c.delivery_id.in_(deliveries), _quoting()).values(value=None, detail=None)
    return rows, connection.execute(emptied).rowcount


def receipts(connection: sa.Connection, dataset: str, before: datetime, limit: int) -> list[str]:
    """Receipts from before the moment that were put, of deliveries whose rows have an answer from every outlet."""
    untold = sa.and_(outbox.c.state == "rejected", outbox.c.receipt_no.is_(None))
    waiting = sa.exists().where(
        outbox.c.delivery_id == delivery.c.id, sa.or_(outbox.c.state.in_((*OPEN, "parked")), untold)
    )
    query = (
        sa.select(receipt.c.receipt_no)
        .join(delivery, delivery.c.id == receipt.c.delivery_id)
        .where(
            delivery.c.dataset == dataset,
            delivery.c.state == ANSWERED,
            receipt.c.created_at < before,
            receipt.c.put_at.is_not(None),
            receipt.c.body != "",
            ~waiting,
        )
        .order_by(receipt.c.receipt_no)
        .limit(limit)
    )
    return list(connection.scalars(query))


def erase_receipts(connection: sa.Connection, numbers: Sequence[str]) -> None:
    """The receipts keep their numbers and say nothing more; the log of the queries that they answered goes, too."""
    for part in _parts(numbers):
        asked = sa.select(receipt.c.delivery_id).where(receipt.c.receipt_no.in_(part))
        connection.execute(credit_check.delete().where(credit_check.c.delivery_id.in_(asked)))
        connection.execute(receipt.update().where(receipt.c.receipt_no.in_(part)).values(body=""))


def events(connection: sa.Connection, dataset: str, before: datetime, limit: int) -> list[int]:
    """Events of a dataset's answered deliveries from before the moment that still have their bodies."""
    query = (
        sa.select(event.c.sequence)
        .join(event_body, event_body.c.sequence == event.c.sequence)
        .join(delivery, delivery.c.id == event.c.delivery_id)
        .where(
            delivery.c.dataset == dataset,
            delivery.c.state == ANSWERED,
            event.c.at < before,
            event.c.kind.not_in(STAYING),
        )
        .order_by(event.c.sequence)
        .limit(limit)
    )
    return list(connection.scalars(query))


def versions(
    connection: sa.Connection, shape: RecordTable, before: datetime, limit: int | None = None
) -> list[tuple[str, int, str]]:
    """Versions that stopped to hold before the moment: record id, version, content hash.

    A version that was history when it came counts from the day on which it came.
    """
    if not exists(connection, shape):
        return []
    table = shape.table()
    query = (
        sa.select(table.c.record_id, table.c.version, table.c.content_hash)
        .where(past(table, before))
        .order_by(table.c.record_id, table.c.version)
    )
    return [tuple(row) for row in connection.execute(query if limit is None else query.limit(limit))]


def past(table: sa.Table, before: datetime) -> sa.ColumnElement[bool]:
    """Of versions: those that stopped to hold before the moment."""
    history = sa.and_(
        table.c.known_to.is_(None), table.c.valid_to < before.date().isoformat(), table.c.known_from < before
    )
    return sa.or_(table.c.known_to < before, history)


def versions_of(connection: sa.Connection, shape: RecordTable, record_id: str) -> list[tuple[str, int, str]]:
    """All versions of one record, in the same form."""
    table = shape.table()
    query = sa.select(table.c.record_id, table.c.version, table.c.content_hash).where(table.c.record_id == record_id)
    return [tuple(row) for row in connection.execute(query.order_by(table.c.version))]


def digest(chosen: Iterable[tuple[str, int, str]]) -> str:
    """SHA-256 (hex) over versions, as an event binds them: a line for each."""
    lines = "".join(f"{record_id},{version},{content_hash}\n" for record_id, version, content_hash in chosen)
    return hashlib.sha256(lines.encode()).hexdigest()


def erase_versions(
    connection: sa.Connection,
    shape: RecordTable,
    chosen: Sequence[tuple[str, int, str]],
    now: datetime,
    event_sequence: int,
    *,
    of_person: bool = False,
) -> None:
    """Take versions out of the record table; the highest number of each record is kept, for none is given twice."""
    table, highest, persons = shape.table(), dict[str, int](), set[str]()
    for record_id, version, _ in chosen:
        highest[record_id] = max(version, highest.get(record_id, 0))
    for part in _parts(chosen):
        pairs = sa.tuple_(table.c.record_id, table.c.version).in_([(one[0], one[1]) for one in part])
        connection.execute(table.delete().where(pairs))
    for part in _parts(sorted(highest)):
        mine = (erased_record.c.dataset == shape.dataset, erased_record.c.record_id.in_(part))
        for row in connection.execute(sa.select(erased_record).where(*mine)):
            highest[row.record_id] = max(highest[row.record_id], row.version)
            persons |= {row.record_id} if row.of_person else set()
        connection.execute(erased_record.delete().where(*mine))
    facts: dict[str, Any] = {"dataset": shape.dataset, "at": now, "event_sequence": event_sequence}
    rows = [
        {"record_id": record_id, "version": version, "of_person": of_person or record_id in persons, **facts}
        for record_id, version in sorted(highest.items())
    ]
    connection.execute(erased_record.insert(), rows)


def record_erased(connection: sa.Connection, record_id: str) -> dict[str, Any] | None:
    """When and how far a record's versions were erased; None when none was."""
    row = connection.execute(sa.select(erased_record).where(erased_record.c.record_id == record_id)).first()
    return None if row is None else dict(row._mapping)


def forget_findings(connection: sa.Connection, record_id: str) -> list[int]:
    """Findings about rows of a record lose the values that they quote; gives the deliveries that had such a row."""
    rows = connection.execute(sa.select(fate.c.delivery_id, fate.c.record).where(fate.c.record_id == record_id)).all()
    for row in rows:
        mine = (finding.c.delivery_id == row.delivery_id, finding.c.record == row.record)
        connection.execute(finding.update().where(*mine).values(value=None, detail=None))
    return sorted({row.delivery_id for row in rows})


def _parts(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(items), PART):
        yield items[start : start + PART]


def told(connection: sa.Connection, what: str) -> set[str]:
    """Everything that events name as erased: ``blobs`` by hash, ``receipts`` by number."""
    query = (
        sa.select(event_body.c.body)
        .join(event, event.c.sequence == event_body.c.sequence)
        .where(event.c.kind == "erased")
        .order_by(event.c.sequence)
    )
    bodies = (json.loads(text)["body"] for text in connection.scalars(query))
    return {str(one) for body in bodies for one in body.get(what, ())}
