"""How each kind of database is opened: what bounds its calls, and what makes a transaction one snapshot.

| URL begins with | Driver | Snapshot |
|---|---|---|
| ``postgresql+psycopg`` | psycopg | REPEATABLE READ, READ ONLY |
| ``mysql+pymysql``, ``mariadb+pymysql`` | PyMySQL | REPEATABLE READ, READ ONLY |
| ``oracle+oracledb`` | python-oracledb | READ ONLY, which is a snapshot there |
| ``mssql+pyodbc``, ``mssql+pymssql`` | pyodbc, pymssql | SNAPSHOT, which its owner has to allow |
| ``dm+dmPython`` | dmPython (达梦) | READ ONLY |
| ``sqlite`` | | the read transaction |
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from psycopg.types.string import TextLoader

from connectors.faults import Refused

KNOWN = ("sqlite", "postgresql", "mysql", "mariadb", "oracle", "mssql", "dm")
_TIMES = ("date", "timestamp", "timestamptz")  # infinity is no moment to Python, but a text


def limits(address: sa.URL, timeout: float) -> dict[str, Any]:
    """What the driver is told, so that connecting and each statement end after ``timeout`` seconds; else Refused."""
    seconds, backend = max(2, int(timeout)), address.get_backend_name()
    match backend:
        case "sqlite":
            return {"timeout": timeout}
        case "postgresql":
            milliseconds = int(timeout * 1000)
            return {
                "connect_timeout": seconds,
                "tcp_user_timeout": milliseconds,
                "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
            }
        case "mysql" | "mariadb":  # the server's own bound on statements is set with the session
            return {"connect_timeout": seconds, "read_timeout": seconds, "write_timeout": seconds}
        case "oracle":
            return {"tcp_connect_timeout": timeout}
        case "mssql" if address.get_driver_name() == "pymssql":
            return {"login_timeout": seconds, "timeout": seconds}
        case "mssql":
            return {"timeout": seconds}
        case "dm":
            return {}
    raise Refused(f"connect: only {', '.join(KNOWN)} are known here")


def make_engine(url: str, timeout: float) -> sa.Engine:
    """An engine without a pool; Refused for an address that is none, and where the driver is not installed."""
    address = sa.make_url(url)
    given = limits(address, timeout)
    try:
        return sa.create_engine(address, connect_args=given, poolclass=sa.NullPool, hide_parameters=True)
    except ImportError:
        raise Refused("connect: the driver of this database is not installed") from None


def begin(connection: sa.Connection, timeout: float, zone: str, *, writing: bool) -> None:
    """Make what follows one transaction: a snapshot that only reads, or one that writes and waits for no lock long.

    ``zone``: in which the database tells moments that have a zone, ``Asia/Shanghai``.
    """
    milliseconds = int(timeout * 1000)
    match connection.dialect.name:
        case "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "PRAGMA query_only = ON")
            if not writing:
                connection.exec_driver_sql("BEGIN")
        case "postgresql":
            if not writing:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.execute(sa.select(sa.func.set_config("TimeZone", zone, True)))
            connection.execute(sa.select(sa.func.set_config("DateStyle", "ISO", True)))
            adapters = connection.connection.driver_connection.adapters  # type: ignore[union-attr]
            for name in _TIMES:
                adapters.register_loader(name, TextLoader)
        case "mysql" | "mariadb":
            maria = getattr(connection.dialect, "is_mariadb", False)
            bound = f"max_statement_time = {timeout}" if maria else f"max_execution_time = {milliseconds}"
            connection.exec_driver_sql(f"SET SESSION {bound}")
            connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {max(1, int(timeout))}")
            if not writing:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        case "oracle" | "dm":
            if connection.dialect.driver == "oracledb":
                connection.connection.driver_connection.call_timeout = milliseconds  # type: ignore[union-attr]
            if not writing:
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        case "mssql":
            connection.exec_driver_sql(f"SET LOCK_TIMEOUT {milliseconds}")
            if not writing:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SNAPSHOT")
