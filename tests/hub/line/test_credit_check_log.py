"""The log of credit checks: complete, without anybody's number, kept as long as the law says, told to the subject."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.check_county import CheckCounty

from hub.errors import CallOperator, WrongUsage
from hub.ledger import evidence
from hub.ledger.checks import credit_check, credit_report
from hub.ledger.connect import reading, writing
from hub.ledger.tables import closed_outlet, outbox
from hub.line import Hub, checking, expiring, rebuilding, restoring, subject_access
from hub.line.verifying import ordered, verify

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def county(make_hub: Callable[..., Hub], tmp_path: Path, clock: Any) -> CheckCounty:
    """Without PDFs, which take a second each."""
    hub = make_hub(schemas=ROOT / "schemas", expectations=ROOT / "expectations", pdf_program="none")
    return CheckCounty(hub, tmp_path, clock)


def test_every_query_is_logged_and_never_by_its_number(county: CheckCounty) -> None:
    company, person, unknown = county.penalty(6), county.penalty(5), county.penalty(11)
    county.punish(company, person)
    county.ask(*(county.applicant(each) for each in (company, person, unknown)))
    with reading(county.hub.ledger) as connection:
        logged = [
            dict(row._mapping) for row in connection.execute(sa.select(credit_check).order_by(credit_check.c.row))
        ]
        (report,) = connection.execute(sa.select(credit_report)).all()
        event = evidence.latest(connection, "credit_check")
    assert [(one["row"], one["verdict"]) for one in logged] == [(2, "attention"), (3, "attention"), (4, "nothing")]
    for one in logged:
        assert (one["purpose"], one["authority"]) == ("资金补贴", "盱政办发〔2026〕12号")
        assert (one["person"], one["authoriser"], one["department"]) == ("CZ0012", "CZ0001", "credit")
    assert [[each[0] for each in one["shown"]] for one in logged] == [["market/admin_penalty"]] * 2 + [[]]
    for number in (company["统一社会信用代码"], person["证件号码"], person["行政相对人名称"]):
        assert number not in str(logged)
    assert logged[1]["subject"] == checking.subject_key(county.hub, person["证件号码"].lower())
    (file,) = county.workbooks()
    assert report.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert report.put_at is not None and report.workbook is None, "the bytes stay no longer than they are needed"
    assert event is not None and event["body"]["reports"][0]["sha256"] == report.sha256
    assert event["body"]["reports"][0]["queries"] == 3
    assert ordered(verify(county.hub)) == []


def test_nothing_is_sent_to_an_outlet_that_is_only_asked(county: CheckCounty) -> None:
    county.punish(county.penalty(6))
    assert "credit_check" not in county.hub.outlets()
    with reading(county.hub.ledger) as connection:
        sent = set(connection.scalars(sa.select(outbox.c.outlet)))
    assert {"province", "open_feed"} <= sent <= set(county.hub.outlets())


def test_records_of_persons_are_found_through_an_index(county: CheckCounty) -> None:
    county.punish(county.penalty(5))
    for dataset in ("market/admin_penalty", "market/admin_licence", "court/judgment_defaulter"):
        contract = county.hub.contract(dataset)
        assert {contract.subject.organisation_id, contract.subject.person_id} <= set(
            county.hub.shape(contract).searched
        )


def test_a_closed_outlet_answers_nothing_until_a_person_opens_it(county: CheckCounty) -> None:
    punished = county.penalty(6)
    county.punish(punished)
    with writing(county.hub.ledger, "test") as connection:
        connection.execute(closed_outlet.insert().values(outlet="credit_check", since=county.clock()))
    file = county.write([county.applicant(punished)], "核查")
    with pytest.raises(CallOperator, match="closed since a restore"):
        county.hub.submit(file, "credit", "credit/check_request")
    restoring.confirm(county.hub, "已核实")
    county.hub.run_dataset("credit/check_request")
    assert [verdict for _, verdict, _ in county.summary()] == ["有需要注意的信息"]


def test_a_subject_learns_who_asked_about_it(county: CheckCounty, monkeypatch: pytest.MonkeyPatch) -> None:
    person = county.penalty(5)
    county.punish(person)
    county.ask(county.applicant(person), county.applicant(county.penalty(6)))
    (one,) = subject_access.queries(county.hub, person["证件号码"] + "\n")
    assert (one["department"], one["purpose"], one["person"], one["authoriser"]) == (
        "公共信用信息中心", "资金补贴", "CZ0012", "CZ0001"
    )  # fmt: skip
    assert (one["records"], one["left"]) == (1, True)
    assert subject_access.queries(county.hub, "91320830000000019L") == []
    with pytest.raises(WrongUsage):
        subject_access.queries(county.hub, "\n")


def test_the_log_of_queries_is_kept_five_years_and_no_longer(county: CheckCounty) -> None:
    person = county.penalty(5)
    county.ask(county.applicant(person))
    county.clock.sleep(4.9 * 365.25 * 86400)
    expiring.expire(county.hub)
    assert len(subject_access.queries(county.hub, person["证件号码"])) == 1
    county.clock.sleep(0.2 * 365.25 * 86400)
    expiring.expire(county.hub)
    assert subject_access.queries(county.hub, person["证件号码"]) == []


def test_a_rebuilt_ledger_has_the_log_of_queries_and_asks_nothing_again(county: CheckCounty, tmp_path: Path) -> None:
    punished = county.penalty(6)
    county.punish(punished)
    county.ask(county.applicant(punished))
    before = county.workbooks()
    assert rebuilding.rebuild(county.hub, tmp_path / "rebuilt").different == []
    assert county.workbooks() == before
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'rebuilt' / 'ledger.db'}")
    with engine.connect() as rebuilt, county.hub.ledger.connect() as first:
        query = sa.select(credit_check).order_by(credit_check.c.id)
        assert [tuple(row) for row in rebuilt.execute(query)] == [tuple(row) for row in first.execute(query)] != []
    engine.dispose()


def test_both_databases_keep_the_log_and_lose_the_bytes(
    make_hub: Callable[..., Hub], ledger_url: str, tmp_path: Path, clock: Any
) -> None:
    hub = make_hub(ledger_url, schemas=ROOT / "schemas", expectations=ROOT / "expectations", pdf_program="none")
    county = CheckCounty(hub, tmp_path, clock)
    person = county.penalty(5)
    county.punish(person)
    county.ask(county.applicant(person), county.applicant(county.penalty(6)))
    assert [verdict for _, verdict, _ in county.summary()] == ["有需要注意的信息", "没有查到可用的信息"]
    (one,) = subject_access.queries(hub, person["证件号码"])
    assert [each[0] for each in one["shown"]] == ["market/admin_penalty"]
    with reading(hub.ledger) as connection:
        assert connection.execute(sa.select(credit_report.c.workbook, credit_report.c.pdf)).all() == [(None, None)]
