"""What the databases that cannot run here would be told: spelt by their own dialects."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, oracle

from connectors.database_engine import limits
from connectors.database_source import Source
from connectors.database_statements import Mark, Which, counted, marking, page
from connectors.database_values import bound, fitting
from connectors.faults import Refused

TABLE = sa.Table(
    "t_shop",
    sa.MetaData(),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("gxsj", sa.DateTime()),
    sa.Column("zt", sa.String(1)),
    sa.Column("yy", sa.String(30)),
)
ORDER = ("gxsj", "id")
MOMENT = "2026-11-20 08:00:00"
DIALECTS = {"oracle": oracle.dialect(), "mssql": mssql.dialect()}


def spelt(statement: sa.ClauseElement, dialect: str) -> str:
    return " ".join(str(statement.compile(dialect=DIALECTS[dialect])).split())


@pytest.mark.parametrize(("dialect", "limit"), [("oracle", "FETCH FIRST"), ("mssql", "TOP")])
def test_a_page_goes_by_key_and_never_by_offset(dialect: str, limit: str) -> None:
    which = Which("gxsj", above=MOMENT, inclusive=True)
    query, words = page(TABLE, ("id", "gxsj"), ORDER, which, [MOMENT, "k1"], 500, dialect)
    said = spelt(query, dialect)
    assert limit in said and "OFFSET" not in said and "t_shop.gxsj >= " in said
    assert said.index("ORDER BY t_shop.gxsj, t_shop.id") > said.index("WHERE")
    assert MOMENT not in said and set(words) == {"above", "last_0", "last_1"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_rows_are_counted_where_they_are(dialect: str) -> None:
    query, words = counted(TABLE, Which("zt", equals="0"), dialect)
    assert "count(*)" in spelt(query, dialect) and words == {"equals": "0"}


@pytest.mark.parametrize(("dialect", "same"), [("oracle", "DECODE("), ("mssql", "INTERSECT")])
def test_a_mark_compares_what_may_be_empty(dialect: str, same: str) -> None:
    mark = Mark({"id": "k1"}, {"gxsj": MOMENT}, {"zt": "1", "yy": None})
    said = spelt(marking(TABLE, mark, ("gxsj",), dialect), dialect)
    assert said.startswith("UPDATE t_shop SET zt=") and same in said
    assert "gxsj=" not in said.partition("WHERE")[0], "only MariaDB needs its moment to be kept"


def test_moments_are_given_to_them_as_moments() -> None:
    assert str(bound(MOMENT, TABLE.c.gxsj, "oracle")) == MOMENT
    assert not isinstance(bound(MOMENT, TABLE.c.gxsj, "mssql"), str)
    assert bound("0000-00-00 00:00:00", TABLE.c.gxsj, "mysql") == "0000-00-00 00:00:00"


def test_a_reason_fits_where_columns_count_bytes() -> None:
    assert fitting("整行没有内容，请补填以后再报。", TABLE.c.yy, "oracle") == "整行没有内容，请补填"
    assert fitting("整行没有内容。", TABLE.c.yy, "postgresql") == "整行没有内容。"


def test_every_documented_address_is_known_and_others_are_refused() -> None:
    for address in ("oracle+oracledb://h/x", "mssql+pymssql://h/x", "mssql+pyodbc://h/x", "dm+dmPython://h/x"):
        assert isinstance(limits(sa.make_url(address), 5), dict)
    with pytest.raises(Refused, match="are known here"):
        limits(sa.make_url("firebird://h/x"), 5)


def test_a_driver_that_is_not_installed_is_refused_by_name_of_the_trouble() -> None:
    with pytest.raises(Refused) as caught:
        Source("oracle+oracledb://hub:320830188001010002@10.0.0.1/x", zone="Asia/Shanghai")
    assert "10.0.0.1" not in str(caught.value) and "320830188001010002" not in str(caught.value)
    with pytest.raises(Refused):
        Source("dm+dmPython://hub:x@10.0.0.1/x", zone="Asia/Shanghai")
