"""How far each front-end database was pulled (取数水位), and which of its rows have not been marked as taken.

A row here changes in the transaction that opens the delivery, and only there: so nothing is pulled twice as two
deliveries, and nothing that was not landed counts as pulled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.ledger.tables import Big, Json, Moment, delivery, fate, finding, metadata

source = sa.Table(
    "source",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),  # of the settings
    sa.Column("place", sa.String(256), primary_key=True),  # table or view
    sa.Column("dataset", sa.String(128), primary_key=True),
    sa.Column("department", sa.String(64), primary_key=True),
    sa.Column("watermark", sa.String(128)),  # the highest that was pulled; None: flags, or nothing yet
    sa.Column("seal", sa.String(64)),  # of the rows at the watermark: a change among them is seen
    sa.Column("rows", Big, nullable=False),  # that the table had
    sa.Column("types", Json, nullable=False),  # of its columns, by column of the contract
    sa.Column("delivery_id", Big, nullable=False),  # the last that was opened
    sa.Column("at", Moment, nullable=False),
)
Address = tuple[str, str, str, str]  # name, place, dataset, department


def known(connection: sa.Connection, address: Address) -> dict[str, Any] | None:
    """What is remembered of a source's table; None before its first delivery."""
    row = connection.execute(sa.select(source).where(*_at(address))).first()
    return None if row is None else dict(row._mapping)


def remember(
    connection: sa.Connection, address: Address, delivery_id: int, now: datetime, facts: Mapping[str, Any]
) -> None:
    """Enter how far the delivery that is being opened has come: ``watermark``, ``seal``, ``rows``, ``types``."""
    connection.execute(source.delete().where(*_at(address)))
    name, place, dataset, department = address
    connection.execute(
        source.insert().values(
            name=name,
            place=place,
            dataset=dataset,
            department=department,
            delivery_id=delivery_id,
            at=now,
            **facts,
        )
    )


def _at(address: Address) -> list[sa.ColumnElement[bool]]:
    names = (source.c.name, source.c.place, source.c.dataset, source.c.department)
    return [column == value for column, value in zip(names, address, strict=True)]


def untaken(connection: sa.Connection, address: Address) -> list[dict[str, Any]]:
    """Deliveries whose rows the source does not know to be taken, oldest first."""
    name, place, dataset, department = address
    query = sa.select(delivery).where(
        delivery.c.channel == "database",
        delivery.c.server == name,
        delivery.c.path == place,
        delivery.c.dataset == dataset,
        delivery.c.department == department,
        delivery.c.cleared_at.is_(None),
    )
    return [dict(row._mapping) for row in connection.execute(query.order_by(delivery.c.id))]


def verdicts(
    connection: sa.Connection, delivery_id: int, first: int, last: int
) -> dict[int, tuple[str, str | None, str | None]]:
    """State, code and column of the records ``first`` to ``last``: of the first finding of a row, else of its fate."""
    within = finding.c.record.between(first, last)
    query = sa.select(finding.c.record, finding.c.code, finding.c.column).where(
        finding.c.delivery_id == delivery_id, within
    )
    told: dict[int, list[tuple[str, str | None]]] = {}
    for row in connection.execute(query.order_by(finding.c.record, finding.c.id)):
        told.setdefault(row.record, []).append((row.code, row.column))
    fates = sa.select(fate.c.record, fate.c.state, fate.c.code).where(
        fate.c.delivery_id == delivery_id, fate.c.record.between(first, last)
    )
    found: dict[int, tuple[str, str | None, str | None]] = {}
    for row in connection.execute(fates):
        columns = {code: column for code, column in reversed(told.get(row.record, []))}
        first_told = next(iter(told.get(row.record, [])), (row.code, None))
        # The worst reason stands with the fate; where it is the whole batch's, the row's own comes first.
        code, column = (row.code, columns[row.code]) if row.code in columns else first_told
        found[row.record] = (row.state, code, column)
    return found
