"""Receipts after a restore: none gets the number of one that the lost ledger gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corpus.lost_ledgers import lose

from hub.line.backing_up import backup
from hub.line.intervening import withdraw
from hub.line.restoring import confirm, restore

REASON = "由人确认"


def send(line: Any, *lines: str) -> None:
    line.clock.sleep(5)
    line.drop(line.file(*lines), name="店铺.csv")
    line.run()


def test_a_restored_hub_gives_no_receipt_the_number_of_one_that_was_lost(either_line: Any, tmp_path: Path) -> None:
    line = either_line
    send(line, line.shop(1), line.shop(2))
    first, second = (one["record_id"] for one in line.versions())
    line.hub.drain("open_feed")
    backup(line.hub, tmp_path / "backup")
    withdraw(line.hub, first, REASON)
    line.hub.drain("open_feed")  # its receipt is the second of stage 4, and lies in the outbox
    lose(line)
    restore(line.hub, tmp_path / "backup")
    confirm(line.hub, REASON)
    line.hub.drain("open_feed")
    withdraw(line.hub, second, REASON)
    line.hub.drain("open_feed")
    numbers = [one["receipt_no"] for one in line.receipts() if one["stage"] == "publication"]
    assert len(numbers) == len(set(numbers)) > 1 and any("-451-" in number for number in numbers)
    assert all(any(number in name for name in line.outbox()) for number in numbers)
