"""Front-end databases as sources: the same promises on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from connectors import database_extract, database_source
from connectors.database_source import Mark, Source, Which
from connectors.faults import Refused, Unreachable

ZONE = "Asia/Shanghai"
SECRET = "320830188001010002"
MORNING = datetime.datetime(2026, 11, 20, 8, 0)
METADATA = sa.MetaData()
TABLE = sa.Table(
    "t_shop",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("mc", sa.String(100)),
    sa.Column("je", sa.Numeric(18, 2)),
    sa.Column("n", sa.Integer()),
    sa.Column("rq", sa.Date()),
    sa.Column("gxsj", sa.DateTime()),
    sa.Column("zt", sa.CHAR(4)),
    sa.Column("yy", sa.String(12)),
)
NAMES = ("id", "mc", "je", "n", "rq", "gxsj")


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'front.db'}"
    found: str = request.getfixturevalue("postgres_url" if request.param == "postgresql" else "mariadb_url")
    return found


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    made = sa.create_engine(url, poolclass=sa.NullPool)
    METADATA.create_all(made)
    yield made
    METADATA.drop_all(made)


@pytest.fixture
def source(url: str, engine: sa.Engine) -> Iterator[Source]:
    with Source(url, zone=ZONE, timeout=5) as opened:
        yield opened


def fill(engine: sa.Engine, *rows: dict[str, Any]) -> None:
    with engine.begin() as connection:
        connection.execute(sa.insert(TABLE), list(rows))


def shop(number: int, **changed: Any) -> dict[str, Any]:
    row = {
        "id": f"k{number:05}",
        "mc": f"第{number}家店",
        "je": Decimal("12.30"),
        "n": number,
        "rq": MORNING.date(),
        "gxsj": MORNING + datetime.timedelta(minutes=number),
        "zt": "0",
        "yy": None,
    }
    return row | changed


def about(rows: int) -> dict[str, Any]:
    return {"rows": rows}


def extract(source: Source, file: Path, which: Which, order: tuple[str, ...] = ("gxsj", "id")) -> int:
    with source.snapshot("t_shop") as snapshot:
        return database_extract.write(file, snapshot, NAMES, snapshot.pages(NAMES, order, which), about)


def cells(engine: sa.Engine, *names: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*(TABLE.c[n] for n in names)).order_by(TABLE.c.id))]


def test_every_value_arrives_exactly_and_with_its_kind(source: Source, engine: sa.Engine, tmp_path: Path) -> None:
    fill(engine, shop(1), shop(2, mc=None, je=Decimal("9999999999999999.99"), rq=None))
    assert extract(source, tmp_path / "a", Which("gxsj")) == 2
    found = pq.read_table(tmp_path / "a")
    assert (
        found.to_pylist()[1]
        == {
            "id": "k00002",
            "mc": None,
            "je": "9999999999999999.99",
            "n": 2,
            "rq": None,
            "gxsj": "2026-11-20 08:02:00",
        }
        or engine.dialect.name == "sqlite"
    )
    assert found.to_pylist()[0]["rq"] == "2026-11-20"
    assert database_extract.kinds(found.schema) == {
        "id": "text",
        "mc": "text",
        "je": "number",
        "n": "number",
        "rq": "moment",
        "gxsj": "moment",
    }


def test_the_same_rows_are_the_same_bytes(source: Source, engine: sa.Engine, tmp_path: Path) -> None:
    fill(engine, *map(shop, (3, 1, 2)))
    extract(source, tmp_path / "a", Which("gxsj"))
    extract(source, tmp_path / "b", Which("gxsj"))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_pages_see_one_snapshot_while_others_write(
    source: Source, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    monkeypatch.setattr(database_source, "PAGE_ROWS", 2)
    fill(engine, *map(shop, range(5)))
    with source.snapshot("t_shop") as snapshot:
        assert snapshot.count() == 5
        pages = snapshot.pages(NAMES, ("gxsj", "id"), Which("gxsj"))
        first = next(pages)
        fill(engine, shop(9), shop(10, gxsj=MORNING))
        rest = [row[0] for page in pages for row in page]
        assert [row[0] for row in first] + rest == [f"k{number:05}" for number in range(5)]
        assert snapshot.count() == 5
        assert str(snapshot.highest("gxsj")).startswith("2026-11-20 08:04:00")
    with source.snapshot("t_shop") as snapshot:
        assert snapshot.count() == 7


def test_pages_go_on_among_rows_of_the_same_moment(
    source: Source, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_source, "PAGE_ROWS", 3)
    fill(engine, *(shop(number, gxsj=MORNING) for number in range(8)))
    with source.snapshot("t_shop") as snapshot:
        found = [row[0] for page in snapshot.pages(NAMES, ("gxsj", "id"), Which("gxsj")) for row in page]
    assert found == [f"k{number:05}" for number in range(8)]


def test_a_watermark_and_a_flag_choose_rows(source: Source, engine: sa.Engine) -> None:
    fill(engine, shop(1), shop(2), shop(3, zt="1"), shop(4, gxsj=None))
    with source.snapshot("t_shop") as snapshot:
        middle = str(plain_moment(snapshot, "k00002"))
        assert snapshot.count(Which("gxsj", above=middle)) == 1
        assert snapshot.count(Which("gxsj", above=middle, inclusive=True)) == 2
        assert snapshot.count(Which("gxsj", upto=middle)) == 2
        assert snapshot.count(Which("gxsj")) == 3
        assert snapshot.count(Which("zt", equals="0")) == 3


def plain_moment(snapshot: Any, key: str) -> str:
    rows = [row for page in snapshot.pages(("id", "gxsj"), ("id",), Which("id")) for row in page]
    return next(moment for name, moment in rows if name == key)


def test_a_mark_is_written_once_and_only_where_the_row_has_not_changed(source: Source, engine: sa.Engine) -> None:
    fill(engine, shop(1), shop(2))
    with source.snapshot("t_shop") as snapshot:
        moments = {key: plain_moment(snapshot, key) for key in ("k00001", "k00002")}
    with engine.begin() as connection:
        later = MORNING + datetime.timedelta(days=1)
        connection.execute(sa.update(TABLE).where(TABLE.c.id == "k00002").values(gxsj=later))
    marks = [Mark({"id": key}, {"gxsj": moment}, {"zt": "1", "yy": "好" * 20}) for key, moment in moments.items()]
    assert source.mark("t_shop", marks) == 1
    assert source.mark("t_shop", marks) == 0
    found = cells(engine, "zt", "yy")
    assert [str(state).strip() for state, _ in found] == ["1", "0"]
    assert found[0][1] == "好" * 12 and found[1][1] is None


def test_a_snapshot_cannot_write(source: Source, engine: sa.Engine) -> None:
    fill(engine, shop(1))
    with pytest.raises(Refused), source.snapshot("t_shop") as snapshot:
        snapshot._connection.execute(sa.update(TABLE).values(mc="x"))


def test_the_key_of_a_table_is_known(source: Source) -> None:
    with source.snapshot("t_shop") as snapshot:
        assert snapshot.has_key(["id"]) and not snapshot.has_key(["mc"])
        assert snapshot.find("GXSJ") == "gxsj" and snapshot.find("none") is None


def test_a_missing_table_and_a_wrong_password_are_refused_without_a_word_of_where(source: Source, url: str) -> None:
    with pytest.raises(Refused, match="no such table"), source.snapshot("t_other"):
        pass
    if url.startswith("sqlite"):
        return
    wrong = sa.make_url(url).set(password=SECRET).render_as_string(hide_password=False)
    with pytest.raises(Refused) as caught, Source(wrong, zone=ZONE, timeout=5) as opened, opened.snapshot("t_shop"):
        pass
    told = str(caught.value)
    assert SECRET not in told and "127.0.0.1" not in told and str(sa.make_url(url).database) not in told


def test_a_source_that_is_down_is_unreachable(free_port: int) -> None:
    for kind in ("postgresql+psycopg", "mysql+pymysql"):
        with (
            pytest.raises(Unreachable),
            Source(f"{kind}://hub:{SECRET}@127.0.0.1:{free_port}/x", zone=ZONE, timeout=2) as opened,
            opened.snapshot("t"),
        ):
            pass


def test_what_a_row_holds_stands_in_no_error(source: Source, engine: sa.Engine) -> None:
    fill(engine, shop(1, mc=SECRET))
    with pytest.raises(Refused) as caught:
        source.mark("t_shop", [Mark({"id": "k00001"}, {"n": SECRET + "x"}, {"zt": "1"})])
    assert SECRET not in str(caught.value) and caught.value.__cause__ is None
