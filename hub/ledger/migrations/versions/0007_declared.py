"""The number of rows that a sender declared; whether the sender was told that a file waits."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns; earlier deliveries declared nothing that was kept."""
    op.add_column("delivery", sa.Column("declared", Big, nullable=True))
    op.add_column("sighting", sa.Column("told_at", Moment(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("sighting", "told_at")
    op.drop_column("delivery", "declared")
