"""A person intervenes: withdraws a record, takes that back, settles what an outlet could not take.

Each of these is an event with who and why; without a reason nothing is done.
"""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Contract
from hub.errors import NotFound, WrongUsage
from hub.ledger import evidence, outbox, records, withdrawals
from hub.ledger.connect import reading, writing
from hub.line import steering, tombstones

if TYPE_CHECKING:
    from hub.line.hub import Hub


def withdraw(hub: Hub, record_id: str, reason: str) -> str:
    """Withdraw a current record from everywhere; gives its dataset. ``NotFound`` when no record of that id is current.

    The outlets are told with their next drain. Sent again, the record stays out, unless its order value is newer.
    """
    _need(reason)
    contract = _contract_of(hub, record_id)
    with writing(hub.ledger, "withdraw") as connection:
        now = hub.now()
        chosen: sa.Select[Any] = sa.select(sa.literal(record_id))
        gone = withdrawals.withdraw_records(connection, hub.shape(contract), chosen, now, reason.strip())
        if not gone:
            raise NotFound(f"there is no current record {record_id}")
        outbox.enqueue_deletes(connection, hub.receiving(contract), contract.dataset, gone, 0)
        steering.enqueue(hub, connection, contract, chosen)
        floors = [(record_id, withdrawals.of_record(connection, record_id)[-1]["floor"])]
        tombstones.tell(hub, connection, contract.dataset, floors, now)
        evidence.append(
            connection,
            "withdrawn",
            now,
            dataset=contract.dataset,
            record=record_id,
            by=getpass.getuser(),
            reason=reason,
        )
        evidence.seal(connection, now)
    return contract.dataset


def reinstate(hub: Hub, record_id: str, reason: str) -> str:
    """Let a withdrawn record come again with its sender's next delivery; ``NotFound`` when it is not withdrawn."""
    _need(reason)
    contract = _contract_of(hub, record_id)
    with writing(hub.ledger, "reinstate") as connection:
        now = hub.now()
        withdrawals.lift(connection, contract.dataset, record_id, now)
        told = evidence.append(
            connection,
            "reinstated",
            now,
            dataset=contract.dataset,
            record=record_id,
            by=getpass.getuser(),
            reason=reason,
        )
        evidence.seal(connection, now)
    tombstones.tell_lifted(hub, told, contract.dataset, record_id, now)
    return contract.dataset


def delivered_by_hand(hub: Hub, sequence: int, reason: str) -> None:
    """Enter that a person has delivered an outbox entry; ``WrongUsage`` when it has its answer already."""
    _need(reason)
    _settle(hub, "delivered_by_hand", sequence, reason)


def send_again(hub: Hub, sequence: int, reason: str) -> None:
    """Let a parked outbox entry go out again; ``WrongUsage`` when it is not parked."""
    _need(reason)
    _settle(hub, "sent_again", sequence, reason)


def _settle(hub: Hub, kind: str, sequence: int, reason: str) -> None:
    with writing(hub.ledger, "settle") as connection:
        now = hub.now()
        if kind == "sent_again":
            entry = outbox.retry(connection, sequence)
        else:
            entry = outbox.by_hand(connection, sequence, now)
        facts = {"outlet": entry["outlet"], "dataset": entry["dataset"], "entry": sequence, "was": entry["state"]}
        evidence.append(connection, kind, now, **facts, by=getpass.getuser(), reason=reason)
        evidence.seal(connection, now)


def _need(reason: str) -> None:
    if not reason.strip():
        raise WrongUsage("a reason is needed")


def _contract_of(hub: Hub, record_id: str) -> Contract:
    """The contract of the dataset that has the record, whatever became of it."""
    for contract in hub.contracts.values():
        shape = hub.shape(contract)
        with reading(hub.ledger) as connection:
            if records.exists(connection, shape) and records.bookkeeping(connection, shape, record_id):
                return contract
    raise NotFound(f"there is no record {record_id}")
