"""What a sender's manifest declares is held against what came; who sent what cannot be taken hears of it, once."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.embedded_sftp import EmbeddedServer
from connectors.faults import Failed, Refused
from connectors.sftp import Session
from hub.demo.grounds import Grounds
from hub.line.doctor import examine
from hub.line.rebuilding import rebuild

DAY = 86_400


def declare(line: Any, rows: int, *, blank: int = 0, name: str = "店铺.csv", sent: int = 2) -> None:
    shops = [line.shop(serial) for serial in range(1, sent + 1)] + ["," * 7] * blank
    line.drop(line.file(*shops), name, ok=json.dumps({"rows": rows}).encode())


def judged(line: Any) -> list[dict[str, Any]]:
    return [one for one in line.receipts() if one["stage"] == "validation"]


def told(line: Any, department: str = "market") -> dict[str, str]:
    return {
        name: content.decode("utf-8-sig")
        for name, content in line.outbox(department).items()
        if name.startswith("提醒_")
    }


def test_as_many_rows_as_declared_are_accepted_and_the_receipt_says_both_numbers(line: Any) -> None:
    declare(line, 2)
    line.run()
    (receipt,) = judged(line)
    assert (receipt["verdict"]["code"], receipt["counts"]["declared"], receipt["counts"]["rows"]) == ("ACCEPTED", 2, 2)


@pytest.mark.parametrize("rows", [1, 3, 0])
def test_another_number_of_rows_than_declared_refuses_the_file(line: Any, rows: int) -> None:
    declare(line, rows)
    line.run()
    (receipt,) = judged(line)
    assert (receipt["verdict"]["code"], receipt["counts"]["declared"]) == ("REJECTED", rows)
    (finding,) = [one for one in receipt["findings"] if one["class"] == "S"]
    assert finding["rule"] == "FIL-COUNT"
    assert f"声明{rows}行，实收2行" in finding["why"]
    assert line.versions() == []
    assert line.violations() == []


@pytest.mark.parametrize(("rows", "verdict"), [(2, "ACCEPTED"), (3, "ACCEPTED"), (4, "REJECTED"), (1, "REJECTED")])
def test_blank_lines_may_count_as_rows_or_not(line: Any, rows: int, verdict: str) -> None:
    declare(line, rows, blank=1)
    line.run()
    (receipt,) = judged(line)
    assert receipt["verdict"]["code"] == verdict


def test_a_ledger_that_is_rebuilt_knows_what_was_declared(line: Any) -> None:
    declare(line, 3)
    line.run()
    line.clock.sleep(60)
    declare(line, 2, name="店铺_2.csv")
    line.run()
    rebuilt = rebuild(line.hub)
    assert (rebuilt.judged, rebuilt.different) == (2, [])


def test_a_trial_delivery_is_told_the_same(line: Any) -> None:
    for rows, code in ((1, "PRECHECK_ACCEPTED"), (2, "PRECHECK_REJECTED")):
        place = line.root / "market" / "precheck" / f"店铺_{rows}.csv"
        place.write_bytes(line.file(line.shop(1)))
        place.with_name(f"{place.name}.ok").write_bytes(json.dumps({"rows": rows}).encode())
        line.run()
        (receipt,) = [one for one in line.receipts() if one["submission"]["file_name"] == place.name]
        assert (receipt["verdict"]["code"], receipt["counts"]["declared"]) == (code, rows)


def test_the_same_bytes_with_the_right_number_are_no_repetition_of_those_with_a_wrong_one(line: Any) -> None:
    declare(line, 3)
    line.run()
    line.clock.sleep(60)
    declare(line, 2)
    line.run()
    assert [one["verdict"]["code"] for one in judged(line)] == ["REJECTED", "ACCEPTED"]
    line.clock.sleep(60)
    declare(line, 2)
    line.run()
    assert judged(line)[-1]["verdict"]["code"] == "DUPLICATE"


def test_a_file_with_a_manifest_that_does_not_fit_is_told_after_a_day_and_only_once(line: Any) -> None:
    line.drop(line.file(line.shop(1)), ok=b'{"size": 1}')
    line.run()
    line.clock.sleep(DAY - 60)
    line.run()
    assert told(line) == {}
    line.clock.sleep(120)
    for _ in range(3):
        line.run()
        line.clock.sleep(3 * DAY)
    (text,) = told(line).values()
    assert "店铺.csv：完成清单（.ok）写的名称、大小或校验值与文件不符" in text
    assert line.inbox() == ["店铺.csv", "店铺.csv.ok"], "nothing was done to it"


def test_what_was_never_renamed_and_manifests_without_a_file_are_told_together(line: Any) -> None:
    line.drop(b"half", "店铺.csv.filepart")
    line.drop(b"", "店铺_2.csv.ok")
    line.drop(b"half", ".hidden.csv")
    line.run()
    line.clock.sleep(DAY + 1)
    line.run()
    ((name, text),) = told(line).items()
    assert name.startswith("提醒_收件箱_")
    assert "店铺.csv.filepart：名字说明还没有传完" in text
    assert "店铺_2.csv.ok：只有完成清单" in text
    assert "hidden" not in text
    assert line.deliveries() == []


def test_a_file_that_is_told_of_and_then_sent_rightly_is_taken_and_another_is_told_of_anew(line: Any) -> None:
    line.drop(line.file(line.shop(1)), ok=b'{"size": 1}')
    line.run()
    line.clock.sleep(DAY + 1)
    line.run()
    (line.root / "market" / "inbox" / "店铺.csv.ok").write_bytes(b"{}")
    line.run()
    assert line.counts() == [("ACCEPTED", 1, 1, 0, 0, 0, 0)]
    line.drop(line.file(line.shop(2)), ok=b'{"size": 1}')
    line.run()
    line.clock.sleep(DAY + 1)
    line.run()
    assert len(told(line)) == 2


def test_a_file_that_the_server_will_not_give_keeps_no_other_waiting_and_is_told(
    line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Session.fetch

    def fetch_some(self: Session, path: str, *args: Any, **kwargs: Any) -> int:
        if path.endswith("店铺_1.csv"):
            raise Refused("fetch: the server does not allow it (status 3)")
        return fetch(self, path, *args, **kwargs)

    monkeypatch.setattr(Session, "fetch", fetch_some)
    line.drop(line.file(line.shop(1)), "店铺_1.csv")
    line.drop(line.file(line.shop(2)), "店铺_2.csv")
    line.run()
    assert [one["file_name"] for one in line.deliveries()] == ["店铺_2.csv"]
    line.clock.sleep(DAY + 1)
    line.run()
    assert "店铺_1.csv：没有读取权限" in "".join(told(line).values())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Refused("list a folder: the server does not allow it (status 3)"), "CallOperator"),
        (Failed("list a folder: the server could not do it (status 4)"), "TryAgain"),
    ],
    ids=["refused", "failed"],
)
def test_an_inbox_that_cannot_be_listed_keeps_no_other_department_waiting_and_is_in_the_log(
    line: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Any, error: str
) -> None:
    files_in = Session.files_in

    def some(self: Session, paths: Any) -> dict[str, Any]:
        return {path: fault if "/urban/" in path else found for path, found in files_in(self, paths).items()}

    monkeypatch.setattr(Session, "files_in", some)
    line.drop(line.file(line.shop(1)))
    with caplog.at_level(logging.WARNING):
        line.run()
    assert line.counts() == [("ACCEPTED", 1, 1, 0, 0, 0, 0)]
    said = [one for one in caplog.messages if "inbox of urban" in one]
    assert len(said) == 1 and error in said[0], "once for the run"


@pytest.fixture
def two_servers(tmp_path: Path, make_hub: Callable[..., Any], ground: tuple[Grounds, int]) -> Any:
    """A hub with a second server, whose market drops files, too."""
    first, port = ground
    second = Grounds(tmp_path / "second", Path.cwd(), make_hub().settings)
    with second.sftp_server() as server:
        assert isinstance(server, EmbeddedServer)
        (one,) = first.settings(port).sftp.values()
        (other,) = second.settings(server.port).sftp.values()
        yield make_hub(sftp={"one": one, "other": other}), first, second, server


def inbox(grounds: Grounds) -> Path:
    return grounds.root / "market" / "inbox"


def settle(place: Path) -> None:
    os.utime(place, (1_790_000_000, 1_790_000_000))


def test_several_servers_are_emptied_side_by_side_and_the_same_path_is_not_mixed_up(
    two_servers: Any, line: Any
) -> None:
    hub, first, second, _ = two_servers
    for grounds, serial in ((first, 1), (second, 2)):
        place = inbox(grounds) / "店铺.csv"
        place.write_bytes(line.file(line.shop(serial)))
        settle(place)
    assert dict(hub.collect().landed) == {"market/shop": 2}
    for dataset in hub.waiting():
        hub.run_dataset(dataset)
    assert sorted(path.name for path in inbox(first).iterdir()) == []
    assert sorted(path.name for path in inbox(second).iterdir()) == []


def test_a_server_that_is_down_keeps_the_other_one_not_waiting_and_is_in_the_log(
    two_servers: Any, line: Any, caplog: pytest.LogCaptureFixture
) -> None:
    hub, first, _, server = two_servers
    server.stop()
    place = inbox(first) / "店铺.csv"
    place.write_bytes(line.file(line.shop(1)))
    settle(place)
    with caplog.at_level(logging.WARNING):
        collected = hub.collect()
    assert (dict(collected.landed), collected.waiting) == ({"market/shop": 1}, 1)
    assert any("server other: TryAgain" in one for one in caplog.messages)


def test_the_doctor_names_the_inbox_that_cannot_be_listed_and_counts_what_waits(
    line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> dict[str, Any]:
        return next(one for one in examine(line.hub) if one["what"].startswith("sftp"))

    assert "warning" not in said()
    line.drop(b"half", "店铺.csv.part")
    line.run()
    line.clock.sleep(DAY + 1)
    line.run()
    assert said()["warning"] and said()["detail"].endswith("their senders were told: 1")
    fault = Refused("list a folder: the server does not allow it (status 3)")
    monkeypatch.setattr(Session, "files_in", lambda self, paths: dict.fromkeys(paths, fault))
    assert (said()["ok"], said()["exit_code"]) == (False, 5)
    assert "market" in said()["detail"]
