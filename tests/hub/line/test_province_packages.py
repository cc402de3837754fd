"""The province by packages: nothing is known before the receipt, and nothing that stands there is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from corpus.province_county import County

from connectors.faults import Unreachable
from connectors.sftp_wire import Wire
from hub.errors import FixConfiguration, TryAgain
from hub.line import intervening, withdrawal_clock


@pytest.fixture
def packages(opened: Callable[..., County]) -> County:
    return opened("xml_packages")


def _names(county: County) -> list[str]:
    return [file.name for file in sorted(county.side.receiver.packages.iterdir())]


def test_nothing_is_known_of_a_package_until_its_receipt_came(packages: County) -> None:
    packages.send(packages.line.shop(1), packages.line.shop(2))
    assert packages.drain() == {"sent": 2, "answered": 0, "pending": 2}
    assert packages.drain() == {"sent": 0, "answered": 0, "pending": 2}
    assert _names(packages) == ["990001_20261123_00002.xml"]
    packages.side.answer()
    assert packages.drain() == {"sent": 0, "answered": 2, "pending": 0}


def test_a_withdrawal_is_not_confirmed_before_its_receipt(packages: County) -> None:
    packages.send(packages.line.shop(1))
    packages.settle()
    intervening.withdraw(packages.line.hub, packages.record(1), "撤回")
    packages.drain()
    assert packages.states()[-1] == "sent"
    (told,) = withdrawal_clock.clock(packages.line.hub)
    assert told["outlets"]["province"]["state"] == "sent"
    packages.settle()
    (told,) = withdrawal_clock.clock(packages.line.hub)
    assert told["outlets"]["province"]["state"] == "confirmed"


def test_a_removal_that_is_refused_is_asked_for_again(packages: County) -> None:
    packages.send(packages.line.shop(1))
    packages.settle()
    intervening.withdraw(packages.line.hub, packages.record(1), "撤回")
    packages.drain()
    receiver = packages.side.receiver
    (file,) = receiver.waiting()
    asked = file.read_bytes()
    receipt = receiver.take(file)
    receipt.write_bytes(receipt.read_bytes().replace(b"<JG>00</JG>", b"<JG>01</JG>"))
    packages.drain()
    assert packages.states()[-1] == "unknown", "it still has to go"
    packages.drain()
    (second,) = receiver.waiting()
    assert second.read_bytes() == asked and second.name > file.name
    receiver.answer()
    packages.drain()
    assert packages.states() == ["acknowledged", "acknowledged"]


def test_a_receipt_that_is_half_written_or_comes_out_of_order_settles_nothing_wrong(packages: County) -> None:
    receiver = packages.side.receiver
    packages.send(packages.line.shop(1))
    packages.drain()
    packages.send(packages.line.shop(1, je="200000"), packages.line.shop(2))
    packages.drain()
    older, newer = receiver.waiting()
    receipt = receiver.take(newer)
    whole = receipt.read_bytes()
    receipt.write_bytes(whole[: len(whole) // 2])
    assert packages.drain() == {"sent": 0, "answered": 0, "pending": 2}
    receipt.write_bytes(whole)
    assert packages.drain()["answered"] == 2
    receiver.take(older)
    assert packages.drain() == {"sent": 0, "answered": 0, "pending": 0}
    assert packages.amounts() == {packages.name(1): "200000", packages.name(2): "100000"}
    assert packages.states() == ["superseded", "acknowledged", "acknowledged"]


def test_a_package_that_breaks_off_while_it_is_written_is_never_seen_half(packages: County) -> None:
    packages.send(packages.line.shop(1))
    with pytest.MonkeyPatch.context() as patch:

        def broken(*_: Any) -> None:
            raise Unreachable("rename: broken on purpose")

        patch.setattr(Wire, "posix_rename", broken)
        with pytest.raises(TryAgain):
            packages.drain()
    assert [name for name in _names(packages) if not name.startswith(".")] == []
    packages.drain()
    assert _names(packages) == ["990001_20261123_00001.xml"]
    packages.settle()
    assert packages.states() == ["acknowledged"]


def test_a_package_is_never_overwritten_and_a_foreign_one_is_left_alone(packages: County) -> None:
    there = packages.side.receiver.packages / "990001_20261123_00001.xml"
    there.write_bytes(b"<DATAS/>")
    packages.send(packages.line.shop(1))
    packages.drain()
    assert _names(packages) == ["990001_20261123_00001.xml", "990001_20261123_00002.xml"]
    packages.settle()
    assert there.read_bytes() == b"<DATAS/>"


def test_a_package_that_was_answered_lies_there_no_more(packages: County) -> None:
    packages.send(packages.line.shop(1))
    packages.drain()
    packages.send(packages.line.shop(2))
    packages.drain()
    first, _ = packages.side.receiver.waiting()
    packages.side.receiver.take(first)
    packages.drain()
    assert first.name not in _names(packages) and len(_names(packages)) == 1
    packages.settle()
    assert _names(packages) == []


def test_a_folder_that_is_missing_there_is_for_the_engineer(packages: County) -> None:
    packages.send(packages.line.shop(1))
    packages.side.receiver.receipts.rmdir()
    with pytest.raises(FixConfiguration, match="lacks a folder"):
        packages.drain()
