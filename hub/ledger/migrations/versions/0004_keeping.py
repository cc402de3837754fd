"""What was erased, and which outlets are closed after a restore."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nothing that is there changes."""
    op.create_table(
        "erased_blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("event_sequence", Big, nullable=False),
        sa.Column("gone_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "erased_record",
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("event_sequence", Big, nullable=False),
        sa.Column("of_person", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", "record_id"),
    )
    op.create_table(
        "closed_outlet",
        sa.Column("outlet", sa.String(length=32), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("outlet"),
    )
    op.create_table(
        "restored",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("restored", "closed_outlet", "erased_record", "erased_blob"):
        op.drop_table(table)
