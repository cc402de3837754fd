"""Data keys, wrapped, under which identifiers are sealed."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; cells that are there stay as they are until `hub keys seal`."""
    op.create_table(
        "data_key",
        sa.Column("id", sa.String(length=12), primary_key=True),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("cipher", sa.String(length=16), nullable=False),
        sa.Column("master", sa.String(length=16), nullable=False),
        sa.Column("wrapped", sa.Text()),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("destroyed_at", Moment()),
    )
    op.create_index("data_key_month", "data_key", ["dataset", "month"])


def downgrade() -> None:
    """Take it away: whatever is sealed cannot be read without it."""
    op.drop_table("data_key")
