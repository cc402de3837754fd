"""Alembic's entry: runs on the connection that ``hub.ledger.connect`` hands over."""

from alembic import context

from hub.ledger import (  # noqa: F401
    checks,
    data_keys,
    http_tables,
    released,
    requests,
    return_tables,
    service_tables,
    sources,
    sweeps,
)
from hub.ledger.due_tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
if connection.dialect.name == "postgresql":
    # Two processes that start together must not both migrate.
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4206830)")
context.run_migrations()
