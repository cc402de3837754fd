"""Verify the evidence log (验证存证): every event, every checkpoint, and whether it begins with an older checkpoint.

The log is read once, in order, and nothing of it is kept: the tree grows by its frontier alone. Of each kind of
trouble only the first place is told, because what comes after one wrong event is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.errors import VerificationFailed
from hub.ledger import merkle
from hub.ledger.checkpoints import Checkpoint, opened
from hub.ledger.evidence import leaf_of, moment
from hub.ledger.tables import checkpoint, delivery, erasure, event, event_body

PIECE = 1_000


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is not as it was written: its kind, the place, and what is the matter."""

    kind: str  # event | checkpoint | history | receipt | fate | record | blob | balance
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind} {self.place}: {self.what}"


@dataclass(slots=True)
class Found:
    """The first wrong place of each kind, and how much was looked at."""

    wrong: dict[str, Wrong]
    seen: dict[str, int]

    def add(self, kind: str, place: str, what: str) -> None:
        """Note a wrong place unless an earlier one of its kind is known."""
        self.wrong.setdefault(kind, Wrong(kind, place, what))

    def count(self, kind: str, number: int = 1) -> None:
        """Count what was looked at."""
        self.seen[kind] = self.seen.get(kind, 0) + number


def verify_log(
    connection: sa.Connection, vkeys: Sequence[str], older: Sequence[Checkpoint] = (), found: Found | None = None
) -> Found:
    """Check events, checkpoints, and that the log begins with each of the ``older`` checkpoints, which others kept."""
    found = found or Found({}, {})
    signed = _checkpoints(connection, vkeys, found)
    kept = sorted(older, key=lambda one: one.size)
    due = next(signed, None)
    frontier: list[bytes] = []
    size = good = 0

    def look() -> None:
        nonlocal due, good
        if due is not None and due.size == size:
            if merkle.root(frontier) != due.root:
                found.add("checkpoint", str(due.size), f"one of the events {good + 1} to {size} is not what was signed")
            good, due = size, next(signed, None)
        while kept and kept[0].size == size:
            if merkle.root(frontier) != kept.pop(0).root:
                found.add("history", f"of {size} events", "the log does not begin with the checkpoint that was kept")

    look()
    for row in _events(connection):
        if row.sequence != size + 1:
            found.add("event", str(size + 1), "is missing")
            return found  # the tree cannot grow over a gap
        _look_at_event(row, found)
        merkle.append(frontier, size, bytes.fromhex(row.leaf))
        size += 1
        look()
    found.count("event", size)
    found.count("sealed", good)
    if due is not None:
        found.add("event", str(size + 1), f"is missing: a checkpoint of {due.size} events was signed")
    if kept:
        found.add("history", f"of {kept[-1].size} events", f"the log was taken back: it has only {size}")
    return found


def _events(connection: sa.Connection) -> Iterator[Any]:
    joined = event.outerjoin(event_body, event_body.c.sequence == event.c.sequence)
    joined = joined.outerjoin(erasure, erasure.c.sequence == event.c.sequence)
    query = sa.select(event, event_body.c.salt, event_body.c.body, erasure.c.event_sequence).select_from(joined)
    yield from connection.execute(query.order_by(event.c.sequence), execution_options={"yield_per": PIECE})


def _look_at_event(row: Any, found: Found) -> None:
    place = str(row.sequence)
    if row.body is None:
        if row.event_sequence is None or row.event_sequence <= row.sequence:
            found.add("event", place, "its content is missing, and no event tells of an erasure")
        return
    try:
        right = leaf_of(bytes.fromhex(row.salt), row.body.encode("utf-8")).hex() == row.leaf
        told = json.loads(row.body)
        told = [told[name] for name in ("sequence", "at", "kind", "delivery")]
    except (ValueError, KeyError, TypeError):
        right, told = False, []
    if not right:
        found.add("event", place, "its content is not what was written")
    elif told != [row.sequence, moment(row.at), row.kind, row.delivery_id]:
        found.add("event", place, "its number, moment, kind or delivery is not what was written")


def verify_erasures(connection: sa.Connection, found: Found) -> None:
    """Whatever was erased is named by the event that tells of it."""
    joined = erasure.outerjoin(event_body, event_body.c.sequence == erasure.c.event_sequence)
    joined = joined.outerjoin(event, event.c.sequence == erasure.c.event_sequence)
    query = sa.select(erasure.c.sequence, event.c.kind, event_body.c.body).select_from(joined)
    for row in connection.execute(query.order_by(erasure.c.sequence), execution_options={"yield_per": PIECE}):
        named = json.loads(row.body)["body"].get("events", ()) if row.body and row.kind == "erased" else ()
        if row.sequence not in named:
            found.add("event", str(row.sequence), "is marked as erased, and no event tells of it")


def verify_links(connection: sa.Connection, found: Found) -> None:
    """Every event of a delivery has its delivery."""
    lost = sa.select(sa.func.min(event.c.sequence)).where(
        event.c.delivery_id.is_not(None), ~sa.exists().where(delivery.c.id == event.c.delivery_id)
    )
    if (sequence := connection.scalar(lost)) is not None:
        found.add("event", str(sequence), "tells of a delivery that is not there")


def _checkpoints(connection: sa.Connection, vkeys: Sequence[str], found: Found) -> Iterator[Checkpoint]:
    """The checkpoints in order of size, each with its signature checked; a wrong one is told and left out."""
    query = sa.select(checkpoint).order_by(checkpoint.c.size)
    for row in connection.execute(query, execution_options={"yield_per": PIECE}):
        found.count("checkpoint")
        try:
            signed = opened(row.note, vkeys)
            frontier = [bytes.fromhex(one) for one in row.frontier.split()]
        except VerificationFailed as error:
            found.add("checkpoint", str(row.size), str(error))
            continue
        except ValueError:
            frontier = []
        if (signed.size, signed.root.hex()) != (row.size, row.root) or merkle.root(frontier) != signed.root:
            found.add("checkpoint", str(row.size), "its size, root or frontier is not what was signed")
            continue
        yield signed
