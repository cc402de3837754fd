"""Whether a receiver may hold a record (接收方是否可能持有), told from the outbox alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hub.ledger.outbox import DELETE, UPSERT
from hub.ledger.tables import outbox

_AT_ONCE = 500
STRANGER = 0  # version of a record that only the receiver knows, after a restore


def may_be_there(entries: Iterable[Mapping[str, Any]]) -> bool:
    """By the entries of one record at one outlet: a sender had it, and no removal was settled after that."""
    entries = list(entries)
    gone = max((one["sequence"] for one in entries if _removed(one)), default=0)
    return any(_shown(one) for one in entries if one["sequence"] > gone)


def ever_there(entries: Iterable[Mapping[str, Any]]) -> bool:
    """By the entries of one record at one outlet: whether a sender had it at any time."""
    return any(one["sent_at"] is not None or (_shown(one) and one["state"] != "withheld") for one in entries)


def _removed(entry: Mapping[str, Any]) -> bool:
    """Settled with the record away: taken away, or never sent at all."""
    state, operation = str(entry["state"]), str(entry["operation"])
    return state == "withheld" or (operation == DELETE and state == "acknowledged")


def _shown(entry: Mapping[str, Any]) -> bool:
    claimed: bool = entry["operation"] == UPSERT and entry["epoch"] is not None
    return claimed or bool(entry["version"] == STRANGER)


def never_there(connection: sa.Connection, outlet: str, before: Sequence[Mapping[str, Any]]) -> set[int]:
    """Sequences of claimed entries, given as they were before the claim, whose records cannot be with the receiver."""
    mine = {entry["sequence"] for entry in before}
    known: dict[str, list[Mapping[str, Any]]] = {}
    for entry in before:
        known.setdefault(entry["record_id"], []).append(entry)
    records = sorted(known)
    for start in range(0, len(records), _AT_ONCE):
        chosen = outbox.c.record_id.in_(records[start : start + _AT_ONCE])
        for row in connection.execute(sa.select(outbox).where(outbox.c.outlet == outlet, chosen)):
            if row.sequence not in mine:
                known[row.record_id].append(dict(row._mapping))
    there = {record for record, entries in known.items() if may_be_there(entries)}
    return {entry["sequence"] for entry in before if entry["record_id"] not in there}
