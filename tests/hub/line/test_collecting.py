"""What lies in an inbox is taken when it is complete, whole, and only then; every file gets its answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.embedded_sftp import EmbeddedServer
from connectors.faults import Unreachable
from connectors.keys import make_key_pair
from connectors.sftp import Session
from hub.demo.grounds import Grounds
from hub.errors import FixConfiguration, TryAgain

MakeLine = Callable[..., Any]


def verdicts(line: Any, department: str = "market") -> list[tuple[str, list[str]]]:
    return [
        (one["verdict"]["code"], [finding["rule"] for finding in one["findings"]]) for one in line.receipts(department)
    ]


def test_a_file_that_still_grows_is_not_taken(make_line: MakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    line = make_line(settle_seconds=2.0)
    place = line.drop(line.file(line.shop(1)))

    def grow(seconds: float) -> None:
        line.clock.now = line.clock.now.replace(second=line.clock.now.second + int(seconds))
        with place.open("ab") as file:
            file.write(line.shop(2).encode() + b"\r\n")

    monkeypatch.setattr("hub.line.intake.time.sleep", grow)
    assert line.hub.collect().waiting == 1
    assert line.deliveries() == []
    assert not list((line.hub.home / "incoming").iterdir())


def test_a_file_that_has_settled_is_taken_on_a_later_look(make_line: MakeLine) -> None:
    line = make_line(settle_seconds=2.0)
    line.drop(line.file(line.shop(1)))
    assert line.collect() == {"market/shop": 1}


@pytest.mark.parametrize("name", ["店铺.csv.part", "店铺.csv.filepart", "店铺.csv.tmp", ".店铺.csv", "店铺.csv.PART"])
def test_a_name_that_says_unfinished_is_left_alone(line: Any, name: str) -> None:
    line.drop(line.file(line.shop(1)), name)
    assert line.hub.collect().waiting == 0
    assert line.inbox() == [name]


def test_an_empty_manifest_is_enough_even_before_the_file_has_settled(make_line: MakeLine) -> None:
    line = make_line(settle_seconds=1_000.0)
    line.drop(line.file(line.shop(1)), ok=b"")
    line.run()
    assert line.counts() == [("ACCEPTED", 1, 1, 0, 0, 0, 0)]
    assert [file.name.rpartition("__")[2] for file in line.archived()] == ["店铺.csv", "店铺.csv.ok"]
    assert line.inbox() == []


@pytest.mark.parametrize(
    "manifest",
    [b'{"size": 1}', b'{"sha256": "00"}', b"not json", b"[]", b" " * 70_000 + b"{}", b'{"size": "a lot"}'],
    ids=["size", "hash", "no json", "a list", "far too long", "a word for a size"],
)
def test_a_file_with_a_wrong_manifest_waits_and_keeps_no_other_file_waiting(line: Any, manifest: bytes) -> None:
    line.drop(line.file(line.shop(1)), ok=manifest)
    line.drop(line.file(line.shop(2)), "shop2.csv")
    line.clock.sleep(10_000)
    for _ in range(2):
        line.run()
    assert line.inbox() == ["店铺.csv", "店铺.csv.ok"]
    assert [one["file_name"] for one in line.deliveries()] == ["shop2.csv"]


def test_a_file_that_is_replaced_while_it_is_copied_is_not_taken(line: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    place = line.drop(line.file(line.shop(1)))
    fetch, again = Session.fetch, line.file(line.shop(1), line.shop(2))
    copies = []

    def fetch_and_replace(self: Session, *args: Any, **kwargs: Any) -> int:
        copied = fetch(self, *args, **kwargs)
        if not copies:
            place.write_bytes(again)
        copies.append(copied)
        return copied

    monkeypatch.setattr(Session, "fetch", fetch_and_replace)
    line.run()
    assert [one["size"] for one in line.deliveries()] == [len(again)], "only the new file was taken, and whole"
    assert len(copies) == 2


def test_a_csv_without_a_last_line_break_is_taken_when_patience_ends(line: Any) -> None:
    line.drop(line.file(line.shop(1)).rstrip())
    assert line.hub.collect().waiting == 1
    line.clock.sleep(61)
    line.run()
    assert line.counts() == [("ACCEPTED", 1, 1, 0, 0, 0, 0)]


def test_an_empty_file_gets_its_receipt_when_patience_ends(line: Any) -> None:
    line.drop(b"")
    line.run()
    assert line.deliveries() == []
    line.clock.sleep(61)
    line.run()
    assert verdicts(line) == [("REJECTED", ["FIL-EMPTY"])]


def test_an_unknown_file_name_gets_a_receipt_that_says_what_may_be_sent(line: Any) -> None:
    line.drop(line.file(line.shop(1)), "报表.csv")
    line.run()
    assert verdicts(line) == [("REJECTED", ["FIL-DATASET"])]
    assert "店铺登记" in str(line.receipts())
    assert line.inbox() == []
    assert line.violations() == []


def test_a_department_that_may_not_send_the_dataset_is_told_so(line: Any) -> None:
    line.drop(line.file(line.shop(1)), department="urban")
    line.run()
    assert verdicts(line, "urban") == [("REJECTED", ["FIL-DATASET"])]
    assert line.outbox("market") == {}
    assert line.versions() == []


def test_a_name_in_gbk_bytes_survives_to_receipt_and_archive(either_line: Any) -> None:
    line = either_line
    raw = os.fsencode(line.root / "market" / "inbox") + b"/" + "店铺登记.csv".encode("gb18030")
    with open(raw, "wb") as file:
        file.write(line.file(line.shop(1)))
    line.run()
    assert line.receipts()[0]["submission"]["file_name"] == "店铺登记.csv"
    assert line.counts() == [("ACCEPTED", 1, 1, 0, 0, 0, 0)]
    assert line.inbox() == []
    (archived,) = line.archived()
    assert os.fsencode(archived.name).endswith("__店铺登记.csv".encode("gb18030"))


def test_a_long_name_of_bytes_that_no_encoding_has_gets_its_receipt_too(either_line: Any) -> None:
    line = either_line
    name = b"\xff%41\xfe" * 50
    with open(os.fsencode(line.root / "market" / "inbox") + b"/" + name, "wb") as file:
        file.write(line.file(line.shop(1)))
    line.run()
    assert verdicts(line) == [("REJECTED", ["FIL-DATASET"])]
    assert os.fsencode(line.archived()[0].name).endswith(name[-200:])


def test_a_file_above_the_limit_gets_a_receipt_and_is_not_copied(make_line: MakeLine) -> None:
    line = make_line(max_file_bytes=1_000)
    line.drop(b"x" * 1_001)
    line.run()
    assert verdicts(line) == [("REJECTED", ["FIL-TOOBIG"])]
    assert line.inbox() == []
    assert not list((line.hub.home / "store").rglob("*" * 2 + "/??/*"))
    assert line.violations() == []


def test_the_same_name_with_other_bytes_before_the_answer_is_a_delivery_of_its_own(line: Any) -> None:
    line.drop(line.file(line.shop(1)))
    line.collect()
    line.clock.sleep(5)
    line.drop(line.file(line.shop(2), line.shop(3)))
    line.run()
    line.run()
    assert line.counts() == [("ACCEPTED", 1, 1, 0, 0, 0, 0), ("ACCEPTED", 2, 2, 0, 0, 0, 0)]
    assert line.inbox() == []
    assert len(line.archived()) == 1, "the first file was overwritten by its sender; its bytes are in the store"


def test_another_host_key_than_the_pinned_one_is_a_matter_of_configuration(line: Any, tmp_path: Path) -> None:
    (name, server), *_ = line.hub.settings.sftp.items()
    other = server.model_copy(update={"host_key": make_key_pair(tmp_path / "another")})
    line.hub.settings = line.hub.settings.model_copy(update={"sftp": {name: other}})
    with pytest.raises(FixConfiguration):
        line.collect()


def test_a_server_that_is_down_is_tried_again_later(tmp_path: Path, make_hub: Any, clock: Any) -> None:
    grounds = Grounds(tmp_path / "state", Path.cwd(), make_hub().settings)
    with grounds.sftp_server() as server:
        port = server.port
        assert isinstance(server, EmbeddedServer)
    hub = make_hub(sftp=grounds.settings(port).sftp)
    with pytest.raises(TryAgain):
        hub.collect()


def test_a_copy_that_breaks_off_is_taken_whole_the_next_time(line: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    line.drop(line.file(line.shop(1)))

    def broken(*_: Any, **__: Any) -> int:
        raise Unreachable("fetch: the connection ended")

    with monkeypatch.context() as patch:
        patch.setattr(Session, "fetch", broken)
        with pytest.raises(TryAgain):
            line.collect()
    assert not list((line.hub.home / "incoming").iterdir())
    line.run()
    assert line.counts() == [("ACCEPTED", 1, 1, 0, 0, 0, 0)]
