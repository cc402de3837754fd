"""Stage 1 (收讫): the sender sees within seconds that his file was taken, long before it is judged.

The receipt is made in the transaction that opens the delivery. It is put over the connection over which the file came;
what a crash leaves undone is made good with the next receipt of the delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Contract
from hub.ledger import deliveries, evidence
from hub.ledger.connect import reading, writing
from hub.ledger.deliveries import Arrival
from hub.line.receipting import MODES, digest
from hub.receipts.compose import to_bytes
from hub.receipts.number import receipt_no
from hub.receipts.parts import Submission
from hub.receipts.received import compose_received
from hub.settings import SftpServer
from hub.stages import acknowledge

if TYPE_CHECKING:
    from hub.line.hub import Hub

STAGE = "received"


def issue(
    hub: Hub, connection: sa.Connection, delivery_id: int, arrival: Arrival, contract: Contract | None
) -> dict[str, str]:
    """Enter the receipt of a delivery that is being opened; gives what its event tells of it.

    Over a channel that has no folder for it the ledger alone holds it.
    """
    if not hub.settings.received_receipts:
        return {}
    batch = deliveries.show(connection, delivery_id)["batch_no"]
    number, now = receipt_no(batch, 1), arrival.received_at
    receipt = compose_received(
        receipt_no=number,
        batch_no=batch,
        generated_at=now,
        submission=Submission(
            file_name=arrival.file_name,
            size=arrival.size,
            sha256=arrival.sha256,
            received_at=now,
            channel=arrival.channel,
            account=arrival.department,
            mode=MODES[arrival.mode],
        ),
        contract=contract,
    )
    receipt["checkpoint"] = evidence.latest_checkpoint(connection)
    deliveries.issue_receipt(connection, delivery_id, number, STAGE, 1, to_bytes(receipt).decode("utf-8"), now)
    if arrival.channel != "sftp":
        deliveries.receipt_put(connection, number, now)
    return {"receipt_no": number, "receipt_sha256": digest(receipt)}


def put(hub: Hub, server: SftpServer, session: Any, landed: Sequence[int]) -> None:
    """Put the receipts of deliveries that have just been opened, then enter that they lie there."""
    if not hub.settings.received_receipts or not landed:
        return
    done = []
    for delivery_id in landed:
        with reading(hub.ledger) as connection:
            delivery = deliveries.show(connection, delivery_id)
            mine = [one for one in deliveries.receipts(connection, delivery_id) if one["stage"] == STAGE]
        outbox = acknowledge.SftpOutbox(session, f"{server.root.rstrip('/')}/{delivery['department']}/outbox")
        for receipt in mine:
            if receipt["put_at"] is None:
                acknowledge.run_received(outbox, receipt["body"], delivery["file_name"])
                done.append(receipt["receipt_no"])
    if done:
        enter(hub, done)


def enter(hub: Hub, numbers: Sequence[str]) -> None:
    """The receipts lie where their senders look."""
    with writing(hub.ledger, "received") as connection:
        now = hub.now()
        for number in numbers:
            if deliveries.receipt_by_no(connection, number)["put_at"] is None:
                deliveries.receipt_put(connection, number, now)
