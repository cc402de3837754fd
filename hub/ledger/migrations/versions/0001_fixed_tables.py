"""The fixed tables of the ledger."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Json, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the fixed tables."""
    op.create_table(
        "delivery",
        sa.Column("id", Big, autoincrement=True, nullable=False),
        sa.Column("batch_no", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("server", sa.String(length=64), nullable=True),
        sa.Column("path", sa.String(length=1024), nullable=True),
        sa.Column("file_name", sa.String(length=512), nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.Column("modified", Big, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("duplicate_of", Big, nullable=True),
        sa.Column("contract_version", sa.String(length=32), nullable=True),
        sa.Column("contract_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("verdict", sa.String(length=32), nullable=True),
        sa.Column("rows", Big, nullable=True),
        sa.Column("accepted", Big, nullable=True),
        sa.Column("of_which_query", Big, nullable=True),
        sa.Column("rejected", Big, nullable=True),
        sa.Column("duplicate", Big, nullable=True),
        sa.Column("blank", Big, nullable=True),
        sa.Column("inserted", Big, nullable=True),
        sa.Column("updated", Big, nullable=True),
        sa.Column("unchanged", Big, nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("judged_at", Moment(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("cleared_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "inserted IS NULL OR accepted = inserted + updated + unchanged", name="delivery_accepted_are_conserved"
        ),
        sa.CheckConstraint(
            "rows IS NULL OR rows = accepted + rejected + duplicate + blank", name="delivery_rows_are_conserved"
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of"],
            ["delivery.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_no"),
        sa.UniqueConstraint("department", "dataset", "day", "number", name="delivery_number"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_delivery_sha256"), "delivery", ["sha256"], unique=False)
    op.create_table(
        "event",
        sa.Column("sequence", Big, autoincrement=True, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("delivery_id", Big, nullable=True),
        sa.Column("body", Json, nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fate",
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("record", Big, nullable=False),
        sa.Column("row", Big, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.Column("record_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", "record"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "finding",
        sa.Column("id", Big, autoincrement=True, nullable=False),
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("record", Big, nullable=True),
        sa.Column("row", Big, nullable=True),
        sa.Column("column", sa.String(length=64), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_finding_delivery_id"), "finding", ["delivery_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("sequence", Big, autoincrement=True, nullable=False),
        sa.Column("outlet", sa.String(length=32), nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("receipt_no", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "outbox_open",
        "outbox",
        ["outlet", "sequence"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'sent')"),
        postgresql_where=sa.text("state IN ('waiting', 'sent')"),
    )
    op.create_table(
        "sighting",
        sa.Column("server", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=1024), nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.Column("modified", Big, nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("server", "path"),
    )
    op.create_table(
        "validation",
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("result", Json, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.create_table(
        "receipt",
        sa.Column("receipt_no", sa.String(length=80), nullable=False),
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("put_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
        ),
        sa.PrimaryKeyConstraint("receipt_no"),
        sa.UniqueConstraint("delivery_id", "stage", "ordinal", name="receipt_once"),
    )
    op.create_index(op.f("ix_receipt_delivery_id"), "receipt", ["delivery_id"], unique=False)
    op.create_table(
        "stage",
        sa.Column("delivery_id", Big, nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("outcome", Json, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
        ),
        sa.PrimaryKeyConstraint("delivery_id", "stage"),
    )


def downgrade() -> None:
    """Remove the fixed tables, and the record tables that ``hub.ledger.records`` made beside them."""
    bind = op.get_bind()
    for name in sa.inspect(bind).get_table_names():
        if name.startswith("record_"):
            op.drop_table(name)
    op.drop_table("stage")
    op.drop_index(op.f("ix_receipt_delivery_id"), table_name="receipt")
    op.drop_table("receipt")
    op.drop_table("validation")
    op.drop_table("sighting")
    op.drop_index(
        "outbox_open",
        table_name="outbox",
        sqlite_where=sa.text("state IN ('waiting', 'sent')"),
        postgresql_where=sa.text("state IN ('waiting', 'sent')"),
    )
    op.drop_table("outbox")
    op.drop_index(op.f("ix_finding_delivery_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_table("fate")
    op.drop_table("event")
    op.drop_index(op.f("ix_delivery_sha256"), table_name="delivery")
    op.drop_table("delivery")
