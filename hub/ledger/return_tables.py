"""Tables of workbooks that come back (回执工作簿交回): which row is about which, and what senders answer."""

from __future__ import annotations

import sqlalchemy as sa

from hub.ledger.tables import Big, Moment
from hub.ledger.tables import metadata as metadata

returned_row = sa.Table(
    "returned_row",
    metadata,
    sa.Column("delivery_id", Big, primary_key=True),  # of the workbook
    sa.Column("record", Big, primary_key=True),
    sa.Column("of_delivery", Big, nullable=False),  # whose receipt the workbook is
    sa.Column("of_record", Big, nullable=False),
    sqlite_with_rowid=False,
)

answer = sa.Table(
    "answer",
    metadata,
    sa.Column("delivery_id", Big, primary_key=True),  # that was asked about
    sa.Column("record", Big, primary_key=True, autoincrement=False),  # 0: the whole batch
    sa.Column("code", sa.String(32), primary_key=True),  # of a question about the batch, else empty
    sa.Column("answer", sa.String(16), nullable=False),  # confirmed | corrected | withdrawn
    sa.Column("said", sa.Text),
    sa.Column("by_delivery", Big, nullable=False, index=True),  # the workbook that answers
    sa.Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)
