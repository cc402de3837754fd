"""A steering delivery (修复、异议、撤销、屏蔽) reaches every outlet: the records that it names are decided again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.contract.model import Contract
from hub.ledger import merging, records, reopening
from hub.stages import steered

if TYPE_CHECKING:
    from hub.line.hub import Hub

_PIECE = 10_000  # steering rows at a time


def enqueue_moved(hub: Hub, connection: sa.Connection, contract: Contract, staged: str) -> int:
    """``enqueue`` for the steering records that a delivery has moved: in its transaction, after the merge."""
    return enqueue(hub, connection, contract, sa.select(merging.moved_beside(staged).c.record_id))


def enqueue(hub: Hub, connection: sa.Connection, contract: Contract, chosen: sa.Select[Any]) -> int:
    """Outbox entries for the records that the chosen steering records (ids) name, or named before; gives how many.

    A record that is not there yet needs no entry: it is decided when it comes.
    """
    steers = contract.steers
    if steers is None or steers.reason is None:
        return 0
    table = hub.shape(contract).table()
    wanted = tuple(dict.fromkeys((steers.dataset, *steers.parts.values())))
    # All versions: a correction may name another record than the version before it.
    query = sa.select(*(table.c[name] for name in wanted)).where(table.c.record_id.in_(chosen))
    found = 0
    result = connection.execute(query.distinct()).partitions(_PIECE)
    for part in list(result):
        rows = pl.DataFrame([tuple(row) for row in part], schema=dict.fromkeys(wanted, pl.String), orient="row")
        for (dataset,), named in rows.group_by(steers.dataset):
            if dataset not in hub.contracts:
                continue
            target = hub.contracts[str(dataset)]
            ids = steered.record_ids(named, steers, target, hub.record_key).drop_nulls().unique().to_list()
            found += _again(hub, connection, target, ids)
    return found


def _again(hub: Hub, connection: sa.Connection, target: Contract, ids: list[str]) -> int:
    shape = hub.shape(target)
    if not records.exists(connection, shape):
        return 0
    return reopening.enqueue_current(connection, hub.receiving(target), shape, ids)
