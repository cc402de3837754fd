"""A person's content is erased (个人信息删除): every version of a record, with a tombstone; its proofs stay valid.

What stays: the lines of fates with pseudonym and keyed hash, the events, the landed files. A file holds the rows of
others, too, so it goes by its own retention; until then the record's rows are not shown from it any more.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Contract
from hub.errors import NotFound, WrongUsage
from hub.ledger import evidence, expiry, outbox, records, withdrawals
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.line import steering, tombstones
from hub.line.expiring import LOCK
from hub.line.hub import ZONE

if TYPE_CHECKING:
    from hub.ledger.records import RecordTable
    from hub.line.hub import Hub

PERSON = "person"


def erase(hub: Hub, record_id: str, reason: str) -> dict[str, Any]:
    """Erase what the hub holds of a record; gives ``dataset``, ``versions`` and the ``deliveries`` with rows of it.

    ``NotFound`` when no version is there. The outlets are told with their next drain.
    """
    if not reason.strip():
        raise WrongUsage("a reason is needed")
    contract = _contract_of(hub, record_id)
    shape = hub.shape(contract)
    with (
        exclusive(hub.ledger, LOCK, lease_seconds=hub.settings.lease_seconds),
        writing(hub.ledger, "erase") as connection,
    ):
        now = hub.now()
        chosen = expiry.versions_of(connection, shape, record_id)
        if not chosen:
            raise NotFound(f"there is no record {record_id}")
        floor = withdraw(connection, hub, contract, record_id, now, reason.strip())
        tombstones.tell(hub, connection, contract.dataset, [(record_id, floor)], now, tombstones.ERASED)
        deliveries = _take(connection, shape, record_id, chosen, now, reason)
        evidence.seal(connection, now)
    return {"dataset": contract.dataset, "record": record_id, "versions": len(chosen), "deliveries": deliveries}


def again(hub: Hub, connection: sa.Connection, dataset: str, record_id: str, now: datetime) -> bool:
    """Erase what a restore has brought back of an erased record; False when it brought nothing."""
    shape = hub.shape(hub.contract(dataset))
    chosen = expiry.versions_of(connection, shape, record_id) if records.exists(connection, shape) else []
    if chosen:
        _take(connection, shape, record_id, chosen, now, "erased before the ledger was lost")
    return bool(chosen)


def _take(
    connection: sa.Connection,
    shape: RecordTable,
    record_id: str,
    chosen: list[tuple[str, int, str]],
    now: datetime,
    reason: str,
) -> list[int]:
    """Take the versions away and tell of it; gives the deliveries that had a row of the record."""
    deliveries = expiry.forget_findings(connection, record_id)
    facts: dict[str, Any] = {"class": PERSON, "dataset": shape.dataset, "record": record_id}
    facts |= {"count": len(chosen), "sha256": expiry.digest(chosen), "by": getpass.getuser(), "reason": reason}
    sequence = evidence.append(connection, "erased", now, **facts)
    expiry.erase_versions(connection, shape, chosen, now, sequence, of_person=True)
    return deliveries


def withdraw(
    connection: sa.Connection, hub: Hub, contract: Contract, record_id: str, now: datetime, reason: str
) -> str:
    """The record is withdrawn where it is current, and has a standing tombstone; gives the floor."""
    shape = hub.shape(contract)
    chosen: sa.Select[Any] = sa.select(sa.literal(record_id))
    gone = withdrawals.withdraw_records(connection, shape, chosen, now, reason)
    outbox.enqueue_deletes(connection, hub.receiving(contract), contract.dataset, gone, 0)
    steering.enqueue_withdrawn(hub, connection, contract, [record_id])
    standing = [one["floor"] for one in withdrawals.of_record(connection, record_id) if one["lifted_at"] is None]
    if standing:
        return str(max(standing))
    floor = _highest(connection, shape, record_id)
    withdrawals.again(connection, shape, [(record_id, floor)], now)
    return floor


def _highest(connection: sa.Connection, shape: RecordTable, record_id: str) -> str:
    return max(str(one["valid_from"]) for one in records.bookkeeping(connection, shape, record_id))


def _contract_of(hub: Hub, record_id: str) -> Contract:
    with reading(hub.ledger) as connection:
        for contract in hub.contracts.values():
            shape = hub.shape(contract)
            if records.exists(connection, shape) and records.bookkeeping(connection, shape, record_id):
                return contract
    raise NotFound(f"there is no record {record_id}")


def not_shown(hub: Hub, delivery: Mapping[str, Any], record_id: str | None) -> str | None:
    """Why a row is not shown from its landed bytes any more; None when it is."""
    with reading(hub.ledger) as connection:
        record = expiry.record_erased(connection, record_id) if record_id else None
        blob_at = expiry.blob_erased_at(connection, delivery["sha256"])
    if record is not None and record["of_person"] and record["at"] >= delivery["received_at"]:
        return f"the record's content was erased on {day_of(record['at'])}"
    if blob_at is not None and not hub.store.has(delivery["sha256"]):
        return f"the file was erased on {day_of(blob_at)}: its time was over"
    if hub.store.lost(delivery["sha256"]):
        return "the file cannot be read any more: the key of the month in which it landed was destroyed"
    return None


def day_of(moment: datetime) -> str:
    """The county's day of a moment."""
    return moment.astimezone(ZONE).date().isoformat()
