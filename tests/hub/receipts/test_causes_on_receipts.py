"""Causes on the three faces of a receipt: near the top, in plain words, and never where there are none."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import jsonschema
import openpyxl
import pytest

from hub.receipts.compose import Cause, Counts, Judged, Refusal, RuleFindings, compose_amendment, to_bytes
from hub.receipts.console import lines
from hub.receipts.number import receipt_no
from hub.receipts.workbook import workbook

Make = Callable[..., dict[str, Any]]
SHIFTED = Cause(
    "CAU-SHIFT",
    "各列错位",
    "从某一列起，内容整片移到了旁边的列。从第3列“统一社会信用代码”起左移一格后 317 行中 310 行可通过。",
    "请检查导出的表是否多了或少了一格，对齐表头后重新报送。",
    310,
    317,
    ("xk_xdr_shxym", "xk_xdr_lb"),
)
LOST = Cause("CAU-LOST", "文字在转码时已经丢失", "改编码也恢复不了。", "请从原系统重新导出。", None, 317)


@pytest.fixture
def refused(made: Make, findings: tuple[RuleFindings, ...]) -> dict[str, Any]:
    """A file that is returned as a whole, with two causes."""
    gate = RuleFindings("GATE-SHARE", None, None, 1, detail="99.1%")
    counts = Counts(317, 0, 0, 315, 2, 0)
    return made(findings=(*findings, gate), judged=Judged("refuse"), counts=counts, causes=(SHIFTED, LOST))


def test_the_json_face_follows_the_schema_with_causes_in_their_order(refused: dict[str, Any]):
    schema = json.loads(files("hub.receipts").joinpath("receipt.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(to_bytes(refused)))
    assert [cause["code"] for cause in refused["causes"]] == ["CAU-SHIFT", "CAU-LOST"]
    assert refused["causes"][0]["columns"] == ["xk_xdr_shxym", "xk_xdr_lb"]
    assert (refused["causes"][0]["would_pass"], refused["causes"][1]["would_pass"]) == (310, None)


def test_the_first_step_names_the_first_cause(refused: dict[str, Any], made: Make):
    assert refused["next"]["steps"][0] == "先看可能的原因：各列错位。"
    assert "可能的原因" not in "".join(made()["next"]["steps"])


def test_the_workbook_says_the_causes_before_the_figures(refused: dict[str, Any], contract: Any):
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(refused, contract, None)))["回执"]
    said = [str(row[0].value) for row in sheet.iter_rows() if row[0].value is not None]
    place = said.index("可能的原因（只是试算，系统没有改动数据）")
    assert place < said.index("下一步") < said.index("行数")
    assert said[place + 1].startswith("各列错位：") and "317 行中 310 行可通过。" in said[place + 1]
    assert said[place + 2].startswith("文字在转码时已经丢失：")


def test_the_console_says_the_causes_before_the_findings(refused: dict[str, Any]):
    said = lines(refused)
    assert said.index("可能的原因") < said.index("CAU-SHIFT  各列错位") < said.index("发现的问题")
    assert SHIFTED.detail in said and SHIFTED.fix in said


def test_without_causes_no_face_speaks_of_them(made: Make, contract: Any):
    receipt = made()
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(receipt, contract, None)))["回执"]
    said = "".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    assert receipt["causes"] == [] and "原因" not in said and "可能的原因" not in lines(receipt)


def test_a_receipt_of_before_can_still_be_shown(made: Make, contract: Any):
    old = {name: value for name, value in made().items() if name != "causes"}
    assert workbook(old, contract, None) and lines(old)


def test_an_answer_of_the_province_has_no_causes_of_the_first_receipt(made: Make):
    first = made(causes=(SHIFTED,))
    refusal = Refusal(17, 16, "主体代码不存在")
    number = receipt_no("320830-SCJG-XZXK-20261123-007", 3)
    assert compose_amendment(first, [refusal], number, datetime(2026, 11, 24, 2, 0, tzinfo=UTC))["causes"] == []
