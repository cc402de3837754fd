"""Tables of the ledger. ``migrations/`` creates them; record tables, one per dataset, are in ``records.py``."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from hub.ledger.column_types import Moment as Moment

metadata = sa.MetaData()
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(JSONB(), "postgresql")

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("batch_no", sa.String(64), nullable=False, unique=True),
    sa.Column("day", sa.String(10), nullable=False),  # of receipt, Asia/Shanghai
    sa.Column("number", sa.Integer, nullable=False),  # within department, dataset and day
    sa.Column("department", sa.String(64), nullable=False),
    sa.Column("dataset", sa.String(128)),  # None: the file name did not say it
    sa.Column("channel", sa.String(16), nullable=False),  # sftp | hand | database | http | api
    sa.Column("server", sa.String(64)),
    sa.Column("path", sa.String(1024)),
    sa.Column("file_name", sa.String(512), nullable=False),
    sa.Column("size", Big, nullable=False),
    sa.Column("modified", Big),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("mode", sa.String(16), nullable=False),  # original | correction | replacement | withdrawal
    sa.Column("slot", sa.String(512), nullable=False, server_default=""),  # names that follow each other: re-sends
    sa.Column("reason", sa.Text),  # why it is withdrawn or replaced, in the sender's words
    sa.Column("declared", Big),  # rows, as the sender's manifest counts them
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("duplicate_of", Big, sa.ForeignKey("delivery.id")),
    sa.Column("resends", Big, sa.ForeignKey("delivery.id")),  # the earlier delivery that this one sends again
    sa.Column("contract_version", sa.String(32)),
    sa.Column("contract_fingerprint", sa.String(64)),
    sa.Column("verdict", sa.String(32)),
    *(
        sa.Column(name, Big)
        for name in (
            "rows",
            "accepted",
            "of_which_query",
            "rejected",
            "duplicate",
            "blank",
            "inserted",
            "updated",
            "unchanged",
        )
    ),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("judged_at", Moment),
    sa.Column("answered_at", Moment),
    sa.Column("cleared_at", Moment),  # when the file had left the inbox, or the source knew its rows as taken
    sa.CheckConstraint(
        "rows IS NULL OR rows = accepted + rejected + duplicate + blank", name="delivery_rows_are_conserved"
    ),
    sa.CheckConstraint(
        "inserted IS NULL OR accepted = inserted + updated + unchanged", name="delivery_accepted_are_conserved"
    ),
    sa.UniqueConstraint("department", "dataset", "day", "number", name="delivery_number"),
    sa.Index("delivery_slot", "department", "dataset", "slot"),
    sqlite_autoincrement=True,
)

stage = sa.Table(
    "stage",
    metadata,
    sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), primary_key=True),
    sa.Column("stage", sa.String(16), primary_key=True),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("outcome", Json, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

fate = sa.Table(
    "fate",
    metadata,
    sa.Column("delivery_id", Big, primary_key=True),
    sa.Column("record", Big, primary_key=True),
    sa.Column("row", Big, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("code", sa.String(32)),  # the worst reason; always set on rejected and duplicate rows
    sa.Column("record_id", sa.String(32)),
    sa.Column("content_hash", sa.String(32)),
    sqlite_with_rowid=False,
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("delivery_id", Big, primary_key=True),
    sa.Column("record", Big, primary_key=True),
    sa.Column("dataset", sa.String(128), nullable=False),
    sa.Column("record_id", sa.String(32)),  # None: the key of the row could not be told
    sa.Column("closed_by", Big),  # the delivery that mended or repeated the row
    sa.Column("outcome", sa.String(16)),  # mended | repeated | replaced | withdrawn
    sqlite_with_rowid=False,
)
sa.Index("quarantine_record", quarantine.c.dataset, quarantine.c.record_id)
sa.Index(
    "quarantine_open",
    quarantine.c.dataset,
    quarantine.c.record_id,
    sqlite_where=quarantine.c.closed_by.is_(None),
    postgresql_where=quarantine.c.closed_by.is_(None),
)

tombstone = sa.Table(
    "tombstone",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("dataset", sa.String(128), nullable=False),
    sa.Column("record_id", sa.String(32), nullable=False),
    sa.Column("floor", sa.String(32), nullable=False),  # nothing with this or a lower order value comes back
    sa.Column("delivery_id", Big),  # None: withdrawn by a person here
    sa.Column("reason", sa.Text),
    sa.Column("at", Moment, nullable=False),
    sa.Column("lifted_at", Moment),  # a person took the withdrawal back
    sa.Column("lifted_after", Big),  # the last delivery before: what was sent until then may be sent again
    sa.Index("tombstone_record", "dataset", "record_id"),
    sqlite_autoincrement=True,
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.String(128), primary_key=True),  # dataset/market/admin_licence, outlet/province
    sa.Column("epoch", Big, nullable=False),  # grows with every holder; an answer counts only under its own
    sa.Column("until", Moment, nullable=False),
)

finding = sa.Table(
    "finding",
    metadata,
    sa.Column("id", Big, primary_key=True, autoincrement=True),
    sa.Column("delivery_id", Big, nullable=False, index=True),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("record", Big),
    sa.Column("row", Big),
    sa.Column("column", sa.String(64)),
    sa.Column("value", sa.Text),  # masked by the classification of the column
    sa.Column("detail", sa.Text),
)

validation = sa.Table(
    "validation",
    metadata,
    sa.Column("delivery_id", Big, primary_key=True),
    sa.Column("result", Json, nullable=False),  # Great Expectations' own result, without values
)

receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("receipt_no", sa.String(80), primary_key=True),
    sa.Column("delivery_id", Big, sa.ForeignKey("delivery.id"), nullable=False, index=True),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("put_at", Moment),
    sa.UniqueConstraint("delivery_id", "stage", "ordinal", name="receipt_once"),
)

OPEN = ("waiting", "sent", "unknown")

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("sequence", Big, primary_key=True, autoincrement=True),
    sa.Column("outlet", sa.String(32), nullable=False),
    sa.Column("dataset", sa.String(128), nullable=False),
    sa.Column("record_id", sa.String(32), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("operation", sa.String(8), nullable=False, server_default="upsert"),  # upsert | delete
    sa.Column("delivery_id", Big, nullable=False),
    # waiting | unknown | sent | acknowledged | rejected | withheld | superseded | parked
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("epoch", Big),  # of the sender that claimed it
    sa.Column("sent_at", Moment),
    sa.Column("cause", sa.Text),
    sa.Column("answered_at", Moment),
    sa.Column("receipt_no", sa.String(80)),  # the receipt that told the department of the refusal
    sqlite_autoincrement=True,
)
# Entries about which something is still to be done. Whoever asks for them says so in these very words, with the values
# in the text: only then does SQLite take the index, and the question costs what is open, not what was ever sent.
UNSETTLED = sa.or_(
    outbox.c.state.in_([sa.literal_column(f"'{state}'") for state in (*OPEN, "parked")]),
    sa.and_(outbox.c.state == sa.literal_column("'rejected'"), outbox.c.receipt_no.is_(None)),
)
DELETION = outbox.c.operation == sa.literal_column("'delete'")
sa.Index("outbox_unsettled", outbox.c.outlet, outbox.c.sequence, sqlite_where=UNSETTLED, postgresql_where=UNSETTLED)

sa.Index(
    "outbox_deletes",
    outbox.c.outlet,
    outbox.c.dataset,
    outbox.c.answered_at,
    sqlite_where=DELETION,
    postgresql_where=DELETION,
)

sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("server", sa.String(64), primary_key=True),
    sa.Column("path", sa.String(1024), primary_key=True),
    sa.Column("size", Big, nullable=False),
    sa.Column("modified", Big, nullable=False),
    sa.Column("since", Moment, nullable=False),  # on our clock: since when size and time have not moved
    sa.Column("told_at", Moment),  # when the sender was told that the file waits
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("sequence", Big, primary_key=True, autoincrement=False),  # from 1, without gaps
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("delivery_id", Big, index=True),
    sa.Column("leaf", sa.String(64), nullable=False),  # in the tree of RFC 9162; stays when the body is erased
)

event_body = sa.Table(
    "event_body",
    metadata,
    sa.Column("sequence", Big, sa.ForeignKey("event.sequence"), primary_key=True, autoincrement=False),
    sa.Column("salt", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # canonical JSON (RFC 8785)
)

erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("sequence", Big, sa.ForeignKey("event.sequence"), primary_key=True, autoincrement=False),
    sa.Column("event_sequence", Big, sa.ForeignKey("event.sequence"), nullable=False),  # the event that tells of it
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("size", Big, primary_key=True, autoincrement=False),
    sa.Column("root", sa.String(64), nullable=False),
    sa.Column("frontier", sa.Text, nullable=False),  # what the next checkpoint goes on from, hex, by spaces
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

fate_block = sa.Table(
    "fate_block",
    metadata,
    sa.Column("delivery_id", Big, primary_key=True, autoincrement=False),
    sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),  # from 0
    sa.Column("leaf", sa.String(64), nullable=False),
    sqlite_with_rowid=False,
)

erased_blob = sa.Table(
    "erased_blob",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("event_sequence", Big, nullable=False),  # the event that told of it first
    sa.Column("gone_at", Moment),  # when its bytes were no longer in the store; None: to be done
)

erased_record = sa.Table(
    "erased_record",
    metadata,
    sa.Column("dataset", sa.String(128), primary_key=True),
    sa.Column("record_id", sa.String(32), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),  # the highest that was erased: numbers are given once
    sa.Column("at", Moment, nullable=False),
    sa.Column("event_sequence", Big, nullable=False),
    sa.Column("of_person", sa.Boolean, nullable=False),  # on a person's behalf; else its time was over
)

closed_outlet = sa.Table(
    "closed_outlet",
    metadata,
    sa.Column("outlet", sa.String(32), primary_key=True),
    sa.Column("since", Moment, nullable=False),  # of the restore
    sa.Column("confirmed_at", Moment),  # a person answers for it that every withdrawal is known
)

restored = sa.Table(
    "restored",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),  # on which a lost ledger had given numbers, too
    sa.Column("at", Moment, nullable=False),
)
