"""Stage 4 (公示/撤回): a department learns what a release of the open feed did with its rows, once for each release."""

from __future__ import annotations

import io
import json
from importlib.resources import files
from typing import Any

import jsonschema
import openpyxl
import pytest

from hub.ledger import deliveries
from hub.ledger.connect import reading
from hub.line import intervening, publication
from hub.stages import acknowledge

OLD = "2025-01-01"  # its window of twelve months has closed


@pytest.fixture
def line(either_line: Any) -> Any:
    return either_line


def told(line: Any) -> list[dict[str, Any]]:
    return [one for one in line.receipts() if one["stage"] == "publication"]


def counts(receipt: dict[str, Any]) -> tuple[int, int, int]:
    return tuple(receipt["publication"][name] for name in ("published", "withheld", "withdrawn"))  # type: ignore[return-value]


def published(line: Any, *rows: str, name: str = "店铺.csv") -> None:
    line.drop(line.file(*rows), name=name)
    line.run()
    line.hub.drain("open_feed")


def test_a_release_tells_what_is_shown_and_what_is_withheld_and_why(line: Any) -> None:
    published(line, line.shop(1), line.shop(2, rq=OLD), line.shop(3, je="一百万"))
    (receipt,) = told(line)
    schema = json.loads(files("hub.receipts").joinpath("receipt.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(receipt, schema)
    assert counts(receipt) == (1, 1, 0) and "-4-" in receipt["receipt_no"]
    assert receipt["publication"]["reasons"] == [{"reason": "不在公示期内", "count": 1}]
    assert [(row["row"], row["state"]) for row in receipt["publication"]["rows"]] == [(2, "published"), (3, "withheld")]
    feed = (line.hub.home / "feed" / "current" / "index.json").read_text(encoding="utf-8")
    assert receipt["publication"]["release"] == json.loads(feed)["version"]
    assert receipt["counts"]["accepted"] == 2 and receipt["amends"] == line.receipts()[0]["receipt_no"]
    number = receipt["receipt_no"]
    assert {name for name in line.outbox() if number in name} == {
        f"{number}.json",
        f"店铺__{number}__公示1行_不公示1行.xlsx",
        f"{number}.pub",
    }
    book = openpyxl.load_workbook(io.BytesIO(line.outbox()[f"店铺__{number}__公示1行_不公示1行.xlsx"]))
    assert book.sheetnames == ["回执", "公示情况", "规则说明"]
    assert [cell.value for cell in book["公示情况"]["C"]][1:] == ["结果", "已公示", "不公示"]
    assert line.violations() == []


def test_a_release_without_news_tells_nothing(line: Any) -> None:
    published(line, line.shop(1))
    line.clock.sleep(3 * 86_400)
    line.hub.drain("open_feed")
    line.hub.drain("open_feed")
    assert len(told(line)) == 1


def test_a_withdrawal_is_told_to_the_delivery_that_had_brought_the_record(line: Any) -> None:
    published(line, line.shop(1), line.shop(2))
    record = line.versions()[0]["record_id"]
    intervening.withdraw(line.hub, record, "法院通知")
    line.hub.drain("open_feed")
    first, second = told(line)
    assert (counts(first), counts(second)) == ((2, 0, 0), (0, 0, 1))
    assert second["publication"]["rows"][0]["record_id"] == record and "402-" in second["receipt_no"]
    assert line.violations() == []


def test_a_record_that_was_sent_again_before_the_release_is_told_once_with_the_later_delivery(line: Any) -> None:
    line.drop(line.file(line.shop(1), line.shop(2)))
    line.run()
    line.drop(line.file(line.shop(1, je="200000", rq="2026-11-21")), name="店铺_2.csv")
    line.run()
    line.hub.drain("open_feed")
    assert [(one["submission"]["file_name"], counts(one)) for one in told(line)] == [
        ("店铺.csv", (1, 0, 0)),
        ("店铺_2.csv", (1, 0, 0)),
    ]


def test_detail_is_capped_and_counts_are_not(line: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "SHOWN", 2)
    published(line, *(line.shop(number) for number in range(1, 6)))
    (receipt,) = told(line)
    assert counts(receipt) == (5, 0, 0)
    assert len(receipt["publication"]["rows"]) == 2 and receipt["publication"]["rows_truncated"]


def test_a_receipt_that_could_not_be_put_is_put_with_the_next_release(
    line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.drop(line.file(line.shop(1)))
    line.run()
    put = acknowledge.SftpOutbox.put

    def breaks(self: Any, name: str, content: bytes) -> None:
        raise OSError("no outbox today")

    monkeypatch.setattr(acknowledge.SftpOutbox, "put", breaks)
    with pytest.raises(OSError, match="no outbox"):
        line.hub.drain("open_feed")
    monkeypatch.setattr(acknowledge.SftpOutbox, "put", put)
    assert told(line) == []
    line.hub.drain("open_feed")
    assert [counts(one) for one in told(line)] == [(1, 0, 0)]
    with reading(line.hub.ledger) as connection:
        assert [one["ordinal"] for one in deliveries.receipts(connection, 1) if one["stage"] == "publication"] == [1]
