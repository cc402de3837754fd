"""Tables of due deliveries and reminders (应报送与提醒)."""

from __future__ import annotations

import sqlalchemy as sa

from hub.ledger.tables import Big, Moment
from hub.ledger.tables import metadata as metadata

due = sa.Table(
    "due",
    metadata,
    sa.Column("department", sa.String(64), primary_key=True),
    sa.Column("dataset", sa.String(128), primary_key=True),
    sa.Column("period", sa.String(16), primary_key=True),  # 2026-11-25, 2026-W48, 2026-11
    *(sa.Column(name, sa.String(10), nullable=False) for name in ("first", "last", "opens", "due", "closes")),  # days
    sa.Column("provisional", sa.Boolean, nullable=False),  # the calendar of these days was not known yet
    sa.Column("state", sa.String(16), nullable=False),  # due | received | accepted | late | missing | waived
    sa.Column("delivery_id", Big),  # that fulfils it, or that was refused
    sa.Column("reason", sa.Text),  # why it is waived
    sa.Column("told", sa.String(16), nullable=False),  # the last reminder: "" | ahead | overdue | missing
    sa.Column("at", Moment, nullable=False),  # of the last change
    sqlite_with_rowid=False,
)
sa.Index("due_open", due.c.state, due.c.dataset)

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("department", sa.String(64), nullable=False),
    sa.Column("dataset", sa.String(128), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # within department, dataset and day
    sa.Column("name", sa.String(256), nullable=False),  # of the file
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("about", sa.JSON, nullable=False),  # the periods and their states, for programs
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("department", "dataset", "day", "number", name="notice_number"),
    sqlite_autoincrement=True,
)

notice_way = sa.Table(
    "notice_way",
    metadata,
    sa.Column("notice_id", Big, sa.ForeignKey("notice.id"), primary_key=True),
    sa.Column("way", sa.String(16), primary_key=True),  # file | mail | webhook
    sa.Column("sent_at", Moment),  # None: it is still to be sent
)
