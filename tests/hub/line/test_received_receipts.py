"""Stage 1 (收讫): a sender sees that his file was taken before anybody has looked into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hub.errors import TryAgain
from hub.ledger import deliveries
from hub.ledger.connect import reading
from hub.line import receiving
from hub.receipts.number import valid
from hub.stages import acknowledge


@pytest.fixture
def line(make_line: Callable[..., Any]) -> Any:
    return make_line(received_receipts=True)


def judged(line: Any) -> list[str]:
    """Stages of the other receipts in the outbox."""
    return [one["stage"] for one in line.receipts() if one["stage"] != "received"]


def received(line: Any, department: str = "market") -> list[dict[str, Any]]:
    found = [json.loads(content) for name, content in line.outbox(department).items() if name.endswith(".json")]
    return [one for one in found if one["stage"] == "received"]


def test_a_file_that_was_taken_is_told_of_before_it_is_judged(line: Any) -> None:
    content = line.file(line.shop(1))
    line.drop(content, name="店铺_1.csv")
    line.collect()
    (told,) = received(line)
    schema = json.loads(files("hub.receipts").joinpath("receipt.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(told, schema)
    assert valid(told["receipt_no"]) and "-1-" in told["receipt_no"] and told["verdict"]["code"] == "RECEIVED"
    assert (told["submission"]["size"], told["counts"]["rows"]) == (len(content), None)
    machine, people = sorted(line.outbox(), key=len)
    assert (machine, people) == (f"{told['receipt_no']}.json", f"店铺_1__{told['receipt_no']}__已收讫.txt")
    text = line.outbox()[people].decode("utf-8-sig")
    assert told["submission"]["sha256"] in text and "15分钟" in text and text.count("\r\n") == text.count("\n")
    assert line.deliveries()[0]["state"] == "landed" and line.violations() == []


def test_the_verdict_follows_and_the_first_receipt_stays(line: Any) -> None:
    line.drop(line.file(line.shop(1)))
    line.collect()
    before = line.outbox()
    line.run()
    assert before.items() <= line.outbox().items()
    assert judged(line) == ["validation"]
    with reading(line.hub.ledger) as connection:
        stages = [(one["stage"], one["put_at"] is not None) for one in deliveries.receipts(connection, 1)]
    assert stages == [("received", True), ("validation", True)] and line.violations() == []


def test_a_file_that_nobody_knows_is_received_too(line: Any) -> None:
    line.drop(line.file(line.shop(1)), name="随便.csv")
    line.collect()
    (told,) = received(line)
    assert told["contract"] is None and "WZSJ" in told["receipt_no"]


@pytest.mark.parametrize("after", [0, 1], ids=["before the first file", "between the two"])
def test_what_a_crash_keeps_from_the_sender_is_made_good(
    line: Any, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    put, done = acknowledge.SftpOutbox.put, list[str]()

    def breaks(self: Any, name: str, content: bytes) -> None:
        if len(done) >= after:
            raise TryAgain("the connection ended")
        done.append(name)
        put(self, name, content)

    line.drop(line.file(line.shop(1)))
    monkeypatch.setattr(acknowledge.SftpOutbox, "put", breaks)
    with suppress(TryAgain):
        line.collect()
    monkeypatch.undo()
    line.restart()
    assert len(received(line)) == after
    monkeypatch.setattr(type(line.hub), "now", lambda self: line.clock())
    line.run()
    assert len(received(line)) == 1 and judged(line) == ["validation"]
    assert line.violations() == []


def test_by_hand_the_ledger_alone_holds_it(line: Any, tmp_path: Path) -> None:
    file = tmp_path / "店铺.csv"
    file.write_bytes(line.file(line.shop(1)))
    line.hub.submit(file, "market", "market/shop")
    put = [json.loads(one.read_text("utf-8"))["stage"] for one in (line.hub.home / "outbox").rglob("*.json")]
    assert put == ["validation"]
    with reading(line.hub.ledger) as connection:
        (first, _) = deliveries.receipts(connection, 1)
    assert first["stage"] == receiving.STAGE and first["put_at"] is not None and line.violations() == []


def test_it_can_be_switched_off(make_line: Callable[..., Any]) -> None:
    line = make_line(received_receipts=False)
    line.drop(line.file(line.shop(1)))
    line.run()
    assert received(line) == [] and len(line.outbox()) == 3 and line.violations() == []
