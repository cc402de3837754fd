"""A subject asks, corrects, objects, wants to be forgotten: the clock of the law runs, and every outlet follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.asking_county import DATASET, County
from corpus.shops import shop

from hub.errors import CallOperator, FixConfiguration, NotFound, WrongUsage
from hub.ledger import evidence
from hub.ledger import requests as kept
from hub.ledger.connect import reading
from hub.line import Hub, disclosing, doctor, rebuilding, requests, subject_access, withdrawal_clock
from hub.line.verifying import ordered, verify

ROOT = Path(__file__).resolve().parents[3]
LAW = "《征信业管理条例》第二十五条：所列信息没有错误。"


@pytest.fixture
def county(make_hub: Callable[..., Hub], clock: Any, tmp_path: Path) -> Any:
    made = County(make_hub, clock, tmp_path)
    yield made
    for side in made.sides.values():
        side.stop()


def code(serial: int) -> str:
    return shop(serial)["dm"]


def test_an_objection_takes_the_record_out_of_every_outlet_within_one_cycle_until_it_is_refused(county: County) -> None:
    assert county.seen() == {1, 2, 3}
    number = requests.open_request(county.hub, "objection", code(2))
    assert all(county.hub.due(outlet) for outlet in ("province", "open_feed")), "the outlets have something to do"
    told = disclosing.explain(county.hub, county.record(2), "open_feed")
    assert [one["code"] for one in told["clauses"] if not one["met"]] == ["disputed"]
    county.cycle()
    assert county.seen() == {1, 3}
    # Sent again, corrected in something else or unchanged, it does not come back.
    county.submit(shop(2, bz="补报"), mode="_更正")
    county.cycle()
    assert county.seen() == {1, 3}
    requests.answer(county.hub, number, "refused", LAW)
    county.cycle()
    assert county.seen() == {1, 2, 3}


def test_a_granted_objection_stands_until_the_department_has_corrected(county: County) -> None:
    number = requests.open_request(county.hub, "objection", code(2))
    told = requests.answer(county.hub, number, "granted", "核实有误，已通知部门更正")
    assert told["waiting"] == [[DATASET, county.record(2)]]
    county.cycle()
    assert county.seen() == {1, 3}
    county.submit(shop(2, je="90000"), mode="_更正")
    county.cycle()
    assert county.seen() == {1, 2, 3}
    (one,) = requests.listed(county.hub)
    assert one["waiting"] == []


def test_an_objection_that_was_corrected_before_the_answer_ends_with_the_answer(county: County) -> None:
    number = requests.open_request(county.hub, "objection", code(2))
    with pytest.raises(WrongUsage, match="not been corrected"):
        requests.answer(county.hub, number, "granted", "部门已更正", "corrected")
    county.submit(shop(2, je="90000"), mode="_更正")
    county.cycle()
    assert county.seen() == {1, 3}, "not answered yet"
    requests.answer(county.hub, number, "granted", "部门已更正", "corrected")
    county.cycle()
    assert county.seen() == {1, 2, 3}


def test_of_two_objections_to_one_record_each_has_to_be_answered(county: County) -> None:
    first, second = (requests.open_request(county.hub, "objection", code(1)) for _ in range(2))
    requests.answer(county.hub, first, "refused", LAW)
    county.cycle()
    assert county.seen() == {2, 3}
    requests.answer(county.hub, second, "refused", LAW)
    county.cycle()
    assert county.seen() == {1, 2, 3}


def test_only_the_chosen_records_of_the_subject_are_objected_to(county: County) -> None:
    other = shop(2) | {"dm": code(1), "mc": shop(1)["mc"]}
    county.submit(other)
    county.cycle()
    with pytest.raises(NotFound, match="not of this subject"):
        requests.open_request(county.hub, "objection", code(1), [county.record(3)])
    requests.open_request(county.hub, "objection", code(1), [county.record(1)])
    county.cycle()
    assert county.public() == {2, 3}


@pytest.mark.parametrize("how", ["erase", "withdraw"])
def test_a_granted_deletion_is_carried_out_and_a_refused_one_is_not(county: County, how: str) -> None:
    refused = requests.open_request(county.hub, "deletion", code(1))
    requests.answer(county.hub, refused, "refused", "依据《个人信息保护法》第四十七条，保存期限没有届满。")
    number = requests.open_request(county.hub, "deletion", code(2))
    county.cycle()
    assert county.seen() == {1, 2, 3}, "asking alone takes nothing away"
    with pytest.raises(WrongUsage, match="erase or withdraw"):
        requests.answer(county.hub, number, "granted", "同意")
    record = county.record(2)
    requests.answer(county.hub, number, "granted", "同意", how)
    county.cycle()
    assert county.seen() == {1, 3}
    name = county.hub.shape(county.hub.contract(DATASET)).name
    with county.hub.ledger.connect() as connection:
        held = sa.text(f'SELECT count(*) FROM "{name}" WHERE record_id = :one')
        assert bool(connection.execute(held, {"one": record}).scalar_one()) is (how == "withdraw")
    assert ordered(verify(county.hub)) == []


def test_a_granted_correction_waits_for_the_correcting_delivery_and_says_so(county: County) -> None:
    number = requests.open_request(county.hub, "correction", code(3), words="注册资本登记有误")
    told = requests.answer(county.hub, number, "granted", "请部门更正")
    assert told["waiting"] == [[DATASET, county.record(3)]]
    county.submit(shop(3))
    assert requests.listed(county.hub)[0]["waiting"], "the same once more corrects nothing"
    county.submit(shop(3, je="80000"), mode="_更正")
    assert not requests.listed(county.hub)[0]["waiting"]


def test_a_refusal_names_its_legal_basis_and_an_answer_is_given_once(county: County) -> None:
    number = requests.open_request(county.hub, "access", code(1))
    for reason in (" ", "不属实"):
        with pytest.raises(WrongUsage):
            requests.answer(county.hub, number, "refused", reason)
    with pytest.raises(WrongUsage, match="does not belong"):
        requests.answer(county.hub, number, "granted", "同意", "erase")
    requests.answer(county.hub, number, "granted", "同意")
    with pytest.raises(WrongUsage, match="answered already"):
        requests.answer(county.hub, number, "refused", LAW)
    with pytest.raises(WrongUsage, match="answered already"):
        requests.note(county.hub, number, "再说一次")


def test_the_clock_counts_working_days_of_the_calendar_and_tells_what_is_late(county: County) -> None:
    county.clock.now = datetime(2026, 9, 29, 2, tzinfo=UTC)  # before the National Day, which is followed by a Saturday
    objection = requests.open_request(county.hub, "objection", code(1))
    requests.open_request(county.hub, "access", code(2))
    due = {one["kind"]: date.fromisoformat(one["due"]) for one in requests.listed(county.hub)}
    calendar = county.hub.calendar
    assert due == {kind: calendar.add(date(2026, 9, 29), days) for kind, days in (("objection", 5), ("access", 15))}
    assert due["objection"] > date(2026, 10, 7)
    county.clock.now = datetime.combine(due["objection"], datetime.min.time(), UTC)
    assert requests.overdue(county.hub) == []
    assert "not verified" in doctor._requests(county.hub)
    county.clock.sleep(86_400)
    assert [one["number"] for one in requests.overdue(county.hub)] == [objection]
    with pytest.raises(CallOperator, match=f"逾期未答复1件：异议（第{objection}号"):
        doctor._requests(county.hub)
    requests.answer(county.hub, objection, "refused", LAW)
    assert requests.overdue(county.hub) == []
    assert requests.listed(county.hub)[0]["overdue"], "that it was late stays"


def test_nobody_is_named_anywhere_in_a_request(county: County) -> None:
    number = requests.open_request(county.hub, "objection", f" {code(2).lower()}\n", words="认为金额有误")
    requests.note(county.hub, number, "已转市场监管局核查")
    for words in (f"本人{shop(1)['sfzh']}", "电话138 0000 0000", "当事人：张三"):
        for act in (
            lambda said=words: requests.open_request(county.hub, "access", code(1), words=said),
            lambda said=words: requests.note(county.hub, number, said),
            lambda said=words: requests.answer(county.hub, number, "granted", said),
        ):
            with pytest.raises(WrongUsage, match="leave it out"):
                act()
    with reading(county.hub.ledger) as connection:
        tables = (kept.subject_request, kept.request_record, kept.request_step)
        held = str([connection.execute(sa.select(table)).all() for table in tables])
        events = [evidence.latest(connection, f"request_{kind}") for kind in ("opened", "marked", "noted")]
    assert [event["body"]["request"] for event in events if event] == [number] * 3
    for secret in (code(2), shop(2)["mc"], shop(2)["sfzh"], shop(2)["wsh"]):
        assert secret not in held + str(events) + str(requests.listed(county.hub))
    assert ordered(verify(county.hub)) == []


def test_a_subject_sees_its_own_requests_and_nobody_elses(county: County) -> None:
    number = requests.open_request(county.hub, "correction", code(2))
    found = subject_access.report(county.hub, code(2))
    assert [(one["number"], one["title"], one["state"]) for one in found["requests"]] == [(number, "更正", "opened")]
    assert subject_access.report(county.hub, code(1)) == {"queries": [], "requests": []}


def test_a_request_about_nothing_is_none_but_who_asks_what_is_held_gets_an_answer(county: County) -> None:
    for kind in ("correction", "deletion", "objection"):
        with pytest.raises(NotFound, match="no record"):
            requests.open_request(county.hub, kind, "91320830000000019L")
    with pytest.raises(WrongUsage):
        requests.open_request(county.hub, "access", " \n")
    number = requests.open_request(county.hub, "access", "91320830000000019L")
    assert requests.answer(county.hub, number, "granted", "没有持有")["records"] == []


def test_the_clock_of_withdrawals_shows_an_objection(county: County) -> None:
    requests.open_request(county.hub, "objection", code(2))
    (one,) = withdrawal_clock.clock(county.hub)
    assert (one["why"], one["record_id"]) == ("disputed", county.record(2))
    county.cycle()
    (one,) = withdrawal_clock.clock(county.hub)
    assert {each["state"] for each in one["outlets"].values()} == {"confirmed"}


def test_the_decision_of_an_earlier_moment_knows_the_objections_of_then(county: County) -> None:
    county.clock.sleep(60)
    before = county.clock()
    county.clock.sleep(60)
    number = requests.open_request(county.hub, "objection", code(1))
    county.clock.sleep(60)
    open_then = county.clock()
    county.clock.sleep(60)
    requests.answer(county.hub, number, "refused", LAW)
    may = [disclosing.explain(county.hub, county.record(1), "open_feed", at)["may_leave"]
           for at in (before, open_then, None)]  # fmt: skip
    assert may == [True, False, True]


def test_a_rebuilt_ledger_has_the_requests_and_shows_the_same(county: County, tmp_path: Path) -> None:
    number = requests.open_request(county.hub, "objection", code(2))
    requests.note(county.hub, number, "已转部门")
    gone = requests.open_request(county.hub, "deletion", code(3))
    requests.answer(county.hub, gone, "granted", "同意", "withdraw")
    county.cycle()
    assert rebuilding.rebuild(county.hub, tmp_path / "rebuilt").different == []
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'rebuilt' / 'ledger.db'}")
    with engine.connect() as rebuilt, county.hub.ledger.connect() as first:
        for table in (kept.subject_request, kept.request_record, kept.request_step):
            rows = [sorted(map(tuple, one.execute(sa.select(table)))) for one in (rebuilt, first)]
            assert rows[0] == rows[1] != []
    engine.dispose()


def test_both_databases_keep_requests(
    make_hub: Callable[..., Hub], ledger_url: str, clock: Any, tmp_path: Path
) -> None:
    county = County(make_hub, clock, tmp_path, ledger_url)
    number = requests.open_request(county.hub, "objection", code(2))
    county.cycle()
    assert county.seen() == {1, 3}
    told = requests.answer(county.hub, number, "granted", "核实有误", "withdraw")
    assert (told["state"], told["how"]) == ("answered", "withdraw")
    county.cycle()
    assert county.seen() == {1, 3}
    for side in county.sides.values():
        side.stop()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("answer: 15", "answer: 0", "whole number of working days"),
        ("answer: 15", "answer: 1.5", "whole number of working days"),
        ("kind: access", "kind: gossip", "kind must be one of"),
        ('valid_from: "2021-11-01"', 'valid_from: "soon"', "must be a date"),
        ("status: unverified", "status: perhaps", "status must be one of"),
    ],
)
def test_a_mistake_in_the_terms_is_told_with_its_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    from hub.contract import load

    (tmp_path / "law").mkdir()
    text = (ROOT / "schemas" / "law" / "requests.yaml").read_text(encoding="utf-8")
    assert load.request_terms(ROOT / "schemas").on("objection", date(2026, 11, 26)) is not None
    assert load.request_terms(ROOT / "schemas").on("objection", date(2000, 1, 1)) is None
    (tmp_path / "law" / "requests.yaml").write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(FixConfiguration, match=said):
        load.request_terms(tmp_path)
