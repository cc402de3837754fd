"""Causes travel with the delivery: on its receipt, the same at every judging, and never into the data."""

from __future__ import annotations

from typing import Any

from hub.line import reporting

HEADER = "名称,统一社会信用代码,文书号,负责人身份证号,登记日期,注册资本（元）,状态,备注"


def test_a_cause_stands_on_the_receipt_and_changes_no_row(line: Any):
    line.drop(line.file(*(line.shop(serial, rq="23/11/2026") for serial in range(1, 31))))
    line.run()
    (receipt,) = line.receipts()
    assert [cause["code"] for cause in receipt["causes"]] == ["CAU-DATES"]
    cause = receipt["causes"][0]
    assert (cause["would_pass"], cause["of"], cause["columns"]) == (30, 30, ["rq"])
    assert cause["detail"].endswith("日期按“日/月/年”读以后 30 行中 30 行可通过。")
    assert receipt["counts"]["rejected"] == 30 and line.versions() == []
    assert receipt["next"]["steps"][0] == f"先看可能的原因：{cause['title']}。"


def test_a_file_that_is_refused_before_its_rows_are_read_has_causes_too(line: Any):
    lines = [line.shop(serial) for serial in range(1, 31)]
    line.drop(("\r\n".join(line.replace(",", "^") for line in [HEADER, *lines]) + "\r\n").encode())
    line.run()
    (receipt,) = line.receipts()
    assert receipt["findings"][0]["rule"] == "HDR-MISSING"
    assert [cause["code"] for cause in receipt["causes"]] == ["CAU-DELIMITER"]


def test_healthy_rows_and_a_few_bad_ones_have_none(line: Any):
    good = [line.shop(serial) for serial in range(1, 41)]
    line.drop(line.file(*good, *(line.shop(serial, rq="23/11/2026") for serial in range(41, 44))))
    line.run()
    (receipt,) = line.receipts()
    assert receipt["counts"]["rejected"] == 3 and receipt["causes"] == []


def test_the_auditors_page_says_the_cause(line: Any):
    line.drop(line.file(*(line.shop(serial, rq="23/11/2026") for serial in range(1, 31))))
    line.run()
    reporting.write(line.hub)
    (page,) = (line.hub.home / "reports" / "market" / "shop").glob("3*.html")
    assert "可能的原因" in page.read_text(encoding="utf-8") and "CAU-DATES" in page.read_text(encoding="utf-8")


def test_nothing_of_the_trial_is_left_behind(line: Any):
    line.drop(line.file(*(line.shop(serial, rq="23/11/2026") for serial in range(1, 31))))
    line.run()
    assert not [file for file in line.hub.home.rglob("*") if file.name == "causes"]
