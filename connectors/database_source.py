"""A foreign database as a source (前置库取数): what stands in a table at one moment, page by page, and marks put back.

Reading happens in one transaction that only reads and sees one snapshot, so that counts, the highest watermark and the
rows agree whoever writes meanwhile. Pages go by key, never by offset. No error carries a value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors import database_statements as statements
from connectors.database_engine import begin, make_engine
from connectors.database_faults import database_faults
from connectors.database_statements import Mark, Which
from connectors.database_values import Kind, asked, bound, earlier, kind_of, plain
from connectors.faults import RowRefused

__all__ = ["Mark", "Snapshot", "Source", "Which"]

PAGE_ROWS = 5_000
Row = tuple[Any, ...]


@contextmanager
def _faults(doing: str) -> Iterator[None]:
    try:
        with database_faults(doing):
            yield
    except (ValueError, ArithmeticError, LookupError, TypeError) as error:  # of drivers and conversions: they quote it
        raise RowRefused(f"{doing}: a value does not fit its column ({type(error).__name__})") from None


class Snapshot:
    """One table as it was when the snapshot began. Columns are asked for by the names that ``find`` gives."""

    def __init__(self, connection: sa.Connection, table: sa.Table, zone: ZoneInfo) -> None:
        self._connection, self._table, self._zone = connection, table, zone
        self._dialect = connection.dialect.name

    def find(self, name: str) -> str | None:
        """The table's own spelling of a column, whose case counts only where two differ in nothing else."""
        return statements.named(self._table, name)

    def kind(self, name: str) -> Kind | None:
        """What stands in a column; None for what is no cell of a table."""
        return kind_of(self._table.c[name])

    def column(self, name: str) -> sa.Column[Any]:
        """A column as the database describes it."""
        return self._table.c[name]

    def is_floating(self, name: str) -> bool:
        """Whether a column holds numbers that are no exact decimals."""
        return isinstance(self._table.c[name].type, sa.Float)

    def type_of(self, name: str) -> str:
        """A column's type in the database's own words: ``NUMERIC(18, 2)``."""
        found = self._table.c[name].type
        return "?" if isinstance(found, sa.types.NullType) else found.compile(self._connection.dialect)

    def has_key(self, names: Sequence[str]) -> bool:
        """Whether a key of the table says that these columns tell its rows apart; a view has none and is believed."""
        found = sa.inspect(self._connection)
        schema, name = self._table.schema, self._table.name
        if name in found.get_view_names(schema):
            return True
        keys: list[list[Any]] = [found.get_pk_constraint(name, schema)["constrained_columns"]]
        keys += [key["column_names"] for key in found.get_unique_constraints(name, schema)]
        keys += [list(index["column_names"]) for index in found.get_indexes(name, schema) if index["unique"]]
        return any(key and set(key) <= set(names) for key in keys)

    def count(self, which: Which | None = None) -> int:
        """How many rows there are."""
        with _faults("count"):
            query, words = statements.counted(self._table, which, self._dialect)
            return int(self._connection.scalar(query, words) or 0)

    def highest(self, name: str) -> str | None:
        """The highest value of a column; None where there is none."""
        with _faults("highest"):
            column = self._table.c[name]
            top = sa.type_coerce(sa.func.max(column), asked(column).type)
            value = self._connection.scalar(sa.select(top))
            return None if value is None else str(plain(value, column, self._zone))

    def earlier(self, name: str, value: str, by: float) -> str:
        """The value of a column that is so much lower: seconds of a moment."""
        with _faults("earlier"):
            return earlier(value, self._table.c[name], by)

    def pages(self, names: Sequence[str], order: Sequence[str], which: Which) -> Iterator[list[Row]]:
        """Rows by pages of ``PAGE_ROWS``, sorted by ``order``, which tells them apart and is among ``names``."""
        with _faults("read"):
            columns = [self._table.c[name] for name in names]
            places = [list(names).index(name) for name in order]
            last: list[Any] | None = None
            while True:
                query, words = statements.page(self._table, names, order, which, last, PAGE_ROWS, self._dialect)
                found = self._connection.execute(query, words).all()
                page = [
                    tuple(plain(value, column, self._zone) for value, column in zip(row, columns, strict=True))
                    for row in found
                ]
                if page:
                    yield page
                if len(page) < PAGE_ROWS:
                    return
                last = [bound(page[-1][place], columns[place], self._dialect) for place in places]

    def seal(self, names: Sequence[str], order: Sequence[str], which: Which) -> str:
        """SHA-256 over rows: the same as long as none of them comes, goes or changes."""
        sha = hashlib.sha256()
        for page in self.pages(names, order, which):
            for row in page:
                sha.update(repr(row).encode("utf-8", "surrogatepass"))
        return sha.hexdigest()


class Source:
    """One foreign database. ``timeout`` in seconds bounds connecting, waiting for a lock and each statement.

    Raises Refused (address, driver, account, table, columns, rights) or Unreachable (down, broken link, too slow).
    """

    def __init__(self, url: str, *, zone: str, timeout: float = 30.0) -> None:
        with database_faults("connect"):
            self._engine = make_engine(url, timeout)
        self._timeout, self._zone = timeout, zone

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    @property
    def backend(self) -> str:
        """What kind of database it is: ``postgresql``, ``mysql``."""
        return self._engine.dialect.name

    @contextmanager
    def snapshot(self, table: str) -> Iterator[Snapshot]:
        """A table (``name`` or ``schema.name``; a view is fine) as it stands now. Nothing can be written in here."""
        with database_faults("read"), self._engine.connect() as connection:
            begin(connection, self._timeout, self._zone, writing=False)
            yield Snapshot(connection, _reflected(connection, table), ZoneInfo(self._zone))

    def mark(self, table: str, marks: Sequence[Mark], keep: Sequence[str] = ()) -> int:
        """Write on rows, all or none of them; gives how many changed. The same marks again change nothing.

        A row that has changed meanwhile is left alone. ``keep``: columns that MariaDB would otherwise set to the
        present moment because the row changes. All marks have the same columns; texts are cut to what a column takes.
        """
        if not marks:
            return 0
        with _faults("mark"), self._engine.connect() as connection:
            begin(connection, self._timeout, self._zone, writing=True)
            found = _reflected(connection, table)
            dialect = connection.dialect.name
            spelt = [statements.respelt(found, mark) for mark in marks]
            statement = statements.marking(found, spelt[0], keep, dialect)
            rows = [statements.marked(found, mark, dialect) for mark in spelt]
            changed = connection.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount
            connection.commit()
            return changed


def _reflected(connection: sa.Connection, table: str) -> sa.Table:
    schema, _, name = table.rpartition(".")
    return sa.Table(name, sa.MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)
