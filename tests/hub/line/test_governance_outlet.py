"""The governance platform: calls that break, rows without a verdict, removals that are lies, sums that go as tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from corpus import other_sides
from corpus.province_county import County

from hub.contract import load
from hub.errors import FixConfiguration, TryAgain
from hub.ledger.tables import outbox
from hub.line import intervening, monthly
from hub.outlets import event_service, sharing
from hub.settings import ApiSource

ROOT = Path(__file__).resolve().parents[3]
TRIES = sa.select(outbox.c.tries).where(outbox.c.outlet == "province")


@pytest.fixture
def county(opened: Callable[..., County]) -> County:
    return opened("event_service")


def send(county: County, *numbers: int) -> None:
    county.send(*(county.line.shop(number) for number in numbers))


@pytest.mark.parametrize("mood", ["fails", "cut before", "cut after", "late", "half", "page", "busy long"])
def test_a_call_that_breaks_is_no_verdict_and_the_rows_arrive_once(county: County, mood: Any) -> None:
    platform = county.side.service
    platform.moods.append(mood)
    send(county, 1, 2, 3)
    with pytest.raises(TryAgain):
        county.drain()
    assert county.states() == ["unknown"] * 3
    assert county.settle() == 0
    assert county.states() == ["acknowledged"] * 3
    assert len(platform.applied) == len(set(platform.applied)) == 3
    assert set(county.line.rows(TRIES)) == {(1,)}, "a call that came to nothing is no try of the rows"


@pytest.mark.parametrize("mood", ["half rows", "twice", "torn verdict", "later"])
def test_only_a_row_with_one_clear_verdict_has_one(county: County, mood: Any) -> None:
    platform = county.side.service
    platform.moods.append(mood)
    send(county, 1, 2, 3, 4)
    county.drain()
    assert county.settle() == 0
    assert county.states() == ["acknowledged"] * 4
    assert len(platform.applied) == len(set(platform.applied))
    assert set(county.amounts()) == {county.name(number) for number in (1, 2, 3, 4)}


def test_a_row_that_the_platform_refuses_is_told_and_the_others_go_through(county: County) -> None:
    county.side.refusing[county.name(2)] = "主体不在册"
    send(county, 1, 2, 3)
    county.settle()
    assert county.states() == ["acknowledged", "rejected", "acknowledged"]
    assert county.side.service.calls == [("/events", 3)], "one refusal holds nobody else up"


def test_a_busy_platform_is_asked_again_when_it_says_so(opened: Callable[..., County]) -> None:
    county = opened("event_service")
    patient = county.line.hub.settings.governance.model_copy(update={"tries": 2})
    county.line.hub.settings = county.line.hub.settings.model_copy(update={"governance": patient})
    county.side.service.moods.append("busy")
    send(county, 1)
    county.drain()
    assert county.states() == ["acknowledged"]


def test_calls_that_are_too_large_are_halved_and_a_row_that_is_alone_too_large_waits(county: County) -> None:
    platform = county.side.service
    platform.most = 2
    send(county, *range(1, 8))
    county.settle()
    assert county.states() == ["acknowledged"] * 7
    platform.most = 0
    send(county, 9)
    county.drain()
    entry = sa.select(outbox.c.state, outbox.c.cause).order_by(outbox.c.sequence.desc()).limit(1)
    assert county.line.rows(entry.where(outbox.c.outlet == "province")) == [("unknown", event_service.TOO_LARGE)]


@pytest.mark.parametrize("mood", ["forbidden", "redirect", "unknown code"])
def test_what_no_retry_mends_is_for_the_engineer(county: County, mood: Any) -> None:
    county.side.service.moods.append(mood)
    send(county, 1)
    with pytest.raises(FixConfiguration) as error:
        county.drain()
    assert error.value.exit_code == 3
    county.settle()
    assert county.states() == ["acknowledged"]


def test_a_wrong_token_is_for_the_engineer_and_no_token_or_row_gets_into_logs_and_errors(
    county: County, caplog: pytest.LogCaptureFixture
) -> None:
    county.side.service.token = "another"
    send(county, 1)
    with caplog.at_level("DEBUG"), pytest.raises(FixConfiguration) as error:
        county.drain()
    said = caplog.text + str(error.value) + repr(county.line.hub.settings)
    for word in (other_sides.TOKEN, county.name(1), county.line.shop(1).split(",")[1]):
        assert word not in said


@pytest.mark.parametrize("url", ["http://governance.example/api", "https://user:pw@governance.example/", "ftp://x/"])
def test_a_token_goes_nowhere_without_encryption(county: County, url: str) -> None:
    settings = county.line.hub.settings.model_copy(update={"governance": ApiSource(url=url, token="t")})
    county.line.hub.settings = settings
    send(county, 1)
    with pytest.raises(FixConfiguration):
        county.drain()


def test_a_removal_that_was_a_lie_is_no_removal(county: County) -> None:
    send(county, 1, 2)
    county.settle()
    intervening.withdraw(county.line.hub, county.record(1), "撤回")
    county.side.service.moods.append("lies")
    with pytest.raises(TryAgain):
        county.drain()
    assert county.states() == ["acknowledged", "acknowledged", "unknown"]
    county.side.service._answered.clear()
    assert county.settle() == 0
    assert set(county.amounts()) == {county.name(2)}
    assert county.states() == ["acknowledged"] * 3


def test_a_row_turned_into_a_removal_between_two_tries_is_another_call(county: County) -> None:
    send(county, 1)
    county.side.service.moods.append("cut after")
    with pytest.raises(TryAgain):
        county.drain()
    assert set(county.amounts()) == {county.name(1)}, "it arrived, and nobody knows"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "decide", lambda records, *_: pl.Series(["disputed"] * records.height, dtype=pl.String))
        county.drain()
    assert county.amounts() == {}, "the same sequence, and not the same key"
    assert county.states() == ["withheld"]


def test_of_what_never_went_there_the_platform_hears_nothing(county: County) -> None:
    county.send(county.line.shop(1, zt="2"))
    county.settle()
    assert county.states() == ["withheld"]
    assert county.side.service.calls == []


def test_both_sides_are_compared_by_the_month(county: County) -> None:
    send(county, 1, 2, 3)
    county.settle()
    assert not monthly.differs(monthly.reconcile(county.line.hub, "province"))
    county.side.service.held[other_sides.DATASET].popitem()
    assert monthly.differs(monthly.reconcile(county.line.hub, "province"))


# The outlet of this county.


def test_governance_gets_organisations_only_and_never_a_number_or_name_of_a_person() -> None:
    outlets = {one.id: one for one in load.outlets(ROOT / "schemas")}
    assert (outlets["governance"].kind, outlets["governance"].use) == ("event_service", "supervision")
    named = set()
    for contract in load.contracts(ROOT / "schemas", ROOT / "expectations"):
        lawful = sharing.basis(contract, "governance")
        if lawful is None:
            assert not any("governance" in column.disclosure for column in contract.columns)
            continue
        named.add(contract.dataset)
        assert lawful.subjects == ("organisation",) and lawful.legal_basis and not contract.incentive_only
        for column in sharing.columns(contract, "governance"):
            assert column.kernel != "citizen_id" and column.classification in ("public", "internal"), column.name
    assert named == {"court/judgment_defaulter", "market/admin_penalty"}


def test_only_serious_penalties_go_to_governance() -> None:
    contract = load.contract("market/admin_penalty", ROOT / "schemas", ROOT / "expectations")
    lawful = sharing.basis(contract, "governance")
    assert lawful is not None and lawful.window is not None and lawful.window.severity is not None
    assert lawful.window.severity.only == ("serious",)
    day = date(2026, 10, 1)
    kinds = ["罚款", "吊销许可证件", "罚款、吊销许可证件", "警告", "其他"]
    cells: dict[str, Any] = {column.name: None for column in contract.columns}
    rows = [
        cells
        | {"record_id": str(number), "cf_xdr_lb": "法人及非法人组织", "cf_xdr_shxym": "913208300000000510"}
        | {"cf_jdrq": day, "cf_gsjzq": None, "cf_cflb": kind}
        for number, kind in enumerate(kinds)
    ]
    stored: dict[str, Any] = {"date": pl.Date, "text": pl.String, "decimal": pl.Decimal(18, 6)}
    schema = {"record_id": pl.String} | {column.name: stored[column.storage] for column in contract.columns}
    reasons = sharing.decide(
        pl.DataFrame(rows, schema), contract, "governance", date(2026, 11, 23), sharing.NOTHING_STANDS
    )
    assert reasons.is_null().to_list() == [False, True, True, False, False]
