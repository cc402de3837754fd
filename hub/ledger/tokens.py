"""Tokens (令牌): who may send over HTTP. Of a token the ledger knows the SHA-256 alone."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import NotFound
from hub.ledger.http_tables import token


@dataclass(frozen=True, slots=True)
class Token:
    """What a token allows: ``datasets`` of ``department``, all that its contracts allow when none is named."""

    id: int
    department: str
    datasets: tuple[str, ...]
    label: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.revoked_at is None and now < self.expires_at


def add(
    connection: sa.Connection,
    sha256: str,
    department: str,
    datasets: Sequence[str],
    label: str,
    now: datetime,
    until: datetime,
) -> int:
    """Enter a token by its hash; gives its number."""
    entry = token.insert().values(
        hash=sha256, department=department, datasets=list(datasets), label=label, issued_at=now, expires_at=until
    )
    return int(connection.execute(entry.returning(token.c.id)).scalar_one())


def by_hash(connection: sa.Connection, sha256: str) -> Token | None:
    """The token with this hash, whether it still holds or not."""
    row = connection.execute(sa.select(token).where(token.c.hash == sha256)).first()
    return _token(row) if row is not None and hmac.compare_digest(row.hash, sha256) else None


def by_id(connection: sa.Connection, number: int) -> Token | None:
    """The token of a number, whether it still holds or not."""
    row = connection.execute(sa.select(token).where(token.c.id == number)).first()
    return None if row is None else _token(row)


def listed(connection: sa.Connection, department: str | None = None) -> list[Token]:
    """All tokens in the order of issue, of one department or of all."""
    chosen = sa.true() if department is None else token.c.department == department
    return [_token(row) for row in connection.execute(sa.select(token).where(chosen).order_by(token.c.id))]


def revoke(connection: sa.Connection, number: int, now: datetime) -> bool:
    """End a token; False when that was done already, ``NotFound`` when there is none of this number."""
    found = connection.execute(sa.select(token.c.revoked_at).where(token.c.id == number).with_for_update()).first()
    if found is None:
        raise NotFound(f"there is no token {number}")
    if found.revoked_at is not None:
        return False
    connection.execute(token.update().where(token.c.id == number).values(revoked_at=now))
    return True


def _token(row: Any) -> Token:
    facts = {name: value for name, value in row._mapping.items() if name != "hash"}
    return Token(**facts | {"datasets": tuple(row.datasets)})
