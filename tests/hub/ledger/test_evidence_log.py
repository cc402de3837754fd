"""The evidence log on both databases: what can be written, what is refused, what erasing leaves, what is signed."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.errors import CallOperator, FixConfiguration, NotFound
from hub.ledger import connect, evidence, merkle
from hub.ledger.checkpoints import Signer, opened
from hub.ledger.connect import reading, writing
from hub.ledger.tables import Json, Moment, checkpoint, erasure, event, event_body
from hub.ledger.verifying import Found, verify_erasures, verify_log

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SIGNER = Signer("credit-hub/320999", b"a key for tests, long enough")


def ledger_of(url: str) -> sa.Engine:
    made = connect.engine(url, lambda: SIGNER)
    connect.upgrade(made)
    return made


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[sa.Engine]:
    made = ledger_of(ledger_url)
    yield made
    made.dispose()


def write(ledger: sa.Engine, *kinds: str, sealed: bool = True) -> None:
    with writing(ledger) as connection:
        for kind in kinds:
            evidence.append(connection, kind, NOW, rows=1, reason="理由")
        if sealed:
            evidence.seal(connection, NOW)


def verified(ledger: sa.Engine, *older: str) -> Found:
    with reading(ledger) as connection:
        found = verify_log(connection, [SIGNER.vkey], [opened(note, [SIGNER.vkey]) for note in older])
        verify_erasures(connection, found)
    return found


def notes(ledger: sa.Engine) -> list[str]:
    with reading(ledger) as connection:
        return list(connection.scalars(sa.select(checkpoint.c.note).order_by(checkpoint.c.size)))


def test_events_are_numbered_without_gaps_salted_and_told_in_canonical_json(ledger: sa.Engine) -> None:
    write(ledger, "landed", "judged")
    with pytest.raises(ZeroDivisionError), writing(ledger) as connection:
        evidence.append(connection, "lost", NOW)
        _ = 1 / 0
    write(ledger, "published")
    with reading(ledger) as connection:
        rows = connection.execute(
            sa.select(event, event_body.c.salt, event_body.c.body)
            .join_from(event, event_body)
            .order_by(event.c.sequence)
        ).all()
    assert [(row.sequence, row.kind) for row in rows] == [(1, "landed"), (2, "judged"), (3, "published")]
    assert rows[0].body == (
        '{"at":"2026-11-23T02:00:00.000000+00:00","body":{"reason":"理由","rows":1},"delivery":null,'
        '"kind":"landed","sequence":1}'
    )
    assert len({row.salt for row in rows}) == 3
    assert rows[2].leaf == evidence.leaf_of(bytes.fromhex(rows[2].salt), rows[2].body.encode()).hex()


def test_a_checkpoint_is_signed_over_all_that_is_there_and_only_when_something_is_new(ledger: sa.Engine) -> None:
    write(ledger, "landed", "judged")
    write(ledger)
    write(ledger, "published", sealed=False)
    write(ledger, *["landed"] * 5)
    signed = [opened(note, [SIGNER.vkey]) for note in notes(ledger)]
    assert [one.size for one in signed] == [2, 8]
    with reading(ledger) as connection:
        assert [one.root for one in signed] == [
            merkle.root_of(evidence.leaves(connection, 0, one.size)) for one in signed
        ]
        latest, first = evidence.latest_checkpoint(connection), evidence.latest_checkpoint(connection, covering=2)
    assert latest is not None and first is not None
    assert (latest["size"], first["size"]) == (8, 2)
    assert (latest["root"], latest["note"]) == (signed[1].root.hex(), signed[1].note)


STATEMENTS = [
    "UPDATE event SET kind = 'x' WHERE sequence = 2",
    "UPDATE event_body SET body = 'x'",
    "UPDATE checkpoint SET note = 'x'",
    "UPDATE erasure SET event_sequence = 1",
    "DELETE FROM event WHERE sequence = 3",
    "DELETE FROM event_body WHERE sequence = 1",
    "DELETE FROM checkpoint",
    "DELETE FROM erasure",
    "INSERT INTO event (sequence, at, kind, leaf) SELECT 9, at, kind, leaf FROM event WHERE sequence = 1",
    "INSERT INTO checkpoint (size, root, frontier, note, at) SELECT 1, root, frontier, note, at FROM checkpoint",
]
REPLACEMENTS = [
    "INSERT OR REPLACE INTO event (sequence, at, kind, leaf) SELECT sequence, at, 'x', leaf FROM event",
    "INSERT OR REPLACE INTO event_body (sequence, salt, body) SELECT sequence, salt, 'x' FROM event_body",
    "INSERT OR REPLACE INTO erasure (sequence, event_sequence) SELECT sequence, 1 FROM erasure",
    "INSERT OR REPLACE INTO checkpoint (size, root, frontier, note, at) "
    "SELECT size, root, frontier, 'x', at FROM checkpoint",
]
TRUNCATIONS = [f"TRUNCATE {table} CASCADE" for table in ("event", "event_body", "checkpoint", "erasure")]


def test_the_database_refuses_to_change_what_is_written(ledger: sa.Engine) -> None:
    write(ledger, "landed", "judged", "published")
    with writing(ledger) as connection:
        evidence.erase(connection, [2], NOW, "到期")
        evidence.seal(connection, NOW)
    with reading(ledger) as connection:
        before = [connection.execute(sa.select(one)).all() for one in (event, event_body, checkpoint, erasure)]
    for statement in STATEMENTS + (TRUNCATIONS if ledger.dialect.name == "postgresql" else REPLACEMENTS):
        with pytest.raises(CallOperator), writing(ledger) as connection:
            connection.exec_driver_sql(statement)
    with reading(ledger) as connection:
        after = [connection.execute(sa.select(one)).all() for one in (event, event_body, checkpoint, erasure)]
    assert after == before


def test_a_body_goes_only_when_an_event_tells_of_it_and_every_proof_still_holds(ledger: sa.Engine) -> None:
    write(ledger, "landed", "judged", "acknowledged", "landed")
    (kept,) = notes(ledger)
    with reading(ledger) as connection:
        leaves = list(evidence.leaves(connection, 0))
    with pytest.raises(CallOperator), writing(ledger) as connection:
        connection.execute(erasure.insert().values(sequence=2, event_sequence=1))  # not of the kind "erased"
        connection.execute(event_body.delete().where(event_body.c.sequence == 2))
    with writing(ledger) as connection:
        evidence.erase(connection, [2, 3], NOW, "到期")
        evidence.seal(connection, NOW)
    with reading(ledger) as connection:
        gone = evidence.by_sequence(connection, 2)
        left = json.dumps([list(row) for row in connection.execute(sa.select(event_body.c.body, event_body.c.salt))])
        proof = merkle.inclusion_proof(1, 5, lambda start, end: merkle.root_of(evidence.leaves(connection, start, end)))
        root = merkle.root_of(evidence.leaves(connection, 0))
    assert gone["body"] is None and gone["kind"] == "judged"
    assert SIGNER.salt(2).hex() not in left and "judged" not in left
    assert merkle.proves_inclusion(leaves[1], 1, 5, proof, root)
    assert verified(ledger, kept).wrong == {}
    for sequence in (2, 5, 99):  # gone, tells of the erasure, never was
        with pytest.raises(NotFound), writing(ledger) as connection:
            evidence.erase(connection, [sequence], NOW, "again")
    with pytest.raises(CallOperator), writing(ledger) as connection:
        connection.execute(erasure.insert().values(sequence=5, event_sequence=5))
        connection.execute(event_body.delete().where(event_body.c.sequence == 5))


def test_what_canonical_json_cannot_tell_is_no_event(ledger: sa.Engine) -> None:
    for value in (2**60, float("nan"), "\ud800"):
        with pytest.raises(CallOperator), writing(ledger) as connection:
            evidence.append(connection, "odd", NOW, value=value)
    with reading(ledger) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(event)) == 0


def test_without_a_key_nothing_is_written(ledger_url: str) -> None:
    bare = connect.engine(ledger_url)
    connect.upgrade(bare)
    with pytest.raises(FixConfiguration), writing(bare) as connection:
        evidence.append(connection, "landed", NOW)
    bare.dispose()


def test_writers_at_the_same_time_make_one_log(ledger: sa.Engine) -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                write(ledger, "landed", "judged")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    found = verified(ledger)
    assert found.wrong == {}
    assert found.seen == {"checkpoint": 40, "event": 80, "sealed": 80}


def test_a_thousand_honest_histories_raise_no_alarm() -> None:
    ledger = connect.engine("sqlite://", lambda: SIGNER)
    connect.upgrade(ledger)
    with ledger.connect() as connection:
        connection.begin()
        for number in range(1_000):
            mark = connection.begin_nested()
            _live_honestly(connection, random.Random(number))
            mark.rollback()
    ledger.dispose()


def _live_honestly(connection: sa.Connection, chance: random.Random) -> None:
    """Append, seal and erase at random; the log verifies against every checkpoint that was ever given away."""
    kept, now, last = [], NOW, 0
    for _ in range(chance.randrange(1, 9)):
        now += timedelta(microseconds=chance.randrange(10**9))
        for _ in range(chance.randrange(4)):
            last = evidence.append(connection, chance.choice(["landed", "judged"]), now, None, n=chance.randrange(9))
        if chance.random() < 0.2:
            left = sa.select(event.c.sequence).join(event_body, event_body.c.sequence == event.c.sequence)
            there = list(connection.scalars(left.where(event.c.kind != "erased")))
            if there:
                evidence.erase(connection, chance.sample(there, 1), now, "到期")
        if chance.random() < 0.6:
            evidence.seal(connection, now)
            if (checkpoint := evidence.latest_checkpoint(connection)) is not None:
                kept.append(opened(checkpoint["note"], [SIGNER.vkey]))
    found = verify_log(connection, [SIGNER.vkey], chance.sample(kept, min(len(kept), 3)))
    verify_erasures(connection, found)
    assert found.wrong == {}, (last, found)
    if kept:
        size = chance.choice(kept).size

        def hash_of(start: int, end: int) -> bytes:
            return merkle.root_of(evidence.leaves(connection, start, end))

        older, newer = hash_of(0, size), hash_of(0, kept[-1].size)
        proof = merkle.consistency_proof(size, kept[-1].size, hash_of)
        assert merkle.proves_consistency(size, kept[-1].size, proof, older, newer)


def test_events_of_before_are_entered_again_and_go_back_as_they_were(ledger_url: str) -> None:
    ledger = connect.engine(ledger_url, lambda: SIGNER)
    connect.upgrade(ledger, "0001")
    before = sa.table("event", *(sa.column(name) for name in ("sequence", "kind", "delivery_id")))
    before.append_column(sa.column("at", Moment))
    before.append_column(sa.column("body", Json))
    told = [(2, "landed", 1, {"size": 1}), (5, "judged", 1, {"counts": {"rows": None}}), (9, "published", None, {})]
    with writing(ledger) as connection:
        for sequence, kind, delivery, body in told:
            values = {"sequence": sequence, "at": NOW, "kind": kind, "delivery_id": delivery, "body": body}
            connection.execute(before.insert().values(values))
    connect.upgrade(ledger)
    with reading(ledger) as connection:
        found = [evidence.by_sequence(connection, number) for number in (1, 2, 3)]
    assert [(one["kind"], one["delivery_id"], one["at"], one["body"]) for one in found] == [
        ("landed", 1, NOW, {"size": 1}),
        ("judged", 1, NOW, {"counts": {"rows": None}}),
        ("published", None, NOW, {}),
    ]
    write(ledger, "landed")
    assert verified(ledger).wrong == {}
    with writing(ledger) as connection:
        evidence.erase(connection, [1], NOW, "到期")
    connect.downgrade(ledger, "0001")
    with reading(ledger) as connection:
        rows = connection.exec_driver_sql("SELECT sequence, kind, body FROM event ORDER BY sequence").all()
    bodies = [json.loads(row.body) if isinstance(row.body, str) else row.body for row in rows]
    assert [(row.sequence, row.kind) for row in rows] == [
        (1, "landed"), (2, "judged"), (3, "published"), (4, "landed"), (5, "erased")
    ]  # fmt: skip
    assert bodies[:3] == [{}, {"counts": {"rows": None}}, {}]
    connect.upgrade(ledger)
    write(ledger, "landed")
    assert verified(ledger).wrong == {}
    ledger.dispose()
