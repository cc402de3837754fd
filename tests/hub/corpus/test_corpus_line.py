"""Hostile files through the whole line, one after the other into one ledger: each ends, and the next one is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.case import SHOP, Case, all_rows
from corpus.catalogue import CASES, by_name
from corpus.shops import csv, shops

from hub.ledger import balance, deliveries
from hub.ledger.connect import reading
from hub.ledger.tables import fate
from hub.line import Hub, open_hub
from hub.settings import Settings

SMALL = Path(__file__).resolve().parents[1] / "small"
CHOSEN = (
    *("编码_gb18030.csv", "编码_丢字节.csv", "编码_丢字节_竖线.csv", "编码_utf16le.csv", "编码_四字节.csv"),
    *("标题_行号.csv", "表尾_合计与签字.csv", "空行_中间.csv", "表头_没有.csv", "表头_多两列.csv", "空_零字节.csv"),
    *("换行_像换行的字符.csv", "换行_混用.csv", "尾随_除表头外.csv", "错列_长短.csv", "空字节_末尾.csv"),
    *("巨大_两万列.csv", "引号_两个相距很远.csv", "引号_碰巧成对.csv"),
    *("表格_不在左上角.xlsx", "表格_合并单元格.xlsx", "表格_数字代码.xlsx", "表格_末行只有名称.xlsx"),
    *("压缩_一个表.zip", "压缩_炸弹.zip", "压缩_上级目录.zip", "工作簿_最远的格.xlsx", "旧版_密码.xlsx"),
    *("工作簿_外部实体.xlsx", "工作簿_截断.xlsx", "数据_列表.json", "数据_键重复.json", "数据_深套.json"),
    *("数据.xml", "数据_实体爆炸.xml", "数据库_删除标记.dbf", "数据库_截断.dbf", "旧版_数字代码.xls", "开放_空行.ods"),
    *("真实_空值.csv", "真实_证照号码.csv", "真实_重复.csv"),
)
HEALTHY = Case("店铺_最后.csv", csv(shops(5, 5000)), "ACCEPTED", all_rows("accepted", 5))


@dataclass
class Run:
    """What became of the files: delivery and receipts by name of file."""

    hub: Hub
    numbers: dict[str, int] = field(default_factory=dict)

    def receipts(self, name: str) -> list[dict[str, Any]]:
        with reading(self.hub.ledger) as connection:
            found = deliveries.receipts(connection, self.numbers[name])
        return [json.loads(one["body"]) for one in found if one["stage"] == "validation"]

    def fates(self, name: str) -> dict[int, str]:
        query = sa.select(fate.c.row, fate.c.state).where(fate.c.delivery_id == self.numbers[name])
        with reading(self.hub.ledger) as connection:
            return {row: state for row, state in connection.execute(query)}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, judged_once: None) -> Iterator[Run]:
    """All chosen files through ``hub.submit`` on SQLite, and a healthy one behind them."""
    folder = tmp_path_factory.mktemp("line")
    given = Settings(
        home=folder / "home",
        schemas=SMALL / "schemas",
        expectations=SMALL / "expectations",
        record_key="a key for tests, long enough",
    )
    made = Run(open_hub(given))
    for case in (*map(by_name, CHOSEN), HEALTHY):
        made.numbers[case.name] = made.hub.submit(case.write(folder), "market", SHOP)
    yield made
    made.hub.ledger.dispose()


@pytest.mark.parametrize("name", CHOSEN)
def test_a_delivery_ends_in_exactly_one_receipt(run: Run, name: str):
    case = by_name(name)
    (receipt,) = run.receipts(name)
    found = {one["rule"] for one in receipt["findings"]}
    assert receipt["verdict"]["code"] in case.verdict.split("|"), found
    assert all(found & set(code.split("|")) for code in case.codes), found
    with reading(run.hub.ledger) as connection:
        delivery = deliveries.show(connection, run.numbers[name])
    assert (delivery["state"], delivery["verdict"]) == ("answered", receipt["verdict"]["code"])


@pytest.mark.parametrize("name", [name for name in CHOSEN if by_name(name).fates is not None])
def test_every_row_has_the_fate_that_is_stated(run: Run, name: str):
    stated = by_name(name).fates
    assert run.fates(name) == stated
    (receipt,) = run.receipts(name)
    assert receipt["counts"]["rows"] == len(stated)


def test_the_ledger_balances_after_all_of_them(run: Run):
    with reading(run.hub.ledger) as connection:
        shapes = [run.hub.shape(one) for one in run.hub.contracts.values()]
        assert balance.violations(connection, shapes) == []
    assert run.hub.waiting() == {}


def test_a_healthy_file_behind_them_is_accepted(run: Run):
    (receipt,) = run.receipts(HEALTHY.name)
    assert receipt["verdict"]["code"] == "ACCEPTED"
    assert receipt["counts"]["inserted"] == 5
    assert run.fates(HEALTHY.name) == HEALTHY.fates


def test_nothing_of_them_is_left_lying_about(run: Run):
    left = [path for path in run.hub.home.rglob("*") if path.is_file()]
    assert not [path.name for path in left if path.name.startswith(".") or path.suffix in {".part", ".parquet"}]
    assert not list((run.hub.home / "incoming").iterdir())


def test_no_identifier_of_a_person_lies_in_a_receipt_of_the_outbox(run: Run):
    said = "".join(path.read_text("utf-8") for path in (run.hub.home / "outbox").rglob("*.json"))
    secrets = {secret for case in CASES if case.name in CHOSEN for secret in case.secrets}
    assert len(secrets) > 40 and [secret for secret in secrets if secret in said] == []
