"""What the ledger holds, asked by another delivery: earlier batches, values of a column, names behind a code.

Set-based: all values of a question travel in one parameter (a JSON text on SQLite, arrays on PostgreSQL), and only
current versions are looked at. Nothing is written, so that a delivery can be judged again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from hub.ledger.tables import delivery

_ENTERED = ("ACCEPTED", "ACCEPTED_QUERY", "PARTIAL")
_ORIGINAL = "original"


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
    return connection.scalar(sa.select(held.c.record_id).where(held.c.known_to.is_(None)).limit(1)) is not None


def known(connection: sa.Connection, table: str, column: str, values: Sequence[str]) -> list[str]:
    """Those of ``values`` that a current version holds in a column."""
    if not values:
        return []
    asked, held = _given(connection, dict.fromkeys(values, "")), _table(table, column)
    query = (
        sa.select(asked.c.key)
        .distinct()
        .select_from(asked.join(held, held.c[column] == asked.c.key))
        .where(held.c.known_to.is_(None))
    )
    return list(connection.scalars(query))


def otherwise_named(connection: sa.Connection, table: str, code: str, name: str, names: Mapping[str, str]) -> list[str]:
    """Those codes of ``names`` (code to name) behind which a current version has a name that is spelled otherwise."""
    if not names:
        return []
    asked, held = _given(connection, names), _table(table, code, name)
    query = (
        sa.select(asked.c.key)
        .distinct()
        .select_from(asked.join(held, held.c[code] == asked.c.key))
        .where(held.c.known_to.is_(None), held.c[name] != asked.c.value)
    )
    return list(connection.scalars(query))


def names_of(
    connection: sa.Connection, table: str, code: str, name: str, codes: Sequence[str]
) -> list[tuple[str, str, int, str]]:
    """Names behind codes: code, name, how many records have both, the first of those records."""
    if not codes:
        return []
    asked, held = _given(connection, dict.fromkeys(codes, "")), _table(table, code, name)
    query = (
        sa.select(held.c[code], held.c[name], sa.func.count(), sa.func.min(held.c.record_id))
        .select_from(asked.join(held, held.c[code] == asked.c.key))
        .where(held.c.known_to.is_(None), held.c[name].is_not(None))
        .group_by(held.c[code], held.c[name])
    )
    return [(row[0], row[1], int(row[2]), row[3]) for row in connection.execute(query)]


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in dict.fromkeys(("record_id", "known_to", *columns))))


def _given(connection: sa.Connection, values: Mapping[str, str]) -> Any:
    """The values of a question as a table with ``key`` and ``value``."""
    if connection.dialect.name == "postgresql":
        keys = sa.bindparam("keys", list(values), ARRAY(sa.Text))
        texts = sa.bindparam("texts", list(values.values()), ARRAY(sa.Text))
        return sa.func.unnest(keys, texts).table_valued("key", "value", name="asked").render_derived()
    return sa.func.json_each(json.dumps(values, ensure_ascii=False)).table_valued("key", "value", name="asked")
