"""Record tables (数据主体记录), one per dataset: typed columns, versions with two intervals each (双时态).

``valid_from`` and ``valid_to`` say for when a version holds, by the contract's ``orderBy`` column (ISO text; empty
where a contract has none); ``known_from`` and ``known_to`` say since when and until when the hub took it for true.
Content is never updated, intervals are closed. The current version is the one with both ends open;
``hub.ledger.merging`` writes them all. The tables are made from the contract's columns through Alembic operations,
additively: a new column is added, nothing is dropped or retyped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from hub.errors import FixConfiguration
from hub.ledger.ciphers import companion
from hub.ledger.column_types import Moment, Money
from hub.ledger.tables import Big

BOOKKEEPING = (
    "sequence",
    "record_id",
    "version",
    "content_hash",
    "valid_from",
    "valid_to",
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
    order: str | None = None  # the column whose value says which version is newer
    sealed: tuple[str, ...] = ()  # text columns whose cells are stored sealed

    @property
    def name(self) -> str:
        """Table name: ``record_market_admin_licence``."""
        return "record_" + self.dataset.replace("/", "_")

    @property
    def pseudonymous(self) -> tuple[str, ...]:
        """Sealed columns that are searched: each has a companion."""
        return tuple(name for name in self.searched if name in self.sealed)

    @property
    def stored(self) -> tuple[tuple[str, str], ...]:
        """The columns with the companions behind them."""
        return (*self.columns, *((companion(name), "text") for name in self.pseudonymous))

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
            sa.Column("valid_from", sa.String(32), nullable=False, server_default=""),
            sa.Column("valid_to", sa.String(32)),
            sa.Column("known_from", Moment, nullable=False),
            sa.Column("known_to", Moment),
            sa.Column("delivery_id", Big, nullable=False),
            sa.Column("record", Big, nullable=False),
            sa.Column("row", Big, nullable=False),
            *(sa.Column(name, kinds[kind]) for name, kind in self.stored),
            sa.UniqueConstraint("record_id", "version", name=f"{self.name}_version"),
            sqlite_autoincrement=True,
        )


def ensure(connection: sa.Connection, shape: RecordTable) -> None:
    """Make the record table, or add the columns that it lacks; ``FixConfiguration`` when a column changed its kind."""
    for change in missing(connection, shape):
        change.make(connection)


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a record table needs: in words for a dry run, and how it is made."""

    told: str
    make: Callable[[sa.Connection], None]


def missing(connection: sa.Connection, shape: RecordTable) -> list[Change]:
    """What the table of a dataset lacks, in order; nothing when it is as its contract says. Never a loss.

    ``FixConfiguration`` when a column changed its kind: that would lose what the table holds.
    """
    table, inspector = shape.table(), sa.inspect(connection)
    if not inspector.has_table(shape.name):
        parts = (*table.columns, *_constraints(table))
        changes = [Change(f"create table {shape.name}", lambda on: _create(on, shape.name, parts))]
        indexes = set[str]()
    else:
        there = {column["name"]: column["type"] for column in inspector.get_columns(shape.name)}
        indexes = {str(index["name"]) for index in inspector.get_indexes(shape.name)}
        changes = []
        for column in table.columns:
            if column.name not in there:
                told = f"add column {column.name} to {shape.name}"
                changes.append(Change(told, partial(_add, shape=shape, column=column)))
            elif not _same_kind(connection, column.type, there[column.name]):
                raise FixConfiguration(f"{shape.dataset}: column {column.name} changed its kind; give it another name")
    for name in shape.searched:
        index = index_of(shape, name)
        if name in shape.sealed:
            if index in indexes:  # of a time when the column was not sealed: nobody searches by it any more
                changes.append(Change(f"drop index {index} of {shape.name}", partial(_drop, shape=shape, index=index)))
            name = companion(name)
            index = index_of(shape, name)
        if index not in indexes:
            told = f"create index {index} on {shape.name}"
            changes.append(Change(told, partial(_index, shape=shape, index=index, column=name)))
    return changes


def index_of(shape: RecordTable, column: str) -> str:
    """Name of the index by which a column is searched."""
    return f"{shape.name}__{column}"[-63:]  # what PostgreSQL takes for a name


def _operations(connection: sa.Connection) -> Operations:
    return Operations(MigrationContext.configure(connection))


def _create(connection: sa.Connection, name: str, parts: Iterable[Any]) -> None:
    _operations(connection).create_table(name, *(_copy(part) for part in parts))


def _add(connection: sa.Connection, *, shape: RecordTable, column: sa.Column[Any]) -> None:
    _operations(connection).add_column(shape.name, _copy(column))
    if column.name == "valid_from":  # a table from before versions had it
        table = shape.table()
        connection.execute(table.update().values(valid_from=order_of(shape, table)))
    from hub.ledger import sealed  # it loads polars, which not every process needs

    for name in shape.pseudonymous:
        if column.name == companion(name):
            sealed.fill(connection, shape, name)


def order_of(shape: RecordTable, rows: Any) -> sa.ColumnElement[str]:
    """The order value of rows that have the contract's columns: ISO text, empty where there is none."""
    if shape.order is None:
        return sa.literal("")
    return sa.func.coalesce(sa.cast(rows.c[shape.order], sa.String), "")


def _index(connection: sa.Connection, *, shape: RecordTable, index: str, column: str) -> None:
    """Of current versions only."""
    current = sa.text("known_to IS NULL AND valid_to IS NULL")
    _operations(connection).create_index(
        index, shape.name, [column], if_not_exists=True, sqlite_where=current, postgresql_where=current
    )


def _drop(connection: sa.Connection, *, shape: RecordTable, index: str) -> None:
    _operations(connection).drop_index(index, shape.name)


def _copy(part: Any) -> Any:
    return part._copy()


def _constraints(table: sa.Table) -> list[sa.UniqueConstraint]:
    return [constraint for constraint in table.constraints if isinstance(constraint, sa.UniqueConstraint)]


def _same_kind(connection: sa.Connection, wanted: Any, found: Any) -> bool:
    wanted = wanted.dialect_impl(connection.dialect)
    wanted = getattr(wanted, "impl_instance", wanted)
    # Money on SQLite is text of a given length: only that tells it from a text column.
    alike = connection.dialect.name != "sqlite" or getattr(wanted, "length", None) == getattr(found, "length", None)
    return bool(wanted._type_affinity is found._type_affinity and alike)


def current_of(table: Any) -> sa.ColumnElement[bool]:
    """Of a record table or an alias of it: the versions that hold now."""
    return sa.and_(table.c.known_to.is_(None), table.c.valid_to.is_(None))


def history(connection: sa.Connection, shape: RecordTable, record_id: str) -> list[dict[str, Any]]:
    """All versions of a record, oldest first, as plain mappings with their cells opened."""
    from hub.ledger import sealed

    table = shape.table()
    query = sa.select(table).where(table.c.record_id == record_id).order_by(table.c.version)
    return sealed.open_rows(connection, shape, [dict(row._mapping) for row in connection.execute(query)])


def bookkeeping(connection: sa.Connection, shape: RecordTable, record_id: str) -> list[dict[str, Any]]:
    """The same without what the record says: nothing is opened for it."""
    table = shape.table()
    query = sa.select(*(table.c[name] for name in BOOKKEEPING)).where(table.c.record_id == record_id)
    return [dict(row._mapping) for row in connection.execute(query.order_by(table.c.version))]


def exists(connection: sa.Connection, shape: RecordTable) -> bool:
    """Whether the dataset has a table yet."""
    return sa.inspect(connection).has_table(shape.name)


def as_of(
    connection: sa.Connection, shape: RecordTable, record_id: str, *, known: datetime, valid: str | None = None
) -> dict[str, Any] | None:
    """The version that the hub took for true at a moment, of those that held on ``valid`` (ISO date); None for neither.

    Ends of validity that were learned later than ``known`` do not count: they follow from the versions known then.
    """
    from hub.ledger import sealed

    table = shape.table()
    query = (
        sa.select(table)
        .where(
            table.c.record_id == record_id,
            table.c.known_from <= known,
            sa.or_(table.c.known_to.is_(None), table.c.known_to > known),
        )
        .order_by(table.c.valid_from.desc(), table.c.version.desc())
        .limit(1)
    )
    if valid is not None:
        query = query.where(table.c.valid_from <= valid)
    found = connection.execute(query).first()
    return None if found is None else sealed.open_rows(connection, shape, [dict(found._mapping)])[0]
