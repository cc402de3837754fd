"""Credit checks: the log of the queries, and their reports until they are put."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nothing that is there changes."""
    op.create_table(
        "credit_report",
        sa.Column("id", Big, primary_key=True, autoincrement=True),
        sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("facts", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("workbook", sa.LargeBinary()),
        sa.Column("pdf_name", sa.String(length=256)),
        sa.Column("pdf_sha256", sa.String(length=64)),
        sa.Column("pdf", sa.LargeBinary()),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("put_at", Moment()),
        sa.UniqueConstraint("delivery_id", "round", "place", name="credit_report_place"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "credit_check",
        sa.Column("id", Big, primary_key=True, autoincrement=True),
        sa.Column("report_id", Big, sa.ForeignKey("credit_report.id"), nullable=False),
        sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), nullable=False),
        sa.Column("row", Big, nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=256), nullable=False),
        sa.Column("authority", sa.String(length=256), nullable=False),
        sa.Column("person", sa.String(length=256), nullable=False),
        sa.Column("authoriser", sa.String(length=256), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("credit_check_subject", "credit_check", ["subject"])
    op.create_index("credit_check_delivery", "credit_check", ["delivery_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("credit_check")
    op.drop_table("credit_report")
