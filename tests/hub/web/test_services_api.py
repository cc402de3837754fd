"""Credit-service bodies ask by credit code, with a key; what may be seen is decided at the moment of the answer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from corpus.check_county import PENALTY
from corpus.service_county import API, DEFAULTER, LICENCE, OUTLET, ROOT, ServiceCounty, real
from corpus.small_county import defaulters

from hub.county.identities import uscc
from hub.ledger.connect import writing
from hub.ledger.tables import closed_outlet
from hub.line import Hub, intervening, restoring

CODE, NUMBER = "统一社会信用代码", "行政处罚决定书文号"
COMPANY, OTHER, TRADER, PERSON = 6, 16, 1, 5  # serials of penalties


def test_a_subject_is_told_of_with_its_facts_terms_and_moment(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY, 备注="内部备注")
    county.punish(punished, county.penalty(OTHER))
    body = county.body()
    answer = body.get(f"/subjects/{punished[CODE]}/facts")
    told = answer.json()
    (fact,) = told["facts"]
    assert answer.headers["cache-control"] == "no-store"
    assert fact["dataset"] == PENALTY and fact["fields"]["cf_wsh"] == punished[NUMBER]
    assert fact["fields"]["cf_nr_fk"] == "1" and fact["fields"]["cf_xdr_shxym"] == punished[CODE]
    for hidden in (punished["法定代表人"], punished["法定代表人证件号码"], punished["违法事实"], "内部备注"):
        assert hidden not in answer.text
    assert told["as_of"].endswith("+08:00") and told["next"] is None
    terms = told["terms"]
    assert terms["delete_within_days"] == 3 and terms["dispute"] and "信用修复" in terms["repair"]
    assert body.get(f"/records/{fact['id']}").json()["record"] == fact


def test_what_there_is_is_told_with_its_basis_and_its_fields(county: ServiceCounty) -> None:
    told = county.body(datasets=(PENALTY, LICENCE)).get("/datasets", purpose=None).json()
    assert {one["dataset"] for one in told["datasets"]} == {PENALTY, LICENCE}
    (penalty,) = [one for one in told["datasets"] if one["dataset"] == PENALTY]
    assert "行政处罚法" in penalty["legal_basis"] and penalty["subjects"] == ["organisation"]
    assert {"name": "cf_wsh", "title": NUMBER, "type": "string", "treatment": "keep"} in penalty["fields"]
    assert not {"cf_sy", "cf_frdb", "cf_xdr_zjhm"} & {one["name"] for one in penalty["fields"]}
    assert told["purposes"]["credit_report"] == "出具信用报告"


@pytest.mark.parametrize("against", ["credit/repair", "credit/dispute", "credit/annulment"])
def test_what_was_repaired_disputed_or_annulled_is_gone_with_the_next_answer(
    county: ServiceCounty, against: str
) -> None:
    punished = county.penalty(COMPANY)
    county.punish(punished)
    body = county.body()
    (fact,) = body.facts(punished[CODE])
    first, cursor = body.changes()
    assert first == [("ADD", fact["id"])]
    county.steer(against, punished)
    assert body.facts(punished[CODE]) == []
    gone, later = body.changes(cursor)
    assert gone == [("DEL", fact["id"])] and body.changes(later) == ([], later)
    assert body.get(f"/records/{fact['id']}").status_code == 410
    assert PENALTY not in body.get(f"/records/{fact['id']}").text


def test_a_withdrawn_record_is_told_once_as_deleted_without_its_content(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY)
    county.punish(punished)
    body, other = county.body(), county.body("XF-002", "另一征信有限公司")
    (fact,) = body.facts(punished[CODE])
    _, cursor = body.changes()
    intervening.withdraw(county.hub, fact["id"], "已核实")
    assert body.facts(punished[CODE]) == []
    answer = body.get("/changes", after=cursor)
    assert answer.json()["changes"] == [{"id": fact["id"], "dataset": PENALTY, "operation": "DEL"}]
    for word in (punished[CODE], punished[NUMBER], punished["行政相对人名称"]):
        assert word not in answer.text
    assert other.changes()[0] == [], "who was never shown it is told nothing"


def test_a_dispute_that_is_closed_brings_the_record_back_and_a_correction_is_a_change(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY)
    county.punish(punished)
    body = county.body()
    (fact,) = body.facts(punished[CODE])
    _, cursor = body.changes()
    closing = (county.today + timedelta(days=4)).isoformat()
    county.steer("credit/dispute", punished, 办结日期=closing)
    gone, cursor = body.changes(cursor)
    county.clock.sleep(4 * 86_400)
    back, cursor = body.changes(cursor)
    assert gone == [("DEL", fact["id"])] and back == [("ADD", fact["id"])]
    county.punish(punished | {"处罚内容": "罚款人民币一万元整。"})
    assert body.changes(cursor)[0] == [("CHG", fact["id"])]
    assert body.get(f"/records/{fact['id']}").json()["record"]["fields"]["cf_nr"] == "罚款人民币一万元整。"


def test_a_window_that_ends_by_the_clock_needs_no_delivery(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY, 公示截止期=(county.today + timedelta(days=100)).isoformat())
    county.punish(punished)
    body = county.body(days=390)
    (fact,) = body.facts(punished[CODE])
    _, cursor = body.changes()
    county.clock.sleep(101 * 86_400)
    assert body.facts(punished[CODE]) == []
    assert body.changes(cursor)[0] == [("DEL", fact["id"])]


def test_persons_sole_traders_and_minor_matters_are_answered_like_somebody_unknown(county: ServiceCounty) -> None:
    trader, slight, company = county.penalty(TRADER), county.penalty(OTHER, 处罚类别="警告"), county.penalty(COMPANY)
    slight["罚款金额（万元）"] = ""
    county.punish(trader, slight, company, county.penalty(PERSON))
    county.steer("credit/repair", company)
    body = county.body()
    unknown = uscc(county.place, 987)

    def told(code: str) -> str:
        county.clock.now = county.clock()  # the answers differ in their moment alone
        answer = body.get(f"/subjects/{code}/facts")
        moment = answer.json()["as_of"]
        assert answer.status_code == 200
        return str(answer.text.replace(moment, "").replace(code, ""))

    expected = told(unknown)
    for row in (trader, slight, company):
        assert told(row[CODE]) == expected
    assert '"facts":[]' in expected
    person = county.penalty(PERSON)["证件号码"]
    assert body.get(f"/subjects/{person}/facts").status_code == 422
    assert body.changes()[0] == []


def test_a_court_s_list_shows_organisations_and_never_a_person(county: ServiceCounty) -> None:
    cases = [defaulters.defaulter(county.place, serial, county.today, Random(serial)) for serial in range(8)]
    receipt = county.submit(DEFAULTER, cases, "court")
    assert receipt["counts"]["accepted"] == 8
    body = county.body(datasets=(DEFAULTER,))
    told = [body.facts(case[CODE]) for case in cases if CODE in case]
    assert [len(each) for each in told] == [0, 1, 1, 1], "the first has left the list"
    said = str(told)
    for case in cases:
        assert case.get("身份证号码", "nobody") not in said and (CODE in case or case["被执行人名称"] not in said)


def test_a_query_by_name_or_by_no_code_is_refused_clearly(county: ServiceCounty) -> None:
    body, code = county.body(), "91320830000000019L"
    wrong = (
        "盱眙某某商贸有限公司",
        code.lower(),
        "913208300000000191",
        code[:16],
        f"{code}0",
        "%25",
        "320830188001010002",
    )
    answers = [body.get(f"/subjects/{one}/facts") for one in wrong]
    answers += [body.get(f"/subjects/{code}/facts", **{name: "某某"}) for name in ("name", "mc", "legal_person")]
    for answer in answers:
        assert answer.status_code == 422 and "统一社会信用代码" in answer.json()["detail"]
        assert answer.headers["content-type"] == "application/problem+json"


def test_nothing_lists_subjects_or_records(county: ServiceCounty) -> None:
    body = county.body()
    for path in ("/subjects", "/subjects/", "/records", "/records/", "/facts", ""):
        assert body.get(path).status_code == 404, path
    for parameters in ({"limit": 101}, {"limit": 0}, {"purpose": None}, {"after": "x"}, {"dataset": "../etc"}):
        assert body.get("/subjects/91320830000000019L/facts", **parameters).status_code == 422, parameters
    assert body.get("/changes", limit=1001).status_code == 422
    doubled = f"{API}/subjects/91320830000000019L/facts?purpose=credit_report&purpose=credit_rating"
    assert county.client.get(doubled, headers={"Authorization": f"Bearer {body.key}"}).status_code == 422
    assert county.client.post(f"{API}/datasets").status_code in (401, 405)


def test_what_is_outside_the_scope_or_the_purposes_is_refused_whether_it_exists_or_not(county: ServiceCounty) -> None:
    body, path = county.body(), "/subjects/91320830000000019L/facts"
    answers = [body.get(path, dataset=one) for one in (LICENCE, "credit/repair", "no/such")]
    assert {(one.status_code, one.text) for one in answers} == {(403, answers[0].text)}
    assert body.get(path, purpose="curiosity").status_code == 403
    assert body.get(path, dataset=PENALTY).status_code == 200


def test_a_record_that_the_body_was_never_shown_is_not_there_for_it(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY)
    county.punish(punished)
    (fact,) = county.body().facts(punished[CODE])
    stranger = county.body("XF-002", "另一征信有限公司")
    shown, never = stranger.get(f"/records/{fact['id']}"), stranger.get(f"/records/{'0' * 32}")
    assert (shown.status_code, shown.text) == (never.status_code, never.text) == (404, never.text)


def test_many_facts_come_in_pages(county: ServiceCounty) -> None:
    first = county.penalty(COMPANY)
    rows = [first | {NUMBER: f"盱市监罚〔2026〕{number:05d}号"} for number in range(7)]
    county.punish(*rows)
    body, seen = county.body(), list[str]()
    answer = body.get(f"/subjects/{first[CODE]}/facts", limit=3)
    while True:
        told = answer.json()
        assert len(told["facts"]) <= 3
        seen += [one["fields"]["cf_wsh"] for one in told["facts"]]
        if told["next"] is None:
            break
        answer = county.client.get(told["next"], headers={"Authorization": f"Bearer {body.key}"})
    assert sorted(seen) == sorted(row[NUMBER] for row in rows)
    paged, cursor = body.changes(limit=5)
    assert len(paged) == 5 and len(body.changes(cursor, limit=5)[0]) == 2


def test_a_column_that_a_contract_gets_appears_nowhere(
    make_hub: Callable[..., Hub], tmp_path: Path, clock: Any
) -> None:
    schemas = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", schemas)
    contract = schemas / "market" / "admin_penalty.odcs.yaml"
    column = """      - name: cf_xz
        businessName: 新增列
        physicalName: CF_XZ
        logicalType: string
        logicalTypeOptions: {maxLength: 64}
        classification: public
        customProperties:
          - {property: kernel, value: {name: text}}
          - {property: disclosure, value: {province: keep, open_feed: keep}}
"""
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("    quality:\n", f"{column}    quality:\n", 1), encoding="utf-8")
    with ServiceCounty(real(make_hub, schemas=schemas), tmp_path, clock).served() as county:
        punished = county.penalty(COMPANY, 新增列="不该出现的内容")
        county.punish(punished)
        body = county.body()
        told = body.get(f"/subjects/{punished[CODE]}/facts").text + body.get("/datasets", purpose=None).text
    assert punished[NUMBER] in told and "不该出现" not in told and "cf_xz" not in told


def test_a_restored_hub_answers_nothing_until_a_person_opens_it_and_bodies_begin_anew(county: ServiceCounty) -> None:
    punished = county.penalty(COMPANY)
    county.punish(punished)
    body = county.body()
    (fact,) = body.facts(punished[CODE])
    _, cursor = body.changes()
    with writing(county.hub.ledger, "test") as connection:
        connection.execute(closed_outlet.insert().values(outlet=OUTLET, since=county.clock()))
    for path in (f"/subjects/{punished[CODE]}/facts", f"/records/{fact['id']}", "/changes", "/datasets"):
        answer = body.get(path, purpose=None if path == "/datasets" else "credit_report")
        assert answer.status_code == 503 and answer.headers["retry-after"] == "3600", path
        assert punished[NUMBER] not in answer.text
    restoring.confirm(county.hub, "已核实")
    assert body.get("/changes", after=cursor).status_code == 410
    told, again = body.changes()
    assert told == [("ADD", fact["id"])] and again.partition("-")[0] != cursor.partition("-")[0]


def test_a_county_without_the_outlet_has_no_such_address(
    make_hub: Callable[..., Hub], tmp_path: Path, clock: Any
) -> None:
    with ServiceCounty(make_hub(), tmp_path, clock).served() as small:
        assert small.client.get(f"{API}/datasets").status_code == 404
        assert not [path for path in small.client.get("/api/openapi.json").json()["paths"] if path.startswith(API)]
