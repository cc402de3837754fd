"""A delivery held against what the ledger holds: usual sizes, names behind credit codes, numbers of other records."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.county.identities import Place, company, uscc
from hub.ledger import deliveries as entries
from hub.ledger.connect import reading
from hub.ledger.tables import finding
from hub.line.prechecking import precheck
from hub.settings import settings

SMALL = Path(__file__).parents[1] / "small"
PLACE = Place()
VOLUME = """
- type: expect_table_row_count_to_be_between
  kwargs:
    min_value: {$PARAMETER: "round(recent_rows_median * 0.5)"}
    max_value: {$PARAMETER: "round(recent_rows_median * 5)"}
  severity: warning
  meta: {code: MAC-VOLUME}
"""
REFERENCE = "        relationships: [{to: ../market/shop.odcs.yaml#/schema/shop/properties/wsh}]\n"


@pytest.fixture
def line(make_line: Callable[..., Any], ledger_url: str, tmp_path: Path) -> Any:
    """The small dataset with a rule on its size; its remark refers to the document number of another shop."""
    for folder in ("schemas", "expectations"):
        shutil.copytree(SMALL / folder, tmp_path / folder)
    with (tmp_path / "expectations" / "every_batch.yaml").open("a", encoding="utf-8") as file:
        file.write(VOLUME)
    contract = tmp_path / "schemas" / "market" / "shop.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("      - name: bz\n", f"      - name: bz\n{REFERENCE}"), encoding="utf-8")
    return make_line(ledger_url, schemas=tmp_path / "schemas", expectations=tmp_path / "expectations")


def send(line: Any, *rows: str) -> dict[str, Any]:
    """Drop one file, run, and give its receipt."""
    before = {receipt["receipt_no"] for receipt in line.receipts()}
    line.clock.sleep(1)
    line.drop(line.file(*rows), f"店铺_{len(before)}.csv")
    line.run()
    (receipt,) = [receipt for receipt in line.receipts() if receipt["receipt_no"] not in before]
    return dict(receipt)


def told(receipt: dict[str, Any]) -> list[tuple[str, list[int]]]:
    return [(each["rule"], [row["row"] for row in each["rows"]]) for each in receipt["findings"]]


def shops(line: Any, first: int, count: int) -> list[str]:
    return [line.shop(serial) for serial in range(first, first + count)]


def left_out(line: Any) -> list[str]:
    newest = line.deliveries()[-1]["id"]
    with reading(line.hub.ledger) as connection:
        return str(entries.stages(connection, newest)["check"].get("left_out", "")).split("; ")


def test_a_batch_is_held_against_the_last_ones_once_there_are_enough_of_them(line: Any) -> None:
    for batch in range(3):
        assert told(send(line, *shops(line, 100 * batch, 60))) == []
        assert "MAC-VOLUME: recent_rows_median" in left_out(line)
    small = send(line, *shops(line, 900, 20))
    assert [(each["rule"], each["why"]) for each in small["findings"]] == [
        ("MAC-VOLUME", "这批的行数比往常少很多，或者多很多：本批20行，往常约60行。")
    ]
    assert small["verdict"]["code"] == "ACCEPTED_QUERY"
    assert "MAC-VOLUME: recent_rows_median" not in left_out(line)
    assert told(send(line, *shops(line, 1000, 30))) == []
    assert line.violations() == []


def test_small_batches_say_nothing_of_what_is_usual(line: Any) -> None:
    for batch in range(4):
        assert told(send(line, *shops(line, 100 * batch, 20 - 5 * batch))) == []


def test_a_credit_code_under_another_name_is_asked_about_until_the_name_is_known(line: Any) -> None:
    code, name = uscc(PLACE, 1), company(PLACE, 1)
    assert told(send(line, line.shop(1))) == []
    again = send(
        line,
        line.shop(2),
        line.shop(1, wsh="甲1号"),
        line.shop(1, wsh="甲2号", mc=name.replace("（", "(").replace("）", " )")),
        line.shop(3, dm=code, wsh="甲3号", mc="另一家有限公司"),
    )
    assert told(again) == [("CON-NAME-USCC", [5])]
    assert again["verdict"]["code"] == "ACCEPTED_QUERY"
    assert told(send(line, line.shop(3, dm=code, wsh="甲4号", mc="另一家有限公司"))) == []
    assert told(send(line, line.shop(3, dm=code, wsh="甲5号", mc="第三家有限公司"))) == [("CON-NAME-USCC", [2])]


def test_a_record_may_correct_its_own_name(line: Any) -> None:
    send(line, line.shop(1), line.shop(2))
    assert told(send(line, line.shop(1, mc="改名后的有限公司"))) == []
    assert told(send(line, line.shop(1, wsh="另一份", mc="又改名的有限公司"))) == [("CON-NAME-USCC", [2])]


def test_two_names_of_one_code_in_one_file_are_each_held_against_the_ledger(line: Any) -> None:
    send(line, line.shop(1))
    both = send(
        line,
        line.shop(1, wsh="甲", mc="第二名称公司"),
        line.shop(1, wsh="乙"),
        line.shop(1, wsh="丙", mc="第三名称公司"),
    )
    assert told(both) == [("CON-NAME-USCC", [2, 4])]


def test_a_number_that_no_record_has_is_asked_about_once_there_are_records(line: Any) -> None:
    number = "演市监〔2026〕0001号"
    assert told(send(line, line.shop(1, bz="没有这一号"))) == []
    assert "REF-UNKNOWN: bz__known" in left_out(line)
    answer = send(
        line, line.shop(2, bz=number), line.shop(3, bz="没有这一号"), line.shop(4), line.shop(5, bz="没有这一号")
    )
    assert told(answer) == [("REF-UNKNOWN", [3, 5])]
    assert answer["findings"][0]["rows"][0]["value"] == "没有这一号"
    assert not any(each.startswith("REF-UNKNOWN") for each in left_out(line))


def test_a_delivery_that_is_judged_again_after_a_crash_finds_the_same(line: Any, monkeypatch: Any) -> None:
    from hub.ledger import merging

    class Killed(BaseException):
        pass

    send(line, line.shop(1))
    merge = merging.merge

    def deadly(*given: Any) -> Any:
        merge(*given)
        raise Killed

    monkeypatch.setattr(merging, "merge", deadly)
    line.drop(line.file(line.shop(1, wsh="另一份", mc="另一名称公司"), line.shop(2, bz="没有这一号")), "店铺_1.csv")
    with pytest.raises(Killed):
        line.run()
    monkeypatch.setattr(merging, "merge", merge)
    line.restart()
    line.run()
    found = line.rows(sa.select(finding.c.code, finding.c.row).order_by(finding.c.row))
    assert found == [("CON-NAME-USCC", 2), ("REF-UNKNOWN", 3)]
    assert line.violations() == []


def test_a_precheck_asks_no_ledger(line: Any, tmp_path: Path, monkeypatch: Any) -> None:
    send(line, line.shop(1))
    for name in ("schemas", "expectations"):
        monkeypatch.setenv(f"HUB_{name.upper()}", str(getattr(line.hub.settings, name)))
    settings.cache_clear()
    file = tmp_path / "店铺.csv"
    file.write_bytes(line.file(line.shop(1, wsh="另一份", mc="另一名称公司", bz="没有这一号")))
    assert precheck(file, "market/shop")["findings"] == []
    settings.cache_clear()
