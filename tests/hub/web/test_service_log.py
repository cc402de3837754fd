"""The log of the read API for credit-service bodies: complete, kept, told to the subject; and what a body may hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from corpus.check_county import PENALTY
from corpus.service_county import OUTLET, ServiceCounty, real

from hub import failpoints
from hub.county.identities import uscc
from hub.ledger.connect import reading
from hub.ledger.service_tables import service_holding, service_query
from hub.line import (
    Hub,
    checking,
    doctor,
    expiring,
    intervening,
    subject_access,
    withdrawal_clock,
)
from hub.line.verifying import ordered, verify

CODE = "统一社会信用代码"
COMPANY, OTHER = 6, 16


def _logged(hub: Hub) -> list[dict[str, Any]]:
    with reading(hub.ledger) as connection:
        return [dict(row._mapping) for row in connection.execute(sa.select(service_query).order_by(service_query.c.id))]


def test_every_query_is_logged_before_its_answer_and_never_by_its_number(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY)
    county.punish(punished)
    body, unknown = county.body(), uscc(county.place, 901)
    (fact,) = body.facts(punished[CODE])
    body.facts(unknown, purpose="due_diligence")
    body.get(f"/records/{fact['id']}")
    intervening.withdraw(county.hub, fact["id"], "已核实")
    body.get(f"/records/{fact['id']}")
    body.changes()
    body.get("/datasets", purpose=None)
    logged = _logged(county.hub)
    told = [(one["kind"], one["purpose"], one["outcome"]) for one in logged]
    assert told == [
        ("facts", "credit_report", "shown"),
        ("facts", "due_diligence", "nothing"),
        ("record", "credit_report", "shown"),
        ("record", "credit_report", "gone"),
        ("changes", "credit_report", "told"),
        ("datasets", None, "told"),
    ]
    assert logged[0]["shown"] == logged[2]["shown"] == [[PENALTY, fact["id"], 1]]
    assert logged[4]["shown"] == [[PENALTY, fact["id"], "DEL"]]
    assert {one["key_id"] for one in logged} == {body.number}
    subject = checking.subject_key(county.hub, punished[CODE])
    assert [one["subject"] for one in logged[:4]] == [
        subject,
        checking.subject_key(county.hub, unknown),
        subject,
        subject,
    ]
    with reading(county.hub.ledger) as connection:
        held = str(connection.execute(sa.select(service_holding)).all())
    for number in (punished[CODE], unknown, punished["行政处罚决定书文号"], punished["行政相对人名称"]):
        assert number not in str(logged) and number not in held


def test_what_cannot_be_logged_is_not_answered(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY)
    county.punish(punished)
    body = county.body()

    def broken(point: str) -> None:
        if point == "service_query.before_commit":
            raise OSError("the disk is full")

    failpoints.arm(broken)
    try:
        answer = body.get(f"/subjects/{punished[CODE]}/facts")
    finally:
        failpoints.arm(None)
    assert answer.status_code == 500 and punished["行政处罚决定书文号"] not in answer.text
    assert _logged(county.hub) == []


def test_a_subject_learns_which_body_asked_about_it(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY)
    county.punish(punished)
    county.body().facts(punished[CODE])
    county.ask(county.applicant(punished))
    first, second = subject_access.queries(county.hub, punished[CODE])
    assert (first["department"], first["authority"], first["purpose"]) == ("某征信有限公司", "XF-001", "出具信用报告")
    assert (first["records"], first["left"]) == (1, True) and second["department"] == "公共信用信息中心"
    assert subject_access.queries(county.hub, uscc(county.place, 902)) == []


def test_the_log_is_kept_five_years_and_no_longer(county: ServiceCounty) -> None:
    county.body().facts(uscc(county.place, 903))
    county.clock.sleep(4.9 * 365.25 * 86_400)
    assert [one for one in expiring.expire(county.hub) if one["class"] == "queries"] == []
    assert len(_logged(county.hub)) == 1
    county.clock.sleep(0.2 * 365.25 * 86_400)
    assert [one["count"] for one in expiring.expire(county.hub, dry_run=True) if one["class"] == "queries"] == [1]
    assert [one["count"] for one in expiring.expire(county.hub) if one["class"] == "queries"] == [1]
    assert _logged(county.hub) == [] and ordered(verify(county.hub)) == []


def test_a_cursor_from_before_what_is_told_no_more_is_refused(county: ServiceCounty) -> None:
    staying, going = county.penalty(COMPANY, 公示截止期=""), county.penalty(OTHER)
    county.punish(staying, going)
    body = county.body(days=390)
    (kept,), (gone,) = body.facts(staying[CODE]), body.facts(going[CODE])
    _, early = body.changes()
    intervening.withdraw(county.hub, gone["id"], "已核实")
    _, late = body.changes(early)
    county.clock.sleep(timedelta(days=181).total_seconds())
    expiring.expire(county.hub)
    assert body.get("/changes", after=early).status_code == 410
    assert "从头取" in body.get("/changes", after=early).json()["detail"]
    assert body.changes(late)[0] == []
    assert body.changes()[0] == [("ADD", kept["id"])], "what is not listed is to be deleted"
    epoch = late.partition("-")[0]
    for wrong in (f"{epoch}-99", "00000000-1"):
        assert body.get("/changes", after=wrong).status_code == 410
    assert body.get("/changes", after="7").status_code == 422


def test_both_databases_count_and_tell_the_same(
    make_hub: Callable[..., Hub], ledger_url: str, tmp_path: Path, clock: Any
) -> None:
    with ServiceCounty(real(make_hub, url=ledger_url), tmp_path, clock).served() as county:
        punished = county.penalty(COMPANY)
        county.punish(punished)
        body = county.body(per_day=5)
        (fact,) = body.facts(punished[CODE])
        _, cursor = body.changes()
        county.steer("credit/dispute", punished)
        assert body.changes(cursor)[0] == [("DEL", fact["id"])]
        assert body.get(f"/records/{fact['id']}").status_code == 410
        assert body.facts(punished[CODE]) == []
        assert body.get("/datasets", purpose=None).status_code == 429


def test_a_code_is_found_through_an_index(county: ServiceCounty) -> None:
    county.punish(county.penalty(COMPANY))
    contract = county.hub.contract(PENALTY)
    assert contract.subject.organisation_id in county.hub.shape(contract).searched
    with reading(county.hub.ledger) as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT record_id FROM record_market_admin_penalty "
            "WHERE known_to IS NULL AND valid_to IS NULL AND cf_xdr_shxym = 'x'"
        ).all()
    assert any("record_market_admin_penalty__cf_xdr_shxym" in str(row) for row in plan), plan


def test_doctor_says_what_of_the_terms_nobody_has_verified(county: ServiceCounty) -> None:
    county.body()
    (told,) = [one for one in doctor.examine(county.hub) if one["what"] == "services"]
    assert told["ok"] and told["warning"] and "1 bodies, 1 keys that hold" in told["detail"]


def test_the_clock_of_a_withdrawal_waits_for_the_bodies_that_hold_the_record(county: ServiceCounty) -> None:
    punished, never = county.penalty(COMPANY), county.penalty(OTHER)
    county.punish(punished, never)
    body, other = county.body(), county.body("XF-002", "另一征信有限公司")
    (fact,) = body.facts(punished[CODE])
    other.facts(punished[CODE])
    cursors = [one.changes()[1] for one in (body, other)]
    county.steer("credit/repair", punished)
    county.steer("credit/repair", never)

    def state() -> list[str]:
        told = {one["record_id"]: one["outlets"] for one in withdrawal_clock.clock(county.hub)}
        assert [record for record, outlets in told.items() if OUTLET in outlets] == [fact["id"]]
        return [told[fact["id"]][OUTLET]["state"]]

    assert state() == ["waiting"]
    later = [body.changes(cursors[0])[1]]
    assert state() == ["waiting"], "the other body has not asked since"
    later.append(other.changes(cursors[1])[1])
    assert state() == ["sent"]
    body.changes(later[0])
    assert state() == ["sent"]
    other.changes(later[1])
    assert state() == ["confirmed"]
