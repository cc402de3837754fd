"""What real front-end tables hold: it arrives as it stands there, or is told, and stops nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.database_source import Mark, Source, Which
from connectors.faults import Refused, Unreachable

ZONE = "Asia/Shanghai"


def connected(url: str, *statements: str) -> Source:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    return Source(url, zone=ZONE, timeout=3)


def rows(source: Source, names: tuple[str, ...], table: str = "t") -> Iterator[Any]:
    with source.snapshot(table) as snapshot:
        for page in snapshot.pages(names, ("id",), Which("id")):
            yield from page


def test_moments_without_end_and_numbers_that_are_none_arrive_from_postgresql(postgres_url: str) -> None:
    source = connected(
        postgres_url,
        "CREATE TABLE t (id int PRIMARY KEY, d date, m timestamp, z timestamptz, n numeric, b boolean, u uuid)",
        "INSERT INTO t VALUES (1, 'infinity', '-infinity', '2026-11-20 16:30:00+00', 'NaN', true, "
        "'00000000-0000-0000-0000-000000000001')",
        "INSERT INTO t VALUES (2, '2026-11-20', '2026-11-20 08:00:00.25', '2026-11-20 08:00+08', 1e20, null, null)",
    )
    with source:
        assert list(rows(source, ("id", "d", "m", "z", "n", "b", "u"))) == [
            (1, "infinity", "-infinity", "2026-11-21 00:30:00", "NaN", True, "00000000-0000-0000-0000-000000000001"),
            (2, "2026-11-20", "2026-11-20 08:00:00.25", "2026-11-20 08:00:00", "1" + "0" * 20, None, None),
        ]


def test_days_that_do_not_exist_arrive_from_mariadb(mariadb_url: str) -> None:
    source = connected(
        mariadb_url,
        "CREATE TABLE t (id bigint unsigned PRIMARY KEY, d date, m datetime(6), e enum('甲', '乙'), f double)",
        "SET sql_mode = ''",
        "INSERT INTO t VALUES (18446744073709551615, '0000-00-00', '2026-11-20 08:00:00.000001', '乙', 0.1)",
    )
    with source:
        key = "18446744073709551615"
        moment = "2026-11-20 08:00:00.000001"
        assert list(rows(source, ("id", "d", "m", "e", "f"))) == [(key, "0000-00-00", moment, "乙", 0.1)]
        mark = Mark({"id": key}, {"d": "0000-00-00", "m": moment, "e": "乙"}, {"f": "0.5"})
        assert (source.mark("t", [mark]), source.mark("t", [mark])) == (1, 0)


def test_columns_that_are_no_cells_are_known_as_such(postgres_url: str) -> None:
    source = connected(postgres_url, "CREATE TABLE t (id int PRIMARY KEY, j jsonb, b bytea, a int[], i inet)")
    with source, source.snapshot("t") as snapshot:
        assert [snapshot.kind(name) for name in ("id", "j", "b", "a", "i")] == ["number", None, None, None, None]


def test_a_view_is_a_table_whose_key_is_believed(postgres_url: str) -> None:
    source = connected(
        postgres_url, "CREATE SCHEMA qz", "CREATE VIEW qz.v AS SELECT n AS id FROM generate_series(1, 3) n"
    )
    with source:
        with source.snapshot("qz.v") as snapshot:
            assert snapshot.has_key(["id"]) and snapshot.count() == 3
        assert list(rows(source, ("id",), "qz.v")) == [(1,), (2,), (3,)]


def test_padding_of_fixed_texts_is_no_change(postgres_url: str) -> None:
    source = connected(
        postgres_url,
        "CREATE TABLE t (id char(8) PRIMARY KEY, s char(4))",
        "INSERT INTO t VALUES ('k1', '0')",
    )
    with source:
        ((key, state),) = rows(source, ("id", "s"))
        assert source.mark("t", [Mark({"ID": key}, {"S": state}, {"s": "1"})]) == 1


@pytest.mark.parametrize("database", ["postgres_url", "mariadb_url"])
def test_a_source_that_is_too_slow_is_tried_again(request: pytest.FixtureRequest, database: str) -> None:
    url = request.getfixturevalue(database)
    slow = "pg_sleep(20)::text" if database == "postgres_url" else "sleep(20)"
    source = connected(
        url,
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO t VALUES (1)",
        f"CREATE VIEW v AS SELECT id, {slow} AS s FROM t",
    )
    with source, pytest.raises(Unreachable), source.snapshot("v") as snapshot:
        list(snapshot.pages(("id", "s"), ("id",), Which("id")))


def test_a_column_that_is_not_there_is_refused_by_its_name(mariadb_url: str) -> None:
    source = connected(mariadb_url, "CREATE TABLE t (id int PRIMARY KEY)")
    with source, pytest.raises(Refused, match="no column status"):
        source.mark("t", [Mark({"id": 1}, {}, {"status": "1"})])
