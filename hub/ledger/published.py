"""What a release of the open feed closes (公示): which records, and which deliveries brought them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from hub.ledger.records import RecordTable, exists
from hub.ledger.tables import UNSETTLED, outbox

AT_ONCE = 900  # ids named in one statement
PIECE = 50_000
ENTRIES = {"record_id": pl.String, "version": pl.Int64, "operation": pl.String}


def closing(connection: sa.Connection, outlet: str, dataset: str, mark: int) -> pl.DataFrame:
    """The last waiting entry of each record up to a sequence: ``record_id, version, operation``."""
    query = (
        sa.select(outbox.c.record_id, outbox.c.version, outbox.c.operation)
        .where(
            UNSETTLED,
            outbox.c.outlet == outlet,
            outbox.c.dataset == dataset,
            outbox.c.state == "waiting",
            outbox.c.sequence <= mark,
        )
        .order_by(outbox.c.sequence)
    )
    found = connection.execute(query, execution_options={"yield_per": PIECE})
    parts = [pl.DataFrame([tuple(row) for row in piece], ENTRIES, orient="row") for piece in found.partitions()]
    whole = pl.concat([pl.DataFrame(schema=ENTRIES), *parts])
    return whole.unique("record_id", keep="last", maintain_order=True)


def brought_by(connection: sa.Connection, shape: RecordTable, versions: pl.DataFrame) -> pl.DataFrame:
    """The delivery that brought each version (``record_id, version``): ``record_id, delivery_id``."""
    rows: list[tuple[Any, ...]] = []
    if versions.height and exists(connection, shape):
        table, pairs = shape.table(), set(versions.iter_rows())
        ids = versions["record_id"].unique().sort().to_list()
        for start in range(0, len(ids), AT_ONCE):
            query = sa.select(table.c.record_id, table.c.version, table.c.delivery_id)
            found = connection.execute(query.where(table.c.record_id.in_(ids[start : start + AT_ONCE])))
            rows += [(row.record_id, row.delivery_id) for row in found if (row.record_id, row.version) in pairs]
    return pl.DataFrame(rows, {"record_id": pl.String, "delivery_id": pl.Int64}, orient="row")


def rows_of(
    connection: sa.Connection, shape: RecordTable, delivery_id: int, records: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Row and data record of records of which a delivery brought a version that the ledger still has."""
    table, found = shape.table(), dict[str, tuple[int, int]]()
    for start in range(0, len(records), AT_ONCE):
        chosen = (table.c.record_id.in_(records[start : start + AT_ONCE]), table.c.delivery_id == delivery_id)
        query = sa.select(table.c.record_id, table.c.row, table.c.record).where(*chosen).order_by(table.c.version)
        found |= {row.record_id: (row.row, row.record) for row in connection.execute(query)}
    return found
