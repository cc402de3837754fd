"""Credit checks (信用核查): the log of who asked about whom, why and with whose leave; reports until they are put.

Whom a query was about is a keyed hash, never a number; which records were shown stands by id and version. The bytes of
a report lie here from the transaction that logs its queries until it has been put, and no longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from hub.ledger import sealed
from hub.ledger.records import RecordTable, current_of, exists
from hub.ledger.tables import Big, Moment, delivery, metadata

LYING = ("id", "delivery_id", "round", "place", "name", "sha256")

credit_report = sa.Table(
    "credit_report",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), nullable=False),
    sa.Column(
        "round", sa.Integer, nullable=False
    ),  # 2: made again, because what may be shown changed before it was put
    sa.Column("place", sa.Integer, nullable=False),  # within delivery and round
    sa.Column("facts", sa.String(64), nullable=False),  # SHA-256 of what it says, without its moment
    sa.Column("name", sa.String(256), nullable=False),  # of the workbook
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("workbook", sa.LargeBinary),  # None once it is put
    sa.Column("pdf_name", sa.String(256)),  # None: nothing here could print
    sa.Column("pdf_sha256", sa.String(64)),
    sa.Column("pdf", sa.LargeBinary),
    sa.Column("at", Moment, nullable=False),
    sa.Column("put_at", Moment),
    sa.UniqueConstraint("delivery_id", "round", "place", name="credit_report_place"),
    sqlite_autoincrement=True,
)

credit_check = sa.Table(
    "credit_check",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("report_id", Big, sa.ForeignKey("credit_report.id"), nullable=False),
    sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), nullable=False),
    sa.Column("row", Big, nullable=False),  # as the sender sees it
    sa.Column("record_id", sa.String(32), nullable=False),  # of the request
    sa.Column("department", sa.String(64), nullable=False),
    *(sa.Column(name, sa.String(256), nullable=False) for name in ("purpose", "authority", "person", "authoriser")),
    sa.Column("subject", sa.String(32), nullable=False),  # keyed hash
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("shown", sa.JSON, nullable=False),  # [dataset, record id, version] of every record in the report
    sa.Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("credit_check_subject", credit_check.c.subject)
sa.Index("credit_check_delivery", credit_check.c.delivery_id)


def asked(connection: sa.Connection, shape: RecordTable, delivery_id: int) -> list[tuple[str, int]]:
    """Record id and row of the current versions that a delivery brought, by row."""
    if not exists(connection, shape):
        return []
    table = shape.table()
    query = sa.select(table.c.record_id, table.c.row).where(table.c.delivery_id == delivery_id, current_of(table))
    return [(row.record_id, row.row) for row in connection.execute(query.order_by(table.c.record))]


def records_of(connection: sa.Connection, shape: RecordTable, column: str, codes: pl.Series) -> pl.Series:
    """Ids of the current records that have one of the codes in a column; slow, not wrong, where there is no index."""
    if codes.is_empty() or not exists(connection, shape):
        return pl.Series(dtype=pl.String)
    return sealed.having(connection, shape, column, codes)


def reports(connection: sa.Connection, delivery_id: int) -> list[dict[str, Any]]:
    """The reports of a delivery's last round, by place."""
    table = credit_report
    last = sa.select(sa.func.max(table.c.round)).where(table.c.delivery_id == delivery_id).scalar_subquery()
    query = sa.select(table).where(table.c.delivery_id == delivery_id, table.c.round == last).order_by(table.c.place)
    return [dict(row._mapping) for row in connection.execute(query)]


def enter(connection: sa.Connection, report: dict[str, Any], queries: Sequence[dict[str, Any]]) -> None:
    """A report and the queries that it answers."""
    made = connection.execute(credit_report.insert().values(**report)).inserted_primary_key
    assert made is not None  # an insert of one row
    said = {"report_id": made[0], "delivery_id": report["delivery_id"], "at": report["at"]}
    if queries:
        connection.execute(credit_check.insert(), [dict(one) | said for one in queries])


def drop(connection: sa.Connection, delivery_id: int) -> None:
    """The bytes of what was never put are of no use any more."""
    mine = (credit_report.c.delivery_id == delivery_id, credit_report.c.put_at.is_(None))
    connection.execute(credit_report.update().where(*mine).values(workbook=None, pdf=None))


def put(connection: sa.Connection, report_id: int, now: datetime) -> None:
    """The report lies where its asker looks; its bytes go from here."""
    chosen = credit_report.update().where(credit_report.c.id == report_id)
    connection.execute(chosen.values(put_at=now, workbook=None, pdf=None))


def about(connection: sa.Connection, subject: str) -> list[dict[str, Any]]:
    """Every query about a subject, oldest first."""
    query = (
        sa.select(credit_check, credit_report.c.put_at)
        .join(credit_report, credit_report.c.id == credit_check.c.report_id)
        .where(credit_check.c.subject == subject)
        .order_by(credit_check.c.id)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def any_put(connection: sa.Connection) -> bool:
    """Whether any report was ever put."""
    return (
        connection.scalar(sa.select(credit_report.c.id).where(credit_report.c.put_at.is_not(None)).limit(1)) is not None
    )


def lying(connection: sa.Connection) -> list[dict[str, Any]]:
    """Reports that lie with their askers and show records: with ``dataset`` of the list and all that was ``shown``.

    One that was called back has a later round in its place.
    """
    table, later = credit_report, sa.alias(credit_report, "later")
    after = (later.c.delivery_id == table.c.delivery_id, later.c.place == table.c.place, later.c.round > table.c.round)
    query = (
        sa.select(*(table.c[name] for name in LYING), delivery.c.dataset, credit_check.c.shown)
        .join(credit_check, credit_check.c.report_id == table.c.id)
        .join(delivery, delivery.c.id == table.c.delivery_id)
        .where(table.c.put_at.is_not(None), delivery.c.state == "answered", ~sa.exists().where(*after))
        .order_by(table.c.id)
    )
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(query):
        if row.shown:
            one = found.setdefault(row.id, dict(row._mapping) | {"shown": []})
            one["shown"] += row.shown
    return list(found.values())


def called_back(connection: sa.Connection) -> list[dict[str, Any]]:
    """What was called back and whose text was not put yet, oldest first."""
    table = credit_report
    asked = sa.exists().where(credit_check.c.report_id == table.c.id)
    query = sa.select(table).where(table.c.put_at.is_(None), table.c.workbook.is_not(None), table.c.round > 1, ~asked)
    return [dict(row._mapping) for row in connection.execute(query.order_by(table.c.id))]


def names_before(connection: sa.Connection, report: dict[str, Any]) -> list[str]:
    """Names of the files that an earlier round has put in the same place."""
    table = credit_report
    before = (table.c.delivery_id == report["delivery_id"], table.c.place == report["place"])
    query = sa.select(table.c.name, table.c.pdf_name).where(
        *before, table.c.round < report["round"], table.c.put_at.is_not(None)
    )
    return [name for row in connection.execute(query.order_by(table.c.round)) for name in row if name is not None]
