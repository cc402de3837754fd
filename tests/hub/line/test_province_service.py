"""The province by a service: calls that fail, lines that lie, codes that nobody knows, no query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from corpus import other_sides
from corpus.province_county import County

from hub.errors import CallOperator, FixConfiguration, TryAgain
from hub.ledger.tables import outbox
from hub.line import intervening, monthly


@pytest.fixture
def service(opened: Callable[..., County]) -> County:
    return opened("soap_service")


@pytest.mark.parametrize("mood", ["fails", "cut before", "cut after", "late", "half", "later"])
def test_a_service_that_fails_at_a_call_gets_the_rows_again_and_has_them_once(service: County, mood: Any) -> None:
    simulated = service.side.service
    simulated.moods.append(mood)
    service.send(*(service.line.shop(number) for number in (1, 2, 3)))
    with pytest.raises(TryAgain):
        service.drain()
    assert service.states() == ["unknown"] * 3
    assert service.settle() == 0
    assert service.states() == ["acknowledged"] * 3
    assert len(simulated.applied) == len(set(simulated.applied)) == 3
    query = sa.select(outbox.c.tries).where(outbox.c.outlet == "province")
    assert set(service.line.rows(query)) == {(1,)}, "a call that came to nothing is no try of the rows"


@pytest.mark.parametrize("mood", ["wrong line", "no line", "well"])
def test_the_row_at_fault_is_found_even_when_the_line_is_missing_or_wrong(service: County, mood: Any) -> None:
    simulated = service.side.service
    service.side.refusing[service.name(5)] = "名称不符"
    simulated.moods.extend([mood] * 8)
    service.send(*(service.line.shop(number) for number in range(1, 9)))
    service.settle()
    assert service.states().count("acknowledged") == 7
    assert set(service.amounts()) == {service.name(number) for number in range(1, 9)} - {service.name(5)}
    if mood == "well":
        assert [rows for _, rows in simulated.calls] == [8, 1, 7]


def test_a_code_that_the_profile_does_not_name_and_a_wrong_token_are_for_the_engineer(
    opened: Callable[..., County], caplog: pytest.LogCaptureFixture
) -> None:
    county = opened("soap_service")
    county.send(county.line.shop(1))
    county.side.service.moods.append("unknown code")
    with caplog.at_level("DEBUG"):
        with pytest.raises(FixConfiguration, match="77"):
            county.drain()
        county.side.service.token = "another"
        with pytest.raises(FixConfiguration, match="90") as told:
            county.drain()
    assert other_sides.TOKEN not in caplog.text + str(told.value)
    assert county.name(1) not in caplog.text
    assert county.states() == ["unknown"]


def test_to_remove_what_is_not_there_is_done_and_the_others_are_removed(service: County) -> None:
    service.send(*(service.line.shop(number) for number in (1, 2, 3)))
    service.settle()
    service.side.service.held[other_sides.DATASET].pop(service.record(2))
    for number in (1, 2, 3):
        intervening.withdraw(service.line.hub, service.record(number), "撤回")
    assert service.settle() == 0
    assert service.side.held() == {} and service.states() == ["acknowledged"] * 6


def test_a_profile_with_a_token_needs_one(opened: Callable[..., County]) -> None:
    county = opened("soap_service")
    without = county.line.hub.settings.province_service.model_copy(update={"token": None})
    county.line.hub.settings = county.line.hub.settings.model_copy(update={"province_service": without})
    with pytest.raises(FixConfiguration, match="TOKEN"):
        county.drain()


def test_rows_go_in_calls_of_the_profiles_size(opened: Callable[..., County]) -> None:
    county = opened("soap_service", lambda profile: profile.replace("rowsPerCall: 500", "rowsPerCall: 2"))
    county.send(*(county.line.shop(number) for number in range(1, 6)))
    county.settle()
    assert [rows for _, rows in county.side.service.calls] == [2, 2, 1]


def test_a_record_that_the_service_shows_again_after_its_withdrawal_is_removed_once_more(service: County) -> None:
    service.send(service.line.shop(1))
    service.settle()
    held = service.side.service.held[other_sides.DATASET]
    copy = dict(held)
    intervening.withdraw(service.line.hub, service.record(1), "撤回")
    service.settle()
    held.update(copy)
    service.side.service._last.clear()
    service.drain()
    assert held == {}


def test_a_service_without_a_query_is_believed_and_never_asked(opened: Callable[..., County]) -> None:
    county = opened("soap_service", lambda profile: profile.replace(", query: queryShopXml", ""))
    county.side.refusing[county.name(2)] = "名称不符"
    county.send(county.line.shop(1), county.line.shop(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.line.exchanging._ask", _end)
        with pytest.raises(KeyboardInterrupt):
            county.drain()
    county.settle()
    assert county.states() == ["acknowledged", "rejected"], "what it had replied is asked by sending again"
    intervening.withdraw(county.line.hub, county.record(1), "撤回")
    county.settle()
    assert county.amounts() == {}
    with pytest.raises(CallOperator, match="reconcile"):
        monthly.reconcile(county.line.hub, "province")


def _end(*_: Any) -> None:
    raise KeyboardInterrupt
