"""Conservation in the accepting transaction (入库守恒): staging table, fates and versions hold the rows that were sent.

Whole numbers are compared over all rows, and some rows cell by cell. What is written elsewhere or later is for
``hub verify`` to find.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
import sqlalchemy as sa

from hub.errors import VerificationFailed
from hub.ledger import sealed
from hub.ledger.merging import WITHDRAWN, moved_beside, staged_table
from hub.ledger.records import RecordTable
from hub.ledger.staging import as_text
from hub.ledger.tables import fate
from hub.line.conserving import Passed, broken

SAMPLE = 500  # rows that are looked at cell by cell
SAID = ("row", "record_id", "content_hash")
Cells = Mapping[str, str | None]


def staged(connection: sa.Connection, shape: RecordTable, stage: str, passed: Passed) -> None:
    """The staging table holds what stage accept handed on."""
    table = staged_table(stage, shape)
    whole = sa.select(
        sa.func.count(), *(sa.func.coalesce(sa.func.sum(one), 0) for one in (table.c.record, table.c.row))
    )
    found = tuple(int(number) for number in connection.execute(whole).one())
    if found != (passed.rows, passed.rows * (passed.rows + 1) // 2, passed.places):
        raise broken("accept", "the staging table does not hold the rows that were handed on")
    chosen = _looked_at(passed)
    names = [*SAID, "state", "code", "operation", *(name for name, _ in shape.columns)]
    where = table.c.record.in_(list(chosen))
    if chosen and _cells(connection, table.c.record, table, names, where, shape=shape) != _of(chosen, names):
        raise broken("accept", "a row of the staging table does not say what was handed on")


def fated(connection: sa.Connection, delivery_id: int, passed: Passed, counts: Mapping[str, int], aside: int) -> None:
    """Each row has the fate that it was handed on with, but for ``aside`` that a tombstone has made duplicates."""
    states = passed.states
    handed_on = {
        "accepted": states.get("accepted", 0) + states.get("accepted_query", 0) - aside,
        "rejected": states.get("rejected", 0),
        "duplicate": states.get("duplicate", 0) + aside,
        "blank": states.get("blank", 0),
    }
    if any(counts[state] != number for state, number in handed_on.items()):
        raise broken("accept", "the ledger has other fates than were handed on")
    chosen = _looked_at(passed)
    where = sa.and_(fate.c.delivery_id == delivery_id, fate.c.record.in_(list(chosen)))
    if chosen and _cells(connection, fate.c.record, fate, SAID, where) != _of(chosen, SAID):
        raise broken("accept", "the fate of a row is not that of the row")


def versioned(connection: sa.Connection, shape: RecordTable, stage: str, delivery_id: int, passed: Passed) -> None:
    """Each version that the merge made says what its row says."""
    table, moved, chosen = shape.table(), moved_beside(stage), _looked_at(passed)
    made = sa.select(moved.c.record).where(moved.c.kind != WITHDRAWN, moved.c.record.in_(list(chosen)))
    records = list(connection.scalars(made)) if chosen else []
    if not records:
        return
    names = [*SAID, *(name for name, _ in shape.columns)]
    same = sa.and_(table.c.record_id == moved.c.record_id, table.c.version == moved.c.version)
    joined = moved.join(table, same)
    where = sa.and_(moved.c.record.in_(records), table.c.delivery_id == delivery_id, table.c.record == moved.c.record)
    found = _cells(connection, moved.c.record, table, names, where, joined, shape)
    if found != _of({record: chosen[record] for record in records}, names):
        raise broken("accept", "a version does not say what its row says")


def _looked_at(passed: Passed) -> dict[int, Cells]:
    """The rows that are looked at, as text, by record."""
    if not passed.looked_at:
        return {}
    rows = pl.concat(passed.looked_at)
    rows = as_text(rows.gather_every(max(1, -(-rows.height // SAMPLE)))).cast(pl.String)
    return {int(str(row["record"])): row for row in rows.iter_rows(named=True)}


def _of(rows: Mapping[int, Cells], names: Iterable[str]) -> dict[int, tuple[str | None, ...]]:
    names = list(names)
    return {record: tuple(cells[name] for name in names) for record, cells in rows.items()}


def _cells(
    connection: sa.Connection,
    record: Any,
    table: Any,
    names: Iterable[str],
    where: Any,
    joined: Any = None,
    shape: RecordTable | None = None,
) -> dict[int, tuple[str | None, ...]]:
    """The same of rows in the ledger, their sealed cells opened."""
    names = list(names)
    query = sa.select(record, *(sa.cast(table.c[name], sa.Text) for name in names)).where(where)
    found = connection.execute(query if joined is None else query.select_from(joined)).all()
    said: list[dict[str, Any]] = [dict(zip(names, row[1:], strict=True)) for row in found]
    try:
        opened = said if shape is None else sealed.open_rows(connection, shape, said)
    except VerificationFailed:
        return {}  # which is not what was handed on
    return {row[0]: tuple(cells.values()) for row, cells in zip(found, opened, strict=True)}
