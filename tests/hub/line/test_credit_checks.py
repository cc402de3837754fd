"""A list of applicants goes in; a report about each comes back, found by identifier alone, each query logged."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from corpus.check_county import CheckCounty
from corpus.small_county import defaulters

from hub.line import Hub

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def county(make_hub: Callable[..., Hub], tmp_path: Path, clock: Any) -> CheckCounty:
    """Without PDFs, which take a second each."""
    hub = make_hub(schemas=ROOT / "schemas", expectations=ROOT / "expectations", pdf_program="none")
    return CheckCounty(hub, tmp_path, clock)


def test_an_applicant_with_a_penalty_is_told_of_and_another_is_not(county: CheckCounty) -> None:
    punished, other = county.penalty(1), county.penalty(6)
    county.punish(punished)
    receipt = county.ask(county.applicant(punished), county.applicant(other))
    assert receipt["counts"]["accepted"] == 2, json.dumps(receipt["findings"], ensure_ascii=False)
    assert [verdict for _, verdict, _ in county.summary()] == ["有需要注意的信息", "没有查到可用的信息"]
    assert punished["行政处罚决定书文号"] in county.said()


def test_nobody_is_found_by_a_name(county: CheckCounty) -> None:
    """Ten of one name, and names that look alike: only whose number it is has the penalty."""
    punished = county.penalty(5)
    county.punish(punished)
    others = [county.penalty(serial) for serial in (10, 15, 20, 25, 30, 35, 40, 45, 50)]
    name = punished["行政相对人名称"]
    asked = [county.applicant(other, 申请人名称=name) for other in others]
    asked[0]["申请人名称"] = name.replace("某", "某 ")
    old = {"证件号码": "320830800101001"}  # of 15 digits: it tells no age with certainty
    foreign = {"证件类型": "护照号", "证件号码": "E12345678"}
    # Another document with the very number of the citizen who was punished.
    borrowed = {"证件类型": "其他", "证件号码": punished["证件号码"]}
    asked += [county.applicant(punished, **old), county.applicant(punished, **foreign)]
    asked += [county.applicant(punished, 核查批次="ZB-1", **borrowed)]
    county.ask(county.applicant(punished), *asked)
    verdicts = [verdict for _, verdict, _ in county.summary()]
    assert verdicts.count("有需要注意的信息") == 1
    assert verdicts.count("没有查到可用的信息") == len(others)
    assert verdicts.count("证件看不出年龄，不提供") == 3
    assert county.said().count(punished["行政处罚决定书文号"]) == 1


def test_a_row_without_a_valid_code_is_rejected_and_asks_nothing(county: CheckCounty) -> None:
    punished = county.penalty(1)
    county.punish(punished)
    wrong = county.applicant(punished, 统一社会信用代码="")
    receipt = county.ask(wrong, county.applicant(county.penalty(6)), county.applicant(county.penalty(11)))
    assert receipt["counts"]["rejected"] == 1
    assert [verdict for _, verdict, _ in county.summary()] == ["没有查到可用的信息"] * 2


def _expired(county: CheckCounty) -> dict[str, str]:
    decided = (county.today - timedelta(days=1200)).isoformat()
    return {"处罚决定日期": decided, "处罚有效期": county.today.isoformat()}


@pytest.mark.parametrize("against", ["credit/repair", "credit/dispute", "credit/annulment", "expired", "minor matter"])
def test_what_may_not_be_used_leaves_no_trace(county: CheckCounty, against: str) -> None:
    """The same words and the same sheets as for somebody of whom nothing is known."""
    changed = {"expired": _expired(county), "minor matter": {"处罚类别": "警告", "罚款金额（万元）": ""}}
    barred = county.penalty(1, **changed.get(against, {}))
    county.punish(barred)
    if against in changed:
        county.ask(county.applicant(barred))
    else:
        county.steer(against, barred)
        county.ask(county.applicant(barred))
    ((_, verdict, remark),) = county.summary()
    assert (verdict, remark) == ("没有查到可用的信息", "")
    said = county.said()
    for word in (barred["行政处罚决定书文号"], "处罚决定", "修复", "异议", "撤销", "屏蔽", "过期"):
        assert word not in said
    (file,) = county.workbooks()
    assert openpyxl.load_workbook(file).sheetnames == ["汇总", "口径说明"]


def test_a_defaulter_whom_the_court_shields_is_not_told_of(county: CheckCounty) -> None:
    row = defaulters.defaulter(county.place, 1, county.today, Random(1)) | {"被执行人的履行情况": "全部未履行"}
    number = row["案号"][-4:]  # brackets are written in one way
    receipt = county.submit("court/judgment_defaulter", [row], "court")
    assert receipt["counts"]["accepted"] == 1, json.dumps(receipt["findings"], ensure_ascii=False)
    applicant = {
        "行政相对人名称": row["被执行人名称"],
        "行政相对人类别": row["被执行人类别"],
        "统一社会信用代码": row["统一社会信用代码"],
    }
    county.ask(county.applicant(applicant))
    assert number in county.said()
    shielding = {
        "屏蔽编号": "PB1",
        "主体名称": row["被执行人名称"],
        "主体类别": row["被执行人类别"],
        "统一社会信用代码": row["统一社会信用代码"],
        "数据集": "失信被执行人",
        "案号": row["案号"],
        "屏蔽日期": county.today.isoformat(),
    }
    receipt = county.submit("court/shielding", [shielding], "court")
    assert receipt["counts"]["accepted"] == 1, json.dumps(receipt["findings"], ensure_ascii=False)
    for file in county.workbooks():
        file.unlink()
    county.ask(county.applicant(applicant, 核查批次="NYBT-2026-02"))
    assert [verdict for _, verdict, _ in county.summary()] == ["没有查到可用的信息"]
    assert number not in county.said()


def test_a_name_that_differs_is_told_and_a_persons_records_are_withheld(county: CheckCounty) -> None:
    company, person = county.penalty(6), county.penalty(5)
    county.punish(company, person)
    spelled = company["行政相对人名称"].replace("（", " (").replace("）", ")")
    county.ask(
        county.applicant(company, 申请人名称=spelled),
        county.applicant(company, 核查批次="NYBT-2026-02", 申请人名称="盱眙另一家商贸有限公司"),
        county.applicant(person, 核查批次="NYBT-2026-02", 申请人名称="另某人"),
    )
    told = {name: (verdict, remark) for name, verdict, remark in county.summary()}
    assert told[spelled] == ("有需要注意的信息", "")
    verdict, remark = told["盱眙另一家商贸有限公司"]
    assert verdict == "名称待核对" and "名称与登记的不一致，请核对代码" in remark
    assert company["行政相对人名称"] in remark
    verdict, remark = told["另某人"]
    assert verdict == "名称待核对" and f"{person['行政相对人名称'][0]}***" in remark
    said = county.said()
    assert said.count(company["行政处罚决定书文号"]) == 2
    for hidden in (person["行政相对人名称"], person["行政处罚决定书文号"], person["证件号码"]):
        assert hidden not in said


def test_of_a_minor_nothing_is_said(county: CheckCounty) -> None:
    child = county.penalty(5, 证件号码="320830201001010006")
    county.punish(child)
    county.ask(county.applicant(child))
    ((_, verdict, _),) = county.summary()
    assert verdict == "未满18周岁，不提供"
    assert child["行政处罚决定书文号"] not in county.said() and child["证件号码"] not in county.said()


def test_only_what_a_purpose_allows_is_used(county: CheckCounty) -> None:
    punished = county.penalty(6)
    county.punish(punished)
    county.ask(county.applicant(punished, 用途="招标投标"))
    assert [verdict for _, verdict, _ in county.summary()] == ["没有查到可用的信息"]


def test_who_asks_cannot_give_himself_leave(county: CheckCounty) -> None:
    punished = county.penalty(6)
    county.punish(punished)
    county.ask(county.applicant(punished, 审批人工号="cz0012"))
    assert [verdict for _, verdict, _ in county.summary()] == ["经办人和审批人是同一个人，不提供"]
    assert punished["行政处罚决定书文号"] not in county.said()
