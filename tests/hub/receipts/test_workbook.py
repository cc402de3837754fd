from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import openpyxl
import polars as pl
import pytest

from hub.contract.model import Contract
from hub.receipts.compose import Counts, FindingRow, Judged, Refusal, RuleFindings, compose_amendment
from hub.receipts.console import lines
from hub.receipts.number import receipt_no
from hub.receipts.workbook import names, workbook

Make = Callable[..., dict[str, Any]]
PROVINCE = receipt_no("320830-SCJG-XZXK-20261123-007", 3)


@pytest.fixture
def rejected() -> pl.DataFrame:
    """Three raw rows with all that a desktop program likes to change."""
    return pl.DataFrame(
        {
            "record": [29, 16, 20],
            "row": [30, 17, 21],
            "xk_wsh": ["00029", "=1+1", "许〔2026〕20号"],
            "xk_xdr_mc": ["某某公司", "@某某", "-5"],
            "xk_xdr_shxym": ["91320830000000 29A", "913208300000000161", "91320830000000020A"],
            "xk_xdr_lb": ["法人及非法人组织", "2026-1-2", "1e10"],
            "xk_jg": ["TRUE", "http://x.cn", "某某行政审批机关1"],
            "xk_jdrq": [None, "2026/1/2", "2026年1月2日"],
            "row__text": pl.Series([None, None, None], dtype=pl.String),
        },
    )


def _open(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def _texts(sheet: Any) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_the_first_sheet_alone_tells_the_clerk_what_to_do(made: Make, contract: Contract, rejected: pl.DataFrame):
    book = _open(workbook(made(), contract, rejected))
    assert [sheet.title for sheet in book if sheet.sheet_state == "visible"] == ["回执", "待更正", "规则说明"]
    sheet = book["回执"]
    assert sheet["A1"].value == "▲ 部分接收" and sheet["A1"].font.size >= 16
    said = _texts(sheet)
    assert "317 = 312 + 3 + 2 + 0（接收 + 退回 + 重复 + 空白）" in said
    assert sum(text.startswith(("1. ", "2. ", "3. ")) for text in said) == 3
    assert any("0517-8800 0000" in text for text in said) and made()["receipt_no"] in said


def test_every_value_comes_back_as_the_sender_wrote_it(made: Make, contract: Contract, rejected: pl.DataFrame):
    sheet = _open(workbook(made(), contract, rejected))["待更正"]
    heads = [cell.value for cell in sheet[1]]
    assert heads == ["原行号", *(column.label for column in contract.columns), "问题说明"]
    for line, row in enumerate(rejected.sort("record").iter_rows(named=True), start=2):
        assert sheet.cell(line, 1).value == str(row["row"])
        for place, column in enumerate(contract.columns, start=2):
            cell = sheet.cell(line, place)
            assert cell.value == row[column.name]
            assert cell.number_format == "@" and (cell.value is None or cell.data_type == "s")
    assert sheet.freeze_panes == "B2"


def test_bad_cells_are_marked_by_border_fill_comment_and_words(made: Make, contract: Contract, rejected: pl.DataFrame):
    sheet = _open(workbook(made(), contract, rejected))["待更正"]
    bad, good = sheet["D2"], sheet["C2"]
    assert bad.fill.fgColor.rgb == "FFFCE4D6" and bad.border.left.style == "medium"
    assert bad.comment.text.startswith("▲ 统一社会信用代码校验不通过") and good.comment is None
    assert sheet["G4"].comment.text.startswith("▲ 必填项为空")  # an empty cell is marked too
    assert sheet["H4"].value.count("▲") == 2 and "“许可决定日期”必填项为空。" in sheet["H4"].value


def test_code_columns_offer_their_labels_long_lists_from_a_hidden_sheet(
    made: Make, contract: Contract, rejected: pl.DataFrame
):
    book = _open(workbook(made(), contract, rejected))
    lists = {str(rule.sqref): rule.formula1 for rule in book["待更正"].data_validations.dataValidation}
    assert lists == {"E2:E4": '"法人及非法人组织,自然人"', "F2:F4": "'代码表'!$A$2:$A$61"}
    assert book["代码表"].sheet_state == "hidden" and book["代码表"]["A61"].value == "某某行政审批机关59"


def test_the_rules_sheet_explains_each_rule_that_was_hit(made: Make, contract: Contract, rejected: pl.DataFrame):
    sheet = _open(workbook(made(), contract, rejected))["规则说明"]
    assert [cell.value for cell in sheet["A"]][1:] == ["ID-USCC-CHECK", "ID-USCC-ORG", "CMP-REQUIRED", "DUP-ROW"]
    assert [cell.value for cell in sheet["H"]][1:] == ["这一行退回", "已接收，请核实", "这一行退回", "重复，只计一次"]


def test_the_same_receipt_gives_the_same_bytes(made: Make, contract: Contract, rejected: pl.DataFrame):
    first = workbook(made(), contract, rejected)
    assert workbook(made(), contract, rejected.reverse()) == first


def test_detail_is_cut_and_says_so_counts_are_not(made: Make, contract: Contract):
    many = 1200
    frame = pl.DataFrame(
        {"record": range(1, many + 1), "row": range(2, many + 2), "xk_wsh": [None] * many}
    ).with_columns(pl.col("xk_wsh").cast(pl.String), row__text=pl.lit(None, pl.String))
    group = RuleFindings("CMP-REQUIRED", "xk_wsh", "行政许可决定文书号", many, (FindingRow(2, 1),), truncated=True)
    problems = frame.select("record", code=pl.lit("CMP-REQUIRED"), column=pl.lit("xk_wsh"))
    receipt = made(findings=(group,), counts=Counts(many, 0, 0, many, 0, 0, 0, 0, 0))
    book = _open(workbook(receipt, contract, frame, problems, limit=1000))
    sheet = book["待更正"]
    assert sheet.max_row == 1001 and all(sheet.cell(line, 3).value for line in range(2, 1002))
    assert sum(cell.comment is not None for cell in sheet["B"]) == 500
    said = " ".join(_texts(book["回执"]))
    assert "只列出前 1,000 行，共退回 1,200 行" in said and "1,200 = 0 + 1,200 + 0 + 0" in said


def test_a_row_that_could_not_be_split_is_shown_whole(made: Make, contract: Contract):
    frame = pl.DataFrame(
        {"record": [4], "row": [5], "xk_wsh": pl.Series([None], dtype=pl.String), "row__text": ["甲,乙,\x01丙,丁"]}
    )
    group = RuleFindings("ROW-RAGGED", None, None, 1, (FindingRow(5, 4),))
    receipt = made(findings=(group,), counts=Counts(1, 0, 0, 1, 0, 0, 0, 0, 0))
    sheet = _open(workbook(receipt, contract, frame))["待更正"]
    assert sheet["C1"].value == "整行原文" and sheet["C2"].value.startswith("甲,乙,")
    assert "这一行的列数不对" in sheet["D2"].value


def test_a_file_that_was_not_read_has_a_workbook_too(made: Make):
    group = RuleFindings("FIL-ENCODING", None, None, 1)
    receipt = made(findings=(group,), judged=Judged("refuse"), counts=None, contract=None)
    book = _open(workbook(receipt, None, None))
    assert book.sheetnames == ["回执", "规则说明"] and book["回执"]["A1"].value == "✘ 整体退回"


def test_the_provinces_cause_stands_beside_the_row(made: Make, contract: Contract, rejected: pl.DataFrame):
    refusal = Refusal(17, 16, "法人名称与代码不一致")
    amended = compose_amendment(made(), (refusal,), PROVINCE, datetime(2026, 11, 24, tzinfo=UTC))
    sheet = _open(workbook(amended, contract, rejected.filter(pl.col("record") == 16)))["待更正"]
    assert "省平台意见：法人名称与代码不一致。" in sheet["H2"].value


def test_the_verdict_can_be_read_in_the_list_of_files(made: Make):
    receipt = made()
    number = receipt["receipt_no"]
    assert names(receipt, "市监局_行政许可.xlsx") == (
        f"{number}.json",
        f"市监局_行政许可__{number}__部分接收_退回3行.xlsx",
        f"{number}.partial",
    )
    assert receipt["next"]["template"] == names(receipt, "市监局_行政许可.xlsx")[1]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "C:\\dir\\甲.csv",
        "a\x00b\n.csv",
        "甲" * 300 + ".xlsx",
        "𠮷" * 80,
        ".csv",
        "\ud800.csv",
        "",
        "a:b*?|<>.csv",
    ],
)
def test_no_file_name_of_a_sender_can_do_harm(made: Make, submission: Any, name: str):
    receipt = made(submission=dataclasses.replace(submission, file_name=name))
    for made_name in names(receipt, name):
        assert len(made_name.encode("utf-8")) <= 230
        assert not re.search(r'[/\\:*?"<>|\x00-\x1f]', made_name) and not made_name.startswith(".")


def test_the_console_says_the_same_in_plain_chinese(made: Make):
    said = lines(made())
    assert said.startswith("部分接收：312行已入库")
    assert "收到 317 = 接收 312 + 退回 3 + 重复 2 + 空白 0" in said and "所在行：17、21、30\n" in said
    assert "\x1b" not in said and said.endswith("\n")
