"""What a contract may say of consents, households and a bank's files, and which mistakes are told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hub.contract import load
from hub.contract.profiles import PackageProfile
from hub.errors import FixConfiguration

ROOT = Path(__file__).resolve().parents[3]
CONSENT, POINTS, SUMS = "credit/consent", "household/points", "bank/credit_line_summary"


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    made = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", made)
    return made


def _changed(file: Path, what: str, becomes: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(what) >= 1, what
    file.write_text(text.replace(what, becomes, 1), encoding="utf-8")


MISTAKES = [
    (CONSENT, "person: xdr_zjhm, household: jtbh", "household: jtbh", "a person of full age consents"),
    (CONSENT, "withdrawn: chrq", "withdrawn: ksrqq", "withdrawn names no column"),
    (CONSENT, "withdrawn: chrq", "withdrawn: sqyt", "withdrawn must be a column of dates"),
    (CONSENT, "reason: consent", "reason: disputed", "only a consent is withdrawn"),
    (CONSENT, "household: jtbh}", "household: jtbh, document: sqsbh}", "record names organisation, person, household"),
    (POINTS, "        consent: true\n", "", "as an incentive and by consent only"),
    (POINTS, "outlet: bank_incentive", "outlet: bank", "as an incentive and by consent only"),
    (POINTS, ", householdId: jtbh", "", "householdId is the column"),
    (SUMS, "always: nobody", "always: someone", "always must be one of"),
    (SUMS, "always: nobody", "always: nobody, householdId: zxqh", "householdId is the column"),
]


@pytest.mark.parametrize(("dataset", "what", "becomes", "told"), MISTAKES, ids=[f"{one[3]}"[:30] for one in MISTAKES])
def test_a_mistake_is_told(schemas: Path, dataset: str, what: str, becomes: str, told: str) -> None:
    _changed(schemas / f"{dataset}.odcs.yaml", what, becomes)
    with pytest.raises(FixConfiguration) as error:
        load.contract(dataset, schemas, ROOT / "expectations")
    assert any(told in problem.message for problem in error.value.problems), error.value.problems


def test_points_may_leave_as_an_incentive_only_and_nothing_else_of_a_household_leaves() -> None:
    uses = {one.id: one.use for one in load.outlets(ROOT / "schemas")}
    assert uses["bank_incentive"] == "incentive" and uses["bank"] == "finance"
    for contract in load.contracts(ROOT / "schemas", ROOT / "expectations"):
        for lawful in contract.lawful:
            if "household" in lawful.subjects:
                assert (contract.dataset, lawful.outlet) == (POINTS, "bank_incentive")
            if uses[lawful.outlet] in ("finance", "incentive"):
                assert lawful.consent, f"{contract.dataset} goes to {lawful.outlet} without consent"


def test_sums_of_the_bank_hold_nobody_and_no_row_of_them_leaves() -> None:
    contract = load.contract(SUMS, ROOT / "schemas", ROOT / "expectations")
    assert contract.lawful == () and contract.aggregates == ()
    assert {column.kernel for column in contract.columns} == {"period", "region", "text", "quantity", "money"}
    assert all(column.required for column in contract.columns)


@pytest.mark.parametrize("outlet", ["bank", "bank_incentive"])
def test_the_profiles_of_the_bank_say_in_every_row_that_it_is_no_verdict(outlet: str) -> None:
    (profile,) = [one.profile for one in load.outlets(ROOT / "schemas") if one.id == outlet]
    assert isinstance(profile, PackageProfile) and profile.note is not None
    assert "仅供参考，不作为授信的唯一依据" in profile.note[1] and profile.marker == ".flg" and not profile.verified


@pytest.mark.parametrize(
    ("what", "becomes", "told"),
    [
        ("marker: .flg", "marker: flg", "does not have the form"),
        ("note: {column: SYSM", "note: {column: 1X", "does not have the form"),
        ("clear: true", "clear: often", "true or false"),
        ('"10": absent', '"10": again', "refused or absent"),
        ("envelope: {id: RECID", "envelope: {root: X, id: RECID", "unknown key 'root'"),
    ],
)
def test_a_mistake_in_a_profile_is_told_with_its_file(schemas: Path, what: str, becomes: str, told: str) -> None:
    _changed(schemas / "profiles" / "bank_files.yaml", what, becomes)
    with pytest.raises(FixConfiguration) as error:
        load.outlets(schemas)
    assert any(told in one.message and one.file.endswith("bank_files.yaml") for one in error.value.problems)
