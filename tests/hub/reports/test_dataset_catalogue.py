"""The catalogue of datasets in ``docs/catalogue.md`` says what the contracts say."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.contract import load
from hub.contract.model import Contract
from hub.reports.dataset_catalogue import classes_of, made, outlets_of

PROJECT = Path(__file__).resolve().parents[3]
SCHEMAS, EXPECTATIONS = PROJECT / "schemas", PROJECT / "expectations"


@pytest.fixture(scope="module")
def text() -> str:
    return made(SCHEMAS, EXPECTATIONS)


def load_one(dataset: str) -> Contract:
    return load.contract(dataset, SCHEMAS, EXPECTATIONS)


def section(text: str, dataset: str) -> str:
    return text.partition(f"\n## {dataset}\n")[2].partition("\n## ")[0]


def test_the_committed_page_is_the_one_that_the_contracts_make(text: str) -> None:
    there = (PROJECT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    assert there == text, "stale: run python -m hub.reports.dataset_catalogue docs/catalogue.md"


def test_every_dataset_has_its_line_and_its_section_with_provider_frequency_and_legal_basis(text: str) -> None:
    for dataset in load.dataset_names(SCHEMAS):
        contract, words = load_one(dataset), section(text, dataset)
        assert f"| [{dataset}](#{dataset.replace('/', '')}) | {contract.title} |" in text
        assert contract.legal_basis in words
        assert f"频次：{contract.frequency}" in words


def test_exactly_the_columns_that_leave_are_named_under_an_outlet(text: str) -> None:
    contract, words = load_one("market/serious_dishonesty"), section(text, "market/serious_dishonesty")
    (told,) = (part for part in words.split("\n- **") if part.startswith("公共信用信息开放目录"))
    columns = told.partition("列：")[2].splitlines()[0].split("、")
    assert columns == [column.label for column in contract.columns if "open_feed" in column.disclosure]
    assert "证件号码" not in columns and "列入事由" not in columns


def test_a_mask_a_condition_and_a_window_are_said_in_words(text: str) -> None:
    assert "姓名（只显示前 1 后 0 位）" in section(text, "honour/honest_person")
    promises = section(text, "credit/commitment")
    assert "公开类型是可向社会公开；从作出日期起，最多 36 个月，到有效期至为止" in promises
    assert "长短看处罚类别" in section(text, "market/admin_penalty")


def test_the_class_of_disclosure_follows_from_the_outlets() -> None:
    outlets = load.outlets(SCHEMAS)
    assert classes_of(load_one("government/civil_servant_file")) == ("不共享",)
    assert outlets_of(load_one("government/civil_servant_file"), outlets) == ()
    assert classes_of(load_one("honour/honest_person")) == ("政务共享",)
    assert classes_of(load_one("bank/credit_line")) == ("只出汇总",)
    assert classes_of(load_one("market/admin_penalty"))[0] == "社会公开"
