"""The rule catalogue in ``docs/rules`` says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from hub.contract import derive, load
from hub.findings import catalogue
from hub.reports.rule_catalogue import CLASSES, pages, said

PROJECT = Path(__file__).resolve().parents[3]
FIELD = re.compile(r"\{(\w+)\}")


def made() -> dict[str, str]:
    contracts = load.contracts(PROJECT / "schemas", PROJECT / "expectations")
    return pages((contract, derive.suite(contract, PROJECT / "expectations")) for contract in contracts)


def test_the_committed_pages_are_those_that_the_code_makes() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in (PROJECT / "docs" / "rules").glob("*.md")}
    assert there == made(), "stale: run python -m hub.reports.rule_catalogue docs/rules"


def test_every_code_has_its_section_and_a_link_to_it() -> None:
    written = made()
    for code, entry in catalogue().items():
        page = f"{CLASSES[entry.cls][0]}.md"
        assert f"\n## {code}\n" in written[page]
        assert f"({page}#{code.lower()})" in written["README.md"]


def test_every_field_of_a_sentence_has_an_example_so_that_the_page_reads_as_a_receipt_does() -> None:
    for code, entry in catalogue().items():
        needed = set(FIELD.findall(entry.why)) - {"row"}
        assert set(entry.example) - {"row"} == needed, code
        assert "{" not in said(entry)
