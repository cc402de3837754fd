"""Reports of credit checks: logged, put once, made good after a crash, printed, and never more than is lawful."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.check_county import CheckCounty, pdf_text

from hub import failpoints
from hub.errors import TryAgain
from hub.ledger.checks import credit_check, credit_report
from hub.ledger.connect import reading
from hub.line import Hub, checking, doctor
from hub.outlets import credit_check as credit_check_outlet
from hub.reports import printing
from hub.stages.acknowledge import FolderOutbox

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def county(make_hub: Callable[..., Hub], tmp_path: Path, clock: Any) -> CheckCounty:
    """Without PDFs, which take a second each."""
    hub = make_hub(schemas=ROOT / "schemas", expectations=ROOT / "expectations", pdf_program="none")
    return CheckCounty(hub, tmp_path, clock)


def test_a_list_that_is_sent_twice_is_answered_once(county: CheckCounty) -> None:
    punished = county.penalty(6)
    county.punish(punished)
    file = county.write([county.applicant(punished)], "核查")
    for _ in range(2):
        county.clock.sleep(5)
        county.hub.submit(file, "credit", "credit/check_request")
    assert len(county.workbooks()) == 1
    # The same questions among others: only what is new is asked.
    county.ask(county.applicant(punished), county.applicant(county.penalty(11)))
    assert len(county.summary()) == 2
    with reading(county.hub.ledger) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(credit_check)) == 2


class Killed(BaseException):
    """Stands for the end of the process."""


def _killed_at(point: str, nth: int = 1) -> Callable[[str], None]:
    seen: list[str] = []

    def die(name: str) -> None:
        seen.append(name)
        if seen.count(point) == nth and name == point:
            raise Killed

    return die


@pytest.mark.parametrize(
    "point",
    ["credit_check.before_commit", "credit_check.after_commit", "receipt.before_rename", "credit_report.before_commit"],
)
def test_a_run_that_dies_on_the_way_is_made_good(county: CheckCounty, point: str) -> None:
    punished = county.penalty(6)
    county.punish(punished)
    file = county.write([county.applicant(punished)], "核查")
    failpoints.arm(_killed_at(point))
    try:
        with pytest.raises(Killed):
            county.hub.submit(file, "credit", "credit/check_request")
    finally:
        failpoints.arm(None)
    lying = {each: each.read_bytes() for each in county.workbooks()}
    county.clock.sleep(300)
    assert county.hub.waiting() == {"credit/check_request": 1}
    county.hub.run_dataset("credit/check_request")
    assert county.hub.waiting() == {}
    (done,) = county.workbooks()
    assert lying.get(done, done.read_bytes()) == done.read_bytes()
    assert [verdict for _, verdict, _ in county.summary()] == ["有需要注意的信息"]
    with reading(county.hub.ledger) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(credit_check)) == 1


def test_a_report_that_waited_while_a_repair_came_is_made_again(county: CheckCounty) -> None:
    punished = county.penalty(6)
    county.punish(punished)
    file = county.write([county.applicant(punished)], "核查")
    failpoints.arm(_killed_at("credit_check.after_commit"))
    try:
        with pytest.raises(Killed):
            county.hub.submit(file, "credit", "credit/check_request")
    finally:
        failpoints.arm(None)
    county.steer("credit/repair", punished)
    county.hub.run_dataset("credit/check_request")
    assert [verdict for _, verdict, _ in county.summary()] == ["没有查到可用的信息"]
    with reading(county.hub.ledger) as connection:
        kept = connection.execute(sa.select(credit_report).order_by(credit_report.c.round)).all()
        logged = connection.scalars(sa.select(credit_check.c.verdict).order_by(credit_check.c.id)).all()
    assert [(one.round, one.workbook, one.put_at is None) for one in kept] == [(1, None, True), (2, None, False)]
    assert logged == ["attention", "nothing"]


def test_a_column_that_a_contract_gets_does_not_appear(
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
    hub = make_hub(schemas=schemas, expectations=ROOT / "expectations", pdf_program="none")
    county = CheckCounty(hub, tmp_path, clock)
    punished = county.penalty(6, 新增列="不该出现的内容", 备注="也不该出现")
    county.punish(punished)
    county.ask(county.applicant(punished))
    said = county.said()
    assert punished["行政处罚决定书文号"] in said
    for hidden in ("新增列", "不该出现", punished["法定代表人"], punished["违法事实"]):
        assert hidden not in said


def test_reports_go_into_the_departments_outbox_over_sftp(make_line: Callable[..., Any]) -> None:
    line = make_line(schemas=ROOT / "schemas", expectations=ROOT / "expectations", pdf_program="none")
    county = CheckCounty(line.hub, line.hub.home, line.clock)
    file = county.write([county.applicant(county.penalty(6))], "信用核查")
    line.drop(file.read_bytes(), file.name, "market", ok=b"")
    line.run()
    names = list(line.outbox("market"))
    assert sum("__信用核查__" in name and name.endswith(".xlsx") for name in names) == 1
    assert any(name.endswith(".ok") for name in names)


@pytest.fixture
def printing_county(make_hub: Callable[..., Hub], tmp_path: Path, clock: Any) -> CheckCounty:
    """With a PDF beside each workbook."""
    return CheckCounty(make_hub(schemas=ROOT / "schemas", expectations=ROOT / "expectations"), tmp_path, clock)


def test_the_pdf_says_what_the_workbook_says_a_page_for_each_and_nothing_more(printing_county: CheckCounty) -> None:
    county = printing_county
    told, repaired, person, named = (county.penalty(serial) for serial in (6, 11, 5, 10))
    county.punish(told, repaired, person, named)
    county.steer("credit/repair", repaired)
    county.ask(
        *(county.applicant(each) for each in (told, repaired, person)),
        county.applicant(named, 申请人名称="<b>另某人</b>&"),
    )
    (file,), (book,) = county.pdfs(), county.workbooks()
    assert file.stem == book.stem
    text = pdf_text(file)
    assert text.count("\f") == 4, "a page for each"
    for word in (
        told["行政处罚决定书文号"],
        "没有查到可用的信息",
        "名称待核对",
        "<b>另某人</b>&",
        "法律依据",
        "数据截至",
    ):
        assert word in text, word
    hidden = [repaired["行政处罚决定书文号"], named["行政处罚决定书文号"], named["行政相对人名称"]]
    hidden += [person["证件号码"], named["证件号码"], told["法定代表人"], told["法定代表人证件号码"]]
    for word in hidden:
        assert word not in county.said(), word


def test_without_a_printer_the_workbook_goes_out_and_says_so(county: CheckCounty) -> None:
    county.ask(county.applicant(county.penalty(6)))
    assert county.pdfs() == [] and "没有生成PDF" in county.said()
    (told,) = [one for one in doctor.examine(county.hub) if one["what"] == "reports"]
    assert told["ok"] and told["warning"] and "no Chromium" in told["detail"]


@pytest.mark.parametrize("script", ["exit 1", "exec sleep 60", "exit 0"])
def test_a_printer_that_fails_or_hangs_prints_nothing_and_leaves_nothing_running(tmp_path: Path, script: str) -> None:
    program = tmp_path / "printer"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    assert printing.pdf("<p>甲", str(program), seconds=0.5) is None
    assert printing.pdf("<p>甲", str(tmp_path / "nobody")) is None


def test_a_large_list_is_answered_in_pieces_and_many_records_are_counted(
    county: CheckCounty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "PIECE", 2)
    monkeypatch.setattr(credit_check_outlet, "LISTED", 1)
    rows = [county.penalty(6), county.penalty(6, 行政处罚决定书文号="演市监罚〔2026〕90006号")]
    county.punish(*rows)
    county.ask(*(county.applicant(county.penalty(serial)) for serial in (6, 11, 16, 21, 26)))
    assert len(county.workbooks()) == 3 and len(county.summary()) == 5
    said = county.said()
    assert sum(row["行政处罚决定书文号"] in said for row in rows) == 1
    assert "只列出最近的1条，还有1条。" in said


def _cycle(county: CheckCounty) -> None:
    county.clock.sleep(5)
    county.hub.drain("open_feed")


def test_a_report_is_called_back_when_something_in_it_may_not_be_seen_any_more(county: CheckCounty) -> None:
    repaired, other, stays = (county.penalty(serial) for serial in (6, 11, 16))
    county.punish(repaired, other, stays)
    county.ask(county.applicant(repaired), county.applicant(other))
    county.ask(county.applicant(stays, 核查批次="NYBT-2026-02"))
    _cycle(county)
    first, second = county.workbooks()
    county.steer("credit/repair", repaired)
    _cycle(county)
    assert county.workbooks() == [second], "what shows nobody else stays"
    (text,) = (county.hub.home / "outbox" / "credit").glob("*_已收回.txt")
    assert text.name == f"{first.stem}_已收回.txt"
    said = text.read_text(encoding="utf-8-sig")
    assert "请销毁" in said and not any(row["行政处罚决定书文号"] in said for row in (repaired, other))
    # It is done once; the log of what was shown stays, and the same question is not answered again by itself.
    before = text.stat().st_mtime_ns
    _cycle(county)
    assert text.stat().st_mtime_ns == before
    with reading(county.hub.ledger) as connection:
        logged = connection.scalars(sa.select(credit_check.c.verdict).order_by(credit_check.c.id)).all()
    assert logged == ["attention", "attention", "attention"]
    county.ask(county.applicant(repaired, 核查批次="NYBT-2026-03"))
    assert county.summary()[-1][1] == "没有查到可用的信息"


@pytest.mark.parametrize(
    "point",
    [
        "credit_recall.before_commit",
        "credit_recall.after_commit",
        "report.before_remove",
        "credit_recalled.before_commit",
    ],
)
def test_a_run_that_dies_while_it_calls_a_report_back_is_made_good(county: CheckCounty, point: str) -> None:
    punished = county.penalty(6)
    county.punish(punished)
    county.ask(county.applicant(punished))
    _cycle(county)
    county.steer("credit/annulment", punished)
    failpoints.arm(_killed_at(point))
    try:
        with pytest.raises(Killed):
            _cycle(county)
    finally:
        failpoints.arm(None)
    county.clock.sleep(300)
    assert county.hub.due("open_feed") > 0
    _cycle(county)
    assert county.workbooks() == [] and county.hub.due("open_feed") == 0
    assert len(list((county.hub.home / "outbox" / "credit").glob("*_已收回.txt"))) == 1


def test_an_asker_whose_server_fails_keeps_no_outlet_waiting(
    county: CheckCounty, monkeypatch: pytest.MonkeyPatch
) -> None:
    punished = county.penalty(6)
    county.punish(punished)
    county.ask(county.applicant(punished))
    _cycle(county)
    county.steer("credit/dispute", punished)
    with monkeypatch.context() as patch:

        def broken(*_: object) -> None:
            raise TryAgain("the server does not answer")

        patch.setattr(FolderOutbox, "take_away", broken)
        with pytest.raises(TryAgain):
            _cycle(county)
    feed = county.hub.home / "feed" / "current" / "market" / "admin_penalty" / "admin_penalty.jsonl"
    assert punished["行政处罚决定书文号"] not in feed.read_text(encoding="utf-8")
    assert county.workbooks() and county.hub.due("open_feed") == 1
    _cycle(county)
    assert county.workbooks() == []
