"""The sheets on which a clerk answers, and those that say what was taken."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import polars as pl
import pytest

from hub.contract.model import Contract
from hub.receipts import meta
from hub.receipts.compose import Counts, FindingRow, RuleFindings
from hub.receipts.workbook import Detail, workbook

Make = Callable[..., dict[str, Any]]
SIGNING = meta.key_of(b"a key for tests, long enough")
ID = "0123456789abcdef0123456789abcdef"


def rows_of(contract: Contract, *records: int) -> pl.DataFrame:
    names = {column.name: [f"{column.label}{record}" for record in records] for column in contract.columns}
    return pl.DataFrame({"record": records, "row": [record + 1 for record in records], **names}).with_columns(
        row__text=pl.lit(None, pl.String)
    )


@pytest.fixture
def asking(made: Make) -> dict[str, Any]:
    """A row that is asked about, and a question about the batch."""
    findings = (
        RuleFindings("TIM-LATE", "xk_jdrq", "许可决定日期", 2, (FindingRow(6, 5), FindingRow(7, 6))),
        RuleFindings("HDR-UNKNOWN", None, None, 0, detail="“备用列”"),
    )
    return made(findings=findings, counts=Counts(9, 9, 2, 0, 0, 0, 9, 0, 0))


@pytest.fixture
def book(asking: dict[str, Any], contract: Contract) -> Any:
    detail = Detail(
        department="market",
        key=SIGNING,
        queried=rows_of(contract, 5, 6),
        accepted=[(record + 1, ID, "accepted") for record in range(1, 10)],
        ids={5: ID, 6: None},
    )
    return openpyxl.load_workbook(io.BytesIO(workbook(asking, contract, None, detail=detail)))


def test_questions_and_answers_stand_at_the_left_and_a_row_has_all_its_cells(book: Any, contract: Contract) -> None:
    sheet = book["请核实"]
    heads = [cell.value for cell in sheet[1]]
    assert heads == ["原行号", "核实的问题", "核实结果", "说明", *(column.label for column in contract.columns)]
    assert [cell.value for cell in sheet["A"]] == ["原行号", "整批1", "6", "7"]
    assert sheet["B2"].value.startswith("△ ") and "备用列" in sheet["B2"].value
    assert sheet["B3"].value.startswith("△ “许可决定日期”")
    assert [cell.value for cell in sheet[3]][4:] == [f"{column.label}5" for column in contract.columns]


def test_answers_are_chosen_from_a_list_and_only_the_header_is_locked(book: Any) -> None:
    sheet = book["请核实"]
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules["C2:C4"] == '"无误,更正,撤回"'
    assert sheet.protection.sheet and not sheet.protection.password
    assert all(cell.protection.locked for cell in sheet[1])
    assert not any(cell.protection.locked for row in sheet.iter_rows(min_row=2) for cell in row)


def test_what_was_taken_is_listed_with_its_record(book: Any) -> None:
    sheet = book["已接收"]
    assert [cell.value for cell in sheet["A"]][1:4] == ["原行号", "2", "3"] and sheet["B3"].value == ID
    assert sheet.max_row == 11


def test_the_hidden_sheet_is_signed_and_says_nothing_but_ids(book: Any, asking: dict[str, Any]) -> None:
    sheet = book["_meta"]
    assert sheet.sheet_state == "veryHidden"
    said = [tuple(cell.value or "" for cell in row) for row in sheet.iter_rows()]
    found = meta.read(said, SIGNING)
    assert found is not None and (found.receipt, found.batch) == (asking["receipt_no"], asking["batch_no"])
    assert [(key.sheet, key.row, key.record, key.record_id, key.code) for key in found.keys] == [
        ("请核实", "6", 5, ID, None),
        ("请核实", "7", 6, None, None),
        ("整批", "整批1", None, None, "HDR-UNKNOWN"),
    ]


def test_more_questions_than_are_listed_are_counted(asking: dict[str, Any], contract: Contract) -> None:
    detail = Detail("market", SIGNING, rows_of(contract, 5, 6), [(6, ID, "accepted_query")])
    book = openpyxl.load_workbook(io.BytesIO(workbook(asking, contract, None, limit=1, detail=detail)))
    said = [str(cell.value) for row in book["回执"].iter_rows() for cell in row if cell.value]
    assert any("“请核实”只列出前 1 行，共请核实 2 行" in text for text in said)
    assert "共接收 9 行" in book["已接收"]["A1"].value and "前 1 行" in book["已接收"]["A1"].value


def test_the_same_receipt_gives_the_same_bytes(asking: dict[str, Any], contract: Contract) -> None:
    def made() -> bytes:
        return workbook(asking, contract, None, detail=Detail("market", SIGNING, rows_of(contract, 6, 5), ids={5: ID}))

    assert made() == made()


def test_a_trial_has_nothing_to_come_back(asking: dict[str, Any], contract: Contract) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(asking, contract, None)))
    assert book.sheetnames == ["回执", "规则说明"]
