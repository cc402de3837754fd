"""A front-end database that lost rows, went back in time or changed its types: told, and no row is missed."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from corpus import front_end_table
from corpus.front_end_table import FrontEndTable, receipts, rules, run

from hub.line import Hub

MakePull = Callable[..., Hub]


def test_rows_behind_the_watermark_are_told_and_pulled(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1, 2, 3)
    hub = pulling()
    run(hub)
    front.add(4, gxsj=front_end_table.MORNING)
    assert run(hub) == {"market/shop": 1}
    assert "有1行的时间早于上次取到的2026-11-20 08:03:00" in rules(receipts(hub)[-1])["SRC-BACK"]
    assert front.told()[4][0] == "1"
    assert run(hub) == {}


def test_a_database_that_was_put_back_is_told_and_pulled_anew(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1, 2, 3)
    hub = pulling()
    run(hub)
    front.run("DELETE FROM t_shop WHERE id > 1")
    front.minutes = 1
    front.add(4)
    assert run(hub) == {"market/shop": 1}
    told = rules(receipts(hub)[-1])
    assert "上次取到2026-11-20 08:03:00，现在最大是2026-11-20 08:02:00" in told["SRC-BACK"]
    assert "上次有3行，现在只有2行" in told["SRC-LOST"]
    assert receipts(hub)[-1]["verdict"]["code"] in ("ACCEPTED", "ACCEPTED_QUERY")
    assert front.told()[4][0] == "1"
    assert run(hub) == {}


def test_a_table_that_lost_every_row_is_told_once(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1, 2)
    hub = pulling()
    run(hub)
    front.run("DELETE FROM t_shop")
    assert run(hub) == {"market/shop": 1}
    assert {"FIL-EMPTY", "SRC-LOST"} <= rules(receipts(hub)[-1]).keys()
    assert run(hub) == {}
    front.add(5)
    run(hub)
    assert front.told()[5][0] == "1"


def test_a_type_that_changed_is_told_and_does_not_stop_the_rows(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1)
    hub = pulling()
    run(hub)
    alter = {"postgresql": "ALTER COLUMN bz TYPE TEXT", "mysql": "MODIFY bz TEXT"}[front.engine.dialect.name]
    front.run(f"ALTER TABLE t_shop {alter}")
    front.add(2)
    run(hub)
    told = rules(receipts(hub)[-1])["SRC-TYPES"]
    assert "“备注”由VARCHAR(400)改为TEXT" in told
    assert front.told()[2][0] == "1"


def test_a_required_column_that_is_gone_refuses_once_and_all_rows_come_when_it_is_back(
    pulling: MakePull, front: FrontEndTable
) -> None:
    front.create()
    front.add(1)
    hub = pulling()
    run(hub)
    front.run("ALTER TABLE t_shop RENAME COLUMN wsh TO weishuhao")
    with front.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO t_shop (id, shop_name, dm, weishuhao, rq, zt, gxsj) "
            f"SELECT 2, shop_name, dm, '二号', rq, zt, '{front.moment()}' FROM t_shop"
        )
    assert run(hub) == {"market/shop": 1}
    assert "“文书号”不见了" in rules(receipts(hub)[-1])["SRC-UNREAD"]
    assert receipts(hub)[-1]["verdict"]["code"] == "REJECTED"
    assert run(hub) == {}
    front.run("ALTER TABLE t_shop RENAME COLUMN weishuhao TO wsh")
    assert run(hub) == {"market/shop": 1}
    assert front.told()[2][0] == "1"


def test_an_identifier_in_a_column_of_numbers_is_a_finding(pulling: MakePull, front: FrontEndTable) -> None:
    front.create(sa.Column("dm", sa.BigInteger), without=("dm",))
    front.add(1, dm=913208300000000190)
    hub = pulling()
    run(hub)
    (receipt,) = receipts(hub)
    assert {"ID-NUMERIC", "ID-EXCEL15"} & rules(receipt).keys(), rules(receipt)
    assert front.told()[1][0] == "2"
