"""What is past its time goes in the open, every proof holds, and whoever asks for it is told so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.errors import NotFound, TryAgain
from hub.ledger import evidence, outbox
from hub.ledger.connect import reading
from hub.ledger.tables import finding, quarantine, receipt, tombstone
from hub.line import intake
from hub.line.bundling import bundle
from hub.line.erasing import erase
from hub.line.expiring import expire
from hub.line.tracing import trace
from hub.line.verifying import ordered, verify

SMALL = Path(__file__).parents[1] / "small"
DATASET = "market/shop"


def kept(folder: Path, **periods: str) -> dict[str, Any]:
    """Settings with the small schemas and retention periods (``retention="30d"``)."""
    schemas = folder / "schemas"
    shutil.copytree(SMALL / "schemas", schemas)
    contract = schemas / "market" / "shop.odcs.yaml"
    lines = "".join(
        f"  - {{property: {name}, value: {period[:-1]}, unit: {period[-1]}}}\n" for name, period in periods.items()
    )
    before, mark, after = contract.read_text(encoding="utf-8").partition("slaProperties:\n")
    contract.write_text(before + mark + lines + after, encoding="utf-8")
    return {"schemas": schemas}


def days(line: Any, number: int) -> None:
    line.clock.now += timedelta(days=number)


def told(line: Any) -> dict[str, int]:
    return {one["class"]: one["count"] for one in expire(line.hub)}


def proven(line: Any) -> None:
    assert [str(one) for one in ordered(verify(line.hub))] == []


@pytest.fixture
def aged(make_line: Callable[..., Any], tmp_path: Path, ledger_url: str) -> Any:
    """Two deliveries (one row corrected, one rejected) that are past their time, and a fresh one."""
    line = make_line(ledger_url, **kept(tmp_path, retention="30d"))
    line.drop(line.file(line.shop(1), line.shop(2), line.shop(3, mc="")), name="店铺一.csv")
    line.run()
    line.drop(line.file(line.shop(1, mc="更名后的店")), name="店铺二.csv")
    line.run()
    line.hub.drain("open_feed")
    days(line, 40)
    line.drop(line.file(line.shop(4)), name="店铺三.csv")
    line.run()
    with reading(line.hub.ledger) as connection:
        assert outbox.open_count(connection, "province") == 4
    return line


def answered(line: Any) -> None:
    """As if every outlet had answered."""
    with line.hub.ledger.begin() as connection:
        now = line.hub.now()
        last = outbox.last_sequence(connection, "province", DATASET, ("waiting",))
        outbox.mark_all(connection, "province", DATASET, last, now)


def test_every_class_goes_by_its_time_and_everything_is_still_proven(aged: Any) -> None:
    answered(aged)
    hashes = [one["sha256"] for one in aged.deliveries()]
    assert {one["class"] for one in expire(aged.hub, dry_run=True)} == {
        *("blobs", "quarantine", "versions", "receipts", "events"),
    }
    assert all(aged.hub.store.has(one) for one in hashes)

    gone = told(aged)

    assert {name: gone[name] for name in ("blobs", "quarantine", "versions", "receipts")} == {
        "blobs": 2,
        "quarantine": 1,
        "versions": 1,
        "receipts": 4,  # of two verdicts, and of what the feed showed
    }
    assert gone["events"] >= 4
    assert [aged.hub.store.has(one) for one in hashes] == [False, False, True]
    assert [body == "" for (body,) in aged.rows(sa.select(receipt.c.body).order_by(receipt.c.receipt_no))] == [
        *(True, True, True, True, False)
    ]
    assert aged.rows(sa.select(quarantine)) == []
    assert aged.rows(sa.select(finding.c.value).where(finding.c.value.is_not(None))) == []
    assert sorted((one["version"], one["mc"]) for one in aged.versions() if one["version"] > 1) == [(2, "更名后的店")]
    proven(aged)
    assert aged.violations() == []
    assert told(aged) == {}


def test_what_waits_for_an_outlet_keeps_its_receipt(aged: Any) -> None:
    assert "receipts" not in told(aged)
    proven(aged)


def test_a_held_or_unanswered_delivery_keeps_everything(make_line: Callable[..., Any], tmp_path: Path) -> None:
    line = make_line(**kept(tmp_path, retention="1d"))
    line.drop(line.file(line.shop(1)))
    line.collect()
    days(line, 400)
    assert told(line) == {}
    line.run()
    assert line.counts()[0][:2] == ("ACCEPTED", 1)


def test_one_blob_of_two_deliveries_stays_until_both_are_past_their_time(
    make_line: Callable[..., Any], tmp_path: Path
) -> None:
    line = make_line(**kept(tmp_path, retentionBlobs="30d"))
    line.drop(line.file(line.shop(1)))
    line.run()
    days(line, 20)
    line.drop(line.file(line.shop(1)), name="店铺再.csv")
    line.run()
    sha256 = line.deliveries()[0]["sha256"]
    days(line, 15)
    assert told(line) == {} and line.hub.store.has(sha256)
    days(line, 20)
    assert told(line) == {"blobs": 1} and not line.hub.store.has(sha256)
    proven(line)


def test_a_file_that_comes_again_after_its_erasure_is_a_duplicate_and_its_bytes_stay_as_long_as_its_own_time(
    make_line: Callable[..., Any], tmp_path: Path
) -> None:
    line = make_line(**kept(tmp_path, retentionBlobs="30d"))
    line.drop(line.file(line.shop(1)))
    line.run()
    sha256 = line.deliveries()[0]["sha256"]
    days(line, 31)
    assert told(line) == {"blobs": 1}
    line.drop(line.file(line.shop(1)), name="店铺再.csv")
    line.run()
    assert [one[0] for one in line.counts()] == ["ACCEPTED", "DUPLICATE"]
    assert told(line) == {} and line.hub.store.has(sha256)
    proven(line)
    days(line, 31)
    assert told(line) == {"blobs": 1} and not line.hub.store.has(sha256)
    proven(line)


def test_whoever_asks_is_told_that_it_was_erased(aged: Any, tmp_path: Path) -> None:
    answered(aged)
    record = aged.versions()[0]["record_id"]
    told(aged)
    said = trace(aged.hub, "1:2")
    assert said["source"] is None and "its time was over" in said["source_erased"]
    assert trace(aged.hub, record)["versions"]
    with pytest.raises(NotFound, match=r"erased|no verdict"):
        bundle(aged.hub, "1:2", tmp_path / "bundle.zip")
    aged.hub.report()
    pages = {file.stem for file in (aged.hub.home / "reports" / DATASET).glob("*.html")}
    assert pages == {"index", aged.deliveries()[2]["batch_no"]}


def test_bytes_that_are_erased_while_they_come_again_are_not_taken_for_landed(
    line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(line.hub.store), "has", lambda *_: False)
    line.drop(line.file(line.shop(1)))
    with pytest.raises(TryAgain):
        intake.collect(line.hub)
    assert line.deliveries() == []
    monkeypatch.undo()


def test_an_erasure_that_was_told_and_not_carried_out_is_carried_out_by_the_next_run(
    make_line: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line(**kept(tmp_path, retentionBlobs="30d"))
    line.drop(line.file(line.shop(1)))
    line.run()
    days(line, 31)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(line.hub.store), "erase", dies)
        with pytest.raises(KeyboardInterrupt):
            expire(line.hub)
    sha256 = line.deliveries()[0]["sha256"]
    assert line.hub.store.has(sha256)
    assert told(line) == {} and not line.hub.store.has(sha256)
    proven(line)


def test_erasing_a_person_takes_every_version_and_leaves_every_proof(either_line: Any, tmp_path: Path) -> None:
    line = either_line
    line.drop(line.file(line.shop(1), line.shop(2)), name="店铺一.csv")
    line.run()
    line.drop(line.file(line.shop(1, mc="更名后的店")), name="店铺二.csv")
    line.run()
    line.hub.drain("open_feed")
    record = next(one["record_id"] for one in line.versions() if one["mc"] == "更名后的店")
    files = [one.read_text(encoding="utf-8") for one in sorted((line.hub.home / "feed" / "current").rglob("*.csv"))]
    assert any("更名后的店" in text for text in files)

    done = erase(line.hub, record, "由本人申请删除")

    assert (done["versions"], done["deliveries"]) == (2, [1, 2])
    assert record not in {one["record_id"] for one in line.versions()}
    assert [one[0] for one in line.rows(sa.select(tombstone.c.record_id))] == [record]
    line.hub.drain("open_feed")
    assert not any(
        "更名后的店" in one.read_text(encoding="utf-8") for one in (line.hub.home / "feed" / "current").rglob("*.csv")
    )
    proven(line)
    assert line.violations() == []
    said = trace(line.hub, "1:2")
    assert said["source"] is None and said["source_erased"] is not None
    assert trace(line.hub, record)["erased"] is not None
    assert trace(line.hub, "1:3")["source"] is not None
    bundle(line.hub, "1:2", tmp_path / "bundle.zip")
    with pytest.raises(NotFound):
        erase(line.hub, record, "again")


def test_an_erased_record_stays_out_when_it_is_sent_again_and_a_newer_one_gets_a_new_number(line: Any) -> None:
    line.drop(line.file(line.shop(1)), name="店铺一.csv")
    line.run()
    record = line.versions()[0]["record_id"]
    erase(line.hub, record, "由本人申请删除")
    line.drop(line.file(line.shop(1, bz="再报")), name="店铺二.csv")
    line.run()
    assert line.versions() == []
    line.drop(line.file(line.shop(1, rq="2026-11-22")), name="店铺三.csv")
    line.run()
    assert [(one["record_id"], one["version"]) for one in line.versions()] == [(record, 2)]
    proven(line)
    assert trace(line.hub, "3:2")["source"] is not None


def test_what_tells_of_an_erasure_and_of_withdrawals_is_never_erased(aged: Any) -> None:
    answered(aged)
    erase(aged.hub, aged.versions()[0]["record_id"], "由本人申请删除")
    told(aged)
    days(aged, 400)
    answered(aged)
    told(aged)
    with reading(aged.hub.ledger) as connection:
        assert evidence.latest(connection, "erased") is not None
        latest = json.dumps(evidence.latest(connection, "erased"), default=str)
    assert "retention" in latest
    proven(aged)
