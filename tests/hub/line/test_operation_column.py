"""Rows that say themselves what they ask for (操作): a record, its correction, its withdrawal; in one file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SMALL = Path(__file__).parents[1] / "small"
COLUMN = """
      - name: cz
        businessName: 操作
        physicalName: CZ
        logicalType: string
        logicalTypeOptions: {maxLength: 10}
        classification: internal
        customProperties:
          - {property: kernel, value: {name: code, codes: operation}}
"""
OPERATION = "  - {property: operation, value: cz}\n"


@pytest.fixture
def asking(make_line: Callable[..., Any], tmp_path: Path) -> Iterator[Any]:
    """A line whose small contract has the column."""
    schemas = tmp_path / "schemas"
    shutil.copytree(SMALL / "schemas", schemas)
    (schemas / "codes" / "operation.csv").write_text(
        "code,label,synonyms,valid_from,valid_to\nO,新增,登记,,\nC,更正,修改|变更,,\nW,撤回,删除,,\n", "utf-8"
    )
    contract = schemas / "market" / "shop.odcs.yaml"
    text = contract.read_text("utf-8")
    for mark, told in (("slaProperties:\n", COLUMN.lstrip("\n")), ("  - property: subject\n", OPERATION)):
        assert text.count(mark) == 1
        text = text.replace(mark, told + mark)
    contract.write_text(text, "utf-8")
    yield make_line(schemas=schemas)


def send(line: Any, *rows: tuple[str, str], name: str = "店铺.csv") -> dict[str, Any]:
    line.clock.sleep(5)
    header, *_ = line.file().decode().splitlines()
    text = "\r\n".join([header + ",操作", *(f"{row},{asked}" for row, asked in rows)]) + "\r\n"
    line.drop(text.encode(), name, ok=b'{"reason": "annulled"}')
    line.run()
    newest = line.deliveries()[-1]["batch_no"]
    return [one for one in line.receipts() if one["batch_no"] == newest][-1]


def held(line: Any) -> list[tuple[str, str]]:
    found = [one for one in line.versions() if one["known_to"] is None and one["valid_to"] is None]
    return sorted((one["wsh"], one["bz"] or "") for one in found)


def test_one_file_adds_corrects_and_withdraws(asking: Any) -> None:
    line, shop = asking, asking.shop
    send(line, (shop(1, bz="一"), "新增"), (shop(2, rq="2026-11-21", bz="二"), ""), (shop(3, bz="三"), "登记"))
    answer = send(
        line,
        (shop(1, bz="一"), "更正"),
        (shop(2, rq="2026-11-02", bz="改"), "修改"),
        (shop(3, je="不详", rq="某日", bz="三"), "删除"),
        (shop(4, bz="四"), "新增"),
        name="店铺_二.csv",
    )
    assert answer["counts"] | {"accepted": 4, "inserted": 1, "updated": 2, "unchanged": 1} == answer["counts"]
    assert answer["findings"] == []
    numbers = {serial: shop(serial).split(",")[2] for serial in (1, 2, 4)}
    assert held(line) == [(numbers[1], "一"), (numbers[2], "改"), (numbers[4], "四")]
    assert "cz" not in line.versions()[0], "what a row asks for is no part of the record"
    assert line.violations() == []


def test_a_row_and_its_withdrawal_in_one_file_contradict_each_other(asking: Any) -> None:
    rest = [(asking.shop(serial), "新增") for serial in range(2, 6)]
    answer = send(asking, (asking.shop(1), "新增"), (asking.shop(1), "撤回"), *rest)
    assert answer["counts"]["rejected"] == 2
    assert [one["rule"] for one in answer["findings"]] == ["DUP-CONFLICT"]


def test_a_word_that_nobody_knows_is_asked_about_and_does_nothing(asking: Any) -> None:
    send(asking, (asking.shop(1), "新增"))
    answer = send(asking, (asking.shop(1), "注销吧"), (asking.shop(2), "新增"), name="店铺_二.csv")
    assert answer["counts"]["rejected"] == 1
    assert len(held(asking)) == 2
