"""Trial deliveries in the folder precheck: answered like any other, judged alike, and nothing of them is kept."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hub.errors import TryAgain
from hub.line import trials
from hub.stages import acknowledge


def lay_down(
    line: Any, content: bytes, name: str = "店铺.csv", department: str = "market", ok: bytes | None = None
) -> Path:
    place: Path = line.root / department / "precheck" / name
    place.write_bytes(content)
    moment = line.clock().timestamp()
    os.utime(place, (moment, moment))
    if ok is not None:
        place.with_name(f"{name}.ok").write_bytes(ok)
    return place


def left(line: Any, department: str = "market") -> list[str]:
    return sorted(file.name for file in (line.root / department / "precheck").iterdir())


def test_a_trial_is_answered_in_the_outbox_and_leaves_no_trace_but_that(line: Any) -> None:
    lay_down(line, line.file(line.shop(1), line.shop(2, je="一百万"), line.shop(3)))
    line.run()
    assert left(line) == []
    assert line.deliveries() == [] and line.versions() == []
    (answer,) = line.receipts()
    assert (answer["verdict"]["code"], answer["receipt_no"]) == ("PRECHECK_PARTIAL", None)
    assert (answer["counts"]["accepted"], answer["counts"]["rejected"]) == (2, 1)
    machine, people, marker = sorted(line.outbox(), key=lambda name: name.rpartition(".")[2])
    assert machine.startswith("试报_") and marker.endswith(".xlsx") and people.endswith(".partial")
    book = openpyxl.load_workbook(io.BytesIO(line.outbox()[marker]))
    assert [cell.value for cell in book["待更正"]["A"]] == ["原行号", "3"]
    assert not list((line.hub.home / "work").iterdir())


def test_a_trial_gets_the_verdict_of_the_delivery_itself(line: Any) -> None:
    content = line.file(line.shop(1), line.shop(2, wsh=""), line.shop(3, zt="不明"), ",,,,,,,", line.shop(4))
    lay_down(line, content)
    line.run()
    (trial,) = line.receipts()
    line.drop(content)
    line.run()
    (real,) = [one for one in line.receipts() if one["receipt_no"]]
    assert trial["findings"] == real["findings"]
    same = ("rows", "accepted", "of_which_query", "rejected", "duplicate", "blank")
    assert [trial["counts"][name] for name in same] == [real["counts"][name] for name in same]


def test_what_no_dataset_knows_is_answered_too(line: Any) -> None:
    lay_down(line, b"x\n", "什么.csv")
    line.run()
    (answer,) = line.receipts()
    assert [one["rule"] for one in answer["findings"]] == ["FIL-DATASET"]
    assert left(line) == []


def test_a_file_that_still_grows_waits(line: Any) -> None:
    place = lay_down(line, line.file(line.shop(1))[:-5])
    line.hub.collect()
    assert line.receipts() == [] and left(line) == ["店铺.csv"]
    place.write_bytes(line.file(line.shop(1)))
    line.clock.sleep(60)
    os.utime(place, (line.clock().timestamp(),) * 2)
    line.run()
    line.clock.sleep(60)
    line.run()
    assert left(line) == []
    assert [one["verdict"]["code"] for one in line.receipts()] == ["PRECHECK_ACCEPTED"]


def test_a_run_that_ends_half_way_is_done_again_and_comes_to_the_same_files(
    line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_down(line, line.file(line.shop(1)), ok=b"")
    put = acknowledge.SftpOutbox.put

    def breaking(self: Any, name: str, content: bytes) -> None:
        put(self, name, content)
        raise TryAgain("broke off")

    with monkeypatch.context() as patch:
        patch.setattr(acknowledge.SftpOutbox, "put", breaking)
        with pytest.raises(TryAgain):
            line.hub.collect()
    (first,) = line.outbox().values()
    line.clock.sleep(5)
    line.run()
    assert len(line.outbox()) == 3 and first in line.outbox().values()
    assert left(line) == []


def test_the_demo_departments_have_the_folder(line: Any) -> None:
    assert (line.root / "market" / trials.FOLDER).is_dir()
