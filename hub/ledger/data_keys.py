"""Data keys (数据密钥): one for each dataset and month of arrival, wrapped by a master key that lies elsewhere.

The ledger holds them wrapped (AES-256-GCM) and never otherwise; who has the database alone reads no identifier. A
destroyed key leaves its row without the key: what was sealed under it is gone (密钥销毁), here and in every copy that
nobody can unwrap. Rotation makes another master key and wraps every data key anew; no cell is touched.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import CallOperator, FixConfiguration, VerificationFailed
from hub.ledger import ciphers
from hub.ledger.ciphers import Aead
from hub.ledger.connect import reading, writing
from hub.ledger.tables import Moment, metadata

VAULT = "vault"  # the engine's option that holds it

data_key = sa.Table(
    "data_key",
    metadata,
    sa.Column("id", sa.String(ciphers.KEY_ID), primary_key=True),
    sa.Column("dataset", sa.String(128), nullable=False),
    sa.Column("month", sa.String(7), nullable=False),  # of arrival, Asia/Shanghai: 2026-11
    sa.Column("cipher", sa.String(16), nullable=False),
    sa.Column("master", sa.String(16), nullable=False),  # id of the master key that wraps it
    sa.Column("wrapped", sa.Text),  # base64 of nonce, wrapped key and tag; None: destroyed
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("destroyed_at", Moment),
    sa.Index("data_key_month", "dataset", "month"),
)


class MasterKeys(Protocol):
    """Where the master keys lie."""

    def read(self, *, make: bool = False) -> Mapping[str, bytes]:
        """All of them by id, the newest first; ``make``: where there is none, the first one is made.

        ``FixConfiguration`` when there is none, or one cannot be used.
        """


@dataclass(slots=True)
class Vault:
    """Master keys, the data keys that this process has unwrapped, and the key of the ledger's pseudonyms."""

    masters: MasterKeys
    pseudonyms: bytes
    cipher: ciphers.Name | None  # for new cells; None: they are not sealed
    unwrapped: dict[str, Aead] = field(default_factory=dict)

    def known(self, row: Any) -> Aead:
        """The cipher of a data key's row; what was unwrapped once is remembered."""
        if row.id not in self.unwrapped:
            self.unwrapped[row.id] = ciphers.aead(row.cipher, _unwrapped(row, self.masters.read()))
        return self.unwrapped[row.id]


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key at work."""

    id: str
    cipher: Aead


def vault_of(on: sa.Engine | sa.Connection) -> Vault:
    """The vault of a ledger; ``CallOperator`` when it was opened without one."""
    given = on.get_execution_options().get(VAULT)
    if given is None:
        raise CallOperator("the ledger was opened without its keys, and holds sealed cells")
    vault: Vault = given()
    return vault


def current(ledger: sa.Engine, dataset: str, month: str, now: datetime) -> DataKey | None:
    """The key under which a dataset's cells of a month are sealed, made when there is none; None: nothing is sealed."""
    vault = vault_of(ledger)
    if vault.cipher is None:
        return None
    with reading(ledger) as connection:
        row = _find(connection, dataset, month, vault.cipher)
    if row is None:
        with writing(ledger, "data_key") as connection:
            lock(connection)  # master keys are read behind it: a rotation sees what is wrapped by those of before
            row = _find(connection, dataset, month, vault.cipher)
            if row is None:
                row = _make(connection, vault, dataset, month, now)
    return DataKey(row.id, vault.known(row))


def _find(connection: sa.Connection, dataset: str, month: str, cipher: str) -> Any:
    same = (data_key.c.dataset == dataset, data_key.c.month == month, data_key.c.cipher == cipher)
    return connection.execute(sa.select(data_key).where(*same, data_key.c.wrapped.is_not(None)).limit(1)).first()


def _make(connection: sa.Connection, vault: Vault, dataset: str, month: str, now: datetime) -> Any:
    assert vault.cipher is not None
    first = connection.scalar(sa.select(data_key.c.id).where(data_key.c.wrapped.is_not(None)).limit(1)) is None
    master, by = next(iter(vault.masters.read(make=first).items()))
    facts = {"id": secrets.token_hex(ciphers.KEY_ID // 2), "dataset": dataset, "month": month, "cipher": vault.cipher}
    key = secrets.token_bytes(ciphers.KEY_BYTES[vault.cipher])
    wrapped = _wrapped(key, by, **facts)
    connection.execute(data_key.insert().values(**facts, master=master, wrapped=wrapped, made_at=now))
    return connection.execute(sa.select(data_key).where(data_key.c.id == facts["id"])).one()


def lock(connection: sa.Connection) -> None:
    """Nobody else makes or wraps a key in this transaction's time. On SQLite nobody else writes at all."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE data_key IN SHARE ROW EXCLUSIVE MODE")


def _bound(id: str, dataset: str, month: str, cipher: str) -> bytes:
    return ciphers.SEPARATOR.join((id, dataset, month, cipher)).encode()


def _wrapped(key: bytes, master: bytes, **facts: str) -> str:
    nonce = os.urandom(ciphers.NONCE)
    return base64.b64encode(nonce + AESGCM(master).encrypt(nonce, key, _bound(**facts))).decode()


def _unwrapped(row: Any, masters: Mapping[str, bytes]) -> bytes:
    if row.master not in masters:
        raise FixConfiguration(f"identifiers are sealed under master key {row.master}, and no key file holds it")
    try:
        wrapped = base64.b64decode(row.wrapped, validate=True)
        bound = _bound(row.id, row.dataset, row.month, row.cipher)
        return AESGCM(masters[row.master]).decrypt(wrapped[: ciphers.NONCE], wrapped[ciphers.NONCE :], bound)
    except (InvalidTag, ValueError):
        raise VerificationFailed(f"data key {row.id} is not what was wrapped") from None


def opened(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Aead | None]:
    """The ciphers of data keys by id, None for a destroyed one. Asked anew each time: others may destroy one."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    vault = vault_of(connection)
    rows = connection.execute(sa.select(data_key).where(data_key.c.id.in_(wanted))).all()
    found = {row.id: None if row.wrapped is None else vault.known(row) for row in rows}
    for lost in (one for one in wanted if one not in found):
        raise VerificationFailed(f"cells are sealed under data key {lost}, which the ledger does not have")
    for gone in (one for one, cipher in found.items() if cipher is None):
        vault.unwrapped.pop(gone, None)
    return found


def rewrap(connection: sa.Connection, limit: int) -> int:
    """Wrap up to so many data keys by the newest master key that others wrap; gives how many. Nothing else changes."""
    lock(connection)
    masters = vault_of(connection).masters.read()
    newest, by = next(iter(masters.items()))
    others = (data_key.c.wrapped.is_not(None), data_key.c.master != newest)
    rows = connection.execute(sa.select(data_key).where(*others).order_by(data_key.c.id).limit(limit)).all()
    for row in rows:
        facts = {name: getattr(row, name) for name in ("id", "dataset", "month", "cipher")}
        wrapped = _wrapped(_unwrapped(row, masters), by, **facts)
        connection.execute(data_key.update().where(data_key.c.id == row.id).values(master=newest, wrapped=wrapped))
    return len(rows)


def destroy(connection: sa.Connection, key_id: str, now: datetime) -> bool:
    """The key is gone, and what was sealed under it cannot be read again; False when it is not there or was gone."""
    mine = (data_key.c.id == key_id, data_key.c.wrapped.is_not(None))
    done = connection.execute(data_key.update().where(*mine).values(wrapped=None, destroyed_at=now))
    return bool(done.rowcount)


def listed(connection: sa.Connection) -> list[dict[str, Any]]:
    """What may be told of every data key, by dataset and month."""
    names = ("id", "dataset", "month", "cipher", "master", "made_at", "destroyed_at")
    query = sa.select(*(data_key.c[name] for name in names)).order_by(data_key.c.dataset, data_key.c.month)
    return [dict(row._mapping) for row in connection.execute(query.order_by(data_key.c.made_at))]


def masters_in_use(connection: sa.Connection) -> dict[str, int]:
    """How many data keys each master key wraps, by its id."""
    query = sa.select(data_key.c.master, sa.func.count()).where(data_key.c.wrapped.is_not(None))
    return {row[0]: row[1] for row in connection.execute(query.group_by(data_key.c.master))}
