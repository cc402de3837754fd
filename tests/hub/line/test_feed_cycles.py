"""A cycle of the open feed decides what changed, and the files are those that deciding everything would have made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hub.ledger import frames
from hub.line import feed_basis, intervening, sending
from hub.line.circumstances import Standing
from hub.outlets import feed_parts, open_feed


@pytest.fixture
def line(either_line: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(feed_parts, "WHOLE", 4)
    monkeypatch.setattr(feed_parts, "PART", 2)
    return either_line


@pytest.fixture
def wholly(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The datasets of which all current records were read."""
    read, asked = list[str](), frames.current

    def noted(ledger: Any, shape: Any, columns: Any) -> pl.DataFrame:
        read.append(shape.dataset)
        return asked(ledger, shape, columns)

    monkeypatch.setattr(sending.frames, "current", noted)
    yield read


def cycle(line: Any, *rows: str, name: str | None = None) -> None:
    """A delivery, if any, a cycle, and the proof that deciding everything gives the same files."""
    if rows:
        line.drop(line.file(*rows), name=name or "店铺.csv")
        line.run()
    line.hub.drain("open_feed")
    assert files(line.hub.home / "feed" / "current") == from_nothing(line)


def from_nothing(line: Any) -> dict[str, bytes]:
    hub, other = line.hub, Path(line.hub.home).parent / "from_nothing"
    day = open_feed.as_of(hub.home / "feed")
    assert day is not None
    open_feed.publish(other, hub.county, sending.contents(hub, day, Standing(hub, day), {}), day)
    return files(other / "current")


def files(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def shops(line: Any, first: int, last: int, **cells: str) -> list[str]:
    return [line.shop(number, **cells) for number in range(first, last)]


def test_change_by_change_the_feed_is_what_the_ledger_holds(line: Any) -> None:
    cycle(line, *shops(line, 1, 40))
    cycle(line, *shops(line, 40, 42))
    cycle(line, *shops(line, 3, 5, mc="盱眙改名商店"))
    cycle(line)
    ids = [one["record_id"] for one in line.versions()]
    for record in ids[:3]:
        intervening.withdraw(line.hub, record, "法院通知")
    cycle(line)
    told = b"".join(files(line.hub.home / "feed").values())
    assert not [record for record in ids[:3] if record.encode() in told]
    cycle(line, *shops(line, 42, 80))
    assert line.violations() == []


def test_only_the_first_release_of_a_day_reads_everything(line: Any, wholly: list[str]) -> None:
    line.drop(line.file(*shops(line, 1, 40)), name="店铺.csv")
    line.run()
    line.hub.drain("open_feed")
    assert wholly
    wholly.clear()
    line.drop(line.file(*shops(line, 40, 42)), name="店铺二.csv")
    line.run()
    line.hub.drain("open_feed")
    line.hub.drain("open_feed")
    assert wholly == []
    line.clock.sleep(86_400)
    line.hub.drain("open_feed")
    assert wholly


@pytest.mark.parametrize("loss", ["gone", "torn", "of another release", "of another contract"])
def test_without_its_basis_everything_is_decided_anew(line: Any, wholly: list[str], loss: str) -> None:
    cycle(line, *shops(line, 1, 12))
    file = line.hub.home / feed_basis.FILE
    told = json.loads(file.read_text(encoding="utf-8"))
    if loss == "gone":
        file.unlink()
    elif loss == "torn":
        file.write_bytes(file.read_bytes()[:40])
    elif loss == "of another release":
        file.write_text(json.dumps(told | {"event": told["event"] - 1}), encoding="utf-8")
    else:
        file.write_text(json.dumps(told | {"rules": dict.fromkeys(told["rules"], "0" * 64)}), encoding="utf-8")
    wholly.clear()
    line.hub.drain("open_feed")
    assert wholly
    cycle(line)


def test_a_damaged_file_of_the_feed_is_not_carried_on(line: Any) -> None:
    cycle(line, *shops(line, 1, 40))
    for file in (line.hub.home / "feed" / "current").rglob("*.csv"):
        file.write_bytes(file.read_bytes()[:10])
    cycle(line, *shops(line, 40, 41))


def test_no_identifier_stands_in_the_basis(line: Any) -> None:
    cycle(line, *shops(line, 1, 12))
    told = (line.hub.home / feed_basis.FILE).read_text(encoding="utf-8")
    assert "9132" not in told and "盱眙" not in told
