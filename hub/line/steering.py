"""A steering delivery (修复、异议、撤销、屏蔽、授权) reaches every outlet: what it is about is decided again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.contract.model import Contract
from hub.contract.steering import Steers
from hub.ledger import merging, records, reopening, sealed
from hub.stages import steered

if TYPE_CHECKING:
    from hub.ledger.records import RecordTable
    from hub.line.hub import Hub

_PIECE = 10_000  # steering rows at a time
_AT_ONCE = 500  # codes looked up by one statement


def enqueue_moved(hub: Hub, connection: sa.Connection, contract: Contract, staged: str) -> int:
    """``enqueue`` for the steering records that a delivery has moved: in its transaction, after the merge."""
    return enqueue(hub, connection, contract, sa.select(merging.moved_beside(staged).c.record_id))


def enqueue_withdrawn(hub: Hub, connection: sa.Connection, contract: Contract, gone: Sequence[str]) -> None:
    """``enqueue`` for steering records that stand no more: what they named is decided anew."""
    if contract.steers is None:
        return
    table = hub.shape(contract).table()
    for start in range(0, len(gone), _AT_ONCE):
        part = gone[start : start + _AT_ONCE]
        enqueue(hub, connection, contract, sa.select(table.c.record_id).where(table.c.record_id.in_(part)).distinct())


def enqueue(hub: Hub, connection: sa.Connection, contract: Contract, chosen: sa.Select[Any]) -> int:
    """Outbox entries for the records that the chosen steering records (ids) name, or named before; gives how many.

    A record that is not there yet needs no entry: it is decided when it comes.
    """
    steers, found = contract.steers, 0
    if steers is None:
        return 0
    for rows in _rows(connection, hub.shape(contract), steers, chosen):
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


def _rows(
    connection: sa.Connection, shape: RecordTable, steers: Steers, chosen: sa.Select[Any]
) -> Iterator[pl.DataFrame]:
    """What the chosen records say, in every version: a correction may name another record than the one before."""
    dates = (steers.since, steers.until, steers.withdrawn)
    wanted = [name for name in steered.columns(steers) if name not in dates]
    names, table = ["record_id", *wanted], shape.table()
    query = sa.select(*(table.c[name] for name in names)).where(table.c.record_id.in_(chosen)).distinct()
    for part in list(connection.execute(query).partitions(_PIECE)):
        rows = pl.DataFrame([tuple(row) for row in part], schema=dict.fromkeys(names, pl.String), orient="row")
        yield sealed.open_frame(connection, shape, rows).select(wanted).unique(maintain_order=True)


def _named(cells: pl.Series) -> set[str]:
    """The codes in cells that may hold several, joined by 、."""
    return {code for cell in cells.drop_nulls().to_list() for code in cell.split("、")}


def _of_subjects(
    hub: Hub, connection: sa.Connection, steers: Steers, target: Contract, rows: pl.DataFrame
) -> list[str]:
    """Ids of the current records of the subjects that consent rows name."""
    shape, subject, found = hub.shape(target), target.subject, list[str]()
    told = (("organisation", subject.organisation_id), ("person", subject.person_id))
    for part, column in (*told, ("household", subject.household_id)):
        source = steers.parts.get(part)
        if source is None or column is None:
            continue
        codes = rows[source].drop_nulls().unique().sort()
        for start in range(0, len(codes), _AT_ONCE):
            found += sealed.having(connection, shape, column, codes[start : start + _AT_ONCE]).to_list()
    return sorted(set(found))
