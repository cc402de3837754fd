"""The blank form: a clerk fills it in a spreadsheet program, and the hub takes it."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hub.contract import load
from hub.contract.model import Contract
from hub.contract.template import template
from hub.line.prechecking import precheck
from hub.receipts.form import form
from hub.settings import settings

TODAY = date(2026, 11, 23)
SCHEMAS, EXPECTATIONS = settings().schemas, settings().expectations


def contract_of(dataset: str) -> Contract:
    return load.contract(dataset, SCHEMAS, EXPECTATIONS)


def opened(contract: Contract) -> Any:
    return openpyxl.load_workbook(io.BytesIO(form(contract, TODAY)))


@pytest.mark.parametrize("dataset", load.dataset_names(SCHEMAS))
def test_every_dataset_has_a_form_whose_cells_stay_text_and_whose_notes_tell_every_column(dataset: str) -> None:
    contract = contract_of(dataset)
    book = opened(contract)
    sheet, notes = book["填报"], book["填报说明"]
    assert [cell.value for cell in sheet[1]] == [column.label for column in contract.columns]
    assert sheet.max_row == 1, "nothing but the header: what stands below is delivered"
    kept = [
        place
        for one in sheet.column_dimensions.values()
        if one.number_format == "@"
        for place in range(one.min, one.max + 1)
    ]
    assert kept == list(range(1, len(contract.columns) + 1)), "every column is text"
    assert all(cell.comment is not None and cell.comment.text for cell in sheet[1])
    assert [row[0].value for row in notes.iter_rows(min_row=5)] == [column.label for column in contract.columns]
    with_codes = {column.label for column in contract.columns if column.codes}
    offered = {
        sheet.cell(1, next(iter(one.sqref.ranges)).min_col).value for one in sheet.data_validations.dataValidation
    }
    assert offered == with_codes


def test_a_form_that_is_filled_in_with_its_own_example_is_taken(tmp_path: Path) -> None:
    contract = contract_of("market/admin_licence")
    book = opened(contract)
    for place, column in enumerate(template(contract), start=1):
        if column.example:
            book["填报"].cell(2, place, column.example)
    file = tmp_path / "行政许可_20261123.xlsx"
    book.save(file)
    receipt = precheck(file, contract.dataset, "market")
    assert receipt["counts"]["accepted"] == receipt["counts"]["rows"] == 1, receipt["findings"]


def test_an_empty_form_is_answered_in_plain_words(tmp_path: Path) -> None:
    contract = contract_of("market/admin_licence")
    file = tmp_path / "行政许可_空.xlsx"
    file.write_bytes(form(contract, TODAY))
    receipt = precheck(file, contract.dataset, "market")
    assert receipt["verdict"]["code"] == "PRECHECK_REJECTED"
    assert [one["rule"] for one in receipt["findings"]] == ["FIL-EMPTY"]


def test_the_same_contract_and_day_give_the_same_bytes() -> None:
    contract = contract_of("court/judgment_defaulter")
    assert form(contract, TODAY) == form(contract, TODAY)


def test_codes_that_have_ended_are_not_offered() -> None:
    contract = contract_of("market/admin_licence")
    early, late = opened(contract), openpyxl.load_workbook(io.BytesIO(form(contract, date(2199, 1, 1))))
    assert len(late["填报"].data_validations.dataValidation) <= len(early["填报"].data_validations.dataValidation)
