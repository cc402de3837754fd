"""What a release of the open feed closes (公示): which records, and which deliveries brought them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from hub.ledger.records import RecordTable, exists
from hub.ledger.tables import fate, outbox

AT_ONCE = 450  # pairs named in one statement
PIECE = 50_000
ENTRIES = {"record_id": pl.String, "version": pl.Int64, "operation": pl.String}


def closing(connection: sa.Connection, outlet: str, dataset: str, mark: int) -> pl.DataFrame:
    """The last waiting entry of each record up to a sequence: ``record_id, version, operation``."""
    query = (
        sa.select(outbox.c.record_id, outbox.c.version, outbox.c.operation)
        .where(
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
        table, pairs = shape.table(), list(versions.iter_rows())
        for start in range(0, len(pairs), AT_ONCE):
            chosen = sa.tuple_(table.c.record_id, table.c.version).in_(pairs[start : start + AT_ONCE])
            query = sa.select(table.c.record_id, table.c.delivery_id).where(chosen)
            rows += [tuple(row) for row in connection.execute(query)]
    return pl.DataFrame(rows, {"record_id": pl.String, "delivery_id": pl.Int64}, orient="row")


def rows_of(connection: sa.Connection, delivery_id: int, records: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Row and data record of records that a delivery brought."""
    found: dict[str, tuple[int, int]] = {}
    for start in range(0, len(records), AT_ONCE):
        chosen = (fate.c.delivery_id == delivery_id, fate.c.record_id.in_(records[start : start + AT_ONCE]))
        query = sa.select(fate.c.record_id, fate.c.row, fate.c.record).where(*chosen).order_by(fate.c.record.desc())
        found |= {row.record_id: (row.row, row.record) for row in connection.execute(query)}
    return found
