"""Deliveries go out: each outlet drains its outbox, waits for the answer and has it recorded."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract, Outlet
from hub.errors import FixConfiguration
from hub.ledger import deliveries, evidence, frames, outbox
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.line import answering
from hub.outlets import open_feed, province, sharing
from hub.receipts.compose import compose_amendment, to_bytes
from hub.receipts.number import receipt_no
from hub.receipts.parts import Refusal

if TYPE_CHECKING:
    from hub.line.hub import Hub

ASK_SECONDS = 1.0  # between two looks at the province's answers


def publish(hub: Hub) -> dict[str, int]:
    """Bring the open feed up to what the ledger holds now; entries that wait are in it afterwards."""
    with exclusive(hub.ledger, "outlet/open_feed"):
        chosen = [one for one in hub.contracts.values() if open_feed.OUTLET in hub.receiving(one)]
        with reading(hub.ledger) as connection:
            marks = {one.dataset: outbox.last_sequence(connection, open_feed.OUTLET, one.dataset) for one in chosen}
        today = hub.today()
        contents = tuple(open_feed.select(_current(hub, one, open_feed.OUTLET), one, today) for one in chosen)
        index = open_feed.publish(hub.home / "feed", hub.county, contents, today)
        with writing(hub.ledger) as connection:
            now = hub.now()
            for dataset, mark in marks.items():
                if mark:
                    outbox.mark_all(connection, open_feed.OUTLET, dataset, mark, now)
            before = evidence.latest(connection, "published")
            if before is None or before["body"]["version"] != index["version"]:
                counts = {entry["dataset"]: entry["records"] for entry in index["datasets"]}
                evidence.append(connection, "published", now, version=index["version"], records=counts)
    answered = sum(1 for mark in marks.values() if mark)
    return {"sent": sum(entry["records"] for entry in index["datasets"]), "answered": answered, "pending": 0}


def _current(hub: Hub, contract: Contract, outlet: str) -> pl.DataFrame:
    """The current records of a dataset with the columns on which the decision and the show depend."""
    return frames.current(hub.ledger, hub.shape(contract), sharing.needed(contract, outlet))


def exchange(hub: Hub, outlet: Outlet, wait_seconds: float) -> dict[str, int]:
    """Push to the province's front end, read answers back for up to ``wait_seconds``, tell departments of refusals."""
    with exclusive(hub.ledger, f"outlet/{outlet.id}"):
        chosen = [one for one in hub.contracts.values() if province.table_of(outlet, one.dataset)]
        if not hub.settings.province_url:
            raise FixConfiguration("HUB_PROVINCE_URL names no front-end database")
        with province.door(hub.settings.province_url) as front_end:
            sent = sum(_push(hub, front_end, outlet, contract) for contract in chosen)
            answered, pending = 0, 0
            until = time.monotonic() + wait_seconds
            while True:
                got, pending = _ask(hub, front_end, outlet, chosen)
                answered += got
                if not pending or time.monotonic() >= until:
                    break
                time.sleep(ASK_SECONDS)
        _amend(hub, outlet)
        # Also those that an earlier run wrote and could not put.
        with reading(hub.ledger) as connection:
            unsent = deliveries.unsent(connection, "province")
        for delivery_id in unsent:
            answering.answer(hub, delivery_id)
    return {"sent": sent, "answered": answered, "pending": pending}


def _push(hub: Hub, front_end: Any, outlet: Outlet, contract: Contract) -> int:
    with writing(hub.ledger) as connection:
        outbox.supersede(connection, outlet.id, contract.dataset)
        # What is accepted from now on is sent the next time: the records read below may not have it yet.
        up_to = outbox.last_sequence(connection, outlet.id, contract.dataset)
    sent = 0
    current: pl.DataFrame | None = None
    while True:
        with reading(hub.ledger) as connection:
            waiting = outbox.open_entries(connection, outlet.id, contract.dataset, "waiting", up_to)
        if not waiting:
            return sent
        if current is None:
            current = _current(hub, contract, outlet.id)
        entries = pl.DataFrame(
            {
                "record_id": [entry["record_id"] for entry in waiting],
                "outbox_sequence": [entry["sequence"] for entry in waiting],
            },
            schema={"record_id": pl.String, "outbox_sequence": pl.Int64},
        )
        withheld = province.push(
            front_end, outlet, contract, entries.join(current, on="record_id", how="inner"), hub.today()
        )
        with writing(hub.ledger) as connection:
            now = hub.now()
            gone = [sequence for sequence, reason in withheld.items() if reason is None]
            outbox.mark(connection, gone, "sent", now)
            for reason in {one for one in withheld.values() if one is not None}:
                kept = [sequence for sequence, why in withheld.items() if why == reason]
                outbox.mark(connection, kept, "withheld", now, reason)
            lost = [entry["sequence"] for entry in waiting if entry["sequence"] not in withheld]
            outbox.mark(connection, lost, "superseded", now)
            evidence.append(
                connection,
                "sent",
                now,
                outlet=outlet.id,
                dataset=contract.dataset,
                rows=len(gone),
                held=len(withheld) - len(gone),
            )
        sent += len(gone)


def _ask(hub: Hub, front_end: Any, outlet: Outlet, chosen: list[Contract]) -> tuple[int, int]:
    """Read answers back; gives how many came and how many are still pending."""
    answered = pending = 0
    for contract in chosen:
        with reading(hub.ledger) as connection:
            waiting = outbox.open_entries(connection, outlet.id, contract.dataset, "sent")
        if not waiting:
            continue
        by_record = {entry["record_id"]: entry["sequence"] for entry in waiting}
        answers = [
            answer
            for answer in province.answers(front_end, outlet, contract.dataset, list(by_record))
            if answer.state != "sent" and by_record[answer.record_id] == answer.sequence
        ]
        with writing(hub.ledger) as connection:
            now = hub.now()
            taken = [answer.sequence for answer in answers if answer.state == "acknowledged"]
            outbox.mark(connection, taken, "acknowledged", now)
            for cause in {answer.cause for answer in answers if answer.state == "rejected"}:
                refused = [one.sequence for one in answers if one.state == "rejected" and one.cause == cause]
                outbox.mark(connection, refused, "rejected", now, cause)
        answered += len(answers)
        pending += len(waiting) - len(answers)
    return answered, pending


def _amend(hub: Hub, outlet: Outlet) -> None:
    """Write an amended receipt for every delivery of which the province refused rows."""
    with writing(hub.ledger) as connection:
        by_delivery: dict[int, list[dict[str, Any]]] = {}
        for entry in outbox.unanswered_refusals(connection, outlet.id):
            by_delivery.setdefault(entry["delivery_id"], []).append(entry)
        for delivery_id, entries in by_delivery.items():
            receipts = deliveries.receipts(connection, delivery_id)
            first = [one for one in receipts if one["stage"] == "validation"][-1]
            ordinal = 1 + sum(1 for one in receipts if one["stage"] == "province")
            batch_no = deliveries.show(connection, delivery_id)["batch_no"]
            number = receipt_no(batch_no, 3, ordinal)
            refusals = tuple(
                Refusal(row=one["row"], record=one["record"], cause=one["cause"] or "没有说明原因") for one in entries
            )
            now = hub.now()
            receipt = compose_amendment(json.loads(first["body"]), refusals, number, now)
            body = to_bytes(receipt).decode("utf-8")
            deliveries.issue_receipt(connection, delivery_id, number, "province", ordinal, body, now)
            outbox.told(connection, [one["sequence"] for one in entries], number)
            evidence.append(connection, "amended", now, delivery_id, receipt_no=number, refused=len(entries))
