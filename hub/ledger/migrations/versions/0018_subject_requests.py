"""Requests of subjects: what they ask, about which records, and every step."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nothing that is there changes."""
    op.create_table(
        "subject_request",
        sa.Column("id", Big, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("basis", sa.String(length=256), nullable=False),
        sa.Column("mark_days", sa.Integer()),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16)),
        sa.Column("how", sa.String(length=16)),
        sa.Column("answered_at", Moment()),
        sqlite_autoincrement=True,
    )
    op.create_index("subject_request_subject", "subject_request", ["subject"])
    op.create_table(
        "request_record",
        sa.Column("request_id", Big, sa.ForeignKey("subject_request.id"), primary_key=True),
        sa.Column("record_id", sa.String(length=32), primary_key=True),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "request_step",
        sa.Column("request_id", Big, sa.ForeignKey("subject_request.id"), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("request_step")
    op.drop_table("request_record")
    op.drop_table("subject_request")
