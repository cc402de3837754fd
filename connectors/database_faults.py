"""Database errors as faults, without a word of what the driver said: it quotes rows, statements and addresses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from connectors.faults import Refused, RowRefused, Unreachable

# SQLite calls these operational errors, but no retry mends them (https://sqlite.org/rescode.html).
SQLITE_REFUSALS = ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH", "SQLITE_NOTADB", "SQLITE_ERROR")
# PostgreSQL: wrong account, unknown database, rights and names, a write that may only read (documentation, appendix A).
SQLSTATE_REFUSALS = ("28", "3D", "42", "25006")
# MariaDB and MySQL: account, database and rights, and the words of a statement (error messages, 1000 to 1999).
MYSQL_REFUSALS = (1044, 1045, 1049, 1054, 1064, 1141, 1142, 1143, 1146, 1227, 1370, 1698, 1792)
# Oracle: account, table and rights. SQL Server: database and login.
REFUSED_TEXTS = ("ORA-01017", "ORA-28000", "ORA-00942", "ORA-01031", "DPY-4001", "(4060)", "(18456)")


@contextmanager
def database_faults(doing: str) -> Iterator[None]:
    """Turn what SQLAlchemy raises into Refused or Unreachable. ``doing`` is one of our own words."""
    try:
        yield
    except exc.NoSuchTableError:
        raise Refused(f"{doing}: there is no such table") from None
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError) as error:
        if _is_refusal(error.orig):
            raise Refused(f"{doing}: the database does not allow it") from None
        raise Unreachable(f"{doing}: the database is down, locked or too slow") from None
    except (exc.IntegrityError, exc.DataError) as error:
        raise RowRefused(f"{doing}: a row does not fit the table ({type(error).__name__})") from None
    except exc.DBAPIError as error:
        if error.connection_invalidated:
            raise Unreachable(f"{doing}: the connection broke") from None
        raise Refused(f"{doing}: the database does not allow it ({type(error).__name__})") from None
    except exc.SQLAlchemyError as error:
        raise Refused(f"{doing}: address, table or values do not fit ({type(error).__name__})") from None


def _is_refusal(error: BaseException | None) -> bool:
    name = getattr(error, "sqlite_errorname", None) or ""
    state = getattr(error, "sqlstate", None) or ""
    # A login that PostgreSQL refuses has no state; but the server has asked for the password.
    login = getattr(getattr(error, "pgconn", None), "used_password", False)
    first = error.args[0] if error is not None and error.args else None
    return (
        name.startswith(SQLITE_REFUSALS)
        or state.startswith(SQLSTATE_REFUSALS)
        or bool(login)
        or first in MYSQL_REFUSALS
        or any(sign in str(error) for sign in REFUSED_TEXTS)
    )
