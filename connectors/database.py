"""The door to a foreign front-end database: rows in by key and sequence, rows out, rows deleted.

The tables belong to the other side: they are reflected, never created. Works on SQLite and PostgreSQL. No error carries
a row's values: database drivers quote them, so their exceptions are dropped (reliability, section 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from connectors.database_engine import limits
from connectors.database_faults import database_faults
from connectors.faults import Refused

T = TypeVar("T")
KNOWN = ("sqlite", "postgresql")
CHUNK_ROWS = 500  # keeps one statement under SQLite's smallest limit of variables


class FrontEnd:
    """One foreign database. ``timeout`` in seconds bounds connecting, waiting for a lock and each statement.

    Every call uses a connection of its own and one transaction. Raises Refused (address, table, columns, rights, rows
    that do not fit) or Unreachable (down, broken link, locked, too slow).
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        with database_faults("connect"):
            address = sa.make_url(url)
            if address.get_backend_name() not in KNOWN:
                raise Refused("connect: only SQLite and PostgreSQL are known here")
            self._engine = sa.create_engine(
                address,
                connect_args=limits(address, timeout),
                poolclass=sa.NullPool,
                hide_parameters=True,
            )
        self._tables: dict[str, sa.Table] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def upsert(
        self, table: str, key_columns: Sequence[str], rows: Iterable[Mapping[str, Any]], sequence_column: str
    ) -> int:
        """Insert rows, or update those whose stored sequence is lower; return how many rows changed.

        A row that stands there with the same or a newer sequence stays as it is, so a repeated or late call changes
        nothing. All rows need the same columns, the keys and the sequence among them; columns that are not given stay.
        All or nothing. The table needs a unique key on ``key_columns``, and the sequence must be a number or a time.
        """
        changed = 0
        with self._transaction("upsert") as connection:
            target = self._table(connection, table)
            statement: sa.Executable | None = None
            names: frozenset[str] = frozenset()
            for chunk in _chunks(rows):
                if statement is None:
                    names = frozenset(chunk[0])
                    statement = _upsert(connection, target, tuple(key_columns), names, sequence_column)
                _must_be_whole(chunk, names, [*key_columns, sequence_column])
                changed += connection.execute(
                    statement, [dict(row) for row in chunk], execution_options={"preserve_rowcount": True}
                ).rowcount
        return changed

    def read(
        self,
        table: str,
        columns: Sequence[str],
        *,
        key_column: str | None = None,
        keys: Iterable[Any] | None = None,
        sequence_column: str | None = None,
        after: Any = None,
    ) -> list[dict[str, Any]]:
        """Columns of the rows whose key is among ``keys``, or whose sequence is greater than ``after``, or of all rows.

        Sorted by sequence where one is named, else by key where one is named.
        """
        with self._transaction("read") as connection:
            source = self._table(connection, table)
            wanted = sa.select(*_columns(source, columns))
            order = sequence_column or key_column
            if order is not None:
                wanted = wanted.order_by(*_columns(source, [order]))
            if sequence_column is not None and after is not None:
                wanted = wanted.where(_columns(source, [sequence_column])[0] > after)
            if keys is None:
                return [dict(row) for row in connection.execute(wanted).mappings()]
            if key_column is None:
                raise Refused("read: keys are given, but no key column")
            key = _columns(source, [key_column])[0]
            return [
                dict(row)
                for chunk in _chunks(dict.fromkeys(keys))
                for row in connection.execute(wanted.where(key.in_(chunk))).mappings()
            ]

    def delete(self, table: str, key_column: str, keys: Iterable[Any]) -> int:
        """Delete the rows with these keys, all or none; return how many went. A key that is not there is no error."""
        gone = 0
        with self._transaction("delete") as connection:
            target = self._table(connection, table)
            key = _columns(target, [key_column])[0]
            for chunk in _chunks(keys):
                gone += connection.execute(sa.delete(target).where(key.in_(chunk))).rowcount
        return gone

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[sa.Connection]:
        with database_faults(doing), self._engine.begin() as connection:
            yield connection

    def _table(self, connection: sa.Connection, name: str) -> sa.Table:
        if name not in self._tables:
            schema, _, bare = name.rpartition(".")
            self._tables[name] = sa.Table(
                bare, sa.MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False
            )
        return self._tables[name]


def _columns(table: sa.Table, names: Iterable[str]) -> list[sa.Column[Any]]:
    wanted = list(names)
    missing = sorted(name for name in wanted if name not in table.c)
    if missing:
        raise Refused(f"the table has no column {', '.join(missing)}")
    return [table.c[name] for name in wanted]


def _upsert(
    connection: sa.Connection, table: sa.Table, keys: tuple[str, ...], names: frozenset[str], sequence: str
) -> sa.Executable:
    missing = sorted({*keys, sequence} - names)
    if missing:
        raise Refused(f"upsert: the rows have no column {', '.join(missing)}")
    _columns(table, sorted(names))
    if set(keys) not in _unique_keys(table):
        raise Refused("upsert: the table has no unique key on the key columns, so a repeated row could appear twice")
    if isinstance(table.c[sequence].type, sa.String):
        raise Refused("upsert: the sequence column is text, where 10 comes before 9")
    statement = sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
    stored, new = table.c[sequence], statement.excluded[sequence]
    return statement.on_conflict_do_update(
        index_elements=list(keys),
        set_={name: statement.excluded[name] for name in sorted(names - set(keys))},
        where=sa.or_(stored.is_(None), stored < new),
    )


def _must_be_whole(rows: Iterable[Mapping[str, Any]], names: frozenset[str], needed: Sequence[str]) -> None:
    for row in rows:
        if row.keys() != names:
            raise Refused("upsert: the rows do not all have the same columns")
        # A null key never meets its twin and a null sequence is never newer: both would fail without a sound.
        if any(row[name] is None for name in needed):
            raise Refused("upsert: a row has no key or no sequence")


def _unique_keys(table: sa.Table) -> list[set[str]]:
    constraints = [
        {column.name for column in constraint.columns}
        for constraint in table.constraints
        if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint)
    ]
    whole_indexes = [
        {column.name for column in index.columns}
        for index in table.indexes
        if index.unique
        and not any(index.dialect_options[name].get("where") is not None for name in index.dialect_options)
    ]
    return constraints + whole_indexes


def _chunks(things: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(things)
    while chunk := list(islice(rest, CHUNK_ROWS)):
        yield chunk
