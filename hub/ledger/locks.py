"""Exclusive work on one thing: a lock that ends with the process that holds it, however it ends.

PostgreSQL: a session advisory lock. SQLite: a lock on a file beside the database. It keeps two workers from doing
the same work at once; that the work counts once is guarded by the accepting transaction, not by this.
"""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from hub.errors import Locked
from hub.ledger.connect import guarded

AGAIN = 0.2  # seconds between two tries


@contextmanager
def exclusive(ledger: sa.Engine, name: str, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock ``name`` (``dataset/market/admin_licence``, ``outlet/province``).

    ``Locked`` when somebody else holds it, for longer than ``patience`` seconds.
    """
    until = time.monotonic() + patience
    if ledger.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        with guarded(), ledger.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
                _wait(name, until)
            try:
                yield
            finally:
                connection.scalar(sa.select(sa.func.pg_advisory_unlock(key)))
        return
    folder = Path(f"{ledger.url.database}.locks")
    folder.mkdir(exist_ok=True)
    with (folder / name.replace("/", "_")).open("w") as file:
        while not _locked(file):
            _wait(name, until)
        yield


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(name: str, until: float) -> None:
    if time.monotonic() >= until:
        raise Locked(f"{name} is being worked on")
    time.sleep(AGAIN)
