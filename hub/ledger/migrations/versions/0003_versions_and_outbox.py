"""Re-sends, quarantine, tombstones, leases; what the outbox needs to know of each try."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OPEN_BEFORE = sa.text("state IN ('waiting', 'sent')")
_OPEN_NOW = sa.text("state IN ('waiting', 'sent', 'unknown')")


def upgrade() -> None:
    """Add the tables and columns; nothing that is there changes."""
    op.add_column("delivery", sa.Column("slot", sa.String(length=512), nullable=False, server_default=""))
    op.add_column("delivery", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("resends", Big, nullable=True))
    op.create_index("delivery_slot", "delivery", ["department", "dataset", "slot"])
    op.add_column("fate", sa.Column("content_hash", sa.String(length=32), nullable=True))
    op.create_table(
        "quarantine",
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("record", Big, nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=True),
        sa.Column("closed_by", Big, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", "record"),
        sqlite_with_rowid=False,
    )
    open_rows = sa.text("closed_by IS NULL")
    op.create_index(
        "quarantine_open",
        "quarantine",
        ["dataset", "record_id"],
        sqlite_where=open_rows,
        postgresql_where=open_rows,
    )
    op.create_table(
        "tombstone",
        sa.Column("id", Big, autoincrement=True, nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("floor", sa.String(length=32), nullable=False),
        sa.Column("delivery_id", Big, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.Column("lifted_after", Big, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("tombstone_record", "tombstone", ["dataset", "record_id"])
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("epoch", Big, nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("outbox", sa.Column("operation", sa.String(length=8), nullable=False, server_default="upsert"))
    op.add_column("outbox", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("epoch", Big, nullable=True))
    op.add_column("outbox", sa.Column("sent_at", Moment(), nullable=True))
    _reopen(_OPEN_NOW)
    deletes = sa.text("operation = 'delete'")
    op.create_index(
        "outbox_deletes",
        "outbox",
        ["outlet", "dataset", "answered_at"],
        sqlite_where=deletes,
        postgresql_where=deletes,
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("outbox_deletes", table_name="outbox")
    _reopen(_OPEN_BEFORE)
    for column in ("sent_at", "epoch", "tries", "operation"):
        op.drop_column("outbox", column)
    for table in ("lease", "tombstone", "quarantine"):
        op.drop_table(table)
    op.drop_column("fate", "content_hash")
    op.drop_index("delivery_slot", table_name="delivery")
    for column in ("resends", "reason", "slot"):
        op.drop_column("delivery", column)


def _reopen(where: sa.TextClause) -> None:
    op.drop_index("outbox_open", table_name="outbox")
    op.create_index("outbox_open", "outbox", ["outlet", "sequence"], sqlite_where=where, postgresql_where=where)
