"""Options of kernels that a contract resolves or refuses when it is loaded."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from hub.contract.model import Contract
from hub.kernels import KERNELS, Options

LICENCE = "schemas/market/admin_licence.odcs.yaml"
ALLOWED = "schemas/codes/uscc_allowed.csv"
GENUINE = "91350203M0001QKT19"
DATASETS = ("market/admin_licence", "market/admin_penalty", "court/judgment_defaulter", "bank/credit_line")


def mark_of(contract: Contract, column: str, cell: str) -> str | None:
    found = contract.column(column)
    return KERNELS[found.kernel].read(pl.Series([cell]), Options(found.options, found.codes)).marks[0]


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_genuine_code_with_a_wrong_check_character_is_fine_as_a_subject(load: Any, dataset: str) -> None:
    contract = load(dataset)
    column = contract.subject.organisation_id
    assert mark_of(contract, column, GENUINE) == ""
    assert mark_of(contract, column, "913208300000000191") == "ID-USCC-CHECK"


def test_elsewhere_it_is_told(load: Any) -> None:
    assert mark_of(load("market/admin_licence"), "xk_xkjgdm", GENUINE) == "ID-USCC-CHECK"


def test_the_list_joins_the_codes_that_the_contract_names_itself(copy: Any) -> None:
    copy.change(LICENCE, "{name: uscc, allow_list", '{name: uscc, allow: ["913208300000000191"], allow_list')
    contract = copy.load("market/admin_licence")
    assert contract.column("xk_xdr_shxym").options["allow"] == ["913208300000000191", GENUINE]
    assert contract.column("xk_xdr_shxym").codes == ()


def test_a_changed_list_changes_the_fingerprint(copy: Any) -> None:
    before = copy.load("market/admin_licence").fingerprint
    copy.change(ALLOWED, GENUINE, "913208300000000191")
    assert copy.load("market/admin_licence").fingerprint != before


@pytest.mark.parametrize(
    ("file", "before", "after", "message"),
    [
        (LICENCE, "allow_list: uscc_allowed", "allow_list: no_such_list", "unknown code list 'no_such_list'"),
        (ALLOWED, GENUINE, GENUINE[:17], "has not the form of a unified social credit code"),
        (LICENCE, "allow_list: uscc_allowed", "allow: [I1350203M0001QKT19]", "has not the form"),
        (LICENCE, "value: {name: date}", "value: {name: date, epoch: us}", "epoch must be one of s, ms"),
        (LICENCE, "value: {name: date}", "value: {name: date, serial: 1}", "option serial of kernel date"),
    ],
)
def test_a_wrong_option_is_told_when_the_contract_is_loaded(
    copy: Any, file: str, before: str, after: str, message: str
) -> None:
    copy.change(file, before, after)
    assert any(message in problem.message for problem in copy.problems("market/admin_licence"))
