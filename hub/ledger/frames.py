"""Current record versions as polars frames: by lines of text from SQLite, by COPY from PostgreSQL."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from hub.errors import CallOperator
from hub.ledger.connect import driver, reading
from hub.ledger.records import RecordTable, exists
from hub.ledger.sealed import open_frame

CURRENT = "known_to IS NULL AND valid_to IS NULL"
SEPARATOR, LINE_END = "\x1f", "\x1e"
FETCHED_ROWS = 50_000


def current(ledger: sa.Engine, shape: RecordTable, columns: Sequence[str]) -> pl.DataFrame:
    """``record_id, version, delivery_id`` and the named columns of every record's current version, typed.

    An empty frame with the right types when the dataset has no table yet; nulls for a column that the next delivery
    will add to it.
    """
    return _read(ledger, shape, columns, None)


def of_records(ledger: sa.Engine, shape: RecordTable, columns: Sequence[str], ids: pl.Series) -> pl.DataFrame:
    """The same of the named records only; one that is withdrawn or was never known is not among them."""
    return _read(ledger, shape, columns, ids.to_list())


def known_at(ledger: sa.Engine, shape: RecordTable, columns: Sequence[str], moment: datetime) -> pl.DataFrame:
    """The same of the versions that the ledger took for current at a moment; meant for small datasets."""
    table = shape.table()
    names = ["record_id", "version", "delivery_id", *columns]
    with reading(ledger) as connection:
        if not exists(connection, shape):
            return _read(ledger, shape, columns, [])
        place = sa.func.row_number().over(
            partition_by=table.c.record_id, order_by=(table.c.valid_from.desc(), table.c.version.desc())
        )
        known = (
            sa.select(*(table.c[name] for name in names), place.label("place"))
            .where(table.c.known_from <= moment, sa.or_(table.c.known_to.is_(None), table.c.known_to > moment))
            .subquery()
        )
        query = sa.select(*(sa.cast(known.c[name], sa.String) for name in names)).where(known.c.place == 1)
        rows = [tuple(row) for row in connection.execute(query)]
        texts = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
        texts = open_frame(connection, shape, texts)
    kinds = dict(shape.columns)
    return texts.select(_typed(name, kinds.get(name, "text")) for name in names)


def chosen_at(
    ledger: sa.Engine,
    shape: RecordTable,
    columns: Sequence[str],
    moment: datetime,
    chosen: Callable[[sa.Subquery], sa.ColumnElement[bool]],
) -> pl.DataFrame:
    """The same as ``known_at`` of the records of which any version is ``chosen``, also of those that were withdrawn.

    ``withdrawn``: whether the ledger took none of its versions for true at that moment. ``chosen`` gets the table's
    rows, in which a column that the next delivery will add is null.
    """
    table = shape.table()
    names = ["record_id", "version", "delivery_id", *columns]
    held = sa.or_(table.c.known_to.is_(None), table.c.known_to > moment)
    with reading(ledger) as connection:
        if not exists(connection, shape):
            return _read(ledger, shape, columns, []).with_columns(withdrawn=pl.lit(False))
        there = {str(one["name"]) for one in sa.inspect(connection).get_columns(shape.name)}
        cells = [table.c[name] if name in there else sa.null().label(name) for name in names]
        rows = sa.select(*cells).subquery()
        ids = sa.select(rows.c.record_id).where(chosen(rows))
        place = sa.func.row_number().over(
            partition_by=table.c.record_id,
            order_by=(held.desc(), table.c.valid_from.desc(), table.c.version.desc()),
        )
        known = (
            sa.select(*cells, sa.case((held, 0), else_=1).label("withdrawn"), place.label("place"))
            .where(table.c.known_from <= moment, table.c.record_id.in_(ids))
            .subquery()
        )
        wanted = [*names, "withdrawn"]
        query = sa.select(*(sa.cast(known.c[name], sa.String) for name in wanted)).where(known.c.place == 1)
        texts = pl.DataFrame(
            [tuple(row) for row in connection.execute(query)], schema=dict.fromkeys(wanted, pl.String), orient="row"
        )
        texts = open_frame(connection, shape, texts)
    kinds = dict(shape.columns)
    return texts.select(*(_typed(name, kinds.get(name, "text")) for name in names), pl.col("withdrawn") == "1")


def _read(ledger: sa.Engine, shape: RecordTable, columns: Sequence[str], ids: list[str] | None) -> pl.DataFrame:
    with reading(ledger) as connection:
        inspector = sa.inspect(connection)
        columns_there = (
            {str(column["name"]) for column in inspector.get_columns(shape.name)}
            if inspector.has_table(shape.name)
            else set[str]()
        )
    names = ["record_id", "version", "delivery_id", *columns]
    # SQLite takes a quoted name that no column has for a text: what is missing must be named as null.
    cells = ", ".join(f'"{name}"' if name in columns_there else "NULL" for name in names)
    if not columns_there:
        texts = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    elif ledger.dialect.name == "sqlite":
        texts = _from_sqlite(ledger, shape.name, cells, names, ids)
    else:
        texts = _from_postgresql(ledger, shape.name, cells, names, ids)
    if set(shape.sealed) & set(columns):
        with reading(ledger) as connection:
            texts = open_frame(connection, shape, texts)
    kinds = dict(shape.columns)
    try:
        return texts.select(_typed(name, kinds.get(name, "text")) for name in names)
    except pl.exceptions.PolarsError:
        # Its text quotes the cell.
        raise CallOperator(f"{shape.name} holds a cell that is not of its column's kind") from None


def _typed(name: str, kind: str) -> pl.Expr:
    cell = pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)
    if name in ("version", "delivery_id"):
        return cell.cast(pl.Int64)
    if kind == "date":
        return cell.str.to_date("%Y-%m-%d")
    return cell.cast(pl.Decimal(18, 6)) if kind == "decimal" else cell


def _from_sqlite(
    ledger: sa.Engine, table: str, cells: str, names: Sequence[str], ids: list[str] | None
) -> pl.DataFrame:
    """Rows as lines of text from the one SQLite library that has the ledger open.

    The Arrow driver brings a second copy of SQLite, and two copies on one file in one process lose each other's locks
    (https://www.sqlite.org/howtocorrupt.html, section 2.2.1). Cells hold no control characters but line breaks, so
    U+001F and U+001E divide them.
    """
    # One call of printf a row is several times faster than joining cells; it prints null as nothing.
    line = f"printf('{SEPARATOR.join(['%s'] * len(names))}', {cells})"
    parts = []
    with reading(ledger) as connection, driver(connection) as raw:
        query, given = f'SELECT {line} FROM "{table}" WHERE {CURRENT}', list[str]()
        if ids is not None:
            query, given = f"{query} AND record_id IN (SELECT value FROM json_each(?))", [json.dumps(ids)]
        cursor = raw.execute(query, given)
        cursor.row_factory = None
        while rows := cursor.fetchmany(FETCHED_ROWS):
            text = LINE_END.join([row for (row,) in rows]).encode("utf-8")
            parts.append(
                pl.read_csv(
                    text,
                    separator=SEPARATOR,
                    eol_char=LINE_END,
                    quote_char=None,
                    has_header=False,
                    new_columns=list(names),
                    infer_schema=False,
                )
            )
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(names, pl.String))


def _from_postgresql(
    ledger: sa.Engine, table: str, cells: str, names: Sequence[str], ids: list[str] | None
) -> pl.DataFrame:
    query, given = f'SELECT {cells} FROM "{table}" WHERE {CURRENT}', None
    if ids is not None:
        query, given = f"{query} AND record_id = ANY(%s)", (ids,)
    with tempfile.TemporaryFile() as file:
        with (
            reading(ledger) as connection,
            driver(connection) as raw,
            raw.cursor() as cursor,
            cursor.copy(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", given) as copy,
        ):
            for block in copy:
                file.write(block)
        if not file.tell():
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        file.seek(0)
        return pl.read_csv(
            file,
            has_header=False,
            new_columns=list(names),
            infer_schema=False,
        )
