"""Open the ledger's database: SQLite (WAL) or PostgreSQL, the same code for both; create it by migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from hub.errors import CallOperator, FixConfiguration, HubError, TryAgain
from hub.failpoints import reached
from hub.ledger.checkpoints import Signer

T = TypeVar("T")
BUSY_SECONDS = 60


def engine(
    url: str, signer: Callable[[], Signer] | None = None, vault: Callable[[], object] | None = None
) -> sa.Engine:
    """Engine for a URL ``sqlite:///…`` or ``postgresql+psycopg://…``; ``FixConfiguration`` for any other.

    ``signer``: who signs and salts the evidence, asked for when the first event is written. ``vault``: the keys of
    sealed cells (``hub.ledger.data_keys``), asked for when the first cell is sealed or opened.
    """
    address, options = sa.make_url(url), {"signer": signer, "vault": vault}
    if address.get_backend_name() == "sqlite":
        Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
        made = sa.create_engine(
            address, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True, execution_options=options
        )
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_sqlite)
        event.listen(made, "handle_error", _leave_broken_handles)
        return made
    if address.get_backend_name() == "postgresql":
        return sa.create_engine(address, pool_pre_ping=True, hide_parameters=True, execution_options=options)
    raise FixConfiguration(f"the ledger runs on sqlite and postgresql, not on {address.get_backend_name()}")


def _prepare_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]
    # Transactions are begun by ``_begin_sqlite``; the driver's own implicit ones would begin too late.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-131072",
        "temp_store=MEMORY",
        "secure_delete=ON",  # what is erased leaves no bytes in the file, however SQLite was built
    ):
        connection.execute(f"PRAGMA {pragma}")


def _leave_broken_handles(context: sa.engine.ExceptionContext) -> None:
    """After a failed write or flush nobody knows what the handle has kept: every connection is opened anew."""
    code = getattr(context.original_exception, "sqlite_errorcode", None) or 0
    if code & 0xFF in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL):
        context.is_disconnect = True


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def guarded() -> Iterator[None]:
    """Turn database errors into the hub's, dropping their text: it may quote a row."""
    try:
        yield
    except OperationalError as error:
        raise _sorted(error.orig) from None
    except DBAPIError as error:
        raise CallOperator(f"the ledger refused a statement ({type(error.orig).__name__})") from None


def _sorted(error: BaseException | None) -> HubError:
    # SQLite says «operational» of a statement that can never run, too: no such table, no such column.
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return CallOperator(f"the ledger refused a statement ({type(error).__name__})")
    return TryAgain(f"the ledger did not answer ({type(error).__name__})")


@contextmanager
def driver(connection: sa.Connection) -> Iterator[Any]:
    """The driver's own connection, for what SQLAlchemy has no words for; its errors lose their text, too."""
    errors = connection.dialect.loaded_dbapi
    try:
        yield connection.connection.driver_connection
    except errors.OperationalError as error:
        raise _sorted(error) from None
    except errors.Error as error:
        raise CallOperator(f"the ledger refused a statement ({type(error).__name__})") from None


@contextmanager
def reading(ledger: sa.Engine) -> Iterator[sa.Connection]:
    """A connection on one snapshot; nothing is written."""
    options: dict[str, Any] = {"reading": True}
    if ledger.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with guarded(), ledger.connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def writing(ledger: sa.Engine, point: str | None = None) -> Iterator[sa.Connection]:
    """One transaction: committed at the end, rolled back on any exception. ``point``: what its fail points are of."""
    with guarded(), between_points(point, ledger.begin()) as connection:
        yield connection


@contextmanager
def between_points(point: str | None, transaction: AbstractContextManager[T]) -> Iterator[T]:
    """The transaction with a fail point on either side of its commit."""
    with transaction as begun:
        yield begun
        if point is not None:
            reached(f"{point}.before_commit")
    if point is not None:
        reached(f"{point}.after_commit")


def upgrade(ledger: sa.Engine, revision: str = "head") -> None:
    """Bring the fixed tables to ``revision`` by Alembic."""
    _alembic(ledger, "upgrade", revision)


def is_current(ledger: sa.Engine) -> bool:
    """Whether the newest migration has run; Alembic itself is not loaded for the question."""
    newest = max(file.name[:4] for file in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))
    with guarded(), ledger.connect().execution_options(reading=True) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return False
        return bool(connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == newest)


def downgrade(ledger: sa.Engine, revision: str = "base") -> None:
    """Take the fixed tables back to ``revision``; ``base`` removes them and what they hold."""
    _alembic(ledger, "downgrade", revision)


def _alembic(ledger: sa.Engine, direction: str, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with writing(ledger, "migration") as connection:
        config.attributes["connection"] = connection
        getattr(command, direction)(config, revision)
