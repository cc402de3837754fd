"""Retention (到期清理): what is past its time goes, class by class, all in the open.

An event for each class, dataset and part tells how much went and its hashes; the lines of fates stay, so every
proof holds. A blob is told of first and goes from the store after that, under the lock of the log, which an arrival of
the same bytes takes, too: either the arrival is seen and the blob stays, or the arrival sees that it is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Contract
from hub.contract.retention import CLASSES, Class
from hub.errors import disk_faults
from hub.ledger import evidence, expiry
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.line import keeping_keys, service_expiry

if TYPE_CHECKING:
    from hub.line.hub import Hub

# Things in one event and one transaction. Of versions an event tells only the hash over all of them.
AT_ONCE: dict[Class, int] = {
    "blobs": 1_000,
    "quarantine": 1_000,
    "versions": 50_000,
    "receipts": 1_000,
    "events": 5_000,
}
COUNTED = 1_000_000  # of each class and dataset by a dry run
LOCK = keeping_keys.LOCK  # a backup holds it, too: what it names must not go meanwhile
REASON = "retention"


@dataclass(frozen=True, slots=True)
class Due:
    """What of one class and dataset is past its time, and what takes it away."""

    dataset: str
    of: Class
    before: datetime
    find: Callable[[sa.Connection, int], Sequence[Any]]
    take: Callable[[sa.Connection, Sequence[Any], datetime], None]


@disk_faults("expire")
def expire(hub: Hub, *, dry_run: bool = False) -> list[dict[str, Any]]:
    """Erase what is past its time; gives ``dataset``, ``class``, ``before`` and ``count`` of all that was found."""
    now, found = hub.now(), list[dict[str, Any]]()
    if dry_run:
        with reading(hub.ledger) as connection:
            for due in _dues(hub, now):
                _tell(found, due, len(due.find(connection, COUNTED)))
        return found + service_expiry.expire(hub, now, None) + keeping_keys.expire(hub, now, None)
    with exclusive(hub.ledger, LOCK, lease_seconds=hub.settings.lease_seconds) as hold:
        for due in _dues(hub, now):
            count = 0
            while True:
                with writing(hub.ledger, "expire") as connection:
                    hold.check(connection)
                    chosen = due.find(connection, AT_ONCE[due.of])
                    if chosen:
                        due.take(connection, chosen, now)
                        evidence.seal(connection, now)
                count += len(chosen)
                if len(chosen) < AT_ONCE[due.of]:
                    break
            _tell(found, due, count)
        found += service_expiry.expire(hub, now, hold) + keeping_keys.expire(hub, now, hold)
        clear_store(hub)
    return found


def _tell(found: list[dict[str, Any]], due: Due, count: int) -> None:
    if count:
        found.append({"dataset": due.dataset, "class": due.of, "before": due.before, "count": count})


def _dues(hub: Hub, now: datetime) -> list[Due]:
    """In an order in which each can still see what it asks about: the bodies of events go last."""
    contracts = list(hub.contracts.values())
    blobs = {one.dataset: one.retention.blobs.before(now) for one in contracts if one.retention.blobs is not None}
    made = []
    for contract in contracts:
        for one in CLASSES:
            period = contract.retention.of(one)
            if period is not None:
                made.append(_due(hub, contract, one, period.before(now), blobs))
    return made


def _due(hub: Hub, contract: Contract, of: Class, before: datetime, blobs: dict[str, datetime]) -> Due:
    dataset, shape = contract.dataset, hub.shape(contract)

    def told(connection: sa.Connection, now: datetime, **facts: Any) -> int:
        facts |= {"class": of, "dataset": dataset, "before": evidence.moment(before), "reason": REASON}
        return evidence.append(connection, "erased", now, **facts)

    def take_blobs(connection: sa.Connection, chosen: Sequence[str], now: datetime) -> None:
        expiry.note_blobs(connection, chosen, now, told(connection, now, count=len(chosen), blobs=list(chosen)))

    def take_quarantined(connection: sa.Connection, chosen: Sequence[int], now: datetime) -> None:
        rows, values = expiry.erase_quarantined(connection, chosen)
        told(connection, now, count=len(chosen), deliveries=list(chosen), rows=rows, values=values)

    def take_versions(connection: sa.Connection, chosen: Sequence[tuple[str, int, str]], now: datetime) -> None:
        sequence = told(connection, now, count=len(chosen), sha256=expiry.digest(chosen))
        expiry.erase_versions(connection, shape, chosen, now, sequence)

    def take_receipts(connection: sa.Connection, chosen: Sequence[str], now: datetime) -> None:
        expiry.erase_receipts(connection, chosen)
        told(connection, now, count=len(chosen), receipts=list(chosen))

    def take_events(connection: sa.Connection, chosen: Sequence[int], now: datetime) -> None:
        evidence.erase(connection, chosen, now, f"{REASON}: events of {dataset} before {evidence.moment(before)}")

    ways: dict[Class, tuple[Callable[..., Sequence[Any]], Callable[..., None]]] = {
        "blobs": (lambda on, limit: expiry.blobs(on, dataset, blobs, limit), take_blobs),
        "quarantine": (lambda on, limit: expiry.quarantined(on, dataset, before, limit), take_quarantined),
        "versions": (lambda on, limit: expiry.versions(on, shape, before, limit), take_versions),
        "receipts": (lambda on, limit: expiry.receipts(on, dataset, before, limit), take_receipts),
        "events": (lambda on, limit: expiry.events(on, dataset, before, limit), take_events),
    }
    return Due(dataset, of, before, *ways[of])


def clear_store(hub: Hub) -> None:
    """Remove from the store what the log has told of; done again after a crash."""
    while True:
        with writing(hub.ledger, "clear_store") as connection:
            evidence.next_sequence(connection)  # no arrival of the same bytes is entered meanwhile
            chosen = expiry.blobs_to_go(connection, AT_ONCE["blobs"])
            for sha256, came_again in chosen:
                if not came_again:
                    hub.store.erase(sha256)
            expiry.blobs_gone(connection, [sha256 for sha256, _ in chosen], hub.now())
        if len(chosen) < AT_ONCE["blobs"]:
            return
