"""The monthly reconciliation (月度对账): what an outlet should hold against what its receiver says that it holds.

By counts and by a digest that does not depend on the order: the sum of SHA-256 over each record's id and sequence.
A difference is told, with the ids (keyed hashes) of some records, and changes nothing: withdrawals and rows go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from hub.contract.model import Contract, Outlet
from hub.errors import WrongUsage
from hub.ledger import evidence, reopening
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.line import reconciling, ways_out
from hub.line.held_list import Held
from hub.line.hub import ZONE
from hub.outlets.receiver import Receiver

if TYPE_CHECKING:
    from hub.line.hub import Hub

TOLD = 100  # ids of one dataset that are told


def reconcile(hub: Hub, outlet_id: str, held: Mapping[str, Mapping[str, int]] | None = None) -> dict[str, Any]:
    """Compare, enter it into the evidence; by dataset ``ours``, ``theirs``, ``unsettled`` and what differs.

    ``held``: a list that a person got from the receiver, by dataset, record id and sequence, instead of asking it. The
    first one after a restore brings the outbox in line, as an exchange does where the receiver can be asked.
    ``CallOperator`` when the receiver cannot be asked and there is no list.
    """
    outlet = hub.outlet(outlet_id)
    if outlet.kind not in ways_out.SETTINGS:
        raise WrongUsage(f"{outlet_id} keeps no single records: there is nothing to compare")
    with (
        exclusive(hub.ledger, f"outlet/{outlet_id}", lease_seconds=hub.settings.lease_seconds) as hold,
        ways_out.reached(hub, outlet) as reached,
    ):
        receiver: Receiver = reached if held is None else Held(reached, held)
        chosen = [one for one in hub.contracts.values() if receiver.takes(one.dataset)]
        reconciling.after_restore(hub, receiver, outlet, chosen, hold)
        found = {one.dataset: _compare(hub, receiver, outlet, one) for one in chosen}
        with writing(hub.ledger, "monthly") as connection:
            hold.check(connection)
            for dataset, facts in found.items():
                evidence.append(connection, "compared", hub.now(), outlet=outlet_id, dataset=dataset, **facts)
            evidence.seal(connection, hub.now())
    return found


def _compare(hub: Hub, receiver: Receiver, outlet: Outlet, contract: Contract) -> dict[str, Any]:
    dataset, day = contract.dataset, receiver.as_of(contract.dataset)
    before = None if day is None else datetime.combine(day, time(), ZONE)
    there = receiver.sequences(dataset)
    with reading(hub.ledger) as connection:
        settled = reopening.settled(connection, outlet.id, dataset, before)
        known = reopening.known_to(connection, outlet.id, dataset)
    ours = {record: sequence for record, sequence in settled.items() if sequence is not None}
    # A record that nobody has ever sent is no less wrong there than one that was taken away.
    theirs = {record: one for record, one in there.items() if record in settled or record not in known}
    differing = sorted(record for record in ours.keys() | theirs.keys() if ours.get(record) != theirs.get(record))
    return {
        "ours": {"count": len(ours), "digest": digest(ours)},
        "theirs": {"count": len(theirs), "digest": digest(theirs)},
        "unsettled": len(known - settled.keys()),
        "as_of": None if day is None else day.isoformat(),
        "missing": sum(1 for record in differing if record not in theirs),
        "unexpected": sum(1 for record in differing if record not in ours),
        "other_version": sum(1 for record in differing if record in ours and record in theirs),
        "ids": differing[:TOLD],
    }


def differs(found: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a comparison found anything."""
    return any(one["ours"] != one["theirs"] for one in found.values())


def digest(held: Mapping[str, int]) -> str:
    """Sum of SHA-256 of every id and sequence, modulo 2^256, in hexadecimal; the same in whatever order."""
    parts = (hashlib.sha256(f"{record}\x1f{sequence}".encode()).digest() for record, sequence in held.items())
    return f"{sum(int.from_bytes(part) for part in parts) % (1 << 256):064x}"
