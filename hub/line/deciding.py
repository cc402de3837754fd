"""A person decides on a held delivery. Who answers for it and why goes into the evidence log."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from hub.errors import WrongUsage
from hub.ledger import deliveries, evidence
from hub.ledger.connect import writing
from hub.ledger.locks import exclusive
from hub.line import judging
from hub.line.hub import PATIENCE

if TYPE_CHECKING:
    from hub.line.hub import Hub


def release(hub: Hub, delivery_id: int, reason: str) -> None:
    """Let the batch through: it is judged again and its good rows are accepted; ``WrongUsage`` when it is not held."""
    _decide(hub, delivery_id, "released", reason)


def refuse(hub: Hub, delivery_id: int, reason: str) -> None:
    """Refuse the batch as a whole; ``WrongUsage`` when it is not held."""
    _decide(hub, delivery_id, "refused", reason)


def _decide(hub: Hub, delivery_id: int, decision: str, reason: str) -> None:
    if not reason.strip():
        raise WrongUsage("a reason is needed")
    with writing(hub.ledger, "decide") as connection:
        delivery = deliveries.lock(connection, delivery_id)
        if delivery["state"] != "held":
            raise WrongUsage(f"delivery {delivery_id} is not held")
        deliveries.update(connection, delivery_id, state=decision)
        evidence.append(connection, decision, hub.now(), delivery_id, by=getpass.getuser(), reason=reason)
    with exclusive(hub.ledger, f"dataset/{delivery['dataset']}", PATIENCE):
        judging.process(hub, delivery_id)
