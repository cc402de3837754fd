"""What a second delivery does to the records of the first, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Locked
from hub.ledger import frames
from hub.ledger.locks import exclusive
from hub.line import intake, judging, open_hub
from hub.stages import gate


def test_a_corrected_file_makes_new_versions_of_changed_rows_only_and_closes_the_old(either_line: Any) -> None:
    line = either_line
    line.drop(line.file(line.shop(1), line.shop(2), line.shop(3)))
    line.run()
    first = line.versions()
    line.clock.sleep(5)
    line.drop(line.file(line.shop(1), line.shop(2, je="250000.5"), line.shop(3), line.shop(4)))
    line.run()
    second = line.versions()
    assert len(second) == 5, "the two unchanged rows cost no version"
    before = {one["sequence"]: one for one in first}
    closed = [one for one in second if one["known_to"] is not None]
    (opened,) = [one for one in second if one["version"] == 2]
    assert [one["record_id"] for one in closed] == [opened["record_id"]]
    assert closed[0]["known_to"] == opened["known_from"]
    assert str(opened["je"]) == "250000.500000"
    assert all(before[one["sequence"]] == one for one in second if one["sequence"] in before and not one["known_to"])
    assert [one["inserted"] for one in line.deliveries()] == [3, 1]
    assert [one["updated"] for one in line.deliveries()] == [0, 1]
    assert [one["unchanged"] for one in line.deliveries()] == [0, 2]
    assert line.violations() == []


def test_another_spelling_of_the_same_content_is_no_new_version(either_line: Any) -> None:
    line = either_line
    line.drop(line.file(line.shop(1, rq="2026-11-05", je="100000", bz="备注")))
    line.run()
    line.drop(line.file(line.shop(1, rq="2026/11/5", je="100000.00", bz=" 备注 ")))
    line.run()
    assert [one["version"] for one in line.versions()] == [1]
    assert line.deliveries()[1]["unchanged"] == 1


def test_the_same_bytes_are_a_duplicate_that_quotes_the_first_receipt_and_changes_nothing(either_line: Any) -> None:
    line = either_line
    content = line.file(line.shop(1), line.shop(2, je="百万"), line.shop(1), ",,,,,,,", line.shop(3))
    line.drop(content)
    line.run()
    before = line.facts()
    line.clock.sleep(5)
    line.drop(content, "店铺_又.csv")
    line.run()
    after = line.facts()
    assert line.counts() == [("PARTIAL", 5, 2, 0, 1, 1, 1), ("DUPLICATE", 5, 0, 0, 0, 5, 0)]
    assert after["versions"] == before["versions"]
    assert after["outbox"] == before["outbox"]
    (quoted,) = [number for number, _ in before["receipts"]]
    (body,) = [body for number, body in after["receipts"] if number != quoted]
    assert quoted in body
    assert line.violations() == []


def test_a_run_without_anything_to_do_changes_nothing(either_line: Any) -> None:
    line = either_line
    line.drop(line.file(line.shop(1)))
    line.run()
    before, files = line.facts(), line.outbox()
    line.run()
    for one in line.deliveries():
        judging.process(line.hub, one["id"])
    assert line.facts() == before
    assert line.outbox() == files


def test_an_amount_and_a_date_come_back_from_the_ledger_exactly_as_they_were_sent(either_line: Any) -> None:
    line = either_line
    line.drop(line.file(line.shop(1, je="123456789012.123456", rq="1999-12-31"), line.shop(2, je="-0")))
    line.run()
    shown = [(str(one["je"]), str(one["rq"])) for one in line.versions() if one["record"] == 1]
    assert shown[0] == ("123456789012.123456", "1999-12-31")


@pytest.mark.parametrize("cell", ["\\.", '"引号""引号"', "逗号，和空格 ", "a\\tb", "%s%d"])
def test_awkward_text_survives_the_bulk_way_into_the_ledger_and_out_again(either_line: Any, cell: str) -> None:
    line = either_line
    line.drop(line.file(line.shop(1, bz=cell), line.shop(2)))
    line.run()
    shape = line.hub.shape(line.hub.contract("market/shop"))
    current = frames.current(line.hub.ledger, shape, ["mc", "bz", "rq", "je"])
    expected = cell.strip().strip('"').replace('""', '"')
    assert sorted(current["bz"].to_list(), key=str) == sorted([expected, None], key=str)


def test_two_runs_of_one_dataset_at_once_leave_one_locked_and_no_row_with_two_fates(
    either_line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = either_line
    line.drop(line.file(line.shop(1), line.shop(2)))
    line.collect()
    inside, go_on, locked = threading.Event(), threading.Event(), []
    run = gate.run

    def slow(*args: Any) -> Any:
        inside.set()
        assert go_on.wait(30)
        return run(*args)

    monkeypatch.setattr(gate, "run", slow)
    first = threading.Thread(target=line.hub.run_dataset, args=("market/shop",))
    first.start()
    assert inside.wait(30)
    other = open_hub(line.hub.settings)
    try:
        other.run_dataset("market/shop")
    except Locked as error:
        locked.append(error)
    go_on.set()
    first.join()
    other.ledger.dispose()
    assert len(locked) == 1
    assert line.counts() == [("ACCEPTED", 2, 2, 0, 0, 0, 0)]
    assert line.violations() == []
    assert len(line.outbox()) == 3


def test_two_workers_without_a_lock_between_them_still_judge_a_delivery_once(either_line: Any) -> None:
    line = either_line
    line.drop(line.file(line.shop(1), line.shop(2)))
    line.collect()
    (delivery,) = line.deliveries()
    course = []
    accept = judging._accept

    def twice(*args: Any) -> None:
        accept(*args)
        course.append(accept(*args))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "_accept", twice)
        judging.process(line.hub, delivery["id"])
    assert course == [None]
    assert line.counts() == [("ACCEPTED", 2, 2, 0, 0, 0, 0)]
    assert line.violations() == []


def test_a_file_by_hand_waits_for_the_run_of_its_dataset(
    either_line: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = either_line
    monkeypatch.setattr("hub.line.hub.PATIENCE", 0.1)
    file = tmp_path / "店铺.csv"
    file.write_bytes(line.file(line.shop(1)))
    with exclusive(line.hub.ledger, "dataset/market/shop"), pytest.raises(Locked):
        line.hub.submit(file, "market", "market/shop")
    assert [one["state"] for one in line.deliveries()] == ["landed"]
    line.run()
    assert line.counts() == [("ACCEPTED", 1, 1, 0, 0, 0, 0)]


def test_files_that_come_by_hand_at_the_same_moment_get_numbers_of_their_own(
    make_hub: Callable[..., Any], ledger_url: str, tmp_path: Path
) -> None:
    hub = make_hub(ledger_url)
    _ = hub.ledger, hub.store, hub.county
    troubles = []

    def submit(number: int) -> None:
        file = tmp_path / f"店铺{number}.csv"
        file.write_text(f"{number}\n")
        try:
            intake.submit(hub, file, "market", "market/shop")
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []


def test_a_file_with_a_header_and_no_row_is_refused_with_a_receipt(either_line: Any) -> None:
    line = either_line
    line.drop(line.file())
    line.run()
    assert line.counts() == [("REJECTED", 0, 0, 0, 0, 0, 0)]
    assert len(line.outbox()) == 3
    assert line.violations() == []


def test_a_file_of_blank_rows_alone_is_refused_and_every_row_is_blank(either_line: Any) -> None:
    line = either_line
    line.drop(line.file(",,,,,,,", ",,,,,,,", ",无,,,,,,"))
    line.run()
    assert line.counts() == [("REJECTED", 3, 0, 0, 0, 0, 3)]
    assert line.violations() == []
