"""A steering delivery (修复、异议、撤销、屏蔽、授权) reaches every outlet: what it is about is decided again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.contract.model import Contract
from hub.contract.steering import Steers
from hub.ledger import merging, records, reopening
from hub.ledger.records import current_of
from hub.stages import steered

if TYPE_CHECKING:
    from hub.line.hub import Hub

_PIECE = 10_000  # steering rows at a time
_AT_ONCE = 500  # codes looked up by one statement


def enqueue_moved(hub: Hub, connection: sa.Connection, contract: Contract, staged: str) -> int:
    """``enqueue`` for the steering records that a delivery has moved: in its transaction, after the merge."""
    return enqueue(hub, connection, contract, sa.select(merging.moved_beside(staged).c.record_id))


def enqueue(hub: Hub, connection: sa.Connection, contract: Contract, chosen: sa.Select[Any]) -> int:
    """Outbox entries for the records that the chosen steering records (ids) name, or named before; gives how many.

    A record that is not there yet needs no entry: it is decided when it comes.
    """
    steers, found = contract.steers, 0
    if steers is None:
        return 0
    for rows in _rows(connection, hub.shape(contract).table(), steers, chosen):
        for dataset in _named(rows[steers.dataset]):
            target = hub.contracts.get(dataset)
            if target is None or not records.exists(connection, hub.shape(target)):
                continue
            named = rows.filter(steered.names(steers.dataset, dataset))
            if steers.reason is not None:
                ids = steered.record_ids(named, steers, target, hub.record_key).drop_nulls().unique().to_list()
                found += reopening.enqueue_current(connection, hub.receiving(target), hub.shape(target), ids)
                continue
            for outlet in _named(named[steers.outlets or ""]) & set(hub.receiving(target)):
                ids = _of_subjects(hub, connection, steers, target, named.filter(steered.names(steers.outlets, outlet)))
                found += reopening.enqueue_current(connection, (outlet,), hub.shape(target), ids)
    return found


def _rows(connection: sa.Connection, table: sa.Table, steers: Steers, chosen: sa.Select[Any]) -> Iterator[pl.DataFrame]:
    """What the chosen records say, in every version: a correction may name another record than the one before."""
    wanted = [name for name in steered.columns(steers) if name not in (steers.since, steers.until)]
    query = sa.select(*(table.c[name] for name in wanted)).where(table.c.record_id.in_(chosen)).distinct()
    for part in list(connection.execute(query).partitions(_PIECE)):
        yield pl.DataFrame([tuple(row) for row in part], schema=dict.fromkeys(wanted, pl.String), orient="row")


def _named(cells: pl.Series) -> set[str]:
    """The codes in cells that may hold several, joined by 、."""
    return {code for cell in cells.drop_nulls().to_list() for code in cell.split("、")}


def _of_subjects(
    hub: Hub, connection: sa.Connection, steers: Steers, target: Contract, rows: pl.DataFrame
) -> list[str]:
    """Ids of the current records of the subjects that consent rows name."""
    table, subject, found = hub.shape(target).table(), target.subject, list[str]()
    for part, column in (("organisation", subject.organisation_id), ("person", subject.person_id)):
        source = steers.parts.get(part)
        if source is None or column is None:
            continue
        codes = rows[source].drop_nulls().unique().sort().to_list()
        for start in range(0, len(codes), _AT_ONCE):
            query = sa.select(table.c.record_id).where(
                current_of(table), table.c[column].in_(codes[start : start + _AT_ONCE])
            )
            found += connection.scalars(query).all()
    return sorted(set(found))
