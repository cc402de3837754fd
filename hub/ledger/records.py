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

    @property
    def name(self) -> str:
        """Table name: ``record_market_admin_licence``."""
        return "record_" + self.dataset.replace("/", "_")

    def table(self) -> sa.Table:
        """As SQLAlchemy sees it; bookkeeping columns first."""
        kinds: dict[str, Any] = {"text": sa.Text(), "date": sa.Date(), "money": Money()}
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
        return
    there = {column["name"]: column["type"] for column in inspector.get_columns(shape.name)}
    for column in table.columns:
        if column.name not in there:
            operations.add_column(table.name, _copy(column))
        elif not _same_kind(connection, column.type, there[column.name]):
            raise FixConfiguration(f"{shape.dataset}: column {column.name} changed its kind; give it another name")


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
    """What a merge did: new records, new versions, and the sequence above which the rows of this merge lie."""

    inserted: int
    updated: int
    floor: int


def merge(connection: sa.Connection, shape: RecordTable, stage: str, delivery_id: int, now: datetime) -> Merged:
    """Turn the accepted rows of the staging table into record versions; an unchanged row writes nothing.

    ``stage`` names a table with the columns of ``hub.ledger.staging``. Runs inside the caller's transaction.
    """
    table = shape.table()
    staged = sa.table(
        stage.rpartition(".")[2], *(sa.column(c) for c in STAGED), *(sa.column(c) for c, _ in shape.columns),
        schema=stage.rpartition(".")[0] or None,
    )  # fmt: skip
    current = sa.alias(table, "now")
    floor = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.sequence), 0))) or 0
    names = [name for name, _ in shape.columns]

    def select(version: Any) -> Any:
        return sa.select(
            staged.c.record_id,
            version,
            staged.c.content_hash,
            sa.literal(now, Moment),
            sa.literal(delivery_id, Big),
            staged.c.record,
            staged.c.row,
            *(staged.c[name] for name in names),
        ).where(staged.c.state.in_(("accepted", "accepted_query")))

    target = ["record_id", "version", "content_hash", "known_from", "delivery_id", "record", "row", *names]
    joined = staged.join(current, sa.and_(current.c.record_id == staged.c.record_id, current.c.known_to.is_(None)))
    changed = select(current.c.version + 1).select_from(joined).where(current.c.content_hash != staged.c.content_hash)
    updated = connection.execute(table.insert().from_select(target, changed)).rowcount
    if updated:
        newer = sa.select(table.c.record_id).where(table.c.sequence > floor)
        connection.execute(
            table.update()
            .where(table.c.known_to.is_(None), table.c.sequence <= floor, table.c.record_id.in_(newer))
            .values(known_to=now)
        )
    known = sa.select(sa.literal(1)).where(current.c.record_id == staged.c.record_id)
    new = select(sa.literal(1)).where(~sa.exists(known))
    inserted = connection.execute(table.insert().from_select(target, new)).rowcount
    return Merged(inserted=inserted, updated=updated, floor=floor)


STAGED = ("record", "row", "state", "code", "record_id", "content_hash")


def history(connection: sa.Connection, shape: RecordTable, record_id: str) -> list[dict[str, Any]]:
    """All versions of a record, oldest first, as plain mappings."""
    table = shape.table()
    query = sa.select(table).where(table.c.record_id == record_id).order_by(table.c.version)
    return [dict(row._mapping) for row in connection.execute(query)]


def exists(connection: sa.Connection, shape: RecordTable) -> bool:
    """Whether the dataset has a table yet."""
    return sa.inspect(connection).has_table(shape.name)
