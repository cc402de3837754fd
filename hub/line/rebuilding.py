"""Rebuilding (重建): the log is played into a fresh ledger, from the landed bytes, and must come out the same.

Each verdict is given again at its own moment by the rules of then; its event has to get the same leaf, which binds
counts, fates, receipt and blob. What the events do not tell is taken as it is: the arrivals' file names, reasons and
ways (the receipts bind the names), and the answers of outlets. Nothing of the hub itself is changed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.errors import HubError, NotFound, WrongUsage, disk_faults
from hub.ledger import evidence, expiry, outbox, records, replaying, withdrawals
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.ledger.tables import delivery, receipt
from hub.line import comparing, erasing, judging, restoring
from hub.line.again import Again, Hubs
from hub.line.comparing import Difference

if TYPE_CHECKING:
    from hub.line.hub import Hub

SCRATCH = "rebuild-"
VERDICTS = ("judged", "held")


@dataclass(slots=True)
class Rebuilt:
    """What came of it."""

    judged: int = 0  # verdicts that came out the same
    lost: dict[int, str] = field(default_factory=dict)  # deliveries that cannot be judged again, and why
    unsure: set[int] = field(default_factory=set)  # other deliveries that came out otherwise after a lost one
    different: list[Difference] = field(default_factory=list)
    compared: dict[str, int] = field(default_factory=dict)


@disk_faults("rebuild")
def rebuild(hub: Hub, to: Path | None = None) -> Rebuilt:
    """Rebuild into a folder that is not there yet, or into scratch; gives every difference."""
    if to is not None and to.exists():
        raise WrongUsage("the folder of a rebuild must not be there yet")
    work = hub.home / "work"
    work.mkdir(parents=True, exist_ok=True)
    with exclusive(hub.ledger, "rebuild", lease_seconds=hub.settings.lease_seconds):
        for scrap in work.glob(f"{SCRATCH}*"):  # of a run that was killed
            shutil.rmtree(scrap)
        with tempfile.TemporaryDirectory(dir=work, prefix=SCRATCH) as scratch:
            return _rebuild(hub, (to or Path(scratch)).absolute())


def _rebuild(hub: Hub, folder: Path) -> Rebuilt:
    rebuilt, hubs = Rebuilt(), Hubs(hub, folder)
    with _target(hubs.today) as target:
        replaying.drop_guards(target)
    try:
        with reading(hub.ledger) as source:
            for event in replaying.events(source):
                _play(hubs, source, event, rebuilt)
            _columns(hubs.today)
            comparing.compare(hub, hubs.today, source, rebuilt)
    finally:
        hubs.today.ledger.dispose()
    return rebuilt


def _target(again: Again) -> AbstractContextManager[sa.Connection]:
    return writing(again.ledger, "rebuild")


def _columns(again: Again) -> None:
    with _target(again) as target:
        for contract in again.contracts.values():
            records.ensure(target, again.shape(contract))


def _play(hubs: Hubs, source: sa.Connection, event: dict[str, Any], rebuilt: Rebuilt) -> None:
    sequence = event["sequence"]
    if event["kind"] in VERDICTS:
        _verdict(hubs, source, event, rebuilt)
    else:
        hubs.today.moment = event["at"]
        body = evidence.by_sequence(source, sequence)["body"]
        with _target(hubs.today) as target:
            if body is not None and (effect := EFFECTS.get(event["kind"])) is not None:
                effect(hubs.today, source, target, event, body, rebuilt)
            elif event["kind"] == "landed":
                _landed(hubs.today, source, target, event, {}, rebuilt)
            replaying.copy_event(source, target, event)
    with _target(hubs.today) as target:
        replaying.copy_checkpoints(source, target, sequence)


def _verdict(hubs: Hubs, source: sa.Connection, event: dict[str, Any], rebuilt: Rebuilt) -> None:
    delivery_id, sequence = event["delivery_id"], event["sequence"]
    row = source.execute(sa.select(delivery).where(delivery.c.id == delivery_id)).one()
    body = evidence.by_sequence(source, sequence)["body"]
    rules = row.contract_fingerprint if body is None else body["contract"]
    named = receipt.c.created_at == event["at"] if body is None else receipt.c.receipt_no == body["receipt_no"]
    issued = sa.select(receipt.c.receipt_no, receipt.c.body).where(
        receipt.c.delivery_id == delivery_id, receipt.c.stage == "validation", named
    )
    was = source.execute(issued).first()
    again = hubs.of(rules, row.dataset, event["at"])
    why = _why_lost(hubs.first, row, again)
    if why is None and again is not None:
        carried = comparing.carried(was.body) if was is not None and was.body else sequence - 1
        with _target(again) as target:
            replaying.copy_checkpoints(source, target, carried)
        try:
            judging.judge(again, delivery_id)
        except HubError as error:
            why = f"it cannot be judged again: {error}"
        shutil.rmtree(again.work_folder(delivery_id))
    with _target(hubs.today) as target:
        same = why is None and replaying.leaf_at(target, sequence) == event["leaf"]
        if same:
            rebuilt.judged += 1
        elif why is not None:
            rebuilt.lost[delivery_id] = why
            numbers = [was.receipt_no] if was is not None else []
            replaying.copy_outcome(source, target, delivery_id, numbers, held=event["kind"] == "held")
        elif rebuilt.lost:
            rebuilt.unsure.add(delivery_id)
        else:
            told = "its verdict, counts, fates or receipt came out otherwise"
            rebuilt.different.append(Difference(row.dataset or "?", told, delivery=delivery_id))
        if not same:
            replaying.copy_event(source, target, event)


def _why_lost(hub: Hub, row: Any, again: Again | None) -> str | None:
    if again is None:
        return "the rules of then were not kept"
    unread = row.duplicate_of is not None or row.dataset is None or row.size > hub.settings.max_file_bytes
    if unread or hub.store.has(row.sha256):
        return None
    return "its file was erased"


Effect = Callable[[Again, sa.Connection, sa.Connection, dict[str, Any], dict[str, Any], Rebuilt], None]


def _landed(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    replaying.arrive(source, target, event["delivery_id"])
    if "receipt_no" in body:  # it told of nothing that could come out otherwise
        replaying.copy_receipt(source, target, body["receipt_no"])


def _decided(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    target.execute(delivery.update().where(delivery.c.id == event["delivery_id"]).values(state=event["kind"]))


def _acknowledged(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    mine = (delivery.c.id == event["delivery_id"], delivery.c.state == "accepted")
    target.execute(delivery.update().where(*mine).values(state="answered"))
    target.execute(receipt.update().where(receipt.c.receipt_no == body["receipt_no"]).values(put_at=event["at"]))


def _withdrawn(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    contract, chosen = again.contract(body["dataset"]), sa.select(sa.literal(body["record"]))
    reason = str(body["reason"]).strip()
    records.ensure(target, again.shape(contract))
    gone = withdrawals.withdraw_records(target, again.shape(contract), chosen, event["at"], reason)
    outbox.enqueue_deletes(target, again.receiving(contract), contract.dataset, gone, 0)


def _reinstated(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    try:
        withdrawals.lift(target, body["dataset"], body["record"], event["at"])
    except NotFound:
        if not rebuilt.lost:  # the delivery that brought the record
            told = f"event {event['sequence']}: there was nothing to reinstate"
            rebuilt.different.append(Difference(body["dataset"], told, record=body["record"]))


def _reapplied(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    restoring.again(again, target, body["dataset"], [(record, floor) for record, floor in body["records"]], event["at"])


def _amended(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    replaying.copy_receipt(source, target, body["receipt_no"])


def _checked(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    replaying.copy_checks(source, target, event["delivery_id"], body["round"])


def _requested(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    replaying.copy_request(source, target, body["request"])


def _erased(again: Again, source: Any, target: Any, event: dict[str, Any], body: Any, rebuilt: Rebuilt) -> None:
    what = body.get("class")
    if what == "receipts":
        expiry.erase_receipts(target, body["receipts"])
    elif what == "quarantine":
        expiry.erase_quarantined(target, body["deliveries"])
    elif what in ("versions", erasing.PERSON):
        contract = again.contract(body["dataset"])
        shape = again.shape(contract)
        records.ensure(target, shape)  # the deliveries that made it may be lost
        if what == erasing.PERSON:
            chosen = expiry.versions_of(target, shape, body["record"])
            if chosen:
                erasing.withdraw(target, again, contract, body["record"], event["at"], str(body["reason"]).strip())
            expiry.forget_findings(target, body["record"])
        else:
            chosen = expiry.versions(target, shape, datetime.fromisoformat(body["before"]), body["count"])
        if expiry.digest(chosen) != body["sha256"] and not rebuilt.lost:
            told = f"event {event['sequence']}: other versions would have been erased"
            rebuilt.different.append(Difference(body["dataset"], told, record=body.get("record")))
        if chosen:
            person = what == erasing.PERSON
            expiry.erase_versions(target, shape, chosen, event["at"], event["sequence"], of_person=person)


EFFECTS: dict[str, Effect] = {
    "landed": _landed,
    "released": _decided,
    "refused": _decided,
    "acknowledged": _acknowledged,
    "withdrawn": _withdrawn,
    "reinstated": _reinstated,
    "reapplied": _reapplied,
    "amended": _amended,
    "published_rows": _amended,
    "credit_check": _checked,
    "request_opened": _requested,
    "erased": _erased,
}
