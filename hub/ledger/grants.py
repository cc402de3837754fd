"""Rights of a running role on PostgreSQL (授权): it works the ledger, and can only add to the evidence.

The role that owns the tables migrates; the role that runs does not own them, so it can switch no trigger off either.
"""

from __future__ import annotations

import sqlalchemy as sa

from hub.errors import FixConfiguration
from hub.ledger.connect import guarded

ADDED_TO_ONLY = {
    "event": "SELECT, INSERT",
    "event_body": "SELECT, INSERT, DELETE",  # what an event tells of; the trigger refuses the rest
    "erasure": "SELECT, INSERT",
    "checkpoint": "SELECT, INSERT",
    "fate_block": "SELECT, INSERT",
    "alembic_version": "SELECT",
}
PREFIX = "record_"
REST = "SELECT, INSERT, UPDATE, DELETE"


def grant(ledger: sa.Engine, role: str) -> None:
    """Give ``role`` what the hub needs at run time, and take back what it had beyond it.

    ``FixConfiguration`` on SQLite, which knows no roles. The role may make tables: each dataset gets its own when its
    first delivery comes, and it owns those.
    """
    if ledger.dialect.name != "postgresql":
        raise FixConfiguration("rights are PostgreSQL's: a file of SQLite belongs to whoever can write it")
    # No transaction: every statement can be given again, and none touches a row.
    with guarded(), ledger.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        quoted = connection.dialect.identifier_preparer.quote_identifier(role)
        schema = connection.dialect.identifier_preparer.quote_identifier(
            str(connection.scalar(sa.select(sa.func.current_schema())))
        )
        if connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}) is None:
            raise FixConfiguration("PostgreSQL knows no such role")
        connection.exec_driver_sql(f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {quoted}")
        connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {quoted}")
        owner = sa.text(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user"
        )
        for table in sorted(connection.scalars(owner)):
            name = connection.dialect.identifier_preparer.quote_identifier(table)
            if table.startswith(PREFIX):  # they gain columns with their contracts: only an owner can add them
                connection.exec_driver_sql(f"ALTER TABLE {name} OWNER TO {quoted}")
                continue
            connection.exec_driver_sql(f"REVOKE ALL ON {name} FROM {quoted}")
            connection.exec_driver_sql(f"GRANT {ADDED_TO_ONLY.get(table, REST)} ON {name} TO {quoted}")
