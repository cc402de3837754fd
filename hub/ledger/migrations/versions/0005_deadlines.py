"""Due deliveries and reminders; rejected rows are found by their record."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DAYS = ("first", "last", "opens", "due", "closes")


def upgrade() -> None:
    """Add the tables and an index; nothing that is there changes."""
    op.create_table(
        "due",
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        *(sa.Column(name, sa.String(length=10), nullable=False) for name in DAYS),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("delivery_id", Big, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("told", sa.String(length=16), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("department", "dataset", "period"),
        sqlite_with_rowid=False,
    )
    op.create_index("due_open", "due", ["state", "dataset"])
    op.create_table(
        "notice",
        sa.Column("id", Big, autoincrement=True, nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("department", "dataset", "day", "number", name="notice_number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notice_way",
        sa.Column("notice_id", Big, nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("notice_id", "way"),
    )
    op.create_index("quarantine_record", "quarantine", ["dataset", "record_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("quarantine_record", "quarantine")
    for table in ("notice_way", "notice", "due"):
        op.drop_table(table)
