"""Front-end tables, a service, packages, events: four ways to a receiver, and the same guarantees on each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from corpus import other_sides
from corpus.province_county import County

from hub.errors import FixConfiguration
from hub.line import intervening, withdrawal_clock
from hub.line.doctor import examine
from hub.line.tracing import trace


@pytest.fixture(params=other_sides.WAYS)
def county(request: pytest.FixtureRequest, opened: Callable[..., County]) -> County:
    return opened(request.param)


def test_rows_arrive_once_and_are_acknowledged_when_the_other_side_has_said_so(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2, je="12.5"))
    assert county.settle() == 0
    assert county.states() == ["acknowledged", "acknowledged"]
    assert county.amounts() == {county.name(1): "100000", county.name(2): "12"}
    before = county.side.held()
    assert county.drain() == {"sent": 0, "answered": 0, "pending": 0}
    assert county.side.held() == before
    assert county.line.violations() == []


def test_refusals_become_one_amended_receipt_and_the_others_go_through(county: County) -> None:
    county.side.refusing.update({county.name(1): "名称不符", county.name(3): "名称不符"})
    county.send(*(county.line.shop(number) for number in (1, 2, 3, 4)))
    county.settle()
    county.drain()
    assert county.states() == ["rejected", "acknowledged", "rejected", "acknowledged"]
    (amended,) = [one for one in county.line.receipts() if one["stage"] == "province"]
    assert amended["counts"]["refused_by_province"] == 2
    assert "名称不符" in json.dumps(amended, ensure_ascii=False)
    assert [row["row"] for finding in amended["findings"] for row in finding["rows"]] == [2, 4]
    assert set(county.amounts()) == {county.name(2), county.name(4)}


def test_a_withdrawal_removes_the_row_there_and_its_clock_stops(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    county.settle()
    intervening.withdraw(county.line.hub, county.record(1), "撤回")
    county.settle()
    assert set(county.amounts()) == {county.name(2)}
    assert county.states() == ["acknowledged"] * 3
    (told,) = withdrawal_clock.clock(county.line.hub)
    assert told["outlets"]["province"]["state"] == "confirmed"


def test_what_may_no_longer_be_shared_goes_away_there(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    county.settle()
    county.send(county.line.shop(1, zt="2"))
    county.settle()
    assert set(county.amounts()) == {county.name(2)}
    assert county.states() == ["acknowledged", "acknowledged", "withheld"]


def test_a_push_that_was_cut_off_goes_again_and_changes_nothing(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.ledger.outbox.mark", _end)
        with pytest.raises(KeyboardInterrupt):
            county.drain()
    assert county.states() == ["unknown", "unknown"], "nobody knows whether they arrived"
    county.side.answer()
    before = county.side.held()
    county.settle()
    assert county.side.held() == before
    assert county.states() == ["acknowledged", "acknowledged"]


def test_a_run_that_ends_before_it_has_looked_at_the_answers_looks_again(county: County) -> None:
    county.side.refusing[county.name(2)] = "名称不符"
    county.send(county.line.shop(1), county.line.shop(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.line.exchanging._ask", _end)
        with pytest.raises(KeyboardInterrupt):
            county.drain()
    assert county.states() == ["sent", "sent"]
    county.settle()
    assert county.states() == ["acknowledged", "rejected"]
    assert set(county.amounts()) == {county.name(1)}


def _end(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_newer_version_takes_the_place_of_the_older(county: County) -> None:
    county.send(county.line.shop(1))
    county.drain()
    county.send(county.line.shop(1, je="200000"))
    county.settle()
    assert county.amounts() == {county.name(1): "200000"}
    assert county.states()[1] == "acknowledged"


@pytest.mark.parametrize("note", ["甲<乙>&丙\"丁'戊", "䶮𠮷㐂", "a]]>b&amp;c"])
def test_special_and_rare_characters_arrive_as_they_are(county: County, note: str) -> None:
    quoted = '"' + note.replace('"', '""') + '"'
    county.send(county.line.shop(1, bz=quoted))
    county.settle()
    assert county.side.held()[county.name(1)]["BZ"] == note


def test_the_doctor_reaches_the_other_side_and_names_what_is_not_verified(county: County) -> None:
    (told,) = [one for one in examine(county.line.hub) if one["what"] == "province"]
    assert told["ok"], told
    assert ("中性约定" in str(told["detail"])) == (not hasattr(county.side, "province"))


def test_a_trace_says_what_the_other_side_holds_as_far_as_it_can_be_asked(county: County) -> None:
    county.send(county.line.shop(1))
    county.settle()
    (told,) = [one for one in trace(county.line.hub, county.record(1))["outlets"] if one["outlet"] == "province"]
    assert told["in_table"] is (None if isinstance(county.side, other_sides.ByPackages) else True)
    assert "trouble" not in told


@pytest.mark.parametrize("kind", other_sides.WAYS)
def test_without_an_address_nothing_is_sent_and_the_setting_is_named(opened: Callable[..., County], kind: str) -> None:
    named = {"province_url": "", "province_service": None, "province_packages": None, "governance": None}
    with pytest.raises(FixConfiguration, match=r"HUB_(PROVINCE|GOVERNANCE)_"):
        opened(kind, **named).drain()
