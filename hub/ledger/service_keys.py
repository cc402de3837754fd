"""Credit-service bodies (信用服务机构) and their keys. Of a key the ledger knows the SHA-256 alone."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import NotFound
from hub.ledger.service_tables import service_body, service_key


@dataclass(frozen=True, slots=True)
class Body:
    """A licensed body, what it may ask for and how often."""

    id: int
    name: str
    filing_no: str
    datasets: tuple[str, ...]
    per_minute: int
    per_day: int
    epoch: str
    sequence: int
    forgotten: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a body; a body has two while it changes them."""

    id: int
    body: Body
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.revoked_at is None and now < self.expires_at


_BODY = tuple(service_body.c[name] for name in Body.__dataclass_fields__)
_KEYS = sa.select(
    service_key.c.id.label("key_id"),
    service_key.c.hash,
    service_key.c.issued_at,
    service_key.c.expires_at,
    service_key.c.revoked_at,
    *_BODY,
).join(service_body, service_body.c.id == service_key.c.body_id)


def body_of(connection: sa.Connection, filing_no: str) -> Body | None:
    """The body with a filing number, locked until the caller's transaction ends."""
    query = sa.select(*_BODY).where(service_body.c.filing_no == filing_no).with_for_update()
    row = connection.execute(query).first()
    return None if row is None else _body(row)


def locked(connection: sa.Connection, body_id: int) -> Body:
    """A body as it is now; nobody else counts or tells for it until the caller's transaction ends."""
    return _body(
        connection.execute(sa.select(*_BODY).where(service_body.c.id == body_id).with_for_update()).one(),
    )


def add_body(connection: sa.Connection, now: datetime, **facts: Any) -> int:
    """Enter a body; gives its number."""
    entry = service_body.insert().values(sequence=0, forgotten=0, confirmed=0, made_at=now, **facts)
    return int(connection.execute(entry.returning(service_body.c.id)).scalar_one())


def change_body(connection: sa.Connection, body_id: int, **facts: Any) -> None:
    """Give a body other terms."""
    connection.execute(service_body.update().where(service_body.c.id == body_id).values(**facts))


def bodies(connection: sa.Connection) -> list[Body]:
    """All bodies, by number."""
    return [_body(row) for row in connection.execute(sa.select(*_BODY).order_by(service_body.c.id))]


def add(connection: sa.Connection, body_id: int, sha256: str, now: datetime, until: datetime) -> int:
    """Enter a key by its hash; gives its number."""
    entry = service_key.insert().values(body_id=body_id, hash=sha256, issued_at=now, expires_at=until)
    return int(connection.execute(entry.returning(service_key.c.id)).scalar_one())


def by_hash(connection: sa.Connection, sha256: str) -> Key | None:
    """The key with this hash, whether it still holds or not."""
    row = connection.execute(_KEYS.where(service_key.c.hash == sha256)).first()
    return _key(row) if row is not None and hmac.compare_digest(row.hash, sha256) else None


def listed(connection: sa.Connection, body_id: int | None = None) -> list[Key]:
    """All keys in the order of issue, of one body or of all."""
    chosen = sa.true() if body_id is None else service_key.c.body_id == body_id
    return [_key(row) for row in connection.execute(_KEYS.where(chosen).order_by(service_key.c.id))]


def revoke(connection: sa.Connection, number: int, now: datetime) -> bool:
    """End a key; False when that was done already, ``NotFound`` when there is none of this number."""
    chosen = service_key.c.id == number
    found = connection.execute(sa.select(service_key.c.revoked_at).where(chosen).with_for_update()).first()
    if found is None:
        raise NotFound(f"there is no key {number}")
    if found.revoked_at is not None:
        return False
    connection.execute(service_key.update().where(chosen).values(revoked_at=now))
    return True


def _body(row: Any) -> Body:
    facts: dict[str, Any] = {name: row._mapping[name] for name in Body.__dataclass_fields__}
    return Body(**facts | {"datasets": tuple(facts["datasets"])})


def _key(row: Any) -> Key:
    return Key(row.key_id, _body(row), row.issued_at, row.expires_at, row.revoked_at)
