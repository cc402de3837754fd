"""Tables of what comes over HTTP (网络报送): who may send, and which request became which delivery."""

from __future__ import annotations

import sqlalchemy as sa

from hub.ledger.tables import Big, Json, Moment
from hub.ledger.tables import metadata as metadata

token = sa.Table(
    "token",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),  # SHA-256; the token itself is kept nowhere
    sa.Column("department", sa.String(64), nullable=False),
    sa.Column("datasets", Json, nullable=False),  # that it may send; empty: whatever the contracts allow the department
    sa.Column("label", sa.String(128), nullable=False),  # whose it is, in the operator's words
    sa.Column("issued_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    sqlite_autoincrement=True,
)

posting = sa.Table(
    "posting",
    metadata,
    sa.Column("department", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(128), primary_key=True),  # the sender's idempotency key
    sa.Column("content", sa.String(64), nullable=False),  # hash over all that was asked for
    sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), nullable=False, index=True),
    sa.Column("token_id", Big, sa.ForeignKey("token.id"), nullable=False),
    sa.Column("at", Moment, nullable=False),
)
sa.Index("posting_token", posting.c.token_id, posting.c.delivery_id)
