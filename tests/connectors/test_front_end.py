"""The foreign database's door, on both databases."""

from __future__ import annotations

import datetime
import sqlite3
import traceback
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.database import FrontEnd
from connectors.faults import Refused, Unreachable

TABLE = "L_XUYI_TEST"
SECRET = "320830199001011234"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with an empty front-end table, as the province would have made it."""
    sqlite = request.param == "sqlite"
    url: str = f"sqlite:///{tmp_path}/province.db" if sqlite else request.getfixturevalue("postgres_url")
    metadata = sa.MetaData()
    sa.Table(
        TABLE,
        metadata,
        sa.Column("ID", sa.String(64), primary_key=True),
        sa.Column("XK_XDR_MC", sa.String(20)),
        sa.Column("AMOUNT", sa.Numeric(18, 6)),
        sa.Column("DAY", sa.Date()),
        sa.Column("SEQ", sa.BigInteger()),
        sa.Column("CHECK_SIGN", sa.String(1)),
    )
    sa.Table("NO_KEY", metadata, sa.Column("ID", sa.String(64)), sa.Column("SEQ", sa.BigInteger()))
    sa.Table("TEXT_SEQ", metadata, sa.Column("ID", sa.String(64), unique=True), sa.Column("SEQ", sa.String(20)))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    metadata.create_all(engine)
    yield url
    metadata.drop_all(engine)


@pytest.fixture
def front_end(address: str) -> Iterator[FrontEnd]:
    with FrontEnd(address, timeout=5) as opened:
        yield opened


def row(key: str, sequence: int | None, name: str = "甲公司") -> dict[str, Any]:
    return {
        "ID": key,
        "XK_XDR_MC": name,
        "AMOUNT": Decimal("12.340000"),
        "DAY": datetime.date(2026, 11, 23),
        "SEQ": sequence,
    }


def test_a_row_is_inserted_and_read_back_with_its_types(front_end: FrontEnd) -> None:
    assert front_end.upsert(TABLE, ["ID"], [row("a", 1)], "SEQ") == 1
    assert front_end.read(TABLE, [*row("a", 1), "CHECK_SIGN"]) == [{**row("a", 1), "CHECK_SIGN": None}]


def test_the_same_rows_again_change_nothing(front_end: FrontEnd, address: str) -> None:
    front_end.upsert(TABLE, ["ID"], [row("a", 1)], "SEQ")
    _execute(address, f"""UPDATE "{TABLE}" SET "CHECK_SIGN" = '1'""")
    assert front_end.upsert(TABLE, ["ID"], [row("a", 1, "other")], "SEQ") == 0
    assert front_end.read(TABLE, ["XK_XDR_MC", "CHECK_SIGN"]) == [{"XK_XDR_MC": "甲公司", "CHECK_SIGN": "1"}]


def test_a_newer_sequence_updates_and_an_older_one_does_not(front_end: FrontEnd) -> None:
    front_end.upsert(TABLE, ["ID"], [row("a", 9, "nine")], "SEQ")
    assert front_end.upsert(TABLE, ["ID"], [row("a", 10, "ten")], "SEQ") == 1
    assert front_end.upsert(TABLE, ["ID"], [row("a", 9, "nine")], "SEQ") == 0
    assert front_end.read(TABLE, ["XK_XDR_MC", "SEQ"]) == [{"XK_XDR_MC": "ten", "SEQ": 10}]


def test_the_newest_of_one_key_in_one_call_wins_in_any_order(front_end: FrontEnd) -> None:
    front_end.upsert(TABLE, ["ID"], [row("a", 2, "two"), row("a", 1, "one")], "SEQ")
    assert front_end.read(TABLE, ["XK_XDR_MC"]) == [{"XK_XDR_MC": "two"}]


def test_a_stored_row_without_a_sequence_is_updated(front_end: FrontEnd, address: str) -> None:
    _execute(address, f"""INSERT INTO "{TABLE}" ("ID") VALUES ('a')""")
    assert front_end.upsert(TABLE, ["ID"], [row("a", 1)], "SEQ") == 1


def test_columns_that_are_not_given_stay(front_end: FrontEnd, address: str) -> None:
    front_end.upsert(TABLE, ["ID"], [row("a", 1)], "SEQ")
    _execute(address, f"""UPDATE "{TABLE}" SET "CHECK_SIGN" = '1'""")
    front_end.upsert(TABLE, ["ID"], [row("a", 2)], "SEQ")
    assert front_end.read(TABLE, ["CHECK_SIGN"]) == [{"CHECK_SIGN": "1"}]


def test_many_rows_are_written_read_and_deleted_by_key(front_end: FrontEnd) -> None:
    keys = [f"{number:05}" for number in range(2001)]
    assert front_end.upsert(TABLE, ["ID"], (row(key, 1) for key in keys), "SEQ") == 2001
    assert len(front_end.read(TABLE, ["ID"], key_column="ID", keys=[*keys, *keys, "unknown"])) == 2001
    assert front_end.delete(TABLE, "ID", [*keys[:1500], "unknown"]) == 1500
    assert [found["ID"] for found in front_end.read(TABLE, ["ID"], key_column="ID")] == keys[1500:]


def test_rows_after_a_sequence_come_in_its_order(front_end: FrontEnd) -> None:
    front_end.upsert(TABLE, ["ID"], [row("a", 3), row("b", 2), row("c", 1)], "SEQ")
    assert front_end.read(TABLE, ["ID"], sequence_column="SEQ", after=1) == [{"ID": "b"}, {"ID": "a"}]
    assert len(front_end.read(TABLE, ["ID"], sequence_column="SEQ")) == 3


def test_no_keys_are_no_rows(front_end: FrontEnd) -> None:
    front_end.upsert(TABLE, ["ID"], [row("a", 1)], "SEQ")
    assert front_end.read(TABLE, ["ID"], key_column="ID", keys=[]) == []
    assert front_end.delete(TABLE, "ID", []) == 0
    assert front_end.upsert(TABLE, ["ID"], [], "SEQ") == 0


def test_one_bad_row_leaves_no_row_of_the_call(front_end: FrontEnd) -> None:
    rows = [*(row(f"{number}", 1) for number in range(600)), row("last", None)]
    with pytest.raises(Refused, match="no sequence"):
        front_end.upsert(TABLE, ["ID"], rows, "SEQ")
    assert front_end.read(TABLE, ["ID"]) == []


def test_rows_with_different_columns_are_refused(front_end: FrontEnd) -> None:
    with pytest.raises(Refused, match="same columns"):
        front_end.upsert(TABLE, ["ID"], [row("a", 1), {"ID": "b", "SEQ": 1}], "SEQ")


def test_a_missing_table_or_column_is_refused(front_end: FrontEnd) -> None:
    with pytest.raises(Refused, match="no such table"):
        front_end.read("NOTHING", ["ID"])
    with pytest.raises(Refused, match="no column OTHER"):
        front_end.read(TABLE, ["OTHER"])
    with pytest.raises(Refused, match="no column OTHER"):
        front_end.upsert(TABLE, ["ID"], [{**row("a", 1), "OTHER": 1}], "SEQ")


def test_a_table_that_cannot_keep_a_row_single_is_refused(front_end: FrontEnd) -> None:
    with pytest.raises(Refused, match="unique key"):
        front_end.upsert("NO_KEY", ["ID"], [{"ID": "a", "SEQ": 1}], "SEQ")


def test_a_sequence_of_text_is_refused(front_end: FrontEnd) -> None:
    with pytest.raises(Refused, match="10 comes before 9"):
        front_end.upsert("TEXT_SEQ", ["ID"], [{"ID": "a", "SEQ": "9"}], "SEQ")


def test_a_refused_row_is_quoted_nowhere(front_end: FrontEnd) -> None:
    wrong: dict[str, Any] = {**row(SECRET, 1), "DAY": f"no day {SECRET}"}
    with pytest.raises(Refused) as caught:
        front_end.upsert(TABLE, ["ID"], [wrong], "SEQ")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_value_that_the_table_refuses_is_quoted_nowhere(address: str, front_end: FrontEnd) -> None:
    if address.startswith("sqlite"):
        _execute(address, f"""CREATE UNIQUE INDEX one_name ON "{TABLE}" ("XK_XDR_MC")""")
        rows = [row("a", 1, SECRET), row("b", 1, SECRET)]
    else:
        rows = [row("a", 1, SECRET * 2)]
    with pytest.raises(Refused) as caught:
        front_end.upsert(TABLE, ["ID"], rows, "SEQ")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_locked_table_is_unreachable_after_the_timeout(address: str) -> None:
    with FrontEnd(address, timeout=1) as front_end:
        front_end.upsert(TABLE, ["ID"], [row("a", 1)], "SEQ")
        engine = sa.create_engine(address, poolclass=sa.NullPool)
        with engine.connect() as blocker:
            blocker.execute(sa.text(f"""UPDATE "{TABLE}" SET "CHECK_SIGN" = '1'"""))
            with pytest.raises(Unreachable):
                front_end.upsert(TABLE, ["ID"], [row("a", 2)], "SEQ")


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x", "sqlite://"])
def test_a_wrong_address_is_refused_or_has_no_table(url: str) -> None:
    with pytest.raises(Refused), FrontEnd(url) as front_end:
        front_end.read(TABLE, ["ID"])


def test_a_database_that_is_not_there_is_unreachable(tmp_path: Path, free_port: int) -> None:
    for url in (f"sqlite:///{tmp_path}/nothing/x.db", f"postgresql+psycopg://a:{SECRET}@127.0.0.1:{free_port}/x"):
        with pytest.raises(Unreachable) as caught, FrontEnd(url, timeout=2) as front_end:
            front_end.read(TABLE, ["ID"])
        assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database at all, but long enough to be looked at" * 20)
    with pytest.raises(Refused), FrontEnd(f"sqlite:///{tmp_path}/x.db") as front_end:
        front_end.read(TABLE, ["ID"])


def test_a_database_that_may_only_be_read_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute(f"CREATE TABLE {TABLE} (ID TEXT PRIMARY KEY, SEQ INTEGER)")
    url = f"sqlite:///file:{tmp_path}/x.db?mode=ro&uri=true"
    with pytest.raises(Refused), FrontEnd(url) as front_end:
        front_end.upsert(TABLE, ["ID"], [{"ID": "a", "SEQ": 1}], "SEQ")


def _execute(url: str, statement: str) -> None:
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(statement))
