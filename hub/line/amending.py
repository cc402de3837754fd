"""What a receiver refused is told to the department that sent it (更正回执)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.ledger import deliveries, evidence, outbox, reopening
from hub.ledger.connect import writing
from hub.ledger.locks import Hold
from hub.line.receipting import digest
from hub.receipts.compose import compose_amendment, to_bytes
from hub.receipts.number import receipt_no
from hub.receipts.parts import Refusal

if TYPE_CHECKING:
    from hub.line.hub import Hub


def amend(hub: Hub, outlet: str, hold: Hold) -> None:
    """Write an amended receipt for every delivery of which the receiver refused rows."""
    with writing(hub.ledger, "amended") as connection:
        hold.check(connection)
        by_delivery: dict[int, list[dict[str, Any]]] = {}
        events: list[tuple[int, datetime, dict[str, Any]]] = []  # the log is written last: others wait for it
        for entry in outbox.unanswered_refusals(connection, outlet):
            by_delivery.setdefault(entry["delivery_id"], []).append(entry)
        for delivery_id, entries in by_delivery.items():
            receipts = deliveries.receipts(connection, delivery_id)
            first = [one for one in receipts if one["stage"] == "validation"][-1]
            delivery = deliveries.show(connection, delivery_id)
            earlier = [one["ordinal"] for one in receipts if one["stage"] == "province"]
            ordinal = reopening.next_ordinal(connection, delivery["received_at"], earlier)
            number = receipt_no(delivery["batch_no"], 3, ordinal)
            refusals = tuple(
                Refusal(row=one["row"], record=one["record"], cause=one["cause"] or "没有说明原因") for one in entries
            )
            now = hub.now()
            receipt = compose_amendment(json.loads(first["body"]), refusals, number, now)
            receipt["checkpoint"] = evidence.latest_checkpoint(connection)
            body = to_bytes(receipt).decode("utf-8")
            deliveries.issue_receipt(connection, delivery_id, number, "province", ordinal, body, now)
            outbox.told(connection, [one["sequence"] for one in entries], number)
            told = {"receipt_no": number, "receipt_sha256": digest(receipt), "refused": len(entries)}
            events.append((delivery_id, now, told))
        for delivery_id, now, told in events:
            evidence.append(connection, "amended", now, delivery_id, **told)
        evidence.seal(connection, hub.now())
