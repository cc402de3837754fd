"""What was released of aggregates."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing that is there changes."""
    op.create_table(
        "released_cell",
        sa.Column("dataset", sa.String(length=128), primary_key=True),
        sa.Column("by", sa.String(length=64), primary_key=True),
        sa.Column("month", sa.String(length=7), primary_key=True),
        sa.Column("cell", sa.String(length=64), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.Column("largest", sa.Text(), nullable=False),
        sa.Column("records", sa.String(length=64), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("released_cell")
