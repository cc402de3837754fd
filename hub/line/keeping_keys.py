"""The keys of what is sealed at rest, kept (密钥管理): listed, rotated under load, destroyed when their time is over.

A rotation wraps every data key by a new master key, some at a time, while deliveries go on; no cell changes. Destroying
the data key of a dataset and month erases what was sealed under it, here and in every backup that is restored later:
a tombstone in the store tells of it. A copy of the database from before can be read until the master key of then is
gone, too: rotate after destroying, and remove the old one.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Contract
from hub.errors import NotFound, WrongUsage
from hub.ledger import data_keys, evidence, expiry, records, sealed
from hub.ledger.connect import reading, writing
from hub.ledger.locks import Hold, exclusive
from hub.ledger.tables import delivery
from hub.line import tombstones
from hub.line.hub import ZONE
from hub.line.master_keys import MasterKeys
from hub.line.tombstones import DESTROYED, Told

if TYPE_CHECKING:
    from hub.line.hub import Hub

REWRAPPED, SEALED = 200, 5_000  # at once, in one transaction
LOCK = "keeping"  # as a backup and an erasure hold it
ENDED = "answered"
RETENTION = "retention"
STORE = "store"  # in place of a dataset: the keys of landed files, by month of landing
LANDING = timedelta(days=7)  # longest time between bytes that landed and the row that names them


def listed(hub: Hub) -> list[dict[str, Any]]:
    """The master keys in their files and the data keys, without the keys themselves."""
    with reading(hub.ledger) as connection:
        keys, wraps = data_keys.listed(connection), data_keys.masters_in_use(connection)
    masters = MasterKeys(hub.settings, hub.home)
    there = masters.read() if masters.file.exists() or wraps else {}
    told: list[dict[str, Any]] = [
        {"kind": "master", "id": one, "state": "newest" if place == 0 else "former", "wraps": wraps.get(one, 0)}
        for place, one in enumerate(there)
    ]
    told += [{"kind": "master", "id": one, "state": "missing", "wraps": wraps[one]} for one in wraps.keys() - there]
    for key in keys:
        state = "destroyed" if key["destroyed_at"] is not None else "in use"
        facts = {name: key[name] for name in ("id", "dataset", "month", "cipher", "made_at", "destroyed_at")}
        told.append({"kind": "data", "state": state, "wrapped_by": key["master"], **facts})
    return told


def rotate(hub: Hub, *, new: bool = True) -> dict[str, Any]:
    """Wrap every data key by a new master key, or by the newest that is there; gives its id and how many were wrapped.

    Deliveries may run meanwhile. Cut off anywhere, it is done again by the same words.
    """
    masters = MasterKeys(hub.settings, hub.home)
    with reading(hub.ledger) as connection:
        nothing = not data_keys.masters_in_use(connection)
    before = list(masters.read(make=nothing))
    newest = masters.rotate() if new else before[0]
    count = 0
    while True:
        with writing(hub.ledger, "rewrap") as connection:
            done = data_keys.rewrap(connection, REWRAPPED)
        count += done
        if done < REWRAPPED:
            break
    with writing(hub.ledger, "rotated") as connection:
        evidence.append(connection, "keys_rotated", hub.now(), master=newest, count=count, by=getpass.getuser())
    return {"master": newest, "wrapped": count, "former": [one for one in before if one != newest]}


def seal(hub: Hub) -> dict[str, int]:
    """Seal what still lies open in the record tables, some rows at a time; gives how many rows by dataset.

    Deliveries may run meanwhile. Cells are sealed under the key of the present month.
    """
    found: dict[str, int] = {}
    month = month_of(hub.now())
    for contract in hub.contracts.values():
        shape = hub.shape(contract)
        key = None
        after = 0
        while shape.sealed:
            with reading(hub.ledger) as connection:
                if not sealed.has_plain(connection, shape, after):
                    break
            key = key or data_keys.current(hub.ledger, shape.dataset, month, hub.now())
            if key is None:
                raise WrongUsage("HUB_CIPHER=none seals nothing")
            with writing(hub.ledger, "seal_rows") as connection:
                records.ensure(connection, shape)
                rows, after = sealed.seal_rows(connection, shape, key, after, SEALED)
            found[shape.dataset] = found.get(shape.dataset, 0) + rows
    if found:
        sealed.compact(hub.ledger)
    return found


def month_of(moment: datetime) -> str:
    """The county's month of a moment: 2026-11."""
    return f"{moment.astimezone(ZONE):%Y-%m}"


def destroy(hub: Hub, dataset: str, month: str, reason: str) -> list[str]:
    """Destroy the data keys of a dataset and month; gives their ids.

    ``NotFound`` when there is none; ``WrongUsage`` while something that is not past its time is sealed under one.
    """
    if not reason.strip():
        raise WrongUsage("a reason is needed")
    contract = None if dataset == STORE else hub.contract(dataset)
    with exclusive(hub.ledger, LOCK, lease_seconds=hub.settings.lease_seconds):
        # Before the transaction, for it may take long; nothing more is sealed under the key of a month that is over.
        kept = hub.store.keys_in_use() if contract is None else set[str]()
        with writing(hub.ledger, "destroy_key") as connection:
            data_keys.lock(connection)
            now = hub.now()
            keys = [one for one in _living(connection, dataset) if one[1] == month]
            if not keys:
                raise NotFound(f"{dataset} has no data key of {month}")
            if _open_until(connection, dataset, now) <= month:
                raise WrongUsage(f"deliveries of {month} are not answered yet, or may still come")
            if {one for one, _ in keys} & (kept if contract is None else _needed(hub, connection, contract, now)):
                what = "files that landed in" if contract is None else "records of"
                raise WrongUsage(f"{what} {month} are not past their time: hub expire --dry-run")
            _destroy(hub, connection, dataset, keys, now, reason.strip())
            evidence.seal(connection, now)
    return [one for one, _ in keys]


def emptied(hub: Hub, connection: sa.Connection, contract: Contract, now: datetime) -> list[tuple[str, str]]:
    """Data keys (id, month) of a dataset under which nothing is left; none where its versions are kept for ever."""
    living = _living(connection, contract.dataset) if contract.retention.versions is not None else []
    first_open = _open_until(connection, contract.dataset, now)
    shape = hub.shape(contract)
    if not (over := [one for one in living if one[1] < first_open]):
        return []
    used = sealed.keys_in_use(connection, shape) if records.exists(connection, shape) else set[str]()
    return [one for one in over if one[0] not in used]


def expire(hub: Hub, now: datetime, hold: Hold | None) -> list[dict[str, Any]]:
    """Destroy the keys under which nothing is left, as the retention run does; without ``hold`` they are only told."""
    found = []
    for contract in hub.contracts.values():
        with reading(hub.ledger) as connection:
            over = emptied(hub, connection, contract, now)
        if over and hold is not None:
            with writing(hub.ledger, "expire_key") as connection:
                hold.check(connection)
                data_keys.lock(connection)
                if over := emptied(hub, connection, contract, now):
                    _destroy(hub, connection, contract.dataset, over, now, RETENTION)
                evidence.seal(connection, now)
        if over:
            found.append({"dataset": contract.dataset, "class": "keys", "before": now, "count": len(over)})
    return found


def again(connection: sa.Connection, told: Sequence[Told], now: datetime) -> None:
    """Destroy what a restore has brought back of destroyed keys."""
    for one in told:
        gone = [key for key, _ in one.records if data_keys.destroy(connection, key, now)]
        if gone:
            evidence.append(connection, "key_destroyed", now, dataset=one.dataset, keys=gone, reason="before a restore")


def _living(connection: sa.Connection, dataset: str) -> list[tuple[str, str]]:
    keys = data_keys.listed(connection)
    return [(one["id"], one["month"]) for one in keys if one["dataset"] == dataset and one["destroyed_at"] is None]


def _open_until(connection: sa.Connection, dataset: str, now: datetime) -> str:
    """The first month of which a delivery may still seal something: of the oldest that is not answered, or today's."""
    if dataset == STORE:
        return month_of(now - LANDING)
    waiting = sa.select(sa.func.min(delivery.c.received_at)).where(
        delivery.c.dataset == dataset, delivery.c.state != ENDED
    )
    oldest = connection.scalar(waiting)
    return month_of(now if oldest is None else min(oldest, now))


def _needed(hub: Hub, connection: sa.Connection, contract: Contract, now: datetime) -> set[str]:
    """Data keys under which something is sealed that is not past its time."""
    shape, period = hub.shape(contract), contract.retention.versions
    if not records.exists(connection, shape):
        return set()
    before = datetime.min.replace(tzinfo=UTC) if period is None else period.before(now)
    # Where it cannot be said that a version is past, it is not.
    return sealed.keys_in_use(connection, shape, lambda table: sa.case((expiry.past(table, before), 1), else_=0) == 0)


def _destroy(
    hub: Hub, connection: sa.Connection, dataset: str, keys: Sequence[tuple[str, str]], now: datetime, reason: str
) -> None:
    tombstones.tell(hub, connection, dataset, keys, now, DESTROYED)
    for key, _ in keys:
        data_keys.destroy(connection, key, now)
    facts: dict[str, Any] = {
        "dataset": dataset,
        "keys": [one for one, _ in keys],
        "months": sorted({one for _, one in keys}),
    }
    evidence.append(connection, "key_destroyed", now, **facts, by=getpass.getuser(), reason=reason)
