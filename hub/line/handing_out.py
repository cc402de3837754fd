"""What a sender over HTTP may look at (查询): its deliveries and their receipts, and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.ledger import deliveries, postings
from hub.ledger.connect import reading
from hub.ledger.tokens import Token
from hub.line.tokens import sendable
from hub.receipts.names import names

if TYPE_CHECKING:
    from hub.line.hub import Hub


def delivery_of(hub: Hub, token: Token, batch_no: str, *, own: bool = False) -> dict[str, Any] | None:
    """A delivery that this department posted, of a dataset that the token may send. ``own``: by this very token."""
    with reading(hub.ledger) as connection:
        found = postings.of_batch(connection, token.department, batch_no)
    if found is None or found["dataset"] not in sendable(hub, token) or (own and found["token_id"] != token.id):
        return None
    return found


def receipts_of(hub: Hub, delivery_id: int) -> list[dict[str, Any]]:
    """Its receipts in the order of issue; one whose time is over has no body any more, and is none.

    That the delivery came was said when it was posted: the receipt of stage 1 is not handed out again.
    """
    with reading(hub.ledger) as connection:
        issued = deliveries.receipts(connection, delivery_id)
    return [one for one in issued if one["body"] and one["stage"] != "received"]


def workbook_of(hub: Hub, delivery: dict[str, Any], receipt: dict[str, Any]) -> Path | None:
    """The workbook of a receipt, once the line has put it."""
    _, name, _ = names(json.loads(receipt["body"]), delivery["file_name"])
    file = hub.home / "outbox" / delivery["department"] / name
    return file if receipt["put_at"] is not None and file.is_file() else None
