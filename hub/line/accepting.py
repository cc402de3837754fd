"""What the accepting transaction writes for the rows of one delivery: fates, versions, outbox, quarantine, withdrawals.

Everything in here happens in one transaction of the caller; the receipt and the event follow in the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.findings import Finding
from hub.ledger import deliveries, merging, outbox, quarantine, records, resends, withdrawals
from hub.ledger.merging import Merged
from hub.ledger.records import RecordTable
from hub.ledger.resends import Resend
from hub.line import conserving_ledger, returning, steering, tombstones
from hub.line.conserving import Passed
from hub.line.hub import ZONE
from hub.line.returning import Return
from hub.stages.job import Job

if TYPE_CHECKING:
    from hub.line.hub import Hub

SHOWN = 100  # rows of withdrawn records named in a receipt


class RemovesTooMuch(Exception):
    """A replacement would remove more than the contract allows; undoes the transaction. ``told``: rows of how many."""

    def __init__(self, told: str) -> None:
        super().__init__("a replacement would remove more than the contract allows")
        self.told = told


@dataclass(slots=True)
class Entered:
    """What was written, for the receipt."""

    counts: dict[str, int]
    resend: Resend | None = None
    findings: list[Finding] = field(default_factory=list)
    rule_counts: list[tuple[str, str | None, int]] = field(default_factory=list)


def enter(
    hub: Hub,
    connection: sa.Connection,
    staged: str,
    delivery: dict[str, Any],
    job: Job,
    rows: int,
    passed: Passed,
    now: datetime,
    *,
    refused: bool,
    came: Return | None = None,
) -> Entered:
    """Write the staged rows of a delivery; ``rows`` is how many the reader counted. ``RemovesTooMuch`` asks a person.

    ``passed``: what stage accept has handed on; ``CallOperator`` when it is not what the ledger holds now.
    ``refused``: the whole delivery was refused, so that nothing is sent again, replaced or withdrawn by it. ``came``:
    what came back, where the delivery is a workbook of the hub's.
    """
    delivery_id, shape = delivery["id"], hub.shape(job.contract)
    records.ensure(connection, shape)
    conserving_ledger.staged(connection, shape, staged, passed)
    aside = withdrawals.set_aside(connection, shape, staged)
    deliveries.enter_fates(connection, delivery_id, staged)
    counts = deliveries.assert_conserved(connection, delivery_id, rows)
    conserving_ledger.fated(connection, delivery_id, passed, counts, aside)
    entered = Entered(counts)
    dataset = job.contract.dataset
    compared = not refused and delivery["mode"] != "withdrawal" and bool(delivery["slot"])
    earlier = (
        resends.predecessors(connection, delivery["department"], dataset, delivery["slot"], delivery_id)
        if compared
        else []
    )
    merged = merging.merge(connection, shape, staged, delivery_id, now, [one.id for one in earlier])
    conserving_ledger.versioned(connection, shape, staged, delivery_id, passed)
    ended = _withdraw(connection, shape, staged, delivery, now, entered)
    outbox.enqueue(connection, hub.receiving(job.contract), dataset, merging.moved_beside(staged), delivery_id)
    steering.enqueue_moved(hub, connection, job.contract, staged)
    mended = quarantine.update(connection, shape, staged, delivery_id)
    if came is not None and not refused:
        mended += returning.enter(hub, connection, shape, staged, delivery, came, hub.receiving(job.contract), now)
    entered.counts |= {"inserted": merged.inserted, "updated": merged.updated + ended}
    entered.counts["unchanged"] = counts["accepted"] - merged.inserted - merged.updated - ended
    if aside:
        entered.rule_counts.append((withdrawals.CODE, None, aside))
        named = withdrawals.set_aside_records(connection, shape, staged, SHOWN)
        entered.findings += [Finding(withdrawals.CODE, record=record, row=row) for record, row in named]
    if merged.older:
        entered.findings.append(Finding("ORD-OLDER", detail=f"{merged.older}行"))
    if compared:
        _compare(hub, connection, shape, staged, delivery, job, earlier, merged, mended, entered, now)
    tombstones.tell(hub, connection, dataset, withdrawals.of_delivery(connection, delivery_id), now)
    return entered


def _withdraw(
    connection: sa.Connection,
    shape: RecordTable,
    staged: str,
    delivery: dict[str, Any],
    now: datetime,
    entered: Entered,
) -> int:
    """Rows that name what must no longer be seen. They are carried out at once, questions follow; gives how many."""
    day = delivery["received_at"].astimezone(ZONE).date().isoformat()
    done = withdrawals.withdraw(connection, shape, staged, delivery["id"], now, day, delivery["reason"] or "")
    if done.unknown:
        entered.findings.append(Finding("WDR-UNKNOWN", detail=f"{done.unknown}行"))
    if done.asked and not delivery["reason"]:
        entered.findings.append(Finding("WDR-REASON"))
    return done.ended


def _mended_from(
    connection: sa.Connection, delivery_id: int, merged: Merged, mended: int, entered: Entered
) -> Resend | None:
    """A file of another name that mends rejected rows: the workbook of a receipt, sent back."""
    before = quarantine.mended_of(connection, delivery_id) if mended else None
    if before is None:
        return None
    new, corrected = max(merged.inserted - mended, 0), merged.updated
    facts: dict[str, Any] = {
        "corrected": corrected,
        "unchanged": entered.counts["unchanged"],
        "new": new,
        "mended": mended,
    }
    return Resend(of=before, kind="extension" if new else "correction", vanished=0, **facts)


def _compare(
    hub: Hub,
    connection: sa.Connection,
    shape: RecordTable,
    staged: str,
    delivery: dict[str, Any],
    job: Job,
    earlier: list[resends.Earlier],
    merged: Merged,
    mended: int,
    entered: Entered,
    now: datetime,
) -> None:
    """Say what became of the rows of the delivery that this one sends again; a replacement removes the rest."""
    mode, delivery_id = delivery["mode"], delivery["id"]
    whole = next((one for one in earlier if one.mode != "correction"), None)
    if mode == "replacement" and whole is None:
        entered.findings.append(Finding("RSD-NOTHING"))
    if not earlier:
        entered.resend = _mended_from(connection, delivery_id, merged, mended, entered)
        return
    partial = mode == "correction" or whole is None
    gone_records = None if partial or whole is None else resends.vanished(shape, staged, [whole.id])
    gone = 0 if gone_records is None else resends.count(connection, gone_records)
    kind = resends.kind_of(corrected=merged.updated, new=merged.inserted, mended=mended, gone=gone)
    before = earlier[0].id if whole is None or partial else whole.id
    entered.resend = Resend(
        of=before,
        kind=kind,
        corrected=merged.updated,
        unchanged=entered.counts["unchanged"],
        new=max(merged.inserted - mended, 0),
        mended=mended,
        vanished=gone,
    )
    deliveries.update(connection, delivery_id, resends=before)
    if mode == "replacement" and gone and gone_records is not None and whole is not None:
        if gone > job.contract.remove_above * whole.accepted and delivery["state"] != "released":
            raise RemovesTooMuch(f"原来{whole.accepted}行中的{gone}行")
        withdrawn = withdrawals.withdraw_records(
            connection, shape, gone_records, now, delivery["reason"] or "替换", delivery_id
        )
        outlets = hub.receiving(job.contract)
        outbox.enqueue_deletes(connection, outlets, job.contract.dataset, withdrawn, delivery_id)
        steering.enqueue_withdrawn(hub, connection, job.contract, [record for record, _ in withdrawn])
        entered.resend = replace(entered.resend, kind="replacement", removed=True)
    elif kind == "truncation":
        entered.findings.append(Finding("RSD-TRUNCATED", detail=f"{gone}行"))
    if not partial and (not gone or mode == "replacement"):
        quarantine.replace(connection, before, delivery_id)
