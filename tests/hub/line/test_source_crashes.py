"""Pulls that end on the way, or are overtaken: nothing is lost, and nothing is pulled as two deliveries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest
import sqlalchemy as sa
from corpus.front_end_table import FLAG, FrontEndTable, receipts, run

from hub import failpoints
from hub.errors import TryAgain
from hub.line import Hub
from hub.line import pulling as line_pulling

MakePull = Callable[..., Hub]


def test_a_crash_between_landing_and_opening_pulls_the_same_bytes_again(
    pulling: MakePull, front: FrontEndTable
) -> None:
    class Broken(Exception):
        pass

    def die(name: str) -> None:
        if name == "delivery.before_commit":
            raise Broken

    front.create()
    front.add(1, 2)
    hub = pulling()
    failpoints.arm(die)
    try:
        with pytest.raises(Broken):
            hub.collect()
    finally:
        failpoints.arm(None)
    blobs = [file for file in (hub.home / "store").rglob("*") if file.is_file()]
    assert len(blobs) == 1
    assert run(hub) == {"market/shop": 1}
    assert front.told()[2][0] == "1"
    with hub.ledger.connect() as connection:
        found = connection.execute(sa.text("SELECT sha256 FROM delivery")).scalars().all()
    assert found == [blobs[0].name]


@pytest.mark.parametrize("point", ["source.before_take", "taken.before_commit", "source.before_write_back"])
def test_a_crash_on_the_way_is_made_good_by_the_next_run(pulling: MakePull, front: FrontEndTable, point: str) -> None:
    class Broken(Exception):
        pass

    def die(name: str) -> None:
        if name == point:
            raise Broken

    front.create()
    front.add(1, 2)
    hub = pulling(FLAG)
    failpoints.arm(die)
    try:
        with pytest.raises(Broken):
            run(hub)
    finally:
        failpoints.arm(None)
    run(hub)
    assert front.told("tq_flag", "hub_status") == {1: ("1", "1"), 2: ("1", "1")}
    assert len(receipts(hub)) == 1
    assert run(hub) == {}


def test_a_run_that_slept_and_was_overtaken_enters_nothing(
    pulling: MakePull, front: FrontEndTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.create()
    front.add(1, 2)
    hub, other = pulling(), pulling()
    monkeypatch.setattr(line_pulling, "exclusive", lambda *_, **__: nullcontext())  # its lease has run out
    overtaking: list[dict[str, int]] = []

    def overtake(name: str) -> None:
        if name == "store.before_rename" and not overtaking:
            overtaking.append({})
            front.add(3)
            overtaking.append(run(other))

    failpoints.arm(overtake)
    try:
        with pytest.raises(TryAgain, match="another run"):
            hub.collect()
    finally:
        failpoints.arm(None)
    assert overtaking[1] == {"market/shop": 1}
    assert run(hub) == {}
    assert [one["counts"]["rows"] for one in receipts(hub)] == [3]
