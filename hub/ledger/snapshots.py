"""The ledger's database as one file (快照), taken beside its working writers, and put back into an empty database.

SQLite: its backup API. PostgreSQL: ``pg_dump`` and ``pg_restore``, of the server's version or newer, found on PATH.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from hub.errors import CallOperator, FixConfiguration
from hub.failpoints import reached
from hub.ledger import connect
from hub.ledger.checkpoints import Signer
from hub.ledger.connect import driver, guarded, reading

NAMES = {"sqlite": "ledger.db", "postgresql": "ledger.pgdump"}


@contextmanager
def taken(ledger: sa.Engine, file: Path) -> Iterator[sa.Connection]:
    """Write the database to ``file``; gives a connection that sees exactly what was written."""
    reached("snapshot.before_write")
    if ledger.dialect.name == "sqlite":
        with guarded(), ledger.connect() as connection, driver(connection) as raw, closing(sqlite3.connect(file)) as to:
            raw.backup(to)  # all pages in one step: one read transaction, whoever writes meanwhile
            to.execute("PRAGMA journal_mode=DELETE")  # one file, without a second one beside it
        copy = sa.create_engine(f"sqlite:///file:{file}?mode=ro&immutable=1&uri=true", hide_parameters=True)
        try:
            with guarded(), copy.connect() as connection:
                yield connection
        finally:
            copy.dispose()
        return
    with reading(ledger) as connection:
        program = _program("pg_dump", _version(connection))
        snapshot = connection.scalar(sa.select(sa.func.pg_export_snapshot()))
        words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}"]
        _run(ledger.url, program, words)
        yield connection


def is_empty(ledger: sa.Engine) -> bool:
    """Whether the database has no table yet; a file of SQLite that is not there is not made."""
    if ledger.dialect.name == "sqlite" and not Path(str(ledger.url.database)).exists():
        return True
    with reading(ledger) as connection:
        return not sa.inspect(connection).get_table_names()


def put_back(ledger: sa.Engine, file: Path) -> None:
    """Put a snapshot into an empty database, whole or not at all."""
    reached("put_back.before_write")
    if ledger.dialect.name == "sqlite":
        target = Path(str(ledger.url.database))
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.part")
        shutil.copyfile(file, temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        ledger.dispose()
        temporary.replace(target)
        with closing(sqlite3.connect(target)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        return
    with reading(ledger) as connection:
        program = _program("pg_restore", _version(connection))
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    address = _address(ledger.url)
    _run(ledger.url, program, [*words, f"--dbname={address}", str(file)], named=True)


def opened(url: str, signer: Callable[[], Signer], vault: Callable[[], object] | None = None) -> sa.Engine:
    """The engine of a restored ledger, its tables brought up to date."""
    ledger = connect.engine(url, signer, vault)
    if not connect.is_current(ledger):
        connect.upgrade(ledger)
    return ledger


def _program(name: str, server: int) -> str:
    found = shutil.which(name)
    if found is None:
        raise FixConfiguration(f"{name} of PostgreSQL {server} or newer is not on PATH")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\) ([0-9]+)", said)
    if version is None or int(version[1]) < server:
        raise FixConfiguration(f"{name} on PATH is older than the server: PostgreSQL {server} or newer is needed")
    return found


def _version(connection: sa.Connection) -> int:
    return int(str(connection.scalar(sa.text("SHOW server_version_num")))) // 10_000


def _address(url: sa.URL) -> str:
    """As libpq takes it, without the password: what stands in a command line is seen by every account."""
    plain = sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return plain.render_as_string(hide_password=False)


def _run(url: sa.URL, program: str, words: list[str], *, named: bool = False) -> None:
    surroundings = {"PATH": os.defpath, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "30"}
    if url.password:
        surroundings["PGPASSWORD"] = str(url.password)
    command = [program, *words] if named else [program, *words, f"--dbname={_address(url)}"]
    done = subprocess.run(command, env=surroundings, capture_output=True, check=False)
    if done.returncode:  # what it says may quote a row
        raise CallOperator(f"{Path(program).name} ended with {done.returncode}")
