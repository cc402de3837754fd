"""Records go out again: after a restore (对账), by the clock, or because something that stands beside them changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from hub.ledger.outbox import UPSERT
from hub.ledger.records import RecordTable, current_of
from hub.ledger.tables import event, outbox, restored

AT_ONCE = 500
REMOVING = "removing"
AFTER_RESTORE = 500  # numbers of one department and dataset on one day
RECEIPTS = 50  # receipts of one delivery and stage


def first_number(connection: sa.Connection, day: str) -> int:
    """The first number of a day's deliveries: above what lost ledgers may have given, on the day of a restore."""
    first = connection.scalar(sa.select(restored.c.at).where(restored.c.day == day))
    if first is None:
        return 1
    told = sa.select(sa.func.count()).select_from(event).where(event.c.kind == "restored", event.c.at >= first)
    return AFTER_RESTORE * (connection.scalar(told) or 1) + 1  # of several restores each lost what came after the last


def next_ordinal(connection: sa.Connection, received_at: datetime, ordinals: Iterable[int]) -> int:
    """Which receipt of its stage a delivery gets next: above what lost ledgers may have given since it was received.

    ``ordinals``: of those that are known.
    """
    told = sa.select(sa.func.count()).select_from(event).where(event.c.kind == "restored", event.c.at >= received_at)
    return max([RECEIPTS * (connection.scalar(told) or 0), *ordinals]) + 1


def go_on_above(connection: sa.Connection, sequence: int) -> None:
    """The next entries get higher sequences than this one; never lower ones than without it."""
    highest = connection.scalar(sa.select(sa.func.max(outbox.c.sequence))) or 0
    if sequence <= highest:
        return
    if connection.dialect.name == "postgresql":
        # Counted up and not set: the role that runs the hub may not set a sequence.
        counter = "nextval(pg_get_serial_sequence('outbox', 'sequence'))"
        last = int(connection.scalar(sa.text(f"SELECT {counter}")) or 0)
        up = sa.text(f"SELECT max({counter}) FROM generate_series(1, :gap)")
        connection.execute(up, {"gap": max(sequence - last, 0)})
        return
    given = {"seq": sequence}
    known = sa.text("UPDATE sqlite_sequence SET seq = max(seq, :seq) WHERE name = 'outbox'")
    if not connection.execute(known, given).rowcount:
        connection.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', :seq)"), given)


def restored_on(connection: sa.Connection) -> str | None:
    """The day of the last restore, as ISO 8601 writes it."""
    day: str | None = connection.scalar(sa.select(sa.func.max(restored.c.day)))
    return day


def last_entries(connection: sa.Connection, outlet: str, dataset: str) -> dict[str, tuple[int, str]]:
    """Sequence and state of every record's last entry; a removal that waits for its answer is ``removing``."""
    place = sa.func.row_number().over(partition_by=outbox.c.record_id, order_by=outbox.c.sequence.desc())
    removing = sa.and_(outbox.c.state == "sent", outbox.c.cause.is_not(None))
    state = sa.case((removing, REMOVING), else_=outbox.c.state).label("state")
    ranked = (
        sa.select(outbox.c.record_id, outbox.c.sequence, state, place.label("place"))
        .where(outbox.c.outlet == outlet, outbox.c.dataset == dataset)
        .subquery()
    )
    query = sa.select(ranked.c.record_id, ranked.c.sequence, ranked.c.state).where(ranked.c.place == 1)
    return {row.record_id: (row.sequence, row.state) for row in connection.execute(query)}


def settled(connection: sa.Connection, outlet: str, dataset: str, before: datetime | None) -> dict[str, int | None]:
    """By record the sequence that the outlet must hold, None when it must hold nothing.

    Records are left out of which that is not sure: one whose last entry has no answer, was refused, or got its answer
    at ``before`` or later.
    """
    place = sa.func.row_number().over(partition_by=outbox.c.record_id, order_by=outbox.c.sequence.desc())
    ranked = (
        sa.select(outbox, place.label("place")).where(outbox.c.outlet == outlet, outbox.c.dataset == dataset).subquery()
    )
    query = sa.select(ranked.c.record_id, ranked.c.sequence, ranked.c.operation, ranked.c.state).where(
        ranked.c.place == 1, ranked.c.state.in_(("acknowledged", "withheld"))
    )
    if before is not None:
        query = query.where(ranked.c.answered_at < before)
    return {
        row.record_id: row.sequence if (row.operation, row.state) == (UPSERT, "acknowledged") else None
        for row in connection.execute(query)
    }


def known_to(connection: sa.Connection, outlet: str, dataset: str) -> set[str]:
    """Every record that was ever to leave for an outlet."""
    query = sa.select(outbox.c.record_id).where(outbox.c.outlet == outlet, outbox.c.dataset == dataset).distinct()
    return set(connection.scalars(query))


def enqueue_again(
    connection: sa.Connection, outlet: str, dataset: str, records: Sequence[tuple[str, int, int]]
) -> None:
    """Current versions (record id, version, delivery) go out once more, whatever was noted of them.

    A sender of the lost ledger may have had them: they count as claimed once.
    """
    facts = {"outlet": outlet, "dataset": dataset, "operation": UPSERT, "state": "waiting", "epoch": 0}
    rows = [{"record_id": one, "version": version, "delivery_id": whose, **facts} for one, version, whose in records]
    for start in range(0, len(rows), AT_ONCE):
        connection.execute(outbox.insert(), rows[start : start + AT_ONCE])


def enqueue_current(
    connection: sa.Connection, outlets: Iterable[str], shape: RecordTable, records: Sequence[str]
) -> int:
    """One entry per outlet for those of the records that are current; gives how many records.

    Their rows are locked: an entry for a version that another transaction is about to end would take the place of the
    entry for the next.
    """
    table, found = shape.table(), 0
    for start in range(0, len(records), AT_ONCE):
        query = (
            sa.select(table.c.record_id, table.c.version, table.c.delivery_id)
            .where(current_of(table), table.c.record_id.in_(records[start : start + AT_ONCE]))
            .order_by(table.c.record_id)
            .with_for_update()
        )
        current = [dict(row._mapping) for row in connection.execute(query)]
        found += len(current)
        facts = {"dataset": shape.dataset, "operation": UPSERT, "state": "waiting"}
        for outlet in outlets if current else ():
            connection.execute(outbox.insert(), [{**one, "outlet": outlet, **facts} for one in current])
    return found
