"""The read API for credit-service bodies: bodies, keys, the log of queries, what each body holds."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Json, Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nothing that is there changes."""
    op.create_table(
        "service_body",
        sa.Column("id", Big, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("filing_no", sa.String(length=64), nullable=False, unique=True),
        sa.Column("datasets", Json, nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=8), nullable=False),
        sa.Column("sequence", Big, nullable=False),
        sa.Column("forgotten", Big, nullable=False),
        sa.Column("confirmed", Big, nullable=False),
        sa.Column("confirmed_at", Moment()),
        sa.Column("made_at", Moment(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "service_key",
        sa.Column("id", Big, primary_key=True, autoincrement=True),
        sa.Column("body_id", Big, sa.ForeignKey("service_body.id"), nullable=False, index=True),
        sa.Column("hash", sa.String(length=64), nullable=False, unique=True),
        sa.Column("issued_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "service_query",
        sa.Column("id", Big, primary_key=True, autoincrement=True),
        sa.Column("body_id", Big, sa.ForeignKey("service_body.id"), nullable=False),
        sa.Column("key_id", Big, sa.ForeignKey("service_key.id"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=32)),
        sa.Column("subject", sa.String(length=32)),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("shown", Json, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("service_query_body", "service_query", ["body_id", "at"])
    op.create_index("service_query_subject", "service_query", ["subject"])
    op.create_index("service_query_at", "service_query", ["at"])
    op.create_table(
        "service_holding",
        sa.Column("body_id", Big, sa.ForeignKey("service_body.id"), primary_key=True),
        sa.Column("record_id", sa.String(length=32), primary_key=True),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("operation", sa.String(length=3), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("sequence", Big, nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_index("service_holding_sequence", "service_holding", ["body_id", "sequence"])
    op.create_index("service_holding_record", "service_holding", ["record_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("service_holding")
    op.drop_table("service_query")
    op.drop_table("service_key")
    op.drop_table("service_body")
