"""Record tables (数据主体记录), one per dataset: typed columns, versions with the interval in which each was known.

Content is never updated: a change closes the current version and inserts the next. The tables are made from the
contract's columns through Alembic operations, additively: a new column is added, nothing is dropped or retyped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from hub.errors import FixConfiguration
from hub.ledger.tables import Big, Moment, Money

BOOKKEEPING = (
    "sequence",
    "record_id",
    "version",
    "content_hash",
    "known_from",
    "known_to",
    "delivery_id",
    "record",
    "row",
)


@dataclass(frozen=True, slots=True)
class RecordTable:
    """The shape of one dataset's record table: column names and storage kinds (``text``, ``date``, ``money``)."""

    dataset: str
    columns: tuple[tuple[str, str], ...]
    searched: tuple[str, ...] = ()  # by which deliveries of any dataset look current versions up

    @property
    def name(self) -> str:
        """Table name: ``record_market_admin_licence``."""
        return "record_" + self.dataset.replace("/", "_")

    def table(self) -> sa.Table:
        """As SQLAlchemy sees it; bookkeeping columns first."""
        kinds: dict[str, Any] = {"text": sa.Text(), "date": sa.Date(), "decimal": Money()}
        return sa.Table(
            self.name,
            sa.MetaData(),
            sa.Column("sequence", Big, primary_key=True, autoincrement=True),
            sa.Column("record_id", sa.String(32), nullable=False),
            sa.Column("version", sa.Integer, nullable=False),
            sa.Column("content_hash", sa.String(32), nullable=False),
            sa.Column("known_from", Moment, nullable=False),
            sa.Column("known_to", Moment),
            sa.Column("delivery_id", Big, nullable=False),
            sa.Column("record", Big, nullable=False),
            sa.Column("row", Big, nullable=False),
            *(sa.Column(name, kinds[kind]) for name, kind in self.columns),
            sa.UniqueConstraint("record_id", "version", name=f"{self.name}_version"),
            sqlite_autoincrement=True,
        )


def ensure(connection: sa.Connection, shape: RecordTable) -> None:
    """Make the record table, or add the columns that it lacks; ``FixConfiguration`` when a column changed its kind."""
    table = shape.table()
    operations = Operations(MigrationContext.configure(connection))
    inspector = sa.inspect(connection)
    if not inspector.has_table(shape.name):
        operations.create_table(table.name, *(_copy(part) for part in (*table.columns, *_constraints(table))))
        _index(operations, shape)
        return
    there = {column["name"]: column["type"] for column in inspector.get_columns(shape.name)}
    for column in table.columns:
        if column.name not in there:
            operations.add_column(table.name, _copy(column))
        elif not _same_kind(connection, column.type, there[column.name]):
            raise FixConfiguration(f"{shape.dataset}: column {column.name} changed its kind; give it another name")
    _index(operations, shape)


def _index(operations: Operations, shape: RecordTable) -> None:
    """An index of current versions on each column that is searched, also on a table that is there already."""
    current = sa.text("known_to IS NULL")
    for name in shape.searched:
        operations.create_index(
            f"{shape.name}__{name}"[-63:],  # what PostgreSQL takes for a name
            shape.name,
            [name],
            if_not_exists=True,
            sqlite_where=current,
            postgresql_where=current,
        )


def _copy(part: Any) -> Any:
    return part._copy()


def _constraints(table: sa.Table) -> list[sa.UniqueConstraint]:
    return [constraint for constraint in table.constraints if isinstance(constraint, sa.UniqueConstraint)]


def _same_kind(connection: sa.Connection, wanted: Any, found: Any) -> bool:
    wanted = wanted.dialect_impl(connection.dialect)
    wanted = getattr(wanted, "impl_instance", wanted)
    return bool(wanted._type_affinity is found._type_affinity)


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: new records, and new versions of known records."""

    inserted: int
    updated: int


def merge(connection: sa.Connection, shape: RecordTable, stage: str, delivery_id: int, now: datetime) -> Merged:
    """Turn the accepted rows of the staging table into record versions; an unchanged row writes nothing.

    ``stage`` names a table with the columns of ``hub.ledger.staging``. Runs inside the caller's transaction. Leaves the
    table ``moved`` (record, record_id, version) beside the staging table: what this delivery changed.
    """
    table = shape.table()
    staged, moved = _beside(stage, *STAGED, *(name for name, _ in shape.columns)), moved_beside(stage)
    current = sa.alias(table, "now")
    joined = staged.outerjoin(current, sa.and_(current.c.record_id == staged.c.record_id, current.c.known_to.is_(None)))
    # What moves is told first: a statement that reads the table it writes to would copy all its rows aside.
    changed = (
        sa.select(staged.c.record, staged.c.record_id, (sa.func.coalesce(current.c.version, 0) + 1).label("version"))
        .select_from(joined)
        .where(
            staged.c.state.in_(("accepted", "accepted_query")),
            sa.or_(current.c.record_id.is_(None), current.c.content_hash != staged.c.content_hash),
        )
    )
    _make_moved(connection, stage, changed)
    updated = connection.scalar(sa.select(sa.func.count()).select_from(moved).where(moved.c.version > 1)) or 0
    if updated:
        newer = sa.select(moved.c.record_id).where(moved.c.version > 1)
        connection.execute(
            table.update().where(table.c.known_to.is_(None), table.c.record_id.in_(newer)).values(known_to=now)
        )
    names = [name for name, _ in shape.columns]
    rows = sa.select(
        staged.c.record_id,
        moved.c.version,
        staged.c.content_hash,
        sa.literal(now, Moment),
        sa.literal(delivery_id, Big),
        staged.c.record,
        staged.c.row,
        *(staged.c[name] for name in names),
    ).select_from(staged.join(moved, moved.c.record == staged.c.record))
    target = ["record_id", "version", "content_hash", "known_from", "delivery_id", "record", "row", *names]
    insert = table.insert().from_select(target, rows)
    total = connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount
    return Merged(inserted=total - updated, updated=updated)


def moved_beside(stage: str) -> sa.TableClause:
    """The table ``moved`` that a merge leaves beside its staging table."""
    schema = stage.rpartition(".")[0]
    return _beside(f"{schema}.moved" if schema else "moved", "record", "record_id", "version")


def _beside(name: str, *columns: str) -> sa.TableClause:
    schema, _, bare = name.rpartition(".")
    return sa.table(bare, *(sa.column(column) for column in columns), schema=schema or None)


def _make_moved(connection: sa.Connection, stage: str, chosen: sa.Select[Any]) -> None:
    """``record`` is its key: the join that follows looks rows up by it."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE TEMP TABLE moved (record bigint PRIMARY KEY, record_id text, version integer) ON COMMIT DROP"
        )
    else:
        connection.exec_driver_sql(
            "CREATE TABLE staging.moved (record INTEGER PRIMARY KEY, record_id TEXT, version INTEGER)"
        )
    target = moved_beside(stage)
    connection.execute(sa.insert(target).from_select(["record", "record_id", "version"], chosen))
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE moved")


STAGED = ("record", "row", "state", "code", "record_id", "content_hash")


def history(connection: sa.Connection, shape: RecordTable, record_id: str) -> list[dict[str, Any]]:
    """All versions of a record, oldest first, as plain mappings."""
    table = shape.table()
    query = sa.select(table).where(table.c.record_id == record_id).order_by(table.c.version)
    return [dict(row._mapping) for row in connection.execute(query)]


def exists(connection: sa.Connection, shape: RecordTable) -> bool:
    """Whether the dataset has a table yet."""
    return sa.inspect(connection).has_table(shape.name)
