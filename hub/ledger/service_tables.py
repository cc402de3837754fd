"""Tables of the read API for credit-service bodies (信用服务市场): who may ask, what was asked, what they hold.

Whom a query was about is a keyed hash, never a number. What a body holds is what it was shown: only of that it is told
when something changes.
"""

from __future__ import annotations

import sqlalchemy as sa

from hub.ledger.tables import Big, Json, Moment
from hub.ledger.tables import metadata as metadata

service_body = sa.Table(
    "service_body",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("filing_no", sa.String(64), nullable=False, unique=True),  # 备案号
    sa.Column("datasets", Json, nullable=False),  # that it may ask for
    sa.Column("per_minute", sa.Integer, nullable=False),
    sa.Column("per_day", sa.Integer, nullable=False),
    sa.Column("epoch", sa.String(8), nullable=False),  # another one after a restore: older cursors hold no more
    sa.Column("sequence", Big, nullable=False),  # of the last change of what it holds
    sa.Column("forgotten", Big, nullable=False),  # the highest sequence of a withdrawal that is told no more
    sa.Column("confirmed", Big, nullable=False),  # up to which it has come back with a cursor
    sa.Column("confirmed_at", Moment),
    sa.Column("made_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

service_key = sa.Table(
    "service_key",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("body_id", Big, sa.ForeignKey("service_body.id"), nullable=False, index=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),  # SHA-256; the key itself is kept nowhere
    sa.Column("issued_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    sqlite_autoincrement=True,
)

service_query = sa.Table(
    "service_query",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("body_id", Big, sa.ForeignKey("service_body.id"), nullable=False),
    sa.Column("key_id", Big, sa.ForeignKey("service_key.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # facts | record | changes | datasets
    sa.Column("purpose", sa.String(32)),  # None: about no subject
    sa.Column("subject", sa.String(32)),  # keyed hash; None: about no subject, or about a record it never had
    sa.Column("outcome", sa.String(16), nullable=False),  # shown | nothing | gone | told
    sa.Column("shown", Json, nullable=False),  # [dataset, record id, version or operation] of all in the answer
    sa.Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
sa.Index("service_query_body", service_query.c.body_id, service_query.c.at)
sa.Index("service_query_subject", service_query.c.subject)
sa.Index("service_query_at", service_query.c.at)

service_holding = sa.Table(
    "service_holding",
    metadata,
    sa.Column("body_id", Big, sa.ForeignKey("service_body.id"), primary_key=True),
    sa.Column("record_id", sa.String(32), primary_key=True),
    sa.Column("dataset", sa.String(128), nullable=False),
    sa.Column("subject", sa.String(32), nullable=False),  # keyed hash
    sa.Column("operation", sa.String(3), nullable=False),  # ADD | CHG | DEL: the last that holds of it
    sa.Column("digest", sa.String(32), nullable=False),  # of what was shown; empty once it is withdrawn
    sa.Column("sequence", Big, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
sa.Index("service_holding_sequence", service_holding.c.body_id, service_holding.c.sequence)
sa.Index("service_holding_record", service_holding.c.record_id)
