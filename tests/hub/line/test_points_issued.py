"""Household totals on their way: computed, entered, and at the bank only what counts and whose household agreed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from corpus import bank_county
from corpus.bank_county import BANK, EVENTS, HOUSEHOLD, INCENTIVE, POINTS, REVIEWS, TOWN, County

from hub.errors import CallOperator, WrongUsage
from hub.ledger import deliveries, frames
from hub.ledger.connect import reading
from hub.line import Hub, deciding, intervening, issuing, withdrawal_clock

DISPUTE = "credit/dispute"
DAY = 86_400


@pytest.fixture
def county(
    request: pytest.FixtureRequest, make_hub: Callable[..., Hub], tmp_path: Path, clock: Any
) -> Iterator[County]:
    database = getattr(request, "param", "sqlite")
    given = {} if database == "sqlite" else {"ledger_url": request.getfixturevalue("postgres_url")}
    with bank_county.county(make_hub, tmp_path, clock, **given) as made:
        yield made


def at_the_bank(county: County) -> dict[str, str]:
    """What the bank holds after a round: the total by household."""
    county.cycle(INCENTIVE)
    return {row["JTBH"]: f"{Decimal(row['ZF']):.2f}" for row in county.banks[INCENTIVE].held[POINTS].values()}


def entered(county: County) -> dict[str, tuple[str, str]]:
    """Total and its day by household, as the ledger has them."""
    rows = frames.current(county.hub.ledger, county.hub.shape(county.hub.contract(POINTS)), issuing.COLUMNS)
    return {row["jtbh"]: (f"{row['zf']:.2f}", row["jzrq"].isoformat()) for row in rows.iter_rows(named=True)}


def delivered(county: County) -> list[tuple[str, str]]:
    with reading(county.hub.ledger) as connection:
        return [(one["mode"], one["state"]) for one in deliveries.listed(connection, POINTS)]


def appeal(county: County, household: int, **more: str) -> Mapping[str, str]:
    return {
        "异议编号": f"SX{household:08d}",
        "主体名称": "本户",
        "主体类别": "自然人",
        "证件类型": "身份证",
        "证件号码": "320830188001010002",
        "数据集": EVENTS,
        "决定书文号": f"JTJF-{household:06d}",
        "受理日期": county.today(),
    } | more


SEVEN, EIGHT = HOUSEHOLD.format(7), HOUSEHOLD.format(8)


def test_nothing_is_at_the_bank_before_the_review_and_the_end_of_the_notice(county: County) -> None:
    county.submit("credit/consent", [county.of_household(7)])
    county.submit(EVENTS, county.events([7, 8]), TOWN)
    county.issue()
    assert at_the_bank(county) == {}
    notice = {"公示开始日期": county.today(-1), "公示结束日期": county.today(1)}
    county.submit(REVIEWS, county.reviews([7, 8], 评议日期=county.today(-2), **notice), TOWN)
    county.issue()
    assert at_the_bank(county) == {} and county.banks[INCENTIVE].applied == [], "nor has it heard of anybody"
    county.clock.sleep(8 * DAY)
    county.issue()
    assert at_the_bank(county) == {SEVEN: "101.00"}, "the other household has not consented"


def test_a_consent_that_is_taken_back_takes_the_total_away(county: County) -> None:
    county.submit("credit/consent", [county.of_household(7)])
    county.earn(7)
    assert at_the_bank(county) == {SEVEN: "101.00"}
    county.submit("credit/consent", [county.of_household(7, 撤回日期=county.today())])
    (told,) = withdrawal_clock.clock(county.hub)
    assert (told["why"], told["dataset"]) == ("no_consent", POINTS)
    assert at_the_bank(county) == {}


@pytest.mark.parametrize("county", ["sqlite", "postgresql"], indirect=True)
def test_while_an_appeal_is_open_the_total_is_the_one_without_it(county: County) -> None:
    county.submit("credit/consent", [county.of_household(7)])
    more = {"家庭编号": SEVEN, "事件编号": "JTJF-000009", "凭证编号": "ZP9"}
    county.submit(EVENTS, county.events([9], **more), TOWN)
    county.submit(REVIEWS, county.reviews([9], 家庭编号=SEVEN), TOWN)
    county.earn(7)
    assert at_the_bank(county) == {SEVEN: "102.00"}
    county.submit(DISPUTE, [appeal(county, 7)])
    county.issue()
    assert at_the_bank(county) == {SEVEN: "101.00"}
    county.submit(DISPUTE, [appeal(county, 9)])
    county.issue()
    assert at_the_bank(county) == {}, "only the base is left, which is told to nobody"
    county.clock.sleep(DAY)
    county.submit(DISPUTE, [appeal(county, 7, 办结日期=county.today()), appeal(county, 9, 办结日期=county.today())])
    county.issue()
    assert at_the_bank(county) == {SEVEN: "102.00"}, "the same total again, on the same day or another"


def test_what_a_minor_did_alone_does_not_count_at_the_bank(county: County) -> None:
    county.submit("credit/consent", [county.of_household(7)])
    county.submit(EVENTS, county.events([7], 行为人身份证号码=county.aged(12)), TOWN)
    county.submit(REVIEWS, county.reviews([7]), TOWN)
    county.issue()
    assert at_the_bank(county) == {}


def test_totals_that_have_not_changed_change_nothing_and_keep_their_day(county: County) -> None:
    assert county.issue() == {"totals": 0, "changed": 0, "gone": 0, "held": 0}, "nothing was entered yet"
    first = county.today()
    assert county.earn(7, 8) == {"totals": 2, "changed": 2, "gone": 0, "held": 0}
    assert county.issue() == {"totals": 2, "changed": 0, "gone": 0, "held": 0}, "the same day twice"
    county.clock.sleep(DAY)
    county.issue()
    assert delivered(county) == [("original", "answered")]
    assert entered(county) == {SEVEN: ("101.00", first), EIGHT: ("101.00", first)}


def test_a_household_that_is_gone_leaves_and_one_that_comes_again_returns(county: County) -> None:
    county.submit("credit/consent", [county.of_household(7)])
    county.earn(7, 8, 9)
    assert at_the_bank(county) == {SEVEN: "101.00"}
    county.hand_in(EVENTS, county.events([7]), TOWN, f"信用积分_{county.today()}_撤回.csv")
    assert county.issue()["gone"] == 1
    assert at_the_bank(county) == {} and SEVEN not in entered(county)
    county.clock.sleep(DAY)
    again = {"家庭编号": SEVEN, "事件编号": "JTJF-000070"}
    county.submit(EVENTS, county.events([70], **again), TOWN)
    county.submit(REVIEWS, county.reviews([70], 家庭编号=SEVEN), TOWN)
    county.issue()
    assert at_the_bank(county) == {SEVEN: "101.00"}


def test_too_many_that_are_gone_wait_for_a_person_and_an_appeal_does_not(county: County) -> None:
    county.submit("credit/consent", [county.of_household(7)])
    county.earn(7, 8, 9)
    assert at_the_bank(county) == {SEVEN: "101.00"}
    county.hand_in(EVENTS, county.events([8, 9]), TOWN, f"信用积分_{county.today()}_撤回.csv")
    assert county.issue()["held"] == 1
    county.submit(DISPUTE, [appeal(county, 7)])
    for _ in range(2):
        assert county.issue()["held"] == 1, "a person is asked once"
    assert at_the_bank(county) == {} and len(entered(county)) == 3
    assert [state for mode, state in delivered(county) if mode == "replacement"] == ["held"]
    with reading(county.hub.ledger) as connection:
        (held,) = [one["id"] for one in deliveries.listed(connection, POINTS) if one["state"] == "held"]
    deciding.release(county.hub, held, "两户确已撤回")
    assert entered(county).keys() == {SEVEN}
    assert entered(county)[SEVEN][0] == "100.00", "what a person lets through later does not bring back an older total"
    county.issue()
    assert at_the_bank(county) == {}


def test_a_missed_day_can_be_named_and_no_day_to_come_nor_one_before_what_was_entered(county: County) -> None:
    today = county.hub.today()
    with pytest.raises(WrongUsage, match="a day to come"):
        issuing.issue(county.hub, today + timedelta(days=1))
    county.submit(EVENTS, county.events([7]), TOWN)
    county.submit(REVIEWS, county.reviews([7]), TOWN)
    yesterday = today - timedelta(days=1)
    issuing.issue(county.hub, yesterday)
    assert entered(county) == {SEVEN: ("101.00", yesterday.isoformat())}
    with pytest.raises(WrongUsage, match="a later day"):
        issuing.issue(county.hub, yesterday - timedelta(days=1))


def test_nobody_hands_a_total_in(county: County) -> None:
    from hub.line import tokens
    from hub.stages.collect import dataset_of

    for name in ("家庭积分汇总.csv", "家庭积分汇总_20261126.xlsx", "points.csv", "JTJFHZ.csv"):
        assert dataset_of(name, "household", list(county.hub.contracts.values())) != POINTS
    assert not tokens.may_send(county.hub, "household", POINTS)


def test_totals_of_three_years_are_kept(county: County) -> None:
    day = date(county.hub.today().year + 2, 12, 30)
    county.earn(7)
    county.clock.sleep((day - county.hub.today()).days * DAY)
    assert county.issue() == {"totals": 1, "changed": 0, "gone": 0, "held": 0}
    county.earn(8)
    county.clock.sleep(3 * DAY)
    assert county.issue() == {"totals": 1, "changed": 0, "gone": 1, "held": 0}
    assert entered(county).keys() == {EIGHT}


def test_when_no_total_is_left_at_all_a_person_is_called(county: County) -> None:
    county.earn(7)
    county.hand_in(EVENTS, county.events([7]), TOWN, f"信用积分_{county.today()}_撤回.csv")
    with pytest.raises(CallOperator, match="no household has a total"):
        county.issue()
    assert entered(county).keys() == {SEVEN}


def test_what_a_person_has_withdrawn_does_not_come_back_by_itself(county: County) -> None:
    county.submit("credit/consent", [county.of_household(7)])
    county.earn(7, 8)
    assert at_the_bank(county) == {SEVEN: "101.00"}
    (record,) = county.banks[INCENTIVE].held[POINTS]
    intervening.withdraw(county.hub, record, "本户要求")
    for _ in range(2):
        county.clock.sleep(DAY)
        county.issue()
        assert at_the_bank(county) == {}
    intervening.reinstate(county.hub, record, "本户同意")
    county.issue()
    assert at_the_bank(county) == {SEVEN: "101.00"}


def test_totals_are_due_once_a_day_and_only_where_they_go(county: County) -> None:
    county.earn(7)
    assert county.hub.points_due(INCENTIVE) and not county.hub.points_due(BANK)
    county.cycle(INCENTIVE)
    assert not county.hub.points_due(INCENTIVE)
    county.clock.sleep(DAY)
    assert county.hub.points_due(INCENTIVE)
