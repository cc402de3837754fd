"""The evidence log as a tree: events with leaves, bodies that may be erased, checkpoints; nothing of it can change."""

import hashlib
import secrets
from datetime import UTC

import rfc8785
import sqlalchemy as sa
from alembic import op

from hub.ledger.tables import Big, Json, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PIECE = 1_000

# Who may be appended to only. SQLite's INSERT OR REPLACE removes rows without a word to the triggers of DELETE, so
# what is inserted has to be new, too.
FRESH = {
    "event": "NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM event)",
    "event_body": "EXISTS (SELECT 1 FROM event_body WHERE sequence = NEW.sequence)",
    "erasure": "EXISTS (SELECT 1 FROM erasure WHERE sequence = NEW.sequence)",
    "checkpoint": "NEW.size <= (SELECT coalesce(max(size), 0) FROM checkpoint)",
}
TOLD = (
    "EXISTS (SELECT 1 FROM erasure JOIN event ON event.sequence = erasure.event_sequence AND event.kind = 'erased' "
    "WHERE erasure.sequence = OLD.sequence) "
    # What tells of an erasure stays.
    "AND NOT EXISTS (SELECT 1 FROM event WHERE sequence = OLD.sequence AND kind = 'erased')"
)


def upgrade() -> None:
    """Events get leaves and bodies of their own; those of before are entered again, numbered without gaps."""
    bind = op.get_bind()
    op.execute("CREATE TABLE event_before AS SELECT * FROM event")
    op.drop_table("event")
    op.create_table(
        "event",
        sa.Column("sequence", Big, autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("delivery_id", Big, nullable=True),
        sa.Column("leaf", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_index(op.f("ix_event_delivery_id"), "event", ["delivery_id"], unique=False)
    op.create_table(
        "event_body",
        sa.Column("sequence", Big, autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sequence"], ["event.sequence"]),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_table(
        "erasure",
        sa.Column("sequence", Big, autoincrement=False, nullable=False),
        sa.Column("event_sequence", Big, nullable=False),
        sa.ForeignKeyConstraint(["sequence"], ["event.sequence"]),
        sa.ForeignKeyConstraint(["event_sequence"], ["event.sequence"]),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", Big, autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("frontier", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "fate_block",
        sa.Column("delivery_id", Big, autoincrement=False, nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "block"),
        sqlite_with_rowid=False,
    )
    _enter_again(bind)
    op.drop_table("event_before")
    (_guard_postgresql if bind.dialect.name == "postgresql" else _guard_sqlite)()


def _enter_again(bind: sa.Connection) -> None:
    before = sa.table(
        "event_before",
        sa.column("sequence", Big),
        sa.column("at", Moment()),
        sa.column("kind", sa.String()),
        sa.column("delivery_id", Big),
        sa.column("body", Json),
    )
    event = sa.table("event", *(sa.column(name) for name in ("sequence", "kind", "delivery_id", "leaf")))
    event.append_column(sa.column("at", Moment()))
    event_body = sa.table("event_body", *(sa.column(name) for name in ("sequence", "salt", "body")))
    last, number = -1, 0
    while rows := bind.execute(
        sa.select(before).where(before.c.sequence > last).order_by(before.c.sequence).limit(PIECE)
    ).all():
        events, bodies = [], []
        for row in rows:
            number += 1
            facts = {"sequence": number, "at": row.at.astimezone(UTC).isoformat(timespec="microseconds")}
            facts |= {"kind": row.kind, "delivery": row.delivery_id, "body": row.body}
            body, salt = rfc8785.dumps(facts), secrets.token_bytes(32)
            leaf = hashlib.sha256(b"\x00" + hashlib.sha256(salt + body).digest()).hexdigest()
            values = {"sequence": number, "at": row.at, "kind": row.kind, "delivery_id": row.delivery_id, "leaf": leaf}
            events.append(values)
            bodies.append({"sequence": number, "salt": salt.hex(), "body": body.decode("utf-8")})
        bind.execute(event.insert(), events)
        bind.execute(event_body.insert(), bodies)
        last = rows[-1].sequence


def _guard_sqlite() -> None:
    for table, stale in FRESH.items():
        guards = {"insert": stale, "update": "1", "delete": f"NOT ({TOLD})" if table == "event_body" else "1"}
        for act, when in guards.items():
            op.execute(
                f"CREATE TRIGGER {table}_{act}_guard BEFORE {act.upper()} ON {table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table, stale in FRESH.items():
        op.execute(
            f"CREATE FUNCTION {table}_insert_guard() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {stale} THEN RAISE EXCEPTION '{table} is append-only'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_insert_guard BEFORE INSERT ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_insert_guard()"
        )
        acts = "UPDATE OR TRUNCATE" if table == "event_body" else "UPDATE OR DELETE OR TRUNCATE"
        op.execute(
            f"CREATE TRIGGER {table}_change_guard BEFORE {acts} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE FUNCTION event_body_delete_guard() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT ({TOLD}) THEN RAISE EXCEPTION 'event_body is append-only'; END IF; RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_body_delete_guard BEFORE DELETE ON event_body "
        "FOR EACH ROW EXECUTE FUNCTION event_body_delete_guard()"
    )


def downgrade() -> None:
    """Events keep their numbers and bodies, and lose leaves and checkpoints."""
    bind = op.get_bind()
    op.execute(
        "CREATE TABLE event_after AS SELECT event.sequence, event.at, event.kind, event.delivery_id, event_body.body "
        "FROM event LEFT JOIN event_body ON event_body.sequence = event.sequence"
    )
    for table in ("fate_block", "checkpoint", "erasure", "event_body"):
        op.drop_table(table)
    op.drop_index(op.f("ix_event_delivery_id"), table_name="event")
    op.drop_table("event")
    if bind.dialect.name == "postgresql":
        for name in ("refuse_change", "event_body_delete_guard", *(f"{table}_insert_guard" for table in FRESH)):
            op.execute(f"DROP FUNCTION {name}()")
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
    inner = (
        "coalesce(body::jsonb -> 'body', '{}'::jsonb)"
        if bind.dialect.name == "postgresql"
        else "coalesce(json_extract(body, '$.body'), '{}')"
    )
    op.execute(
        "INSERT INTO event (sequence, at, kind, delivery_id, body) "
        f"SELECT sequence, at, kind, delivery_id, {inner} FROM event_after ORDER BY sequence"
    )
    if bind.dialect.name == "postgresql":
        op.execute("SELECT setval(pg_get_serial_sequence('event', 'sequence'), (SELECT max(sequence) FROM event))")
    op.drop_table("event_after")
