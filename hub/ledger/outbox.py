"""The outbox (待发箱): what changed and has to reach an outlet. Written in the same transaction as the change.

States: waiting; unknown (claimed by a sender that has not told yet whether it arrived); sent (arrived, no answer yet);
acknowledged; rejected; withheld (the decision was no); superseded (a later entry of the record goes instead); parked
(given up after many tries, waits for a person). What nobody knows is unknown, never failed: it is sent again under the
same key and sequence, which changes nothing where it had arrived.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import NotFound, WrongUsage
from hub.ledger.merging import LEAVING, WITHDRAWN
from hub.ledger.tables import DELETION, OPEN, UNSETTLED, fate, outbox

CLAIMED_AT_ONCE = 50_000
TO_SEND = ("waiting", "unknown")
UPSERT, DELETE = "upsert", "delete"


def key_of(entry: Any) -> str:
    """The idempotency key of an entry (64 hex): the same at every try, for receivers that take one."""
    facts = (entry["outlet"], entry["record_id"], str(entry["version"]), entry["operation"])
    return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()


def enqueue(
    connection: sa.Connection, outlets: Iterable[str], dataset: str, moved: sa.TableClause, delivery_id: int
) -> None:
    """One entry per outlet for every record that a delivery changed; ``moved`` is what the merge left.

    Versions that are kept as history only go nowhere.
    """
    names = ["outlet", "dataset", "record_id", "version", "operation", "delivery_id", "state"]
    operation = sa.case((moved.c.kind == WITHDRAWN, DELETE), else_=UPSERT)
    for outlet in outlets:
        chosen = (
            sa.select(
                sa.literal(outlet),
                sa.literal(dataset),
                moved.c.record_id,
                moved.c.version,
                operation,
                sa.literal(delivery_id),
                sa.literal("waiting"),
            )
            .where(moved.c.kind.in_((*LEAVING, WITHDRAWN)))
            .order_by(moved.c.record)
        )
        connection.execute(outbox.insert().from_select(names, chosen))


def enqueue_deletes(
    connection: sa.Connection,
    outlets: Iterable[str],
    dataset: str,
    withdrawn: Sequence[tuple[str, int]],
    delivery_id: int,
) -> None:
    """One entry per outlet for every withdrawn record (id and last version)."""
    facts = {"dataset": dataset, "operation": DELETE, "delivery_id": delivery_id, "state": "waiting"}
    for outlet in outlets:
        rows = [{"outlet": outlet, "record_id": record, "version": version, **facts} for record, version in withdrawn]
        for part in _parts(rows):
            connection.execute(outbox.insert(), part)


def _unsettled_of(outlet: str, dataset: str) -> sa.ColumnElement[bool]:
    return sa.and_(UNSETTLED, outbox.c.outlet == outlet, outbox.c.dataset == dataset)


def open_count(connection: sa.Connection, outlet: str, states: Sequence[str] = OPEN) -> int:
    """How many entries of an outlet have no final state."""
    query = sa.select(sa.func.count()).where(UNSETTLED, outbox.c.outlet == outlet, outbox.c.state.in_(states))
    return connection.scalar(query) or 0


def open_entries(
    connection: sa.Connection,
    outlet: str,
    dataset: str,
    states: Sequence[str],
    up_to: int | None = None,
    limit: int = CLAIMED_AT_ONCE,
) -> list[dict[str, Any]]:
    """Open entries of one dataset, withdrawals first, then in the order of their sequence."""
    query = (
        sa.select(outbox)
        .where(_unsettled_of(outlet, dataset), outbox.c.state.in_(states))
        .order_by(outbox.c.operation, outbox.c.sequence)
        .limit(limit)
    )
    if up_to is not None:
        query = query.where(outbox.c.sequence <= up_to)
    return [dict(row._mapping) for row in connection.execute(query)]


def supersede(connection: sa.Connection, outlet: str, dataset: str) -> int:
    """Close entries behind which stands a later open one of the same record; only the last is sent.

    An older one that was sent gets no answer any more, and a parked one is helped: the later one takes its row.
    """
    last = sa.func.max(outbox.c.sequence).over(partition_by=outbox.c.record_id).label("last")
    several = (
        sa.select(outbox.c.sequence, last)
        .where(_unsettled_of(outlet, dataset))
        .where(outbox.c.state.in_((*OPEN, "parked")))
        .subquery()
    )
    older = sa.select(several.c.sequence).where(several.c.sequence < several.c.last)
    return connection.execute(outbox.update().where(outbox.c.sequence.in_(older)).values(state="superseded")).rowcount


def claim(connection: sa.Connection, sequences: Sequence[int], epoch: int) -> None:
    """A sender takes entries: until it tells otherwise nobody knows whether they arrived."""
    for part in _parts(sequences):
        connection.execute(
            outbox.update()
            .where(outbox.c.sequence.in_(part), outbox.c.state.in_(TO_SEND))
            .values(state="unknown", epoch=epoch, tries=outbox.c.tries + 1)
        )


def uncount(connection: sa.Connection, sequences: Sequence[int]) -> None:
    """The receiver did not answer at all: that is no fault of these entries, and no try of theirs."""
    for part in _parts(sequences):
        connection.execute(
            outbox.update()
            .where(outbox.c.sequence.in_(part), outbox.c.state == "unknown", outbox.c.tries > 0)
            .values(tries=outbox.c.tries - 1)
        )


def mark(
    connection: sa.Connection, sequences: Sequence[int], state: str, now: datetime, cause: str | None = None
) -> None:
    """Give entries a state. An entry that already has an answer keeps it."""
    moments: dict[str, Any] = {"answered_at": now} if state not in OPEN else {"answered_at": None}
    if state == "sent":
        moments["sent_at"] = now
    for part in _parts(sequences):
        connection.execute(
            outbox.update()
            .where(outbox.c.sequence.in_(part), outbox.c.state.in_(OPEN))
            .values(state=state, cause=cause, **moments)
        )


def mark_all(connection: sa.Connection, outlet: str, dataset: str, up_to: int, now: datetime) -> None:
    """Close all waiting entries up to a sequence: the outlet has taken them into account."""
    connection.execute(
        outbox.update()
        .where(
            _unsettled_of(outlet, dataset),
            outbox.c.state == "waiting",
            outbox.c.sequence <= up_to,
        )
        .values(state="acknowledged", answered_at=now)
    )


def last_sequence(connection: sa.Connection, outlet: str, dataset: str, states: Sequence[str] = ("waiting",)) -> int:
    """Highest sequence that waits for an outlet, 0 when nothing waits."""
    query = sa.select(sa.func.max(outbox.c.sequence)).where(_unsettled_of(outlet, dataset), outbox.c.state.in_(states))
    return connection.scalar(query) or 0


def park(connection: sa.Connection, outlet: str, dataset: str, tries: int, now: datetime) -> int:
    """Give up entries that were tried so often without arriving; gives how many. They wait for a person."""
    change = outbox.update().where(
        _unsettled_of(outlet, dataset),
        outbox.c.state == "unknown",
        outbox.c.tries >= tries,
    )
    return connection.execute(change.values(state="parked", answered_at=now)).rowcount


def recent_deletes(connection: sa.Connection, outlet: str, dataset: str, since: datetime) -> dict[str, int]:
    """Withdrawals that the outlet confirmed since a moment: record id and sequence of the last one."""
    query = (
        sa.select(outbox.c.record_id, sa.func.max(outbox.c.sequence))
        .where(
            DELETION,
            outbox.c.outlet == outlet,
            outbox.c.dataset == dataset,
            outbox.c.state == "acknowledged",
            outbox.c.answered_at >= since,
        )
        .group_by(outbox.c.record_id)
    )
    return {record: sequence for record, sequence in connection.execute(query)}


def reopen(connection: sa.Connection, sequences: Sequence[int]) -> None:
    """Confirmed withdrawals go out again: what they removed was seen once more."""
    for part in _parts(sequences):
        connection.execute(
            outbox.update()
            .where(outbox.c.sequence.in_(part), outbox.c.operation == DELETE)
            .values(state="waiting", answered_at=None)
        )


def send_newest_again(connection: sa.Connection, outlet: str, records: Sequence[str]) -> None:
    """The last entry of each record waits again, if it had been settled by acknowledgement or by being kept back."""
    for part in _parts(records):
        newest = (
            sa.select(sa.func.max(outbox.c.sequence))
            .where(outbox.c.outlet == outlet, outbox.c.record_id.in_(part))
            .group_by(outbox.c.record_id)
        )
        connection.execute(
            outbox.update()
            .where(outbox.c.sequence.in_(newest), outbox.c.state.in_(("acknowledged", "withheld")))
            .values(state="waiting", answered_at=None)
        )


def by_hand(connection: sa.Connection, sequence: int, now: datetime) -> dict[str, Any]:
    """A person has delivered a parked or unanswered entry; ``WrongUsage`` for one that has its answer."""
    return _decided(connection, sequence, ("parked", *OPEN), state="acknowledged", cause="by hand", answered_at=now)


def retry(connection: sa.Connection, sequence: int) -> dict[str, Any]:
    """A person lets a parked entry go again; ``WrongUsage`` for one that is not parked."""
    return _decided(connection, sequence, ("parked",), state="waiting", tries=0, cause=None, answered_at=None)


def _decided(connection: sa.Connection, sequence: int, states: Sequence[str], **values: Any) -> dict[str, Any]:
    found = connection.execute(sa.select(outbox).where(outbox.c.sequence == sequence).with_for_update()).first()
    if found is None:
        raise NotFound(f"there is no entry {sequence}")
    if found.state not in states:
        raise WrongUsage(f"entry {sequence} is {found.state}")
    connection.execute(outbox.update().where(outbox.c.sequence == sequence).values(**values))
    return dict(found._mapping)


def unsettled(connection: sa.Connection, states: Sequence[str], limit: int = 500) -> list[dict[str, Any]]:
    """Entries in some states, in the order of these states, the oldest first."""
    place = sa.case({state: place for place, state in enumerate(states)}, value=outbox.c.state)
    query = sa.select(outbox).where(outbox.c.state.in_(states)).order_by(place, outbox.c.sequence).limit(limit)
    return [dict(row._mapping) for row in connection.execute(query)]


def unanswered_refusals(connection: sa.Connection, outlet: str) -> list[dict[str, Any]]:
    """Refused entries that no receipt has told yet, of deliveries that have no entry left without an answer."""
    pending = sa.select(outbox.c.delivery_id).where(UNSETTLED, outbox.c.outlet == outlet, outbox.c.state.in_(OPEN))
    query = (
        sa.select(outbox, fate.c.record, fate.c.row)
        .join(fate, sa.and_(fate.c.delivery_id == outbox.c.delivery_id, fate.c.record_id == outbox.c.record_id))
        .where(
            UNSETTLED,
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
    for part in _parts(sequences):
        connection.execute(outbox.update().where(outbox.c.sequence.in_(part)).values(receipt_no=receipt_no))


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


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Small enough for one statement's variables."""
    for start in range(0, len(items), 500):
        yield items[start : start + 500]
