"""What changes by the clock alone (按日复核): a window that ends, a dispute that is closed, a subject who comes of age.

Once a day every record is decided anew for an outlet whose receiver keeps rows. Where the answer is another than the
last one that left, the record goes into the outbox again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract
from hub.ledger import evidence, frames, reopening, sweeps
from hub.ledger.connect import reading, writing
from hub.ledger.locks import Hold
from hub.line.circumstances import Standing
from hub.outlets import sharing

if TYPE_CHECKING:
    from hub.line.hub import Hub

SHOWN = ("sent", "acknowledged")
AWAY = ("withheld", reopening.REMOVING)


def due(hub: Hub, outlet: str, chosen: list[Contract]) -> int:
    """How many datasets of an outlet wait for today's sweep."""
    with reading(hub.ledger) as connection:
        days = [sweeps.last(connection, outlet, contract.dataset) for contract in chosen]
    return sum(1 for day in days if day is None or day < hub.today())


def sweep(hub: Hub, outlet: str, contract: Contract, hold: Hold) -> int:
    """Today's sweep of one dataset, unless it is done; gives how many records go out again."""
    if not due(hub, outlet, [contract]):
        return 0
    today = hub.today()
    with reading(hub.ledger) as connection:
        last = reopening.last_entries(connection, outlet, contract.dataset)
    records = frames.current(hub.ledger, hub.shape(contract), sharing.needed(contract, outlet))
    reasons = sharing.decide(records, contract, outlet, today, Standing(hub, today).of(contract, outlet))
    states = [last.get(record, (0, ""))[1] for record in records["record_id"]]
    allowed = reasons.is_null()
    shown = pl.Series(states, dtype=pl.String)
    changed = (shown.is_in(SHOWN) & ~allowed) | (shown.is_in(AWAY) & allowed)
    turned = records.filter(changed)["record_id"].to_list()
    with writing(hub.ledger, "sweep") as connection:
        hold.check(connection)
        again = reopening.enqueue_current(connection, (outlet,), hub.shape(contract), turned)
        sweeps.enter(connection, outlet, contract.dataset, today)
        if again:
            facts: dict[str, Any] = {
                "outlet": outlet,
                "dataset": contract.dataset,
                "day": today.isoformat(),
                "again": again,
            }
            evidence.append(connection, "swept", hub.now(), **facts)
            evidence.seal(connection, hub.now())
    return again
