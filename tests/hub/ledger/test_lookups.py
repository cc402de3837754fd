"""What the ledger says when another delivery asks: current versions only, on both databases, in one question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from hub.ledger import connect, deliveries, lookups, records
from hub.ledger.connect import reading, writing
from hub.ledger.records import RecordTable
from hub.ledger.tables import delivery

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SHAPE = RecordTable("market/shop", (("mc", "text"), ("dm", "text")), ("dm",))
TABLE = SHAPE.name


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[sa.Engine]:
    made = connect.engine(ledger_url)
    connect.upgrade(made)
    yield made
    made.dispose()


def enter(ledger: sa.Engine, *rows: tuple[str, str | None, str | None, bool]) -> None:
    """Versions: record, code, name, whether it is current."""
    with writing(ledger) as connection:
        records.ensure(connection, SHAPE)
        for number, (record_id, code, name, current) in enumerate(rows, 1):
            values: dict[str, Any] = {"record_id": record_id, "version": number, "dm": code, "mc": name}
            values |= {"content_hash": "0", "known_from": NOW, "known_to": None if current else NOW}
            connection.execute(SHAPE.table().insert().values(**values, delivery_id=1, record=1, row=1))


def test_only_current_versions_are_known(ledger: sa.Engine) -> None:
    enter(ledger, ("r1", "A", "甲", True), ("r2", "B", "乙", False), ("r3", None, "丙", True))
    with reading(ledger) as connection:
        assert lookups.known(connection, TABLE, "dm", pl.Series(["A", "B", "C", "it's “A”"])).to_list() == ["A"]
        assert lookups.known(connection, TABLE, "dm", pl.Series([], dtype=pl.String)).is_empty()


@pytest.mark.parametrize("odd", ['a"b', "a\\b", "a\nb", "a\x01b", "a'b", "{}", "𠮷（公司）", "", "\\u0041", "1"])
def test_a_value_is_found_whatever_letters_are_in_it(ledger: sa.Engine, odd: str) -> None:
    enter(ledger, ("r1", odd, odd, True), ("r2", "A", odd + "x", True))
    with reading(ledger) as connection:
        assert lookups.known(connection, TABLE, "dm", pl.Series([odd + "y", odd])).to_list() == [odd]
        pairs = pl.DataFrame({"code": [odd, "A"], "name": [odd, odd]})
        assert lookups.otherwise_named(connection, TABLE, "dm", "mc", pairs).to_list() == ["A"]


def test_a_value_that_no_database_can_hold_is_not_known(ledger: sa.Engine) -> None:
    enter(ledger, ("r1", "A", "甲", True))
    with reading(ledger) as connection:
        assert lookups.known(connection, TABLE, "dm", pl.Series(["A\x00", "\x00", "A"])).to_list() == ["A"]
        assert lookups.known(connection, TABLE, "dm", pl.Series(["\x00"])).is_empty()


def test_codes_with_another_name_are_found_and_all_their_names(ledger: sa.Engine) -> None:
    enter(
        ledger,
        ("r1", "A", "甲", True),
        ("r2", "A", "甲", True),
        ("r3", "A", "乙", True),
        ("r4", "B", "丙", True),
        ("r5", "C", "丁", False),
        ("r6", "D", None, True),
    )
    with reading(ledger) as connection:
        asked = pl.DataFrame({"code": ["A", "B", "C", "D", "E", "B"], "name": ["甲", "丙", "戊", "己", "庚", "辛"]})
        assert sorted(lookups.otherwise_named(connection, TABLE, "dm", "mc", asked)) == ["A", "B"]
        assert lookups.otherwise_named(connection, TABLE, "dm", "mc", asked.head(0)).is_empty()
        assert sorted(lookups.names_of(connection, TABLE, "dm", "mc", pl.Series(["A", "B", "D"])).rows()) == [
            ("A", "乙", 1, "r3"),
            ("A", "甲", 2, "r1"),
            ("B", "丙", 1, "r4"),
        ]


def test_a_table_without_the_column_or_without_records_holds_nothing(ledger: sa.Engine) -> None:
    with reading(ledger) as connection:
        assert not lookups.holds(connection, TABLE, "dm")
    enter(ledger, ("r1", "A", "甲", False))
    with reading(ledger) as connection:
        assert not lookups.holds(connection, TABLE, "dm")
    enter(ledger, ("r2", "A", "甲", True))
    with reading(ledger) as connection:
        assert lookups.holds(connection, TABLE, "dm", "mc")
        assert not lookups.holds(connection, TABLE, "dm", "no_such")
        assert not lookups.holds(connection, TABLE, "mc")  # not indexed: it would be read from end to end


def test_many_values_are_asked_about_at_once(ledger: sa.Engine) -> None:
    enter(ledger, ("r1", "code 7", "甲", True), ("r2", "code 70000", "甲", True))
    asked: list[str] = []
    event.listen(ledger, "before_cursor_execute", lambda *told: asked.append(told[2]))
    with reading(ledger) as connection:
        values = pl.Series([f"code {number}" for number in range(100_000)])
        assert sorted(lookups.known(connection, TABLE, "dm", values)) == ["code 7", "code 70000"]
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


def test_the_columns_that_are_searched_have_an_index_also_on_a_table_that_is_older(ledger: sa.Engine) -> None:
    with writing(ledger) as connection:
        records.ensure(connection, RecordTable(SHAPE.dataset, SHAPE.columns))
    for _ in range(2):
        with writing(ledger) as connection:
            records.ensure(connection, SHAPE)
    with reading(ledger) as connection:
        found = {each["name"]: each["column_names"] for each in sa.inspect(connection).get_indexes(TABLE)}
    assert found[f"{TABLE}__dm"] == ["dm"]


def test_recent_rows_are_those_of_earlier_original_deliveries_that_were_entered(ledger: sa.Engine) -> None:
    told = [
        ("market", "original", "ACCEPTED", 100, 10),
        ("market", "original", "PARTIAL", 200, 20),
        ("urban", "original", "ACCEPTED", 1, 0),
        ("market", "correction", "ACCEPTED", 3, 0),
        ("market", "original", "REJECTED", 0, 50),
        ("market", "original", "DUPLICATE", 0, 0),
        ("market", "original", "ACCEPTED_QUERY", 300, 0),
        ("market", "original", None, None, None),
    ]
    with writing(ledger) as connection:
        for number, (department, mode, verdict, accepted, rejected) in enumerate(told):
            arrival = deliveries.Arrival(
                department=department, dataset="market/shop", channel="hand", server=None, path=None, file_name="a.csv",
                size=1, modified=None, sha256=f"{number:064d}", received_at=NOW, day="2026-11-23", mode=mode,
            )  # fmt: skip
            entered = deliveries.open_delivery(connection, arrival, f"SHP-{department}", None)
            connection.execute(
                delivery.update()
                .where(delivery.c.id == entered)
                .values(verdict=verdict, accepted=accepted, rejected=rejected)
            )
    with reading(ledger) as connection:
        assert lookups.recent_rows(connection, "market", "market/shop", 99, 5) == [300, 220, 110]
        assert lookups.recent_rows(connection, "market", "market/shop", 99, 2) == [300, 220]
        assert lookups.recent_rows(connection, "market", "market/shop", 7, 5) == [220, 110]
        assert lookups.recent_rows(connection, "court", "market/shop", 99, 5) == []
