"""Records, fates, receipts and the open feed come out of blobs and events again, byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.errors import WrongUsage
from hub.ledger import outbox
from hub.ledger.tables import fate, receipt
from hub.line.deciding import refuse, release
from hub.line.erasing import erase
from hub.line.expiring import expire
from hub.line.intervening import reinstate, withdraw
from hub.line.rebuilding import Rebuilt, rebuild

SMALL = Path(__file__).parents[1] / "small"
DATASET = "market/shop"
REASON = "由人确认"


def told(done: Rebuilt) -> list[str]:
    return [str(one) for one in done.different]


def send(line: Any, *lines: str, name: str = "店铺.csv") -> None:
    line.clock.sleep(5)
    line.drop(line.file(*lines), name=name)
    line.run()


def record_of(line: Any, name: str) -> str:
    return str(next(one["record_id"] for one in line.versions() if one["mc"] == name))


def lively(line: Any) -> None:
    """Corrections, late rows, withdrawals, duplicates, refusals, rejected rows: of each something."""
    send(line, line.shop(1, mc="甲店"), line.shop(2, mc="乙店"), line.shop(3, mc=""), name="店铺一.csv")
    send(line, line.shop(1, mc="甲店改"), line.shop(3, mc="丙店"), name="店铺一_更正.csv")
    send(line, line.shop(1, mc="甲店旧", rq="2026-11-01"), line.shop(4, mc="丁店"), name="店铺二.csv")
    send(line, line.shop(1, mc="甲店旧", rq="2026-11-01"), line.shop(4, mc="丁店"), name="店铺三.csv")
    send(line, line.shop(2, mc="乙店"), name="店铺一_撤回.csv")
    send(line, line.shop(2, mc="乙店", bz="再"), line.shop(5, mc="戊店"), name="店铺四.csv")
    gone = record_of(line, "丁店")
    withdraw(line.hub, gone, REASON)
    reinstate(line.hub, gone, REASON)
    send(line, line.shop(4, mc="丁店", bz="再"), line.shop(6, mc="己店"), name="店铺四_替换.csv")
    send(line, line.shop(7, mc=""), line.shop(8, mc=""), name="店铺五.csv")
    line.drop(b"not a table at all", name="店铺六.csv")
    line.run()


def test_everything_comes_out_the_same_after_all_that_can_happen(either_line: Any) -> None:
    lively(either_line)
    held = [one["id"] for one in either_line.deliveries() if one["state"] == "held"]
    for number, decide in zip(held, (release, refuse), strict=False):
        decide(either_line.hub, number, REASON)
    either_line.hub.drain("open_feed")
    either_line.hub.report()
    before = either_line.facts()

    done = rebuild(either_line.hub)

    assert told(done) == []
    assert (done.lost, done.unsure) == ({}, set())
    assert done.judged >= len(either_line.deliveries())
    assert done.compared["versions"] == len(either_line.versions()) > 5
    assert done.compared["feed files"] > 0 and done.compared["receipts"] > 5
    assert either_line.facts() == before
    assert not list(either_line.hub.home.glob("work/rebuild-*"))


def test_a_changed_cell_fate_receipt_or_public_file_is_named(either_line: Any) -> None:
    line = either_line
    lively(line)
    line.hub.drain("open_feed")
    table = line.hub.shape(line.hub.contract(DATASET)).table()
    record = record_of(line, "戊店")
    with line.hub.ledger.begin() as connection:
        connection.execute(table.update().where(table.c.record_id == record).values(mc="别的店"))
        connection.execute(fate.update().where(fate.c.delivery_id == 1, fate.c.record == 2).values(row=99))
        judged = (receipt.c.delivery_id == 2, receipt.c.stage == "validation")
        number = connection.scalar(sa.select(receipt.c.receipt_no).where(*judged))
        connection.execute(receipt.update().where(receipt.c.receipt_no == number).values(body=receipt.c.body + " "))
    (file,) = (line.hub.home / "feed" / "current").rglob("shop.csv")
    file.write_bytes(file.read_bytes() + b"x")
    found = told(rebuild(line.hub))
    assert any(record in one and "mc" in one for one in found)
    assert any("delivery 1" in one and "fates" in one for one in found)
    assert any(str(number) in one for one in found)
    assert any("shop.csv" in one for one in found)
    assert len(found) == 4


def test_a_record_that_nobody_sent_and_one_that_is_gone_are_named(line: Any) -> None:
    send(line, line.shop(1, mc="甲店"), line.shop(2, mc="乙店"))
    table = line.hub.shape(line.hub.contract(DATASET)).table()
    first, second = record_of(line, "甲店"), record_of(line, "乙店")
    with line.hub.ledger.begin() as connection:
        connection.execute(table.delete().where(table.c.record_id == first))
        connection.execute(table.update().where(table.c.record_id == second).values(record_id="0" * 32))
    found = told(rebuild(line.hub))
    assert sum("came out and is not there" in one for one in found) == 2
    assert sum("did not come out" in one and "0" * 32 in one for one in found) == 1


def own_rules(folder: Path, retention: str = "") -> dict[str, Any]:
    schemas, expectations = folder / "schemas", folder / "expectations"
    shutil.copytree(SMALL / "schemas", schemas)
    shutil.copytree(SMALL / "expectations", expectations)
    if retention:
        change(
            schemas, "slaProperties:\n", f"slaProperties:\n  - {{property: retention, value: {retention}, unit: d}}\n"
        )
    return {"schemas": schemas, "expectations": expectations}


def change(schemas: Path, old: str, new: str) -> None:
    contract = schemas / "market" / "shop.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    assert old in text
    contract.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_delivery_is_judged_again_by_the_rules_of_its_own_day(make_line: Callable[..., Any], tmp_path: Path) -> None:
    rules = own_rules(tmp_path)
    line = make_line(**rules)
    send(line, line.shop(1, mc="甲店"), name="店铺一.csv")
    change(rules["schemas"], "maxLength: 200", "maxLength: 1")
    line.restart()
    send(line, line.shop(2, mc="乙店"), line.shop(3, mc="丙"), name="店铺二.csv")
    assert [one[3:5] for one in line.counts()] == [(0, 0), (0, 1)]
    done = rebuild(line.hub)
    assert (told(done), done.lost, done.judged) == ([], {}, 2)
    shutil.rmtree(line.hub.home / "store" / "contracts")
    done = rebuild(line.hub)
    assert told(done) == [] and done.lost == {1: "the rules of then were not kept"}


def test_after_retention_what_is_left_is_compared_and_the_rest_is_named(
    make_line: Callable[..., Any], tmp_path: Path
) -> None:
    line = make_line(**own_rules(tmp_path, retention="30"))
    lively(line)
    line.hub.drain("open_feed")
    with line.hub.ledger.begin() as connection:
        last = outbox.last_sequence(connection, "province", DATASET, ("waiting",))
        outbox.mark_all(connection, "province", DATASET, last, line.hub.now())
    line.clock.now += timedelta(days=31)
    send(line, line.shop(20, mc="新店"), name="店铺新.csv")
    assert {one["class"] for one in expire(line.hub)} >= {"blobs", "versions", "receipts", "events"}
    done = rebuild(line.hub)
    assert told(done) == []
    assert set(done.lost.values()) == {"its file was erased"}
    assert done.judged >= 1 and len(line.deliveries()) not in done.lost


def test_an_erased_person_stays_erased_in_what_is_rebuilt(either_line: Any, tmp_path: Path) -> None:
    line = either_line
    send(line, line.shop(1, mc="甲店"), line.shop(2, mc="乙店"), name="店铺一.csv")
    send(line, line.shop(1, mc="甲店改"), name="店铺二.csv")
    erase(line.hub, record_of(line, "甲店"), "由本人申请删除")
    send(line, line.shop(1, mc="甲店", rq="2026-11-22"), name="店铺三.csv")
    done = rebuild(line.hub, tmp_path / "again")
    assert (told(done), done.judged) == ([], 3)
    assert (tmp_path / "again" / "ledger.db").exists()
    with pytest.raises(WrongUsage):
        rebuild(line.hub, tmp_path / "again")
