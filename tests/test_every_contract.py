"""Every contract of the configuration, with nothing written for any of them: samples arrive, are taken, are refused.

The rows come from ``corpus.samples``, made of the contract and its rules alone, and are judged as ``hub check`` judges
them. A new contract is covered by being there. What the standard's own tool says of it: ``test_datacontract_lint``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from corpus.samples import Sample, csv_of, faulty, valid

from hub.contract import derive, load
from hub.contract.marks import SEMANTIC_TYPES
from hub.contract.model import Column, Contract
from hub.contract.template import blank_csv
from hub.findings import notice
from hub.kernels import KERNELS, Options
from hub.line import prechecking
from hub.line.hub import Hub
from hub.receipts.form import form
from hub.settings import settings
from hub.stages import steered
from hub.stages.collect import dataset_of
from hub.stages.identity import ids_and_salts

SCHEMAS, EXPECTATIONS = settings().schemas, settings().expectations
DATASETS = load.dataset_names(SCHEMAS)
ARRIVED = datetime(2026, 11, 5, 2, 0, tzinfo=UTC)  # in time for the decisions that examples tell of
MOST_ROWS = 100  # that a receipt names for one finding
RECORD_KEY = bytes(32)
every = pytest.mark.parametrize("dataset", DATASETS)


@pytest.fixture(scope="session")
def contracts() -> Mapping[str, Contract]:
    return {one.dataset: one for one in load.contracts(SCHEMAS, EXPECTATIONS)}


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(settings().model_copy(update={"home": tmp_path / "home"}))


def sender_of(contract: Contract) -> str | None:
    """A department that sends files; None where the rows come from a database, an API or the hub itself."""
    return next((one.department for one in contract.intakes if one.patterns), None)


@contextmanager
def judged(hub: Hub, contract: Contract, file: Path) -> Iterator[dict[str, Any]]:
    """The receipt of a trial delivery; its findings and counts are those of ``hub check``."""
    trial = prechecking.Trial(ARRIVED, "hand")
    with prechecking.judged(hub, file, file.name, contract, sender_of(contract), trial) as (receipt, _):
        yield receipt


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@every
def test_a_file_of_every_name_that_was_agreed_arrives_at_its_dataset(
    dataset: str, contracts: Mapping[str, Contract]
) -> None:
    everything = list(contracts.values())
    for intake in contracts[dataset].intakes:
        for pattern in intake.patterns:
            name = pattern.replace("*", "_20261105_") + ".csv"
            assert dataset_of(name, intake.department, everything) == dataset, (intake.department, name)


@every
def test_sound_rows_are_taken_without_a_question(
    dataset: str, contracts: Mapping[str, Contract], hub: Hub, tmp_path: Path
) -> None:
    contract = contracts[dataset]
    file = tmp_path / "好.csv"
    file.write_bytes(csv_of(contract, valid(contract, 3)))
    with judged(hub, contract, file) as receipt:
        counts = receipt["counts"]
        assert (counts["rows"], counts["accepted"], counts["of_which_query"]) == (3, 3, 0), receipt["findings"]


@every
def test_each_fault_gets_its_code_and_nothing_is_counted_twice(
    dataset: str, contracts: Mapping[str, Contract], hub: Hub, tmp_path: Path
) -> None:
    # Nearly all rows are bad here; the gate would refuse the file for that alone, and is not what is asked.
    contract = replace(contracts[dataset], refuse_above=1.0)
    samples = list(faulty(contract, derive.suite(contract, EXPECTATIONS)))
    sought = [sample for sample in samples if sample.code is not None]
    assert len(sought) >= len(contract.columns)
    file = tmp_path / "错.csv"
    file.write_bytes(csv_of(contract, samples))
    with judged(hub, contract, file) as receipt:
        told = codes_by_record(receipt)
        missed = [
            (sample.code, sample.column)
            for record, sample in enumerate(samples, start=1)
            if sample.code is not None and (sample.code, sample.column) not in told.get(record, {})
        ]
        assert missed == []
        counts = receipt["counts"]
        taken = counts["accepted"] + counts["rejected"] + counts["duplicate"] + counts["blank"]
        assert counts["rows"] == len(samples) == taken
        rejected = {record for record, codes in told.items() if "V" in codes.values()}
        assert len(rejected) == counts["rejected"]
        assert {record for record, sample in enumerate(samples, start=1) if sample.rejected} <= rejected


def codes_by_record(receipt: Mapping[str, Any]) -> dict[int, dict[tuple[str, str | None], str]]:
    """Record -> (code, column) -> class, of all findings on rows."""
    told: dict[int, dict[tuple[str, str | None], str]] = {}
    for found in receipt["findings"]:
        assert len(found["rows"]) < MOST_ROWS, "more rows than a receipt names: the samples must be fewer"
        for row in found["rows"]:
            if row["record"] is not None:
                told.setdefault(row["record"], {})[found["rule"], found["field"]] = found["class"]
    return told


@every
def test_the_blank_form_opens_in_a_spreadsheet_and_is_taken_when_filled_in(
    dataset: str, contracts: Mapping[str, Contract], hub: Hub, tmp_path: Path
) -> None:
    contract = contracts[dataset]
    book = openpyxl.load_workbook(io.BytesIO(form(contract, date(2026, 11, 5))))
    sheet = book["填报"]
    labels = [cell.value for cell in sheet[1]]
    assert labels == [column.label for column in contract.columns]
    (header, _) = csv.reader(io.StringIO(blank_csv(contract).decode("utf-8-sig")))
    assert header == labels
    fill(sheet, contract, valid(contract, 2))
    file = tmp_path / "表.xlsx"
    book.save(file)
    with judged(hub, contract, file) as receipt:
        assert receipt["counts"]["accepted"] == 2, receipt["findings"]


def fill(sheet: Any, contract: Contract, samples: Sequence[Sample]) -> None:
    for line, sample in enumerate(samples, start=2):
        for place, column in enumerate(contract.columns, start=1):
            if cell := sample.cells[column.name]:
                sheet.cell(line, place, cell)


@every
def test_every_column_says_what_it_is_in_chinese_and_is_classified(
    dataset: str, contracts: Mapping[str, Contract]
) -> None:
    contract = contracts[dataset]
    assert has_chinese(contract.title) and has_chinese(contract.description) and contract.contact
    assert load.title(dataset, SCHEMAS) == contract.title
    for column in contract.columns:
        assert has_chinese(column.label), column.name
        assert column.classification in ("public", "internal", "personal", "sensitive")
        assert column.kernel != "money" or any(unit in column.label for unit in ("（元）", "（万元）", "（分）"))
        if column.kernel == "citizen_id":
            assert all(example[6:9] == "188" for example in column.examples), "people in examples are nobody"


@every
def test_every_column_has_a_decision_for_every_outlet_and_it_is_no_unless_it_was_said(
    dataset: str, contracts: Mapping[str, Contract]
) -> None:
    contract = contracts[dataset]
    lawful = {one.outlet: one for one in contract.lawful}
    for outlet in load.outlets(SCHEMAS):
        shown = [column for column in contract.columns if leaves(column, outlet.id)]
        basis = lawful.get(outlet.id)
        if basis is None:
            assert shown == [], f"{outlet.id} has no basis and sees nothing"
            continue
        assert shown and basis.legal_basis and basis.items
        if outlet.use == "public":
            assert "person" not in basis.subjects
            assert not any(SEMANTIC_TYPES[column.kernel].personal for column in shown)
            assert all(column.classification in ("public", "internal") for column in shown)
        assert not any(column.classification == "sensitive" and outlet.use != "supervision" for column in shown)


def leaves(column: Column, outlet: str) -> bool:
    how = column.disclosure.get(outlet)
    return how is not None and how.how != "withhold"


@every
def test_it_stands_on_a_law_or_document(dataset: str, contracts: Mapping[str, Contract]) -> None:
    assert "《" in contracts[dataset].legal_basis and "》" in contracts[dataset].legal_basis


@every
def test_what_is_sensitive_throughout_goes_nowhere(dataset: str, contracts: Mapping[str, Contract]) -> None:
    contract = contracts[dataset]
    if {column.classification for column in contract.columns} == {"sensitive"}:
        assert contract.lawful == ()
        assert not any(column.disclosure for column in contract.columns)


@every
def test_what_is_shown_of_a_subject_can_be_repaired_disputed_and_annulled(
    dataset: str, contracts: Mapping[str, Contract]
) -> None:
    contract = contracts[dataset]
    if not {kind for one in contract.lawful for kind in one.subjects} - {"household"}:
        return
    assert set(contract.steered) == set(contract.key)
    for steering in ("credit/repair", "credit/dispute", "credit/annulment"):
        steers = contracts[steering].steers
        assert steers is not None
        column = contracts[steering].column(steers.dataset)
        assert dataset in {code.code for code in column.codes}, steering
        assert set(contract.steered.values()) <= set(steers.parts), "every part of the key can be named"


@every
def test_a_dispute_that_names_its_codes_finds_the_record(dataset: str, contracts: Mapping[str, Contract]) -> None:
    contract, dispute = contracts[dataset], contracts["credit/dispute"]
    if not contract.steered:
        return
    (sample,) = valid(contract, 1)
    assert dispute.steers is not None
    parts = dispute.steers.parts
    written = {parts[part]: sample.cells[name] for name, part in contract.steered.items()}
    rows = pl.DataFrame({name: read(dispute.column(name), written.get(name, "")) for name in parts.values()})
    key = pl.DataFrame({name: read(contract.column(name), sample.cells[name]) for name in contract.key})
    marked = key.with_columns(row__mark=pl.lit(None, pl.String))
    named = steered.record_ids(rows, dispute.steers, contract, RECORD_KEY)
    assert named.to_list() == ids_and_salts(contract, RECORD_KEY, marked)[0].to_list() != [None]


def read(column: Column, cell: str) -> pl.Series:
    """A cell as the hub stores it."""
    cells = pl.Series([cell or None], dtype=pl.String)
    return KERNELS[column.kernel].read(cells, Options(settings=column.options, codes=column.codes)).values


@every
def test_every_code_of_its_rules_can_be_told_in_plain_words(dataset: str, contracts: Mapping[str, Contract]) -> None:
    for rule in derive.suite(contracts[dataset], EXPECTATIONS).rules:
        found = notice(str(rule.meta["code"]))
        assert has_chinese(found.title) and has_chinese(found.why) and has_chinese(found.fix)
        assert has_chinese(str(rule.meta.get("notes", "规则")))
