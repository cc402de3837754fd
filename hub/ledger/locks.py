"""Exclusive work on one thing: a lock that ends with the process that holds it, and a lease for one that sleeps.

PostgreSQL: a session advisory lock. SQLite: a lock on a file beside the database. A process that was stopped keeps its
lock and no longer renews its lease; when that has run out another takes over, and the epoch of the lease has moved on:
what the sleeper writes when it wakes does not count (``Hold.check``). That work counts once is guarded by the
transactions, not by this.
"""

from __future__ import annotations

import fcntl
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Protocol

import sqlalchemy as sa

from hub.errors import Locked
from hub.ledger.connect import guarded, writing
from hub.ledger.tables import lease

AGAIN = 0.2  # seconds between two tries
LEASE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Hold:
    """A lock that is held, and the epoch of its lease."""

    name: str
    epoch: int

    def check(self, connection: sa.Connection) -> None:
        """``Locked`` when somebody took over meanwhile; holds until the caller's transaction ends."""
        query = sa.select(lease.c.epoch).where(lease.c.name == self.name).with_for_update(read=True)
        if connection.scalar(query) != self.epoch:
            raise Locked(f"{self.name} was taken over while this worker slept")


@contextmanager
def exclusive(
    ledger: sa.Engine, name: str, patience: float = 0.0, lease_seconds: float = LEASE_SECONDS
) -> Iterator[Hold]:
    """Hold the lock ``name`` (``dataset/market/admin_licence``, ``outlet/province``).

    ``Locked`` when somebody else holds it, for longer than ``patience`` seconds.
    """
    until = time.monotonic() + patience
    with _door(ledger, name) as door:
        while (epoch := _take(ledger, name, free := door.enter(), lease_seconds)) is None:
            if time.monotonic() >= until:
                raise Locked(f"{name} is being worked on")
            time.sleep(AGAIN)
        hold, ended = Hold(name, epoch), threading.Event()
        renewing = threading.Thread(target=_renew, args=(ledger, hold, lease_seconds, ended), daemon=True)
        renewing.start()
        try:
            yield hold
        finally:
            ended.set()
            renewing.join()
            if not free:
                _give_back(ledger, hold)  # a sleeper still has the door: the next one need not wait for the lease


def _give_back(ledger: sa.Engine, hold: Hold) -> None:
    with writing(ledger, "lease_end") as connection:
        mine = (lease.c.name == hold.name, lease.c.epoch == hold.epoch)
        connection.execute(lease.update().where(*mine).values(until=datetime.now(UTC)))


def _take(ledger: sa.Engine, name: str, free: bool, seconds: float) -> int | None:
    """The epoch of a new lease, or None: who holds the lock is awake."""
    with writing(ledger, "lease") as connection:
        now = datetime.now(UTC)
        found = connection.execute(sa.select(lease).where(lease.c.name == name).with_for_update()).first()
        until = now + timedelta(seconds=seconds)
        if found is None:
            if not free:
                return None  # its holder is just about to write the first lease
            connection.execute(lease.insert().values(name=name, epoch=1, until=until))
            return 1
        if not free and found.until > now:
            return None
        epoch = int(found.epoch) + 1
        connection.execute(lease.update().where(lease.c.name == name).values(epoch=epoch, until=until))
        return epoch


def _renew(ledger: sa.Engine, hold: Hold, seconds: float, ended: threading.Event) -> None:
    while not ended.wait(seconds / 3):
        with writing(ledger, "lease_renewal") as connection:
            mine = (lease.c.name == hold.name, lease.c.epoch == hold.epoch)
            until = datetime.now(UTC) + timedelta(seconds=seconds)
            if not connection.execute(lease.update().where(*mine).values(until=until)).rowcount:
                return


class _Door(Protocol):
    """A lock that the operating system or the database lets go when its holder dies."""

    def enter(self) -> bool:
        """Whether it is ours."""


class _Advisory:
    def __init__(self, connection: sa.Connection, key: int) -> None:
        self.connection, self.key, self.ours = connection, key, False

    def enter(self) -> bool:
        self.ours = self.ours or bool(self.connection.scalar(sa.select(sa.func.pg_try_advisory_lock(self.key))))
        return self.ours


class _File:
    def __init__(self, file: IO[str]) -> None:
        self.file = file

    def enter(self) -> bool:
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def _door(ledger: sa.Engine, name: str) -> Iterator[_Door]:
    if ledger.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        with guarded(), ledger.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            door = _Advisory(connection, key)
            try:
                yield door
            finally:
                if door.ours:
                    connection.scalar(sa.select(sa.func.pg_advisory_unlock(key)))
        return
    folder = Path(f"{ledger.url.database}.locks")
    folder.mkdir(exist_ok=True)
    with (folder / name.replace("/", "_")).open("w") as file:
        yield _File(file)
