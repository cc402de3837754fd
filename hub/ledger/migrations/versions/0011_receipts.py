"""Workbooks that come back: rows that are about earlier rows, and answers to questions."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Moment

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nothing that is there changes."""
    op.create_table(
        "returned_row",
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("record", Big, nullable=False),
        sa.Column("of_delivery", Big, nullable=False),
        sa.Column("of_record", Big, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "record"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "answer",
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("record", Big, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("by_delivery", Big, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "record", "code"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_answer_by_delivery", "answer", ["by_delivery"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("answer")
    op.drop_table("returned_row")
