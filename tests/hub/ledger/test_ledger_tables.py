"""The ledger's tables on both databases: made, unmade, grown; and what they refuse."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from hub.errors import CallOperator, FixConfiguration, Locked, NotFound, TryAgain
from hub.ledger import balance, connect, deliveries, frames, merging, records, sightings, staging
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.ledger.records import RecordTable
from hub.ledger.tables import delivery, fate, metadata

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SHAPE = RecordTable("market/shop", (("mc", "text"), ("rq", "date"), ("je", "decimal")))
ARRIVAL = deliveries.Arrival(
    department="market", dataset="market/shop", channel="hand", server=None, path=None, file_name="a.csv", size=1,
    modified=None, sha256="0" * 64, received_at=NOW, day="2026-11-23",
)  # fmt: skip


@pytest.fixture
def engine(ledger_url: str) -> Iterator[sa.Engine]:
    """An empty database."""
    made = connect.engine(ledger_url)
    yield made
    made.dispose()


@pytest.fixture
def ledger(engine: sa.Engine) -> sa.Engine:
    """All fixed tables."""
    connect.upgrade(engine)
    return engine


def _tables(engine: sa.Engine) -> set[str]:
    with reading(engine) as connection:
        return set(sa.inspect(connection).get_table_names()) - {"alembic_version", "sqlite_sequence"}


def test_migrations_create_every_table_go_down_to_nothing_and_up_again(engine: sa.Engine) -> None:
    assert not connect.is_current(engine)
    connect.upgrade(engine)
    assert _tables(engine) == set(metadata.tables)
    assert connect.is_current(engine)
    connect.downgrade(engine)
    assert _tables(engine) == set()
    assert not connect.is_current(engine)
    connect.upgrade(engine)
    assert _tables(engine) == set(metadata.tables)


def test_migrations_make_what_the_tables_say(ledger: sa.Engine) -> None:
    with reading(ledger) as connection:
        inspector = sa.inspect(connection)
        for name, table in metadata.tables.items():
            found = {column["name"]: column["nullable"] for column in inspector.get_columns(name)}
            assert found == {column.name: bool(column.nullable) for column in table.columns}, name
            assert set(inspector.get_pk_constraint(name)["constrained_columns"]) == {c.name for c in table.primary_key}
            assert {one["name"] for one in inspector.get_indexes(name) if not one.get("duplicates_constraint")} == {
                index.name for index in table.indexes
            }
        checks = {one["name"] for one in inspector.get_check_constraints("delivery")}
    assert {"delivery_rows_are_conserved", "delivery_accepted_are_conserved"} <= checks


def test_two_processes_that_start_together_migrate_once(ledger_url: str) -> None:
    code = "import sys; from hub.ledger import connect; connect.upgrade(connect.engine(sys.argv[1]))"
    started = [subprocess.Popen([sys.executable, "-c", code, ledger_url], stderr=subprocess.PIPE) for _ in range(2)]
    ended = [(process.communicate(timeout=60)[1].decode(), process.returncode) for process in started]
    assert [code for _, code in ended] == [0, 0], ended


def test_any_other_database_is_a_matter_of_configuration() -> None:
    with pytest.raises(FixConfiguration):
        connect.engine("oracle://somewhere")


def test_a_record_table_gains_a_column_and_loses_none(ledger: sa.Engine, tmp_path: Path) -> None:
    _merge(ledger, tmp_path, 1, [("a", "h1")])
    wider = replace(SHAPE, columns=(*SHAPE.columns, ("dz", "text")))
    before = frames.current(ledger, wider, ["mc", "dz"])
    assert before["dz"].to_list() == [None], "not there yet, so nothing in it"
    with writing(ledger) as connection:
        records.ensure(connection, wider)
        records.ensure(connection, wider)
    with writing(ledger) as connection:
        records.ensure(connection, SHAPE)
        (old,) = records.history(connection, wider, "a" * 32)
    assert (old["mc"], old["dz"]) == ("a", None)


def test_a_column_that_changes_its_kind_is_a_matter_of_configuration(ledger: sa.Engine) -> None:
    with writing(ledger) as connection:
        records.ensure(connection, SHAPE)
    other = replace(SHAPE, columns=(("mc", "date"), *SHAPE.columns[1:]))
    with pytest.raises(FixConfiguration, match="mc"), writing(ledger) as connection:
        records.ensure(connection, other)


def _frame(rows: list[tuple[str, str]], state: str = "accepted") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "record": range(1, len(rows) + 1),
            "row": range(2, len(rows) + 2),
            "state": [state] * len(rows),
            "code": [None] * len(rows),
            "record_id": [key * 32 for key, _ in rows],
            "content_hash": [content for _, content in rows],
            "operation": ["O"] * len(rows),
            "mc": [key for key, _ in rows],
            "rq": [date(2026, 2, 28)] * len(rows),
            "je": [Decimal("0.000001")] * len(rows),
        },
        schema_overrides={"code": pl.String, "je": pl.Decimal(18, 6), "record": pl.Int64, "row": pl.Int64},
    )


def _merge(ledger: sa.Engine, folder: Path, number: int, rows: list[tuple[str, str]]) -> merging.Merged:
    with staging.staged(ledger, SHAPE, [_frame(rows)], folder) as (connection, stage):
        records.ensure(connection, SHAPE)
        deliveries.enter_fates(connection, number, stage)
        return merging.merge(connection, SHAPE, stage, number, NOW.replace(hour=number + 1))


def test_a_merge_inserts_what_is_new_versions_what_changed_and_leaves_the_rest(
    ledger: sa.Engine, tmp_path: Path
) -> None:
    first = _merge(ledger, tmp_path, 1, [("a", "h1"), ("b", "h1")])
    second = _merge(ledger, tmp_path, 2, [("a", "h1"), ("b", "h2"), ("c", "h1")])
    third = _merge(ledger, tmp_path, 3, [("a", "h1"), ("b", "h1")])
    assert [(one.inserted, one.updated) for one in (first, second, third)] == [(2, 0), (1, 1), (0, 1)]
    with reading(ledger) as connection:
        versions = records.history(connection, SHAPE, "b" * 32)
    assert [one["version"] for one in versions] == [1, 2, 3]
    assert [one["known_to"] for one in versions] == [versions[1]["known_from"], versions[2]["known_from"], None]
    assert versions[0]["known_from"] == NOW
    current = frames.current(ledger, SHAPE, ["mc", "rq", "je"]).sort("mc")
    assert current["mc"].to_list() == ["a", "b", "c"]
    assert current["rq"].to_list() == [date(2026, 2, 28)] * 3
    assert current["je"].to_list() == [Decimal("0.000001")] * 3


def test_a_transaction_that_fails_leaves_nothing_of_the_staged_rows(ledger: sa.Engine, tmp_path: Path) -> None:
    rows = [_frame([("a", "h1")])]
    with pytest.raises(ZeroDivisionError), staging.staged(ledger, SHAPE, rows, tmp_path) as (connection, stage):
        records.ensure(connection, SHAPE)
        deliveries.enter_fates(connection, 1, stage)
        _ = 1 / 0
    with reading(ledger) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(fate)) == 0
        assert not records.exists(connection, SHAPE)
    assert not (tmp_path / "staging.db").exists()
    _merge(ledger, tmp_path, 1, [("a", "h1")])


@pytest.mark.parametrize(
    "counts",
    [
        {"rows": 3, "accepted": 1, "rejected": 1},
        {"rows": 1, "accepted": 1, "rejected": 0, "inserted": 1, "updated": 1, "unchanged": 0},
    ],
    ids=["a row without a fate", "one row stored twice"],
)  # fmt: skip
def test_the_database_itself_refuses_counts_that_do_not_balance(ledger: sa.Engine, counts: dict[str, int]) -> None:
    with writing(ledger) as connection:
        number = deliveries.open_delivery(connection, ARRIVAL, "320999-SCJG-SHP-20261123", None)
    with pytest.raises(CallOperator), writing(ledger) as connection:
        deliveries.update(connection, number, duplicate=0, blank=0, **counts)


def test_conservation_is_asserted_and_its_breach_calls_the_operator(ledger: sa.Engine, tmp_path: Path) -> None:
    _merge(ledger, tmp_path, 1, [("a", "h1"), ("b", "h1")])
    with reading(ledger) as connection:
        assert deliveries.assert_conserved(connection, 1, 2)["accepted"] == 2
        for rows in (1, 3):
            with pytest.raises(CallOperator):
                deliveries.assert_conserved(connection, 1, rows)
    with writing(ledger) as connection:
        connection.execute(fate.update().where(fate.c.record == 1).values(state="lost"))
    with reading(ledger) as connection, pytest.raises(CallOperator):
        deliveries.assert_conserved(connection, 1, 2)


def test_the_invariants_find_what_was_tampered_with(ledger: sa.Engine, tmp_path: Path) -> None:
    with writing(ledger) as connection:
        number = deliveries.open_delivery(connection, ARRIVAL, "320999-SCJG-SHP-20261123", None)
    _merge(ledger, tmp_path, number, [("a", "h1"), ("b", "h1")])
    with writing(ledger) as connection:
        deliveries.update(connection, number, rows=2, accepted=2, of_which_query=0, rejected=0, duplicate=0, blank=0)
        deliveries.issue_receipt(connection, number, "R-1", "validation", 1, "{}", NOW)
    with reading(ledger) as connection:
        assert balance.violations(connection, [SHAPE]) == []
    with writing(ledger) as connection:
        connection.execute(fate.delete().where(fate.c.record == 1))
        connection.execute(SHAPE.table().delete())
        connection.execute(sa.text("DELETE FROM receipt"))
    with reading(ledger) as connection:
        found = " ".join(balance.violations(connection, [SHAPE]))
    for words in ("exactly one fate", "counts by state", "one receipt", "has no record"):
        assert words in found


def test_a_second_receipt_of_the_same_stage_is_refused(ledger: sa.Engine) -> None:
    with writing(ledger) as connection:
        number = deliveries.open_delivery(connection, ARRIVAL, "320999-SCJG-SHP-20261123", None)
        deliveries.issue_receipt(connection, number, "R-1", "validation", 1, "{}", NOW)
    with pytest.raises(CallOperator), writing(ledger) as connection:
        deliveries.issue_receipt(connection, number, "R-2", "validation", 1, "{}", NOW)


def test_identical_bytes_are_a_duplicate_unless_the_first_was_judged_by_another_contract(ledger: sa.Engine) -> None:
    prefix = "320999-SCJG-SHP-20261123"
    with writing(ledger) as connection:
        first = deliveries.open_delivery(connection, ARRIVAL, prefix, "rules 1")
        deliveries.update(connection, first, contract_fingerprint="rules 1")
        again = deliveries.open_delivery(connection, ARRIVAL, prefix, "rules 1")
        other = deliveries.open_delivery(connection, ARRIVAL, prefix, "rules 2")
        elsewhere = deliveries.open_delivery(
            connection, replace(ARRIVAL, department="urban"), "320999-CSGL-SHP-1", "rules 1"
        )
        shown = [deliveries.show(connection, number) for number in (first, again, other, elsewhere)]
    assert [one["duplicate_of"] for one in shown] == [None, first, None, None]
    assert [one["batch_no"][-3:] for one in shown[:3]] == ["001", "002", "003"]


def test_what_is_not_there_is_not_found(ledger: sa.Engine) -> None:
    with reading(ledger) as connection:
        for ask in (lambda: deliveries.show(connection, 1), lambda: deliveries.receipt_by_no(connection, "R-1")):
            with pytest.raises(NotFound):
                ask()
        with pytest.raises(NotFound):
            deliveries.fate_of(connection, 1, 2)


def test_a_file_stands_still_from_the_first_look_at_its_last_change(ledger: sa.Engine) -> None:
    def look(second: int, *seen: tuple[str, int, int]) -> dict[str, float]:
        with writing(ledger) as connection:
            return sightings.look(connection, "county", seen, NOW.replace(second=second))

    assert look(0, ("/a", 1, 1), ("/b", 1, 1)) == {"/a": 0.0, "/b": 0.0}
    assert look(5, ("/a", 1, 1), ("/b", 2, 1)) == {"/a": 5.0, "/b": 0.0}
    assert look(9, ("/b", 2, 1)) == {"/b": 4.0}
    assert look(11, ("/a", 1, 1)) == {"/a": 0.0}, "what was gone is new"


def test_a_lock_has_one_holder_and_others_are_told_or_wait(ledger: sa.Engine) -> None:
    with exclusive(ledger, "dataset/a"):
        with pytest.raises(Locked), exclusive(ledger, "dataset/a"):
            pass
        with exclusive(ledger, "dataset/b"):
            pass
    with exclusive(ledger, "dataset/a"):
        pass
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive(ledger, "dataset/a"):
            held.set()
            free.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    threading.Timer(0.3, free.set).start()
    with exclusive(ledger, "dataset/a", patience=10.0):
        assert free.is_set()
    thread.join()


def test_a_moment_needs_a_zone_and_comes_back_in_utc(ledger: sa.Engine) -> None:
    with pytest.raises(sa.exc.StatementError), writing(ledger) as connection:
        connection.execute(delivery.update().values(cleared_at=datetime(2026, 1, 1)))


def test_a_statement_that_can_never_run_calls_the_operator_and_a_lost_server_is_tried_again(
    ledger: sa.Engine, tmp_path: Path
) -> None:
    with pytest.raises(CallOperator), reading(ledger) as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
    gone: Any = connect.engine("postgresql+psycopg://nobody:x@127.0.0.1:9/none")
    with pytest.raises(TryAgain), reading(gone) as connection:
        pass
