"""Every hostile and messy file gets exactly one receipt, and the receipt is right."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from corpus import independent
from corpus.case import SHOP, Case
from corpus.catalogue import CASES
from corpus.shops import FIELDS, HEADER
from corpus.small_county import licences, penalties

from hub.findings import notice
from hub.receipts import console

SCHEMA = jsonschema.Draft202012Validator(
    json.loads(files("hub.receipts").joinpath("receipt.v1.schema.json").read_text(encoding="utf-8"))
)
NAMES = {*HEADER, *FIELDS, *licences.HEADER, *penalties.HEADER}
IN_MEMORY = [case for case in CASES if isinstance(case.content, bytes)]
# Of a text the lines can be counted whatever is wrong with them.
TEXTS = [case for case in IN_MEMORY if case.name.endswith(".csv") and case.fates is not None]
READ = [case for case in IN_MEMORY if case.fates is not None and {*case.fates.values()} != {"rejected"}]

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def told(receipt: dict[str, Any], *classes: str) -> set[int]:
    """Rows that findings of these classes name."""
    return {
        row["row"]
        for found in receipt["findings"]
        if found["class"] in classes
        for row in found["rows"]
        if row["row"] is not None
    }


def rows_of(receipt: dict[str, Any], codes: Iterable[str]) -> set[int]:
    """Rows that findings of these codes name."""
    return {row["row"] for found in receipt["findings"] if found["rule"] in codes for row in found["rows"]}


@every_case
def test_a_file_gets_the_verdict_and_the_codes_that_are_stated(checking, case: Case):
    receipt = checking(case)
    found = {one["rule"] for one in receipt["findings"]}
    assert receipt["verdict"]["code"].removeprefix("PRECHECK_") in case.verdict.split("|"), found
    for code in case.codes:
        assert found & set(code.split("|")), found
    if case.verdict == "ACCEPTED":
        assert found <= {"DUP-ROW"}


@every_case
def test_a_receipt_is_valid_and_its_counts_balance(checking, case: Case):
    receipt = checking(case)
    SCHEMA.validate(receipt)
    counts = receipt["counts"]
    assert counts["rows"] == sum(counts[fate] for fate in ("accepted", "rejected", "duplicate", "blank"))
    assert counts["of_which_query"] <= counts["accepted"]
    if any(found["class"] == "S" for found in receipt["findings"]):
        assert counts["accepted"] == 0
    # 12 bad rows are not told as 0, and a yes never stands over nothing.
    assert receipt["verdict"]["code"] == "PRECHECK_REJECTED" or counts["accepted"] + counts["duplicate"] > 0


@every_case
def test_rows_are_counted_and_named_as_they_stand_in_the_file(checking, case: Case):
    receipt = checking(case)
    if case.fates is not None:
        assert {name: receipt["counts"][name] for name in case.counted()} == case.counted()
    for codes, rows in case.at.items():
        assert set(rows) <= rows_of(receipt, codes.split("|")), codes
    if case.fates is None or case.verdict == "REJECTED":
        return
    by_fate = {fate: {row for row, one in case.fates.items() if one == fate} for fate in set(case.fates.values())}
    assert told(receipt, "V") == by_fate.get("rejected", set())
    assert told(receipt, "D") == by_fate.get("duplicate", set())
    assert told(receipt, "Q") - told(receipt, "V") == by_fate.get("accepted_query", set())


@every_case
def test_no_identifier_of_a_person_comes_back(checking, case: Case):
    receipt = checking(case)
    said = json.dumps(receipt, ensure_ascii=False) + console.lines(receipt)
    assert [secret for secret in case.secrets if secret in said] == []
    assert "root:x:0" not in said and "/etc/passwd" not in said.replace(receipt["submission"]["file_name"], "")


@every_case
def test_what_is_told_is_plain_and_names_no_machinery(checking, case: Case):
    receipt = checking(case)
    assert receipt["next"]["steps"] and receipt["verdict"]["text"]
    for found in receipt["findings"]:
        said = found["why"] + found["fix"]
        # A cell may hold a hundred thousand characters; a person reads the first ones.
        assert max(map(len, (said, *(row["value"] or "" for row in found["rows"])))) <= 600
        assert notice(found["rule"]).title == found["title"]
        assert not [
            word for word in ("Error", "Exception", "Traceback", ".py", "None", "{", "非法", "异常") if word in said
        ]


@pytest.mark.parametrize("case", READ, ids=lambda case: case.id)
def test_physical_lines_records_and_fates_are_equally_many(checking, case: Case):
    counted = independent.count(case.name, bytes(case.content), NAMES)
    counts = checking(case)["counts"]
    assert counted.lines == counted.records == len(case.fates) == counts["rows"]
    if counted.header_row:
        assert min(case.fates) == counted.header_row + 1


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.id)
def test_the_lines_of_a_refused_text_are_its_rows(checking, case: Case):
    # Counted in bytes: what cannot be decoded has lines all the same.
    lines = independent.physical_lines(case.content.decode("latin-1").removeprefix("\u00ef\u00bb\u00bf"))
    assert checking(case)["counts"]["rows"] == len(lines) - min(case.fates) + 1


def test_the_corpus_tells_of_every_dataset_and_of_every_way_to_refuse():
    stated = {code for case in CASES for codes in case.codes for code in codes.split("|")}
    assert {case.dataset for case in CASES} > {SHOP}
    assert stated >= {
        "FIL-EMPTY",
        "FIL-PARTIAL",
        "FIL-ENCODING",
        "FIL-PASSWORD",
        "FIL-FORMAT",
        "FIL-LINES",
        "FIL-TOOBIG",
    }
