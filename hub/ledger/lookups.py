"""What the ledger holds, asked by another delivery: earlier batches, values of a column, names behind a code.

Set-based: all values of a question travel in one parameter (a JSON text on SQLite, arrays on PostgreSQL), and only
current versions are looked at. Nothing is written, so that a delivery can be judged again.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from hub.ledger.tables import delivery, quarantine

_ENTERED = ("ACCEPTED", "ACCEPTED_QUERY", "PARTIAL")
_ORIGINAL = "original"
# What must not stand in a JSON string as it is.
_ESCAPES = {"\\": "\\\\", '"': '\\"', **{chr(code): f"\\u{code:04x}" for code in range(32)}}


def recent_rows(connection: sa.Connection, department: str, dataset: str, before: int, limit: int) -> list[int]:
    """Rows judged in the last deliveries of a department and dataset that were entered, newest first.

    Only deliveries with an id below ``before`` count, so that a delivery finds the same when it is judged again.
    Corrections are of any size and do not count.
    """
    query = (
        sa.select(delivery.c.accepted + delivery.c.rejected)
        .where(
            delivery.c.department == department,
            delivery.c.dataset == dataset,
            delivery.c.id < before,
            delivery.c.mode == _ORIGINAL,
            delivery.c.verdict.in_(_ENTERED),
        )
        .order_by(delivery.c.id.desc())
        .limit(limit)
    )
    return [int(rows) for rows in connection.scalars(query)]


def holds(connection: sa.Connection, table: str, searched: str, *columns: str) -> bool:
    """Whether a record table can be asked: it has an index on ``searched``, the other columns, and a record.

    Without the index (a table that no delivery has entered since the column is searched) a large question would take
    hours; it counts as holding nothing until the next delivery of its dataset has made one.
    """
    inspector = sa.inspect(connection)
    if not inspector.has_table(table):
        return False
    if not any(each["column_names"][:1] == [searched] for each in inspector.get_indexes(table)):
        return False
    if not set(columns) <= {str(column["name"]) for column in inspector.get_columns(table)}:
        return False
    held = _table(table)
    return connection.scalar(sa.select(held.c.record_id).where(_current(held)).limit(1)) is not None


def known(connection: sa.Connection, table: str, column: str, values: pl.Series) -> pl.Series:
    """Those of ``values`` that a current version holds in a column."""
    if values.is_empty():
        return values
    asked, held = _given(connection, values), _table(table, column)
    query = (
        sa.select(asked.c.key)
        .distinct()
        .select_from(asked.join(held, held.c[column] == asked.c.key))
        .where(_current(held))
    )
    return pl.Series(list(connection.scalars(query)), dtype=pl.String)


def having(connection: sa.Connection, table: str, column: str, values: pl.Series) -> pl.Series:
    """Ids of the records of which a current version holds one of ``values`` in a column."""
    asked, held = _given(connection, values), _table(table, column)
    query = sa.select(held.c.record_id).select_from(asked.join(held, held.c[column] == asked.c.key))
    return pl.Series(list(connection.scalars(query.where(_current(held)).distinct())), dtype=pl.String)


def otherwise_named(connection: sa.Connection, table: str, code: str, name: str, pairs: pl.DataFrame) -> pl.Series:
    """Codes of ``pairs`` (``code``, ``name``) behind which a current version has a name that is spelled otherwise."""
    if pairs.is_empty():
        return pairs["code"]
    asked, held = _given(connection, pairs["code"], pairs["name"]), _table(table, code, name)
    query = (
        sa.select(asked.c.key)
        .distinct()
        .select_from(asked.join(held, held.c[code] == asked.c.key))
        .where(_current(held), held.c[name] != asked.c.value)
    )
    return pl.Series(list(connection.scalars(query)), dtype=pl.String)


def held(connection: sa.Connection, table: str, records: pl.Series) -> pl.Series:
    """Those of some record ids of which the ledger holds a version, be it current or not."""
    if records.is_empty() or not sa.inspect(connection).has_table(table):
        return records.clear()
    asked, versions = _given(connection, records), _table(table)
    query = sa.select(asked.c.key).distinct().select_from(asked.join(versions, versions.c.record_id == asked.c.key))
    return pl.Series(list(connection.scalars(query)), dtype=pl.String)


def first_rejected(connection: sa.Connection, dataset: str, records: pl.Series, before: int) -> pl.DataFrame:
    """When a delivery below ``before`` first brought rows that were rejected: ``record_id``, ``first`` (a moment)."""
    schema: dict[str, Any] = {"record_id": pl.String, "first": pl.Datetime("us", "UTC")}
    if records.is_empty():
        return pl.DataFrame(schema=schema)
    asked, joined = _given(connection, records), quarantine.join(delivery, delivery.c.id == quarantine.c.delivery_id)
    query = (
        sa.select(quarantine.c.record_id, sa.func.min(delivery.c.received_at))
        .select_from(asked.join(joined, quarantine.c.record_id == asked.c.key))
        .where(quarantine.c.dataset == dataset, quarantine.c.delivery_id < before)
        .group_by(quarantine.c.record_id)
    )
    return pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=schema, orient="row")


def names_of(connection: sa.Connection, table: str, code: str, name: str, codes: pl.Series) -> pl.DataFrame:
    """Names behind codes: ``code``, ``held``, how many ``records`` have both, the ``first`` of those records."""
    schema = {"code": pl.String, "held": pl.String, "records": pl.Int64, "first": pl.String}
    if codes.is_empty():
        return pl.DataFrame(schema=schema)
    asked, held = _given(connection, codes), _table(table, code, name)
    query = (
        sa.select(held.c[code], held.c[name], sa.func.count(), sa.func.min(held.c.record_id))
        .select_from(asked.join(held, held.c[code] == asked.c.key))
        .where(_current(held), held.c[name].is_not(None))
        .group_by(held.c[code], held.c[name])
    )
    return pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=schema, orient="row")


def _table(name: str, *columns: str) -> sa.TableClause:
    own = ("record_id", "known_to", "valid_to")
    return sa.table(name, *(sa.column(column) for column in dict.fromkeys((*own, *columns))))


def _current(held: sa.TableClause) -> sa.ColumnElement[bool]:
    return sa.and_(held.c.known_to.is_(None), held.c.valid_to.is_(None))


def _given(connection: sa.Connection, keys: pl.Series, texts: pl.Series | None = None) -> Any:
    """The values of a question as a table with ``key`` and ``value``; a key may stand in it more than once."""
    told = pl.DataFrame({"key": keys, "value": keys if texts is None else texts})
    # No record holds the character U+0000, and PostgreSQL does not even take it in a question.
    told = told.filter(~pl.any_horizontal(pl.all().str.contains("\x00", literal=True)))
    if connection.dialect.name == "postgresql":
        arrays = [sa.bindparam(name, told[name].to_list(), ARRAY(sa.Text)) for name in told.columns]
        return sa.func.unnest(*arrays).table_valued(*told.columns, name="asked").render_derived()
    # Written by polars, because a million pairs in a dict and json.dumps take as long as the question itself.
    members = told.select(pl.format('"{}":"{}"', *(_escaped(name) for name in told.columns)).str.join(","))
    return sa.func.json_each("{" + members.item() + "}").table_valued("key", "value", name="asked")


def _escaped(column: str) -> pl.Expr:
    return pl.col(column).str.replace_many(list(_ESCAPES), list(_ESCAPES.values()))
