"""How far the front-end databases have been pulled."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Json, Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing that is there changes."""
    op.create_table(
        "source",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=256), nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("watermark", sa.String(length=128), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.Column("rows", Big, nullable=False),
        sa.Column("types", Json, nullable=False),
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", "place", "dataset", "department"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("source")
