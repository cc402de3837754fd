"""Files of a bank through the whole line: marker, fixed width or delimited GB18030, totals line."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus import bank_files as bank

MakeLine = Callable[..., Any]


@pytest.fixture
def fixed(make_line: MakeLine, tmp_path: Path) -> Any:
    return make_line(schemas=bank.schemas(tmp_path, bank.FIXED + bank.layout() + bank.TOTALS + bank.MARKER))


@pytest.fixture
def delimited(make_line: MakeLine, tmp_path: Path) -> Any:
    return make_line(schemas=bank.schemas(tmp_path, bank.DELIMITED))


def put_marker(line: Any, content: bytes, name: str = "店铺.flg") -> None:
    place = line.root / "market" / "inbox" / name
    place.write_bytes(content)
    moment = line.clock().timestamp()
    os.utime(place, (moment, moment))


def flag(content: bytes, name: str = "店铺.txt", rows: int = 2, total: str = "200000.00", **changed: Any) -> bytes:
    size, md5 = changed.get("size", len(content)), changed.get("md5", hashlib.md5(content).hexdigest())
    return f"{name}|{size}|{rows}|{total}|{md5}".encode("gb18030")


def codes(line: Any) -> list[list[str]]:
    return [[found["rule"] for found in one["findings"]] for one in validated(line)]


def validated(line: Any) -> list[dict[str, Any]]:
    return [one for one in line.receipts() if one["stage"] == "validation"]


TWO = bank.fixed_file(bank.fixed_row(1), bank.fixed_row(2), cents=20_000_000)


@pytest.mark.parametrize("marker", ["店铺.flg", "店铺.txt.flg"])
def test_a_fixed_file_goes_the_whole_way_and_its_marker_with_it(fixed: Any, marker: str) -> None:
    fixed.drop(TWO, "店铺.txt")
    put_marker(fixed, flag(TWO), marker)
    fixed.run()
    assert fixed.counts() == [("ACCEPTED", 2, 2, 0, 0, 0, 0)], codes(fixed)
    (receipt,) = validated(fixed)
    assert receipt["counts"]["declared"] == 2
    assert [str(one["je"]) for one in fixed.versions()] == ["100000.000000"] * 2
    assert fixed.inbox() == []
    assert sorted(file.name.rpartition("__")[2] for file in fixed.archived()) == ["店铺.txt", "店铺.txt.flg"]
    assert fixed.violations() == []


def test_neither_stability_nor_patience_replaces_the_marker(fixed: Any) -> None:
    fixed.drop(TWO, "店铺.txt")
    for seconds in (100, 10_000):
        fixed.run()
        fixed.clock.sleep(seconds)
    assert fixed.deliveries() == [] and fixed.inbox() == ["店铺.txt"]
    put_marker(fixed, flag(TWO))
    fixed.run()
    assert fixed.counts() == [("ACCEPTED", 2, 2, 0, 0, 0, 0)]


@pytest.mark.parametrize("why", ["size", "md5", "name", "nothing"])
def test_a_file_that_its_marker_does_not_fit_waits_and_its_sender_hears_it_once(fixed: Any, why: str) -> None:
    wrong = {"size": {"size": 5}, "md5": {"md5": "0" * 32}, "name": {"name": "别的.txt"}, "nothing": {}}[why]
    fixed.drop(TWO, "店铺.txt")
    put_marker(fixed, b"" if why == "nothing" else flag(TWO, **wrong))
    fixed.run()
    assert fixed.deliveries() == []
    fixed.clock.sleep(100_000)
    for _ in range(2):
        fixed.run()
        fixed.hub.remind()
    told = [content.decode() for content in fixed.outbox().values()]
    assert len([text for text in told if "店铺.txt" in text]) == 1
    assert fixed.deliveries() == [], "the sender knows what was to come"
    put_marker(fixed, flag(TWO))
    fixed.run()
    assert fixed.counts() == [("ACCEPTED", 2, 2, 0, 0, 0, 0)]


def test_a_sender_hears_of_a_file_without_marker_and_of_a_marker_without_file(fixed: Any) -> None:
    fixed.drop(TWO, "店铺_1.txt")
    put_marker(fixed, b"", "店铺_2.flg")
    fixed.run()
    fixed.clock.sleep(100_000)
    fixed.run()
    fixed.hub.remind()
    (text,) = [content.decode() for content in fixed.outbox().values()]
    assert "店铺_1.txt" in text and "店铺_2.flg" in text
    assert fixed.deliveries() == []


def drop_fixed(line: Any, content: bytes, rows: int, total: str = "200000.00") -> None:
    line.drop(content, "店铺.txt")
    put_marker(line, flag(content, rows=rows, total=total))
    line.run()


def test_a_file_cut_at_the_end_of_a_line_is_refused(fixed: Any) -> None:
    drop_fixed(fixed, b"\r\n".join(TWO.split(b"\r\n")[:2]) + b"\r\n", rows=2)
    assert codes(fixed) == [["TOT-MISSING"]]
    assert fixed.versions() == [] and fixed.violations() == []


def test_a_file_that_lost_a_row_is_refused_and_both_figures_are_told(fixed: Any) -> None:
    drop_fixed(fixed, bank.fixed_file(bank.fixed_row(1), count=2, cents=20_000_000), rows=1, total="100000.00")
    assert codes(fixed) == [["TOT-COUNT", "TOT-SUM"]]
    (receipt,) = validated(fixed)
    assert receipt["counts"]["declared"] == 1, "the marker says it, and it fits"
    assert "合计行写2笔，实收1笔" in str(receipt) and "合计行写200000.00元，实收100000.00元" in str(receipt)
    assert fixed.counts() == [("REJECTED", 1, 0, 0, 1, 0, 0)]
    assert fixed.versions() == [] and fixed.violations() == []


def test_the_marker_s_own_sum_is_compared_too(fixed: Any) -> None:
    drop_fixed(fixed, TWO, rows=2, total="200000.01")
    assert codes(fixed) == [["FIL-MARKER"]]
    assert "完成标志写200000.01元，实收200000.00元" in str(validated(fixed))


def test_with_an_unreadable_amount_only_the_number_is_compared(fixed: Any) -> None:
    content = bank.fixed_file(bank.fixed_row(1), bank.fixed_row(2, je="约十万"), bank.fixed_row(3), cents=99)
    drop_fixed(fixed, content, rows=3)
    assert codes(fixed) == [["MON-FORMAT", "TOT-PARTLY"]]
    assert fixed.counts() == [("PARTIAL", 3, 2, 0, 1, 0, 0)]
    assert fixed.violations() == []


@pytest.mark.parametrize(
    ("total", "expected"), [("30.000001", []), ("300000.01", ["TOT-SUM"]), ("30.000002", ["TOT-SUM"])]
)
def test_a_delimited_file_with_its_sum_in_another_unit(delimited: Any, total: str, expected: list[str]) -> None:
    delimited.drop(bank.delimited_file(["100000", "200000.01"], total), "店铺.txt")
    put_marker(delimited, b"")
    delimited.run()
    assert codes(delimited) == [expected]
    (receipt,) = validated(delimited)
    assert (receipt["counts"]["rows"], receipt["counts"]["blank"], receipt["counts"]["declared"]) == (2, 0, 2)
    assert delimited.violations() == []


def test_rows_that_repeat_count_as_rows(delimited: Any) -> None:
    content = bank.delimited_file(["100000"], "20", count=2).split(b"\r\n")
    delimited.drop(b"\r\n".join([content[0], content[1], *content[1:]]), "店铺.txt")
    put_marker(delimited, b"")
    delimited.run()
    assert delimited.counts() == [("ACCEPTED", 2, 1, 0, 0, 1, 0)], codes(delimited)


def test_a_trial_is_judged_by_the_same_totals(delimited: Any) -> None:
    place = delimited.root / "market" / "precheck"
    (place / "店铺.txt").write_bytes(bank.delimited_file(["100000"], "11"))
    delimited.run()
    assert [file.name for file in place.iterdir()] == ["店铺.txt"], "it waits for its marker"
    (place / "店铺.flg").write_bytes(b"")
    delimited.clock.sleep(10)
    delimited.run()
    assert "TOT-SUM" in str(delimited.receipts())
    assert list(place.iterdir()) == []


def test_a_rebuild_comes_to_the_same_verdicts(fixed: Any) -> None:
    from hub.line.rebuilding import rebuild

    drop_fixed(fixed, TWO, rows=2, total="200000.01")
    fixed.clock.sleep(5)
    fixed.drop(TWO, "店铺_2.txt")
    put_marker(fixed, flag(TWO, "店铺_2.txt"), "店铺_2.flg")
    fixed.run()
    done = rebuild(fixed.hub)
    assert (done.judged, done.different, done.lost) == (2, [], {})
