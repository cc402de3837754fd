"""One ledger's log played into another (重放): arrivals and events as they were, outcomes of what cannot be redone.

The target is scratch: its guards are off, so that an event which came out differently can give way to the one that was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from hub.ledger.checks import credit_check, credit_report
from hub.ledger.requests import request_record, request_step, subject_request
from hub.ledger.tables import checkpoint, delivery, erasure, event, event_body, fate, fate_block, receipt

ARRIVAL = (
    "id", "batch_no", "day", "number", "department", "dataset", "channel", "server", "path", "file_name", "size",
    "modified", "sha256", "mode", "slot", "reason", "declared", "duplicate_of", "received_at",
)  # fmt: skip
OUTCOME = (
    "resends", "contract_version", "contract_fingerprint", "verdict", "rows", "accepted", "of_which_query", "rejected",
    "duplicate", "blank", "inserted", "updated", "unchanged", "judged_at",
)  # fmt: skip
PIECE = 500


def drop_guards(target: sa.Connection) -> None:
    """Take the triggers of a scratch ledger on SQLite away."""
    for name in target.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        target.exec_driver_sql(f'DROP TRIGGER "{name}"')


def events(source: sa.Connection) -> Iterator[dict[str, Any]]:
    """The events in order, as rows."""
    last = 0
    while True:
        query = sa.select(event).where(event.c.sequence > last).order_by(event.c.sequence).limit(PIECE)
        piece = source.execute(query).all()
        for row in piece:
            last = row.sequence
            yield dict(row._mapping)
        if len(piece) < PIECE:
            return


def arrive(source: sa.Connection, target: sa.Connection, delivery_id: int) -> None:
    """Enter a delivery as it came, not judged."""
    row = source.execute(sa.select(delivery).where(delivery.c.id == delivery_id)).one()
    values = {name: row._mapping[name] for name in ARRIVAL}
    target.execute(delivery.insert().values(state="landed", **values))


def copy_event(source: sa.Connection, target: sa.Connection, one: dict[str, Any]) -> None:
    """Put an event as it was in the place of whatever the target has there."""
    sequence = one["sequence"]
    target.execute(erasure.delete().where(erasure.c.sequence >= sequence))
    target.execute(event_body.delete().where(event_body.c.sequence >= sequence))
    target.execute(event.delete().where(event.c.sequence >= sequence))
    target.execute(checkpoint.delete().where(checkpoint.c.size >= sequence))
    target.execute(event.insert().values(**one))
    body = source.execute(sa.select(event_body).where(event_body.c.sequence == sequence)).first()
    if body is not None:
        target.execute(event_body.insert().values(**body._mapping))


def copy_checkpoints(source: sa.Connection, target: sa.Connection, up_to: int) -> None:
    """The checkpoints of the source up to a size, those of the target from there on no more."""
    there = set(target.scalars(sa.select(checkpoint.c.size)))
    lowest = max((size for size in there if size <= up_to), default=0)
    target.execute(checkpoint.delete().where(checkpoint.c.size > up_to))
    for row in source.execute(sa.select(checkpoint).where(checkpoint.c.size <= up_to, checkpoint.c.size >= lowest)):
        if row.size not in there:
            target.execute(checkpoint.insert().values(**row._mapping))


def leaf_at(target: sa.Connection, sequence: int) -> str | None:
    """Leaf of an event; None when the target has none with this number, or one behind it."""
    query = sa.select(event.c.sequence, event.c.leaf).where(event.c.sequence >= sequence)
    found = target.execute(query).all()
    return found[0].leaf if len(found) == 1 and found[0].sequence == sequence else None


def copy_outcome(
    source: sa.Connection, target: sa.Connection, delivery_id: int, numbers: Sequence[str], *, held: bool
) -> None:
    """Take over what was made of a delivery that cannot be judged again: counts, fates, the receipt of that moment."""
    row = source.execute(sa.select(delivery).where(delivery.c.id == delivery_id)).one()
    if not held:
        values = {name: row._mapping[name] for name in OUTCOME}
        target.execute(delivery.update().where(delivery.c.id == delivery_id).values(state="accepted", **values))
        for table in (fate, fate_block):
            target.execute(table.delete().where(table.c.delivery_id == delivery_id))
            _copy(source, target, table, table.c.delivery_id == delivery_id)
    else:
        target.execute(delivery.update().where(delivery.c.id == delivery_id).values(state="held"))
    target.execute(receipt.delete().where(receipt.c.receipt_no.in_(numbers)))
    _copy(source, target, receipt, receipt.c.receipt_no.in_(numbers))


def copy_receipt(source: sa.Connection, target: sa.Connection, number: str) -> None:
    """Take over a receipt that tells of an outlet's answers."""
    _copy(source, target, receipt, receipt.c.receipt_no == number)


def copy_checks(source: sa.Connection, target: sa.Connection, delivery_id: int, turn: int) -> None:
    """Take over the queries of a list and the names of their reports: what was asked cannot be asked again."""
    chosen = sa.and_(credit_report.c.delivery_id == delivery_id, credit_report.c.round == turn)
    _copy(source, target, credit_report, chosen)
    _copy(source, target, credit_check, credit_check.c.report_id.in_(sa.select(credit_report.c.id).where(chosen)))


def copy_request(source: sa.Connection, target: sa.Connection, number: int) -> None:
    """Take over what a subject asked for, with its answer: no verdict depends on it."""
    _copy(source, target, subject_request, subject_request.c.id == number)
    for table in (request_record, request_step):
        _copy(source, target, table, table.c.request_id == number)


def _copy(source: sa.Connection, target: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> None:
    found = source.execute(sa.select(table).where(where), execution_options={"yield_per": PIECE})
    for piece in found.mappings().partitions():
        target.execute(table.insert(), [dict(row) for row in piece])
