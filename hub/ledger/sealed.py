"""Sealed columns of record tables (加密列): sealed on the way in, opened where asked for, searched by pseudonym.

Nothing finds a sealed cell by its text. A column that is searched has a companion, ``<column>__pseudonym``: its keyed
hash, by a key that is used for nothing but joins inside the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.failpoints import reached
from hub.ledger import cells, ciphers, data_keys, lookups
from hub.ledger.ciphers import companion as companion
from hub.ledger.connect import guarded
from hub.ledger.data_keys import DataKey, Vault

if TYPE_CHECKING:
    from hub.ledger.records import RecordTable

PIECE = 20_000


def place(shape: RecordTable, column: str) -> str:
    """To what a cell is bound, beside its record."""
    return f"{shape.dataset}{ciphers.SEPARATOR}{column}"


def frames(
    shape: RecordTable, rows: Iterable[pl.DataFrame], key: DataKey | None, vault: Vault
) -> Iterator[pl.DataFrame]:
    """The frames as they are stored: sealed columns sealed, companions beside. Without a key cells stay as they are."""
    for frame in rows:
        beside = [cells.pseudonyms(frame[name], vault.pseudonyms).alias(companion(name)) for name in shape.pseudonymous]
        within = []
        if key is not None:
            ids = frame["record_id"]
            within = [cells.seal(frame[one], ids, place(shape, one), key.id, key.cipher) for one in shape.sealed]
        yield frame.with_columns(*within, *beside)


def open_frame(connection: sa.Connection, shape: RecordTable, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with its sealed columns opened; it has ``record_id``. Columns that it lacks are not missed."""
    names = [name for name in shape.sealed if name in frame.columns]
    keys = {key for name in names for key in cells.keys_of(frame[name])}
    if not keys:
        return frame
    known, ids = data_keys.opened(connection, keys), frame["record_id"].fill_null("")
    return frame.with_columns(cells.open_cells(frame[name], ids, place(shape, name), known) for name in names)


def open_rows(connection: sa.Connection, shape: RecordTable, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same of plain mappings, without the companions."""
    hidden = {companion(name) for name in shape.pseudonymous}
    told = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
    names = ["record_id", *(name for name in shape.sealed if told and name in told[0])]
    if len(names) == 1:
        return told
    frame = pl.DataFrame([[row[name] for name in names] for row in told], dict.fromkeys(names, pl.String), orient="row")
    plain = open_frame(connection, shape, frame).drop("record_id").rows(named=True)
    return [row | cell for row, cell in zip(told, plain, strict=True)]


def holds(connection: sa.Connection, shape: RecordTable, column: str) -> bool:
    """Whether a column can be asked for many values (``lookups.holds``)."""
    return lookups.holds(connection, shape.name, companion(column) if column in shape.sealed else column)


def known(connection: sa.Connection, shape: RecordTable, column: str, values: pl.Series) -> pl.Series:
    """Those of ``values`` that a current version holds in a column that ``holds`` says can be asked."""
    if column not in shape.sealed:
        return lookups.known(connection, shape.name, column, values)
    asked = cells.pseudonyms(values, data_keys.vault_of(connection).pseudonyms)
    there = lookups.known(connection, shape.name, companion(column), asked)
    return values.filter(asked.is_in(there.implode()))


def having(connection: sa.Connection, shape: RecordTable, column: str, values: pl.Series) -> pl.Series:
    """Ids of the records of which a current version holds one of ``values``: slow, not wrong, without a companion."""
    if column not in shape.sealed:
        return lookups.having(connection, shape.name, column, values)
    there = {str(one["name"]) for one in sa.inspect(connection).get_columns(shape.name)}
    if companion(column) in there:
        asked = cells.pseudonyms(values, data_keys.vault_of(connection).pseudonyms)
        return lookups.having(connection, shape.name, companion(column), asked)
    return pl.Series(sorted(_looked_through(connection, shape, column, values, current=True)), dtype=pl.String)


def naming(connection: sa.Connection, shape: RecordTable, columns: Iterable[str], code: str) -> list[str]:
    """Ids of the records of which any version names a code in one of the columns; sealed ones are looked through."""
    found, asked = set[str](), pl.Series([code])
    there = {str(one["name"]) for one in sa.inspect(connection).get_columns(shape.name)}
    for name in (one for one in columns if one in there):
        if name not in shape.sealed or companion(name) in there:
            value = code
            if name in shape.sealed:
                value = cells.pseudonyms(asked, data_keys.vault_of(connection).pseudonyms).item()
            held = sa.table(shape.name, *(sa.column(one) for one in ("record_id", name, companion(name))))
            place = held.c[companion(name) if name in shape.sealed else name]
            found |= set(connection.scalars(sa.select(held.c.record_id).where(place == value)))
        else:
            found |= _looked_through(connection, shape, name, asked, current=False)
    return sorted(found)


def _looked_through(
    connection: sa.Connection, shape: RecordTable, column: str, values: pl.Series, *, current: bool
) -> set[str]:
    table, found = shape.table(), set[str]()
    query = sa.select(table.c.record_id, table.c[column]).where(table.c[column].is_not(None))
    if current:
        query = query.where(table.c.known_to.is_(None), table.c.valid_to.is_(None))
    for part in connection.execute(query).partitions(PIECE):
        frame = pl.DataFrame([tuple(row) for row in part], {"record_id": pl.String, column: pl.String}, orient="row")
        plain = open_frame(connection, shape, frame)
        found |= set(plain.filter(pl.col(column).is_in(values.implode()))["record_id"])
    return found


def fill(connection: sa.Connection, shape: RecordTable, column: str) -> None:
    """Give every row its companion cell: what is searched by pseudonym must not be missed."""
    table, vault, last = shape.table(), data_keys.vault_of(connection), 0
    query = sa.select(table.c.sequence, table.c.record_id, table.c[column]).order_by(table.c.sequence).limit(PIECE)
    change = table.update().where(table.c.sequence == sa.bindparam("b_sequence"))
    while rows := connection.execute(query.where(table.c.sequence > last, table.c[column].is_not(None))).all():
        last = rows[-1].sequence
        frame = pl.DataFrame(
            [tuple(row)[1:] for row in rows], {"record_id": pl.String, column: pl.String}, orient="row"
        )
        made = cells.pseudonyms(open_frame(connection, shape, frame)[column], vault.pseudonyms)
        told = [{"b_sequence": row.sequence, "b_cell": one} for row, one in zip(rows, made.to_list(), strict=True)]
        connection.execute(change.values({companion(column): sa.bindparam("b_cell")}), told)


FORM = "1:" + "_" * ciphers.KEY_ID + ":%"


def _plain(table: sa.Table, names: Iterable[str]) -> sa.ColumnElement[bool]:
    """Rows with a cell that is not sealed yet."""
    return sa.or_(sa.false(), *(sa.and_(table.c[name].is_not(None), table.c[name].not_like(FORM)) for name in names))


def has_plain(connection: sa.Connection, shape: RecordTable, after: int = 0) -> bool:
    """Whether a row behind a sequence has a cell that is not sealed; a table that is not there has none."""
    table, names = shape.table(), _there(connection, shape)
    found = sa.exists().where(table.c.sequence > after, _plain(table, names))
    return bool(names) and bool(connection.scalar(sa.select(found)))


def _there(connection: sa.Connection, shape: RecordTable) -> list[str]:
    """The sealed columns that the table has already."""
    inspector = sa.inspect(connection)
    if not shape.sealed or not inspector.has_table(shape.name):
        return []
    there = {str(one["name"]) for one in inspector.get_columns(shape.name)}
    return [name for name in shape.sealed if name in there]


def seal_rows(connection: sa.Connection, shape: RecordTable, key: DataKey, after: int, limit: int) -> tuple[int, int]:
    """Seal up to so many rows behind a sequence; gives how many, and the last sequence: 0 when none is left."""
    table = shape.table()
    query = sa.select(table.c.sequence, table.c.record_id, *(table.c[name] for name in shape.sealed))
    query = query.where(table.c.sequence > after, _plain(table, shape.sealed)).order_by(table.c.sequence).limit(limit)
    rows = connection.execute(query.with_for_update()).all()
    if not rows:
        return 0, 0
    schema = dict.fromkeys(("record_id", *shape.sealed), pl.String)
    frame = pl.DataFrame([tuple(row)[1:] for row in rows], schema, orient="row")
    plain = open_frame(connection, shape, frame)  # a row may have been sealed in part
    made = plain.select(
        cells.seal(plain[name], plain["record_id"], place(shape, name), key.id, key.cipher) for name in shape.sealed
    )
    told = [
        {"b_sequence": row.sequence} | {f"b_{name}": cell for name, cell in one.items()}
        for row, one in zip(rows, made.iter_rows(named=True), strict=True)
    ]
    change = table.update().where(table.c.sequence == sa.bindparam("b_sequence"))
    connection.execute(change.values({name: sa.bindparam(f"b_{name}") for name in shape.sealed}), told)
    return len(rows), int(rows[-1].sequence)


def compact(ledger: sa.Engine) -> None:
    """Pages that held plain cells leave the file of SQLite. PostgreSQL overwrites them in its own time (VACUUM)."""
    if ledger.dialect.name == "sqlite":
        with guarded(), closing(ledger.raw_connection()) as connection:
            raw: Any = connection.driver_connection
            raw.execute("PRAGMA temp_store=FILE")  # the whole ledger is written anew: not in memory
            reached("compact.before_write")
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            raw.execute("PRAGMA temp_store=MEMORY")


def keys_in_use(
    connection: sa.Connection,
    shape: RecordTable,
    where: Callable[[sa.Table], sa.ColumnElement[bool]] = lambda _: sa.true(),
) -> set[str]:
    """Ids of the data keys under which cells of the table are sealed; ``where``: of which rows."""
    table, found = shape.table(), set[str]()
    for name in _there(connection, shape):
        key = sa.func.substr(table.c[name], len("1:") + 1, ciphers.KEY_ID)
        found |= set(connection.scalars(sa.select(key).where(table.c[name].like(FORM), where(table)).distinct()))
    return found
