"""The evidence log (存证): append-only events, each in the transaction of what it tells; checkpoints over them.

An event is a leaf of a Merkle tree (``merkle``). The leaf holds a salted commitment to the body, so body and salt can
be erased and every proof still holds. What signs and salts comes with the engine (``connect.engine``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import rfc8785
import sqlalchemy as sa

from hub.errors import CallOperator, FixConfiguration, NotFound
from hub.ledger import merkle
from hub.ledger.checkpoints import Signer
from hub.ledger.tables import checkpoint, erasure, event, event_body

LOCK = 4206831
COLUMNS = (event.c.sequence, event.c.at, event.c.kind, event.c.delivery_id, event_body.c.body)


def append(connection: sa.Connection, kind: str, now: datetime, delivery_id: int | None = None, **body: Any) -> int:
    """Add an event and give its sequence: the last thing that a transaction does, before ``seal``.

    ``body`` holds counts, hashes, numbers and reasons; never an identifier or a name of a person.
    """
    signer = _signer(connection)
    _lock(connection)
    sequence = 1 + (connection.scalar(sa.select(sa.func.max(event.c.sequence))) or 0)
    text, salt = canonical(sequence, now, kind, delivery_id, body), signer.salt(sequence)
    leaf = leaf_of(salt, text).hex()
    connection.execute(event.insert().values(sequence=sequence, at=now, kind=kind, delivery_id=delivery_id, leaf=leaf))
    connection.execute(event_body.insert().values(sequence=sequence, salt=salt.hex(), body=text.decode("utf-8")))
    return sequence


def next_sequence(connection: sa.Connection) -> int:
    """The sequence that the next event of this transaction gets; nobody else writes the log until it ends."""
    _lock(connection)
    return 1 + (connection.scalar(sa.select(sa.func.max(event.c.sequence))) or 0)


def canonical(sequence: int, at: datetime, kind: str, delivery_id: int | None, body: Mapping[str, Any]) -> bytes:
    """The text that an event commits to: canonical JSON (RFC 8785)."""
    facts: dict[str, Any] = {
        "sequence": sequence,
        "at": moment(at),
        "kind": kind,
        "delivery": delivery_id,
        "body": dict(body),
    }
    try:
        return rfc8785.dumps(facts)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        raise CallOperator(f"an event of kind {kind} cannot be told in canonical JSON") from None


def moment(at: datetime) -> str:
    """A moment as events tell it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def leaf_of(salt: bytes, body: bytes) -> bytes:
    """Hash of an event's leaf: of the commitment to its body."""
    return merkle.leaf_hash(hashlib.sha256(salt + body).digest())


def seal(connection: sa.Connection, now: datetime) -> None:
    """Sign the log as this transaction leaves it; nothing new when no event was added since."""
    signer = _signer(connection)
    _lock(connection)
    before = connection.execute(sa.select(checkpoint).order_by(checkpoint.c.size.desc()).limit(1)).first()
    size = before.size if before else 0
    frontier = [bytes.fromhex(one) for one in before.frontier.split()] if before else []
    grown = size
    for leaf in leaves(connection, size):
        merkle.append(frontier, grown, leaf)
        grown += 1
    if grown == size:
        return
    signed = signer.sign(grown, merkle.root(frontier))
    kept = " ".join(one.hex() for one in frontier)
    connection.execute(
        checkpoint.insert().values(size=grown, root=signed.root.hex(), frontier=kept, note=signed.note, at=now)
    )


def leaves(connection: sa.Connection, start: int, end: int | None = None) -> Iterator[bytes]:
    """Hashes of the leaves from ``start`` (from 0) up to ``end``, which is excluded."""
    query = sa.select(event.c.leaf).where(event.c.sequence > start).order_by(event.c.sequence)
    if end is not None:
        query = query.where(event.c.sequence <= end)
    for leaf in connection.execute(query, execution_options={"yield_per": 10_000}).scalars():
        yield bytes.fromhex(leaf)


def latest_checkpoint(connection: sa.Connection, covering: int = 0) -> dict[str, Any] | None:
    """Size, root (hex) and note of the latest checkpoint; of the first one that covers an event when it is named."""
    query = sa.select(checkpoint.c.size, checkpoint.c.root, checkpoint.c.note).limit(1)
    if covering:
        query = query.where(checkpoint.c.size >= covering).order_by(checkpoint.c.size)
    row = connection.execute(query if covering else query.order_by(checkpoint.c.size.desc())).first()
    return None if row is None else dict(row._mapping)


def checkpoint_of(connection: sa.Connection, delivery_id: int) -> dict[str, Any] | None:
    """The first checkpoint that covers the latest verdict of a delivery: it stays the same while the log grows."""
    told = sa.select(sa.func.max(event.c.sequence)).where(
        event.c.delivery_id == delivery_id, event.c.kind.in_(("judged", "held"))
    )
    sequence = connection.scalar(told)
    return None if sequence is None else latest_checkpoint(connection, covering=sequence)


def erase(connection: sa.Connection, sequences: Sequence[int], now: datetime, reason: str) -> None:
    """Erase bodies and salts of events, in the open: an event tells of it, and every proof still holds.

    What tells of an erasure cannot be erased itself.
    """
    chosen = sa.select(event_body.c.sequence).join(event, event.c.sequence == event_body.c.sequence)
    there = set(connection.scalars(chosen.where(event.c.sequence.in_(sequences), event.c.kind != "erased")))
    if missing := sorted(set(sequences) - there):
        raise NotFound(f"event {missing[0]} has nothing that can be erased")
    told = append(connection, "erased", now, events=sorted(there), reason=reason)
    connection.execute(erasure.insert(), [{"sequence": one, "event_sequence": told} for one in sorted(there)])
    connection.execute(event_body.delete().where(event_body.c.sequence.in_(there)))


def of_delivery(connection: sa.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """Events of one delivery in order; the body of an erased one is None."""
    return [_event(row) for row in connection.execute(_events().where(event.c.delivery_id == delivery_id))]


def by_sequence(connection: sa.Connection, sequence: int) -> dict[str, Any]:
    """One event; ``NotFound`` when there is none."""
    row = connection.execute(_events().where(event.c.sequence == sequence)).first()
    if row is None:
        raise NotFound(f"there is no event {sequence}")
    return _event(row)


def body_and_salt(connection: sa.Connection, sequence: int) -> dict[str, str]:
    """What opens the commitment of an event: its canonical text and its salt (hex); ``NotFound`` when it was erased."""
    row = connection.execute(sa.select(event_body).where(event_body.c.sequence == sequence)).first()
    if row is None:
        raise NotFound(f"event {sequence} has no body")
    return {"body": row.body, "salt": row.salt}


def latest(connection: sa.Connection, kind: str) -> dict[str, Any] | None:
    """The newest event of a kind that has its body."""
    query = _events().where(event.c.kind == kind, event_body.c.body.is_not(None))
    row = connection.execute(query.order_by(None).order_by(event.c.sequence.desc()).limit(1)).first()
    return None if row is None else _event(row)


def _events() -> sa.Select[Any]:
    joined = event.outerjoin(event_body, event_body.c.sequence == event.c.sequence)
    return sa.select(*COLUMNS).select_from(joined).order_by(event.c.sequence)


def _event(row: Any) -> dict[str, Any]:
    return {**row._mapping, "body": None if row.body is None else json.loads(row.body)["body"]}


def _signer(connection: sa.Connection) -> Signer:
    signer = connection.get_execution_options().get("signer")
    if signer is None:
        raise FixConfiguration("nothing is written without evidence, and this ledger was opened without its key")
    made: Signer = signer()
    return made


def _lock(connection: sa.Connection) -> None:
    """One writer of the log at a time, until its transaction ends; SQLite has only one anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
