"""What a source is asked and told, as statements that every database's dialect can spell. Values travel beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.database_values import asked, bound, fitting, literal
from connectors.faults import Refused

Words = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Which:
    """Rows of a table, by one column: those that equal a value, or those above one and up to another. Never nulls."""

    column: str
    equals: str | None = None
    above: str | None = None
    inclusive: bool = False  # ``above`` itself, too
    upto: str | None = None  # itself, too


@dataclass(frozen=True, slots=True)
class Mark:
    """What to write on one row: ``values`` by column, where ``still`` stands there unchanged. All of them as read."""

    key: Mapping[str, Any]
    still: Mapping[str, Any]
    values: Mapping[str, str | None]


def named(table: sa.Table, name: str) -> str | None:
    """The table's own spelling of a column, whose case counts only where two differ in nothing else."""
    if name in table.c:
        return name
    alike = [column.name for column in table.c if column.name.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def respelt(table: sa.Table, mark: Mark) -> Mark:
    """A mark with the columns as the table spells them; Refused where it has no such column."""
    missing = [name for name in (*mark.key, *mark.still, *mark.values) if named(table, name) is None]
    if missing:
        raise Refused(f"the table has no column {', '.join(sorted(missing))}")
    key, still, values = (
        {str(named(table, name)): value for name, value in part.items()} for part in (mark.key, mark.still, mark.values)
    )
    return Mark(key, still, values)


def counted(table: sa.Table, which: Which | None, dialect: str) -> tuple[sa.Select[Any], Words]:
    """How many rows there are."""
    return _chosen(sa.select(sa.func.count()).select_from(table), table, which, dialect)


def page(
    table: sa.Table,
    names: Sequence[str],
    order: Sequence[str],
    which: Which,
    last: Sequence[Any] | None,
    rows: int,
    dialect: str,
) -> tuple[sa.Select[Any], Words]:
    """The first rows in the order of some columns, or those behind the ``last`` values of these columns."""
    query, words = _chosen(sa.select(*(asked(table.c[name]) for name in names)), table, which, dialect)
    if last is not None:
        query = query.where(_after([table.c[name] for name in order], dialect))
        words |= {f"last_{place}": value for place, value in enumerate(last)}
    return query.order_by(*(table.c[name] for name in order)).limit(rows), words


def _chosen(query: sa.Select[Any], table: sa.Table, which: Which | None, dialect: str) -> tuple[sa.Select[Any], Words]:
    if which is None:
        return query, {}
    column = table.c[which.column]
    query = query.where(column.is_not(None))
    given = {"equals": which.equals, "above": which.above, "upto": which.upto}
    places = {name: literal(name, column, dialect) for name in given}
    if which.equals is not None:
        query = query.where(column == places["equals"])
    if which.above is not None:
        query = query.where(column >= places["above"] if which.inclusive else column > places["above"])
    if which.upto is not None:
        query = query.where(column <= places["upto"])
    return query, {name: bound(text, column, dialect) for name, text in given.items() if text is not None}


def _after(columns: Sequence[sa.Column[Any]], dialect: str) -> sa.ColumnElement[bool]:
    """Behind the last row of the page before, in words that every database knows."""
    places = [literal(f"last_{place}", column, dialect) for place, column in enumerate(columns)]
    return sa.or_(
        *(
            sa.and_(*(columns[before] == places[before] for before in range(at)), columns[at] > places[at])
            for at in range(len(columns))
        )
    )


def marking(table: sa.Table, mark: Mark, keep: Sequence[str], dialect: str) -> sa.Update:
    """Write on the row of a key, where it has not changed, and where something would change.

    ``keep``: on MariaDB and MySQL these columns are set to what they hold, else they might turn to the present moment.
    """

    def place(lead: str, name: str) -> Any:
        return literal(f"{lead}_{name}", table.c[name], dialect)

    kept = keep if dialect in ("mysql", "mariadb") else ()
    values: Words = {name: place("new", name) for name in mark.values}
    differs = [table.c[name].is_distinct_from(place("new", name)) for name in mark.values]
    return (
        sa.update(table)
        .where(*(table.c[name] == place("key", name) for name in mark.key))
        .where(*(table.c[name].is_not_distinct_from(place("still", name)) for name in mark.still))
        .where(sa.or_(*differs))
        .values(values | {name: table.c[name] for name in kept})
    )


def marked(table: sa.Table, mark: Mark, dialect: str) -> Words:
    """The values of one mark for that statement; texts are cut to what their column takes."""
    words: Words = {}
    for lead, part in (("key", mark.key), ("still", mark.still), ("new", mark.values)):
        for name, value in part.items():
            column = table.c[name]
            said = fitting(value, column, dialect) if lead == "new" and isinstance(value, str) else value
            words[f"{lead}_{name}"] = bound(said, column, dialect)
    return words
