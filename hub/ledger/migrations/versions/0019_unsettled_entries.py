"""One index for all entries about which something is still to be done, in the words in which they are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_BEFORE = sa.text("state IN ('waiting', 'sent', 'unknown')")
_NOW = sa.text("state IN ('waiting', 'sent', 'unknown', 'parked') OR state = 'rejected' AND receipt_no IS NULL")


def upgrade() -> None:
    """Another index; no entry changes."""
    op.drop_index("outbox_open", table_name="outbox")
    op.create_index("outbox_unsettled", "outbox", ["outlet", "sequence"], sqlite_where=_NOW, postgresql_where=_NOW)


def downgrade() -> None:
    """The index as it was."""
    op.drop_index("outbox_unsettled", table_name="outbox")
    op.create_index("outbox_open", "outbox", ["outlet", "sequence"], sqlite_where=_BEFORE, postgresql_where=_BEFORE)
