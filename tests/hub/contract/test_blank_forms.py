from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hub.contract.derive import suite
from hub.contract.load import dataset_names
from hub.contract.model import Contract
from hub.contract.template import blank_csv, template
from hub.kernels import KERNELS, Options

Load = Callable[[str], Contract]


def rows_of(contract: Contract) -> list[list[str]]:
    return list(csv.reader(io.StringIO(blank_csv(contract).decode("utf-8-sig"))))


def test_a_blank_form_opens_in_excel_and_has_the_chinese_headers(load: Load) -> None:
    licence = load("market/admin_licence")
    content = blank_csv(licence)
    assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\r\n") == 2
    assert rows_of(licence)[0] == [column.label for column in licence.columns]


def test_the_example_is_an_organisation_and_names_no_citizen_id(load: Load) -> None:
    described = {column.name: column for column in template(load("market/admin_licence"))}
    assert described["xk_xdr_lb"].example == "法人及非法人组织"
    assert described["xk_xdr_zjhm"].example == described["xk_xdr_zjlx"].example == ""
    assert described["xk_xdr_mc"].required and described["xk_xdr_mc"].max_length == 200
    assert [code.code for code in described["xk_zt"].codes] == ["1", "2"]


@pytest.fixture
def judged(load: Load, expectations: Path) -> Callable[[str], Iterator[Any]]:
    """The rules that the example row of a dataset violates."""

    def violated(dataset: str) -> Iterator[Any]:
        from hub.rules.applied import applied
        from hub.rules.compile import compile_suite

        contract = load(dataset)
        header, cells = rows_of(contract)
        normalised = {"row__mark": pl.Series([None], dtype=pl.String), "record_id": pl.Series(["a"])}
        for column in contract.columns:
            cell = pl.Series([cells[header.index(column.label)] or None], dtype=pl.String)
            reading = KERNELS[column.kernel].read(cell, Options(settings=column.options, codes=column.codes))
            normalised |= {column.name: reading.values, f"{column.name}__mark": reading.marks}
        frame = pl.DataFrame(normalised)
        of_one_row = applied(suite(contract, expectations), {}, frame.columns).suite
        for rule in compile_suite(of_one_row, frame.schema).rules:
            if rule.holds is not None:
                inside = rule.considered if rule.considered is not None else pl.lit(True)
                if frame.select((inside & ~rule.holds.fill_null(False)).alias("violated"))["violated"][0]:
                    yield rule.rule

    return violated


def test_the_example_row_of_every_dataset_would_be_accepted_without_a_question(schemas: Path, judged: Any) -> None:
    for dataset in dataset_names(schemas):
        assert list(judged(dataset)) == []
