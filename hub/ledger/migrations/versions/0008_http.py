"""Tokens, and the deliveries that came over HTTP by their idempotency keys."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Json, Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables; nothing that is there changes."""
    op.create_table(
        "token",
        sa.Column("id", Big, autoincrement=True, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("datasets", Json, nullable=False),
        sa.Column("label", sa.String(length=128), nullable=False),
        *(sa.Column(name, Moment(), nullable=False) for name in ("issued_at", "expires_at")),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "posting",
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("token_id", Big, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.ForeignKeyConstraint(["token_id"], ["token.id"]),
        sa.PrimaryKeyConstraint("department", "key"),
    )
    op.create_index("ix_posting_delivery_id", "posting", ["delivery_id"])
    op.create_index("posting_token", "posting", ["token_id", "delivery_id"])


def downgrade() -> None:
    """Take them away."""
    for table in ("posting", "token"):
        op.drop_table(table)
