"""A dataset without a legal basis is not collected: its contract does not load (PIPL 5, 6 and 13)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hub.contract.load import contract, dataset_names

ROOT = Path(__file__).resolve().parents[3]
DATASET = "government/civil_servant_file"
CONTRACT = f"schemas/{DATASET}.odcs.yaml"


def without_basis(copy: Any) -> None:
    path = copy.schemas / f"{DATASET}.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"  - property: legalBasis\n    value: .*\n", "", text), encoding="utf-8")


def test_a_contract_that_names_no_ground_is_refused_and_told_what_is_missing(copy: Any) -> None:
    assert copy.load(DATASET).legal_basis
    without_basis(copy)
    (problem,) = copy.problems(DATASET)
    assert "legalBasis is missing: on what ground the dataset is collected" in problem.message


@pytest.mark.parametrize("value", ["''", "3", "[《中华人民共和国公务员法》]"])
def test_a_ground_is_words(copy: Any, value: str) -> None:
    without_basis(copy)
    copy.change(
        CONTRACT, "  - property: subject\n", f"  - {{property: legalBasis, value: {value}}}\n  - property: subject\n"
    )
    assert any("legalBasis must be a text" in problem.message for problem in copy.problems(DATASET))


def test_what_may_be_shared_on_a_ground_may_be_collected_on_it(copy: Any) -> None:
    licence = copy.load("market/admin_licence")
    assert licence.legal_basis in {each.legal_basis for each in licence.lawful} or "行政许可法" in licence.legal_basis


def test_what_leaves_as_sums_alone_needs_a_ground_of_its_own(copy: Any) -> None:
    lines = copy.load("bank/credit_line")
    assert lines.lawful == () and lines.aggregates
    assert lines.legal_basis not in {each.legal_basis for each in lines.aggregates}


@pytest.mark.parametrize("dataset", dataset_names(ROOT / "schemas"))
def test_no_outlet_sees_a_dataset_without_a_ground_and_an_item_of_a_catalogue(dataset: str) -> None:
    for each in contract(dataset, ROOT / "schemas", ROOT / "expectations").lawful:
        assert each.legal_basis and each.items
