"""Accepted rows become record versions (版本合并): set-based, in the order of what they say, not of arrival.

A row whose order value (``orderBy``) is newer than the current version's ends that one's validity; one with the same
value corrects it; an older one is kept as history and never becomes current. A delivery that is sent as a correction
takes the place of what it corrects, whatever the order value. An unchanged row writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import CallOperator
from hub.ledger.records import RecordTable, current_of, order_of
from hub.ledger.tables import Big, Moment, erased_record

STAGED = ("record", "row", "state", "code", "record_id", "content_hash", "operation")
TAKEN = ("accepted", "accepted_query")
# What a row asks for: a record, a correction of one (更正, also in a replacement 替换), its withdrawal (撤回).
ORIGINAL, CORRECTING, WITHDRAWING = "O", "C", "W"
# What a row does to its record. The first three make a version that holds from now on.
NEW, NEWER, CORRECTION, AMENDED = "new", "newer", "correction", "amended"
OLDER, OVERTAKEN = "older", "overtaken"
WITHDRAWN = "withdrawn"
AT_ONCE = 200_000  # rows inserted by one statement
LEAVING = (NEW, NEWER, CORRECTION, AMENDED)


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: rows that made a first version, a further one, and among these the ones kept as history."""

    inserted: int
    updated: int
    older: int = 0


def merge(
    connection: sa.Connection,
    shape: RecordTable,
    stage: str,
    delivery_id: int,
    now: datetime,
    resends: Sequence[int] = (),
) -> Merged:
    """Turn the accepted rows of the staging table into record versions.

    ``stage`` names a table with the columns of ``hub.ledger.staging``. Runs inside the caller's transaction. Leaves the
    table ``moved`` (``record, record_id, version, kind, valid_from, valid_to``) beside the staging table: what this
    delivery changed. Rows that ask for a withdrawal are left to ``hub.ledger.withdrawals``. ``resends``: earlier
    deliveries that this one sends again.
    """
    table = shape.table()
    staged, moved = staged_table(stage, shape), moved_beside(stage)
    _find_moved(connection, table, shape, stage, delivery_id, resends)
    counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(_by_kind(moved))}
    if counts.get(OLDER):
        counts[OLDER] -= _forget_known(connection, table, staged, moved)
        late = _overtaken_history(connection, table, moved, delivery_id)
        counts[OLDER], counts[OVERTAKEN] = counts[OLDER] - late, counts.get(OVERTAKEN, 0) + late
    _close(connection, table, moved, counts, now)
    if _insert(connection, table, shape, staged, moved, delivery_id, now) != sum(counts.values()):
        raise CallOperator(f"delivery {delivery_id}: stage accept: not every row that moves its record made a version")
    older = counts.get(OLDER, 0) + counts.get(OVERTAKEN, 0)
    total = sum(counts.values())
    return Merged(inserted=counts.get(NEW, 0), updated=total - counts.get(NEW, 0), older=older)


def _by_kind(moved: sa.TableClause) -> sa.Select[Any]:
    return sa.select(moved.c.kind, sa.func.count()).group_by(moved.c.kind)


def _find_moved(
    connection: sa.Connection, table: sa.Table, shape: RecordTable, stage: str, delivery_id: int, resends: Sequence[int]
) -> None:
    """What moves is told first: a statement that reads the table it writes to would copy all its rows aside."""
    staged, latest, any_version = staged_table(stage, shape), sa.alias(table, "latest"), sa.alias(table, "before")
    order = order_of(shape, staged)
    same = latest.c.valid_from == order
    corrects = staged.c.operation == CORRECTING
    sent_again: Any = latest.c.delivery_id.in_(resends) if resends else sa.false()
    kind = sa.case(
        (latest.c.record_id.is_(None), NEW),
        (sa.and_(sa.or_(same, corrects), latest.c.delivery_id > delivery_id), OVERTAKEN),
        (same, CORRECTION),
        (sa.or_(corrects, sa.and_(order < latest.c.valid_from, sent_again)), AMENDED),
        (order > latest.c.valid_from, NEWER),
        else_=OLDER,
    )
    version: Any = sa.literal(1)
    if connection.scalar(sa.select(sa.exists().select_from(table))):
        highest = sa.select(sa.func.max(any_version.c.version)).where(any_version.c.record_id == staged.c.record_id)
        version = sa.func.coalesce(highest.scalar_subquery(), 0) + 1
    gone = sa.select(erased_record.c.version).where(erased_record.c.dataset == shape.dataset)
    if connection.scalar(sa.select(gone.exists())):  # what was erased had its number
        last = sa.func.coalesce(gone.where(erased_record.c.record_id == staged.c.record_id).scalar_subquery(), 0)
        version = sa.case((last >= version, last + 1), else_=version)
    chosen = (
        sa.select(staged.c.record, staged.c.record_id, version, kind, order, sa.null())
        .select_from(staged.outerjoin(latest, sa.and_(latest.c.record_id == staged.c.record_id, current_of(latest))))
        .where(
            staged.c.state.in_(TAKEN),
            staged.c.operation != WITHDRAWING,
            sa.or_(latest.c.record_id.is_(None), latest.c.content_hash != staged.c.content_hash),
        )
    )
    make_moved(connection, stage)
    connection.execute(sa.insert(moved_beside(stage)).from_select(list(MOVED), chosen))
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE moved")


def _forget_known(connection: sa.Connection, table: sa.Table, staged: Any, moved: Any) -> int:
    """Older rows whose content the history has already: unchanged. Gives how many."""
    known = (
        sa.select(sa.literal(1))
        .select_from(staged)
        .where(
            staged.c.record == moved.c.record,
            table.c.record_id == moved.c.record_id,
            table.c.known_to.is_(None),
            table.c.content_hash == staged.c.content_hash,
        )
        .correlate(moved)
    )
    known = known.add_columns(table.c.version)
    gone = connection.execute(sa.delete(moved).where(moved.c.kind == OLDER, known.exists()))
    return gone.rowcount


def _overtaken_history(connection: sa.Connection, table: sa.Table, moved: Any, delivery_id: int) -> int:
    """Older rows whose place in the history a later delivery has filled: it stays. Gives how many."""
    later = sa.exists().where(
        table.c.record_id == moved.c.record_id,
        table.c.known_to.is_(None),
        table.c.valid_from == moved.c.valid_from,
        table.c.delivery_id > delivery_id,
    )
    change = sa.update(moved).where(moved.c.kind == OLDER, later).values(kind=OVERTAKEN)
    return connection.execute(change).rowcount


def _close(connection: sa.Connection, table: sa.Table, moved: Any, counts: dict[str, int], now: datetime) -> None:
    """End the intervals of the versions before those that come."""
    mine = table.c.record_id == moved.c.record_id
    known = table.c.known_to.is_(None)

    def end(kind: str, *where: Any, **values: Any) -> None:
        connection.execute(table.update().where(mine, moved.c.kind == kind, known, *where).values(**values))

    def end_before(kind: str) -> None:
        """The version that held just before ends where the new one begins."""
        later = sa.or_(table.c.valid_to.is_(None), table.c.valid_to > moved.c.valid_from)
        end(kind, table.c.valid_from < moved.c.valid_from, later, valid_to=moved.c.valid_from)

    if counts.get(CORRECTION):
        end(CORRECTION, table.c.valid_to.is_(None), known_to=now)
    if counts.get(NEWER):
        end(NEWER, table.c.valid_to.is_(None), valid_to=moved.c.valid_from)
    if counts.get(AMENDED):
        wrong = sa.or_(table.c.valid_to.is_(None), table.c.valid_from >= moved.c.valid_from)
        end(AMENDED, wrong, known_to=now)
        end_before(AMENDED)
    if counts.get(OLDER):
        end(OLDER, table.c.valid_from == moved.c.valid_from, known_to=now)
        after = sa.alias(table, "after")
        next_one = sa.select(sa.func.min(after.c.valid_from)).where(
            after.c.record_id == moved.c.record_id,
            after.c.known_to.is_(None),
            after.c.valid_from > moved.c.valid_from,
        )
        connection.execute(sa.update(moved).where(moved.c.kind == OLDER).values(valid_to=next_one.scalar_subquery()))
        end_before(OLDER)


def _insert(
    connection: sa.Connection,
    table: sa.Table,
    shape: RecordTable,
    staged: Any,
    moved: Any,
    delivery_id: int,
    now: datetime,
) -> int:
    """Gives how many versions were written.

    In pieces, each in the order of the index: a million keys in any order would go through the cache again and again.
    """
    names = [name for name, _ in shape.stored]
    moment = sa.literal(now, Moment)
    rows = sa.select(
        staged.c.record_id,
        moved.c.version,
        staged.c.content_hash,
        moved.c.valid_from,
        moved.c.valid_to,
        moment,
        sa.case((moved.c.kind == OVERTAKEN, moment), else_=sa.null()),
        sa.literal(delivery_id, Big),
        staged.c.record,
        staged.c.row,
        *(staged.c[name] for name in names),
    ).select_from(staged.join(moved, moved.c.record == staged.c.record))
    target = ["record_id", "version", "content_hash", "valid_from", "valid_to", "known_from", "known_to"]
    target += ["delivery_id", "record", "row", *names]
    last = connection.scalar(sa.select(sa.func.max(moved.c.record))) or 0
    written = 0
    for start in range(0, last, AT_ONCE):
        piece = rows.where(moved.c.record > start, moved.c.record <= start + AT_ONCE).order_by(moved.c.record_id)
        insert = table.insert().from_select(target, piece).execution_options(preserve_rowcount=True)
        written += connection.execute(insert).rowcount
    return written


MOVED = ("record", "record_id", "version", "kind", "valid_from", "valid_to")


def staged_table(stage: str, shape: RecordTable) -> sa.TableClause:
    """The staging table of a dataset as SQLAlchemy sees it."""
    return beside(stage, *STAGED, *(name for name, _ in shape.stored))


def moved_beside(stage: str) -> sa.TableClause:
    """The table ``moved`` that a merge leaves beside its staging table."""
    schema = stage.rpartition(".")[0]
    return beside(f"{schema}.moved" if schema else "moved", *MOVED)


def beside(name: str, *columns: str) -> sa.TableClause:
    """A table with untyped columns, perhaps of another schema."""
    schema, _, bare = name.rpartition(".")
    return sa.table(bare, *(sa.column(column) for column in columns), schema=schema or None)


def make_moved(connection: sa.Connection, stage: str) -> None:
    """``record`` is its key: the join that follows looks rows up by it."""
    kinds = "record_id text, version integer, kind text, valid_from text, valid_to text"
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"CREATE TEMP TABLE moved (record bigint PRIMARY KEY, {kinds}) ON COMMIT DROP")
    else:
        connection.exec_driver_sql(f"CREATE TABLE staging.moved (record INTEGER PRIMARY KEY, {kinds})")
