"""Consent (信用信息授权): given for a dataset and a receiver, by the subject alone, and gone when it is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus import bank_county
from corpus.bank_county import BANK, CONSENT, INCENTIVE, PENALTY, POINTS, County

from hub.county.identities import company, with_check
from hub.line import Hub, disclosing, intervening, withdrawal_clock


@pytest.fixture
def county(
    request: pytest.FixtureRequest, make_hub: Callable[..., Hub], tmp_path: Path, clock: Any
) -> Iterator[County]:
    database = getattr(request, "param", "sqlite")
    given = {} if database == "sqlite" else {"ledger_url": request.getfixturevalue("postgres_url")}
    with bank_county.county(make_hub, tmp_path, clock, **given) as made:
        made.submit(PENALTY, made.penalties([1, 2, 3]), "market")
        yield made


@pytest.mark.parametrize("county", ["sqlite", "postgresql"], indirect=True)
def test_a_consent_that_is_taken_back_stops_the_next_file_and_deletes_what_was_sent(county: County) -> None:
    county.submit(CONSENT, [county.consent(1)])
    county.cycle()
    assert county.held() == {county.code(1)}
    county.submit(CONSENT, [county.consent(1, 撤回日期=county.today())])
    (told,) = withdrawal_clock.clock(county.hub)
    assert (told["why"], told["dataset"], told["outlets"][BANK]["state"]) == ("no_consent", PENALTY, "waiting")
    assert told["outlets"].keys() == {BANK}, "the consent was to nobody else"
    county.hub.drain(BANK)
    (told,) = withdrawal_clock.clock(county.hub)
    assert told["outlets"][BANK]["state"] == "sent" and not told["overdue"]
    county.clock.sleep(86_400 + 60)
    (told,) = withdrawal_clock.clock(county.hub)
    assert told["overdue"]
    county.banks[BANK].answer()
    county.hub.drain(BANK)
    (told,) = withdrawal_clock.clock(county.hub)
    assert told["outlets"][BANK]["state"] == "confirmed" and not told["overdue"]
    assert told["outlets"][BANK]["at"] > told["asked_at"]
    assert county.held() == set() and county.code(1).encode() not in county.sent()


@pytest.mark.parametrize("how", ["file", "person"])
def test_a_consent_whose_record_is_withdrawn_counts_no_more(county: County, how: str) -> None:
    county.submit(CONSENT, [county.consent(1)])
    county.cycle()
    if how == "file":
        county.hand_in(CONSENT, [county.consent(1)], "credit", f"信用授权_{county.today()}_撤回.csv")
    else:
        intervening.withdraw(county.hub, county.record_of_consent("SQ000001"), "主体撤回")
    (told,) = [one for one in withdrawal_clock.clock(county.hub) if one["dataset"] == PENALTY]
    assert told["why"] == "no_consent"
    county.cycle()
    assert county.held() == set()
    # Registered anew under the same number, it is still the one that was taken back.
    county.hand_in(CONSENT, [county.consent(1, 登记日期=county.today())], "credit")
    county.cycle()
    assert county.held() == set()


def test_an_old_file_that_comes_again_does_not_bring_a_consent_back(county: County) -> None:
    county.submit(CONSENT, [county.consent(1), county.consent(2)])
    county.cycle()
    county.clock.sleep(86_400)
    old = {"登记日期": county.today(-1), "授权起始日期": county.today(-1), "授权截止日期": county.today(364)}
    county.submit(CONSENT, [county.consent(1, **(old | {"撤回日期": county.today(), "登记日期": county.today()}))])
    county.cycle()
    assert county.held() == {county.code(2)}
    for sent in (
        [county.consent(1, **old), county.consent(2, **old)],
        [county.consent(1, **old)],
        [county.consent(1, **(old | {"登记日期": county.today()}))],  # even as if it were registered today
        [county.consent(1, **(old | {"登记日期": county.today(), "授权用途": "再次申请"}))],
    ):
        county.hand_in(CONSENT, sent, "credit")
        county.cycle()
        assert county.held() == {county.code(2)}
    county.submit(CONSENT, [county.consent(1, 授权编号="SQ900001")])
    county.cycle()
    assert county.held() == {county.code(1), county.code(2)}, "a new consent has a number of its own"


def test_a_consent_gives_what_it_names_and_to_whom_and_nothing_else(county: County) -> None:
    county.earn(1)
    county.submit(
        CONSENT,
        [
            county.consent(1, 授权的数据集="行政许可"),  # another dataset
            county.consent(2, 授权的接收方="信易贷激励参考"),  # another receiver
            county.of_household(1, 授权的接收方="信易贷"),  # points, but to the loans
        ],
    )
    county.cycle()
    county.cycle(INCENTIVE)
    assert county.held() == set() == county.held(INCENTIVE, POINTS, "JTBH")
    county.submit(
        CONSENT, [county.consent(3, 授权的数据集="行政许可、行政处罚", 授权的接收方="信易贷激励参考、信易贷")]
    )
    county.cycle()
    assert county.held() == {county.code(3)}


@pytest.mark.parametrize("county", ["sqlite", "postgresql"], indirect=True)
def test_a_consent_begins_and_ends_by_the_clock(county: County) -> None:
    county.submit(CONSENT, [county.consent(1, 授权起始日期=county.today(2), 授权截止日期=county.today(4))])
    county.cycle()
    assert county.held() == set()
    county.clock.sleep(86_400 * 2)
    assert county.hub.due(BANK), "the day alone is reason enough"
    county.cycle()
    assert county.held() == {county.code(1)}
    county.clock.sleep(86_400 * 2)
    county.cycle()
    assert county.held() == set()
    (told,) = withdrawal_clock.clock(county.hub)
    assert told["why"] == "no_consent" and told["outlets"][BANK]["state"] == "confirmed"


def test_a_consent_of_another_subject_of_the_same_name_gives_nothing(county: County) -> None:
    name = company(county.place, 1)
    other = with_check("91320830" + "999999991")
    county.hand_in(CONSENT, [county.consent(1, 统一社会信用代码=county.code(9), 主体名称=name)], "credit")
    county.hand_in(CONSENT, [county.consent(2, 统一社会信用代码=other, 主体名称=name)], "credit")
    county.cycle()
    assert county.held() == set()


def test_a_consent_that_comes_before_the_record_holds_from_the_first_moment(county: County) -> None:
    county.submit(CONSENT, [county.consent(8)])
    county.submit(PENALTY, county.penalties([8]), "market")
    county.cycle()
    assert county.held() == {county.code(8)}


def test_of_two_consents_the_other_still_holds(county: County) -> None:
    county.submit(CONSENT, [county.consent(1), county.consent(1, 授权编号="SQ900001")])
    county.cycle()
    county.submit(CONSENT, [county.consent(1, 撤回日期=county.today())])
    county.cycle()
    assert county.held() == {county.code(1)}
    assert withdrawal_clock.clock(county.hub) == [], "nothing has to be taken away"


def test_a_file_that_replaces_another_without_a_consent_takes_it_down_at_once(county: County) -> None:
    many = [county.consent(serial) for serial in (1, 2, 3, 11, 12, 13, 14, 15, 16, 17)]
    county.submit(CONSENT, many, name="信用授权_一.csv")
    county.cycle()
    assert county.held() == {county.code(1), county.code(2), county.code(3)}
    county.hand_in(CONSENT, many[1:], "credit", "信用授权_一_替换.csv")
    county.cycle()
    assert county.held() == {county.code(2), county.code(3)}


@pytest.mark.parametrize(("days", "given"), [(1, False), (0, False), (-1, True)])
def test_only_a_person_of_full_age_consents_for_a_household(county: County, days: int, given: bool) -> None:
    """Full age begins on the day after the eighteenth birthday."""
    county.earn(7)
    county.submit(CONSENT, [county.of_household(7, county.aged(18, days))])
    county.cycle(INCENTIVE)
    assert bool(county.held(INCENTIVE, POINTS, "JTBH")) is given


def test_a_minors_consent_does_not_begin_to_count_with_full_age(county: County) -> None:
    county.earn(7)
    county.submit(CONSENT, [county.of_household(7, county.aged(18))])
    county.clock.sleep(86_400 * 3)
    county.cycle(INCENTIVE)
    assert county.held(INCENTIVE, POINTS, "JTBH") == set()


def test_a_person_whose_document_tells_no_age_consents_for_nobody(county: County) -> None:
    county.earn(7)
    county.submit(CONSENT, [county.of_household(7, "E12345678", 证件类型="护照号")])
    county.cycle(INCENTIVE)
    assert county.held(INCENTIVE, POINTS, "JTBH") == set()


@pytest.mark.parametrize(
    "change",
    [
        {"证件类型": "身份证", "证件号码": "320830188001010002"},  # a company's consent brings out no person
        {"家庭编号": "320830101201-0007"},  # nor a household
        {"统一社会信用代码": ""},  # and a name is nobody
        {"授权书编号": ""},
        {"授权方式": "口头"},
        {"授权的接收方": "开放目录"},
        {"授权截止日期": "2020-01-01"},
    ],
    ids=lambda change: "、".join(change),
)
def test_a_consent_that_is_not_of_one_subject_in_writing_is_sent_back(county: County, change: dict[str, str]) -> None:
    receipt = county.hand_in(CONSENT, [county.consent(1, **change)], "credit")
    assert receipt["counts"]["rejected"] == 1
    county.cycle()
    assert county.held() == set()


def test_the_decision_says_that_there_is_no_consent_and_what_was_known_before(county: County) -> None:
    county.submit(CONSENT, [county.consent(1)])
    county.cycle()
    (record,) = county.banks[BANK].held[PENALTY]
    county.clock.sleep(60)
    before = county.clock()
    county.clock.sleep(60)
    county.submit(CONSENT, [county.consent(1, 撤回日期=county.today())])
    now, then = (disclosing.explain(county.hub, record, BANK, at) for at in (None, before))
    assert (then["may_leave"], now["may_leave"]) == (True, False)
    assert "没有主体的有效授权" in disclosing.in_words(now)
