"""An administrator who changes the log behind the triggers' back is found, and the place is named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
import sqlalchemy as sa

from hub.ledger import connect, evidence, merkle
from hub.ledger.checkpoints import Signer, opened
from hub.ledger.connect import reading, writing
from hub.ledger.tables import checkpoint, erasure, event, event_body
from hub.ledger.verifying import Found, verify_erasures, verify_log

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SIGNER = Signer("credit-hub/320999", b"a key for tests, long enough")
FORGER = Signer("credit-hub/320999", b"a forger's key, long enough too")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[sa.Engine]:
    """Nine events, sealed after the third, the sixth and the ninth; the body of the second is erased."""
    made = connect.engine(ledger_url, lambda: SIGNER)
    connect.upgrade(made)
    for number in range(3):
        with writing(made) as connection:
            for each in range(2 if number == 1 else 3):
                evidence.append(connection, "landed", NOW, rows=each)
            if number == 1:
                evidence.erase(connection, [2], NOW, "到期")
            evidence.seal(connection, NOW)
    yield made
    made.dispose()


def without_guards(ledger: sa.Engine, change: Callable[[sa.Connection], Any]) -> None:
    """Do what an administrator can do."""
    with writing(ledger) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        change(connection)


def verified(ledger: sa.Engine, *older: str, vkey: str = SIGNER.vkey) -> Found:
    with reading(ledger) as connection:
        found = verify_log(connection, [vkey], [opened(note, [vkey]) for note in older])
        verify_erasures(connection, found)
    return found


def places(found: Found) -> list[tuple[str, str]]:
    return [(one.kind, one.place) for one in found.wrong.values()]


def note_of(ledger: sa.Engine, size: int) -> str:
    with reading(ledger) as connection:
        note: str = connection.execute(sa.select(checkpoint.c.note).where(checkpoint.c.size == size)).scalar_one()
    return note


def _flip_a_bit_of_a_body(connection: sa.Connection) -> None:
    body = connection.execute(sa.select(event_body.c.body).where(event_body.c.sequence == 4)).scalar_one()
    changed = event_body.update().where(event_body.c.sequence == 4).values(body=body.replace('"rows":0', '"rows":1'))
    connection.execute(changed)


def _flip_a_bit_of_a_leaf(connection: sa.Connection) -> None:
    leaf = connection.execute(sa.select(event.c.leaf).where(event.c.sequence == 4)).scalar_one()
    changed = f"{int(leaf, 16) ^ 1:064x}"
    connection.execute(event.update().where(event.c.sequence == 4).values(leaf=changed))


def _change_a_kind(connection: sa.Connection) -> None:
    connection.execute(event.update().where(event.c.sequence == 4).values(kind="judged"))


def _change_a_moment(connection: sa.Connection) -> None:
    connection.execute(event.update().where(event.c.sequence == 4).values(at=NOW.replace(year=2025)))


def _rewrite_in_full(connection: sa.Connection) -> None:
    """Body, salt and leaf fit each other: only the signature cannot be made."""
    facts = {"sequence": 4, "at": evidence.moment(NOW), "kind": "landed", "delivery": None, "body": {"rows": 7}}
    body, salt = rfc8785.dumps(facts), bytes(32)
    connection.execute(
        event_body.update().where(event_body.c.sequence == 4).values(body=body.decode(), salt=salt.hex())
    )
    leaf = evidence.leaf_of(salt, body).hex()
    connection.execute(event.update().where(event.c.sequence == 4).values(leaf=leaf))


def _delete_one(connection: sa.Connection) -> None:
    connection.execute(event_body.delete().where(event_body.c.sequence == 4))
    connection.execute(event.delete().where(event.c.sequence == 4))


def _delete_one_and_close_the_gap(connection: sa.Connection) -> None:
    _delete_one(connection)
    for sequence in range(5, 10):
        for table in (event, event_body):
            connection.execute(table.update().where(table.c.sequence == sequence).values(sequence=sequence - 1))


def _swap_two(connection: sa.Connection) -> None:
    for table in (event, event_body):
        for now, then in ((3, 99), (4, 3), (99, 4)):
            connection.execute(table.update().where(table.c.sequence == now).values(sequence=then))


def _delete_the_last(connection: sa.Connection) -> None:
    connection.execute(event_body.delete().where(event_body.c.sequence > 7))
    connection.execute(event.delete().where(event.c.sequence > 7))


def _delete_all(connection: sa.Connection) -> None:
    for table in (erasure, event_body, event):
        connection.execute(table.delete())


def _hide_a_body(connection: sa.Connection) -> None:
    connection.execute(event_body.delete().where(event_body.c.sequence == 4))


def _hide_a_body_as_erased(connection: sa.Connection) -> None:
    _hide_a_body(connection)
    connection.execute(erasure.insert().values(sequence=4, event_sequence=6))


@pytest.mark.parametrize(
    ("tamper", "first"),
    [
        (_flip_a_bit_of_a_body, ("event", "4")),
        (_flip_a_bit_of_a_leaf, ("event", "4")),
        (_change_a_kind, ("event", "4")),
        (_change_a_moment, ("event", "4")),
        (_rewrite_in_full, ("checkpoint", "6")),
        (_delete_one, ("event", "4")),
        (_delete_one_and_close_the_gap, ("event", "4")),
        (_swap_two, ("event", "3")),
        (_delete_the_last, ("event", "8")),
        (_delete_all, ("event", "1")),
        (_hide_a_body, ("event", "4")),
        (_hide_a_body_as_erased, ("event", "4")),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else " ".join(value),
)
def test_what_is_tampered_with_is_named(ledger: sa.Engine, tamper: Any, first: tuple[str, str]) -> None:
    assert verified(ledger).wrong == {}
    without_guards(ledger, tamper)
    assert first in places(verified(ledger))


def test_the_first_wrong_place_is_named_and_what_was_signed_before_it_stays_good(ledger: sa.Engine) -> None:
    without_guards(ledger, _rewrite_in_full)
    found = verified(ledger)
    assert str(found.wrong["checkpoint"]) == "checkpoint 6: one of the events 4 to 6 is not what was signed"


def test_a_log_that_was_taken_back_is_found_by_whoever_kept_a_checkpoint(ledger: sa.Engine) -> None:
    last, before = note_of(ledger, 9), note_of(ledger, 6)
    assert verified(ledger, before, last).wrong == {}

    def roll_back(connection: sa.Connection) -> None:
        for table, column in ((erasure, "event_sequence"), (event_body, "sequence"), (event, "sequence")):
            connection.execute(table.delete().where(table.c[column] > 6))
        connection.execute(checkpoint.delete().where(checkpoint.c.size > 6))

    without_guards(ledger, roll_back)
    with reading(ledger) as connection:
        sequences = connection.scalars(sa.select(event.c.sequence).order_by(event.c.sequence)).all()
    assert sequences == [1, 2, 3, 4, 5, 6]
    assert verified(ledger, before).wrong == {}, "in itself it is a log like any other"
    assert places(verified(ledger, last)) == [("history", "of 9 events")]


def test_a_log_that_was_taken_back_and_went_on_is_found_too(ledger: sa.Engine) -> None:
    kept = note_of(ledger, 9)

    def other_past(connection: sa.Connection) -> None:
        _delete_all(connection)
        connection.execute(checkpoint.delete())
        for number in range(12):
            evidence.append(connection, "landed", NOW, rows=number + 5)
        evidence.seal(connection, NOW)

    without_guards(ledger, other_past)
    assert verified(ledger).wrong == {}, "in itself it is a log like any other"
    assert places(verified(ledger, kept)) == [("history", "of 9 events")]


def test_a_checkpoint_that_another_key_signed_is_named(ledger: sa.Engine) -> None:
    def forge(connection: sa.Connection) -> None:
        _rewrite_in_full(connection)
        for size in (6, 9):
            frontier: list[bytes] = []
            for grown, leaf in enumerate(evidence.leaves(connection, 0, size)):
                merkle.append(frontier, grown, leaf)
            note = FORGER.sign(size, merkle.root(frontier)).note
            values = {"root": merkle.root(frontier).hex(), "note": note, "frontier": " ".join(map(bytes.hex, frontier))}
            connection.execute(checkpoint.update().where(checkpoint.c.size == size).values(**values))

    without_guards(ledger, forge)
    assert places(verified(ledger)) == [("checkpoint", "6")]


@pytest.mark.parametrize("column", ["root", "frontier", "note", "size"])
def test_no_part_of_a_checkpoint_can_be_changed_alone(ledger: sa.Engine, column: str) -> None:
    values = {
        "root": hashlib.sha256(b"x").hexdigest(),
        "frontier": hashlib.sha256(b"x").hexdigest(),
        "note": note_of(ledger, 3),
        "size": 5,
    }

    def change(connection: sa.Connection) -> None:
        connection.execute(checkpoint.update().where(checkpoint.c.size == 6).values({column: values[column]}))

    without_guards(ledger, change)
    assert places(verified(ledger)) == [("checkpoint", "5" if column == "size" else "6")]
