"""Exclusive work on one thing: a lock that ends with the process that holds it, however it ends.

PostgreSQL: a session advisory lock. SQLite: a lock on a file beside the database. It keeps two workers from doing
the same work at once; that the work counts once is guarded by the accepting transaction, not by this.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from hub.errors import Locked
from hub.ledger.connect import guarded


@contextmanager
def exclusive(ledger: sa.Engine, name: str) -> Iterator[None]:
    """Hold the lock ``name`` (``delivery/7``, ``outlet/province``); ``Locked`` when somebody else holds it."""
    if ledger.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        with guarded(), ledger.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
                raise Locked(f"{name} is being worked on")
            try:
                yield
            finally:
                connection.scalar(sa.select(sa.func.pg_advisory_unlock(key)))
        return
    folder = Path(f"{ledger.url.database}.locks")
    folder.mkdir(exist_ok=True)
    with (folder / name.replace("/", "_")).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(f"{name} is being worked on") from None
        yield
