"""The outbox (待发箱): what changed and has to reach an outlet. Written in the same transaction as the change.

States: waiting, sent (no answer yet), acknowledged, rejected, withheld (the decision was no), superseded (a newer
version of the record went instead). An answer that never came stays ``sent``: unknown is never failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.ledger.tables import fate, outbox


def enqueue(
    connection: sa.Connection, outlets: Iterable[str], dataset: str, moved: sa.TableClause, delivery_id: int
) -> None:
    """One entry per outlet for every record version that a delivery made; ``moved`` is what the merge left."""
    names = ["outlet", "dataset", "record_id", "version", "delivery_id", "state"]
    for outlet in outlets:
        chosen = sa.select(
            sa.literal(outlet),
            sa.literal(dataset),
            moved.c.record_id,
            moved.c.version,
            sa.literal(delivery_id),
            sa.literal("waiting"),
        ).order_by(moved.c.record)
        connection.execute(outbox.insert().from_select(names, chosen))


def open_count(connection: sa.Connection, outlet: str, states: Sequence[str] = ("waiting", "sent")) -> int:
    """How many entries of an outlet have no final state."""
    query = sa.select(sa.func.count()).where(outbox.c.outlet == outlet, outbox.c.state.in_(states))
    return connection.scalar(query) or 0


def open_entries(
    connection: sa.Connection, outlet: str, dataset: str, state: str, up_to: int | None = None, limit: int = 50_000
) -> list[dict[str, Any]]:
    """Open entries of one dataset in the order of their sequence, those up to a sequence when one is given."""
    query = (
        sa.select(outbox)
        .where(outbox.c.outlet == outlet, outbox.c.dataset == dataset, outbox.c.state == state)
        .order_by(outbox.c.sequence)
        .limit(limit)
    )
    if up_to is not None:
        query = query.where(outbox.c.sequence <= up_to)
    return [dict(row._mapping) for row in connection.execute(query)]


def supersede(connection: sa.Connection, outlet: str, dataset: str) -> int:
    """Close entries behind which stands a newer version of the same record; only the newest is sent.

    An older one that was sent gets no answer any more: the newer version takes its row.
    """
    newer = outbox.alias("newer")
    query = (
        outbox.update()
        .where(
            outbox.c.outlet == outlet,
            outbox.c.dataset == dataset,
            outbox.c.state.in_(("waiting", "sent")),
            sa.exists().where(
                newer.c.outlet == outlet,
                newer.c.dataset == dataset,
                newer.c.record_id == outbox.c.record_id,
                newer.c.version > outbox.c.version,
            ),
        )
        .values(state="superseded")
    )
    return connection.execute(query).rowcount


def mark(
    connection: sa.Connection, sequences: Sequence[int], state: str, now: datetime, cause: str | None = None
) -> None:
    """Give entries a state. An entry that already has an answer keeps it."""
    for start in range(0, len(sequences), 500):
        connection.execute(
            outbox.update()
            .where(outbox.c.sequence.in_(sequences[start : start + 500]), outbox.c.state.in_(("waiting", "sent")))
            .values(state=state, cause=cause, answered_at=None if state == "sent" else now)
        )


def mark_all(connection: sa.Connection, outlet: str, dataset: str, up_to: int, now: datetime) -> None:
    """Close all waiting entries up to a sequence: the outlet has taken them into account."""
    connection.execute(
        outbox.update()
        .where(
            outbox.c.outlet == outlet,
            outbox.c.dataset == dataset,
            outbox.c.state == "waiting",
            outbox.c.sequence <= up_to,
        )
        .values(state="acknowledged", answered_at=now)
    )


def last_sequence(connection: sa.Connection, outlet: str, dataset: str) -> int:
    """Highest sequence that waits for an outlet, 0 when nothing waits."""
    query = sa.select(sa.func.max(outbox.c.sequence)).where(
        outbox.c.outlet == outlet, outbox.c.dataset == dataset, outbox.c.state == "waiting"
    )
    return connection.scalar(query) or 0


def unanswered_refusals(connection: sa.Connection, outlet: str) -> list[dict[str, Any]]:
    """Refused entries that no receipt has told yet, of deliveries that have no entry left without an answer."""
    pending = (
        sa.select(outbox.c.delivery_id)
        .where(outbox.c.outlet == outlet, outbox.c.state.in_(("waiting", "sent")))
        .distinct()
    )
    query = (
        sa.select(outbox, fate.c.record, fate.c.row)
        .join(fate, sa.and_(fate.c.delivery_id == outbox.c.delivery_id, fate.c.record_id == outbox.c.record_id))
        .where(
            outbox.c.outlet == outlet,
            outbox.c.state == "rejected",
            outbox.c.receipt_no.is_(None),
            fate.c.state.in_(("accepted", "accepted_query")),
            outbox.c.delivery_id.not_in(pending),
        )
        .order_by(outbox.c.delivery_id, fate.c.record)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def told(connection: sa.Connection, sequences: Sequence[int], receipt_no: str) -> None:
    """These refusals stand in a receipt now."""
    for start in range(0, len(sequences), 500):
        connection.execute(
            outbox.update().where(outbox.c.sequence.in_(sequences[start : start + 500])).values(receipt_no=receipt_no)
        )


def of_record(connection: sa.Connection, record_id: str) -> list[dict[str, Any]]:
    """Everything that was to leave for a record, in order."""
    query = sa.select(outbox).where(outbox.c.record_id == record_id).order_by(outbox.c.sequence)
    return [dict(row._mapping) for row in connection.execute(query)]


def counts(connection: sa.Connection, outlet: str) -> dict[str, dict[str, int]]:
    """Entries by dataset and state."""
    query = (
        sa.select(outbox.c.dataset, outbox.c.state, sa.func.count())
        .where(outbox.c.outlet == outlet)
        .group_by(outbox.c.dataset, outbox.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for dataset, state, count in connection.execute(query):
        found.setdefault(dataset, {})[state] = count
    return found
