"""Column types that are exact on both databases: moments in UTC, money."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
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
