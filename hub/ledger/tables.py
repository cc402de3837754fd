"""Tables of the ledger. ``migrations/`` creates them; record tables, one per dataset, are in ``records.py``."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite has no zone, so it is kept as ISO 8601 text there and compares in order."""

    impl = sa.String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """``timestamptz`` on PostgreSQL, text elsewhere."""
        return dialect.type_descriptor(sa.DateTime(timezone=True) if dialect.name == "postgresql" else sa.String(32))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Refuse a moment without a zone: it would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Always UTC."""
        if value is None:
            return None
        return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """Exact money: ``numeric(18,6)`` on PostgreSQL, canonical decimal text on SQLite, which has no exact type."""

    impl = sa.String(24)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """``numeric(18,6)`` on PostgreSQL, text elsewhere."""
        return dialect.type_descriptor(sa.Numeric(18, 6) if dialect.name == "postgresql" else sa.String(24))

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        """Six decimals, always."""
        if value is None or dialect.name == "postgresql":
            return value
        return f"{value:.6f}"

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """Exactly what was stored."""
        return None if value is None else Decimal(value)


metadata = sa.MetaData()
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(JSONB(), "postgresql")

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("batch_no", sa.String(64), nullable=False, unique=True),
    sa.Column("day", sa.String(10), nullable=False),  # of receipt, Asia/Shanghai
    sa.Column("number", sa.Integer, nullable=False),  # within department, dataset and day
    sa.Column("department", sa.String(64), nullable=False),
    sa.Column("dataset", sa.String(128)),  # None: the file name did not say it
    sa.Column("channel", sa.String(16), nullable=False),  # sftp | hand
    sa.Column("server", sa.String(64)),
    sa.Column("path", sa.String(1024)),
    sa.Column("file_name", sa.String(512), nullable=False),
    sa.Column("size", Big, nullable=False),
    sa.Column("modified", Big),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("duplicate_of", Big, sa.ForeignKey("delivery.id")),
    sa.Column("contract_version", sa.String(32)),
    sa.Column("contract_fingerprint", sa.String(64)),
    sa.Column("verdict", sa.String(32)),
    *(
        sa.Column(name, Big)
        for name in (
            "rows",
            "accepted",
            "of_which_query",
            "rejected",
            "duplicate",
            "blank",
            "inserted",
            "updated",
            "unchanged",
        )
    ),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("judged_at", Moment),
    sa.Column("answered_at", Moment),
    sa.Column("cleared_at", Moment),  # when the file had left the inbox
    sa.CheckConstraint(
        "rows IS NULL OR rows = accepted + rejected + duplicate + blank", name="delivery_rows_are_conserved"
    ),
    sa.CheckConstraint(
        "inserted IS NULL OR accepted = inserted + updated + unchanged", name="delivery_accepted_are_conserved"
    ),
    sa.UniqueConstraint("department", "dataset", "day", "number", name="delivery_number"),
    sqlite_autoincrement=True,
)

stage = sa.Table(
    "stage",
    metadata,
    sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), primary_key=True),
    sa.Column("stage", sa.String(16), primary_key=True),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("outcome", Json, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

fate = sa.Table(
    "fate",
    metadata,
    sa.Column("delivery_id", Big, primary_key=True),
    sa.Column("record", Big, primary_key=True),
    sa.Column("row", Big, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("code", sa.String(32)),  # the worst reason; always set on rejected and duplicate rows
    sa.Column("record_id", sa.String(32)),
    sqlite_with_rowid=False,
)

finding = sa.Table(
    "finding",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("delivery_id", Big, nullable=False, index=True),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("record", Big),
    sa.Column("row", Big),
    sa.Column("column", sa.String(64)),
    sa.Column("value", sa.Text),  # masked by the classification of the column
    sa.Column("detail", sa.Text),
)

validation = sa.Table(
    "validation",
    metadata,
    sa.Column("delivery_id", Big, primary_key=True),
    sa.Column("result", Json, nullable=False),  # Great Expectations' own result, without values
)

receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("receipt_no", sa.String(80), primary_key=True),
    sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), nullable=False, index=True),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("put_at", Moment),
    sa.UniqueConstraint("delivery_id", "stage", "ordinal", name="receipt_once"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("sequence", Big, primary_key=True, autoincrement=True),
    sa.Column("outlet", sa.String(32), nullable=False),
    sa.Column("dataset", sa.String(128), nullable=False),
    sa.Column("record_id", sa.String(32), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("delivery_id", Big, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # waiting sent acknowledged rejected withheld superseded
    sa.Column("cause", sa.Text),
    sa.Column("answered_at", Moment),
    sa.Column("receipt_no", sa.String(80)),  # the receipt that told the department of the refusal
    sqlite_autoincrement=True,
)
sa.Index(
    "outbox_open",
    outbox.c.outlet,
    outbox.c.sequence,
    sqlite_where=outbox.c.state.in_(("waiting", "sent")),
    postgresql_where=outbox.c.state.in_(("waiting", "sent")),
)

sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("server", sa.String(64), primary_key=True),
    sa.Column("path", sa.String(1024), primary_key=True),
    sa.Column("size", Big, nullable=False),
    sa.Column("modified", Big, nullable=False),
    sa.Column("since", Moment, nullable=False),  # on our clock: since when size and time have not moved
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("sequence", Big, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("delivery_id", Big),
    sa.Column("body", Json, nullable=False),
    sqlite_autoincrement=True,
)
