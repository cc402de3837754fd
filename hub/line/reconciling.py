"""After a restore the ledger does not know what left since the backup (对账): the outlet's own table tells it.

By keys: what stands there and should not goes, what was changed or is missing is sent again. The outbox goes on above
the highest sequence that the table holds, so no row is taken for older than it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.contract.model import Contract, Outlet
from hub.errors import CallOperator
from hub.ledger import evidence, frames, outbox, reopening
from hub.ledger.connect import reading, writing
from hub.ledger.locks import Hold
from hub.line import restoring
from hub.outlets.receiver import Receiver

if TYPE_CHECKING:
    from hub.line.hub import Hub


def after_restore(hub: Hub, receiver: Receiver, outlet: Outlet, chosen: list[Contract], hold: Hold) -> None:
    """Bring the outbox in line with what the front end shows; nothing when no restore was before."""
    if not restoring.must_be_open(hub, outlet.id):
        return
    _is_fresh(hub, receiver, chosen)
    there = {one.dataset: receiver.sequences(one.dataset) for one in chosen}
    current = {one.dataset: frames.current(hub.ledger, hub.shape(one), ()) for one in chosen}
    with writing(hub.ledger, "reconcile") as connection:
        hold.check(connection)
        reopening.go_on_above(connection, max((max(one.values(), default=0) for one in there.values()), default=0))
        for contract in chosen:
            dataset = contract.dataset
            rows = current[dataset].select("record_id", "version", "delivery_id").iter_rows()
            known = {record: (version, delivery) for record, version, delivery in rows}
            strangers = sorted(there[dataset].keys() - known.keys())
            outbox.enqueue_deletes(connection, (outlet.id,), dataset, [(one, 0) for one in strangers], 0)
            last = reopening.last_entries(connection, outlet.id, dataset)
            again = [
                (record, *facts)
                for record, facts in sorted(known.items())
                if _differs(there[dataset].get(record), last.get(record))
            ]
            reopening.enqueue_again(connection, outlet.id, dataset, again)
            counts: dict[str, Any] = {"removed": len(strangers), "again": len(again)}
            evidence.append(connection, "reconciled", hub.now(), outlet=outlet.id, dataset=dataset, **counts)
        restoring.opened(connection, outlet.id)
        evidence.seal(connection, hub.now())


def _is_fresh(hub: Hub, receiver: Receiver, chosen: list[Contract]) -> None:
    """A list that the receiver wrote before the restore does not know what left until then."""
    with reading(hub.ledger) as connection:
        restored = reopening.restored_on(connection)
    for contract in chosen:
        day = receiver.as_of(contract.dataset)
        if day is not None and restored is not None and day.isoformat() <= restored:
            raise CallOperator(
                f"the receiver's list of {contract.dataset} is not younger than the restore: ask it for a new one"
            )


def _differs(shown: int | None, last: tuple[int, str] | None) -> bool:
    """Whether the table holds another row than the ledger's last entry says."""
    if last is None:
        return True
    sequence, state = last
    if shown is None:  # what still waits or is withheld is not there, and need not be
        return state in ("sent", "acknowledged", "rejected", "superseded")
    return shown != sequence
