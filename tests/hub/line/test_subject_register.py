"""One register of subjects: names and since when, state and successor, found by the code and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus import samples

from hub.contract.document import Problems, parse_yaml
from hub.contract.subject_register import read_subject_register
from hub.county.identities import Place, uscc
from hub.errors import NotFound, WrongUsage
from hub.line import Hub
from hub.line.subject_register import show

ROOT = Path(__file__).resolve().parents[3]
REGISTER, LICENCE, PERSONS = "market/registration", "market/admin_licence", "honour/honest_person"
FIRST, SECOND, THIRD, STRANGER = (uscc(Place(), serial) for serial in (1, 2, 3, 4))


class Registry:
    """A hub with the shipped contracts, to which rows are handed in one by one."""

    def __init__(self, hub: Hub, clock: Any, folder: Path) -> None:
        self.hub, self.clock, self.folder, self.files = hub, clock, folder, 0

    def send(self, dataset: str, department: str, **cells: str) -> None:
        self.files += 1
        self.clock.sleep(5)
        contract = self.hub.contract(dataset)
        (one,) = samples.valid(contract, 1, self.files + 1)
        file = self.folder / f"{contract.title}_{self.files}.csv"
        file.write_bytes(samples.csv_of(contract, [samples.Sample({**one.cells, **cells})]))
        self.hub.submit(file, department, dataset)

    def registered(self, code: str, name: str, day: str, state: str = "存续", **more: str) -> None:
        cells = {"tyshxydm": code, "qymc": name, "hzrq": day, "clrq": "2020-01-02", "djzt": state, "ztlb": "企业"}
        self.send(REGISTER, "market", **cells, **more)


@pytest.fixture
def registry(make_hub: Callable[..., Hub], clock: Any, tmp_path: Path) -> Registry:
    hub = make_hub("", schemas=ROOT / "schemas", expectations=ROOT / "expectations")
    return Registry(hub, clock, tmp_path)


def test_a_subject_has_its_names_with_their_validity_its_state_and_its_records(registry: Registry) -> None:
    registry.registered(FIRST, "某某青禾商贸有限公司", "2024-03-01")
    registry.registered(FIRST, "某某青禾贸易有限公司", "2026-05-01")
    found = show(registry.hub, f" {FIRST.lower()}\n")
    assert [(one["name"], one["since"], one["until"]) for one in found["names"]] == [
        ("某某青禾商贸有限公司", "2024-03-01", "2026-05-01"),
        ("某某青禾贸易有限公司", "2026-05-01", None),
    ]
    assert found["kind"] == "organisation" and found["state"] == ["存续"] and not found["gone"]
    assert found["records"] == {REGISTER: 1} and found["other_names"] == [] and found["successors"] == []


def test_who_took_over_is_followed_by_code_and_a_circle_ends(registry: Registry) -> None:
    gone = {"state": "注销", "zxrq": "2026-06-01"}
    registry.registered(FIRST, "甲公司", "2026-06-01", cjdm=SECOND, **gone)
    registry.registered(SECOND, "乙公司", "2026-06-02", cjdm=THIRD, **gone)
    registry.registered(THIRD, "丙公司", "2026-06-03", cjdm=FIRST)
    found = show(registry.hub, FIRST)
    assert found["successors"] == [SECOND, THIRD] and found["gone"] and found["ended"] == ["2026-06-01"]
    assert not show(registry.hub, THIRD)["gone"]


def test_the_same_name_is_another_subject_and_another_name_is_told(registry: Registry) -> None:
    registry.registered(FIRST, "同名商店", "2026-05-01")
    registry.registered(SECOND, "同名商店", "2026-05-02")
    registry.send(LICENCE, "market", xk_xdr_lb="法人及非法人组织", xk_xdr_shxym=FIRST, xk_xdr_mc="另名商店")
    found = show(registry.hub, FIRST)
    assert found["records"] == {LICENCE: 1, REGISTER: 1}
    assert [(one["name"], one["dataset"]) for one in found["other_names"]] == [("另名商店", LICENCE)]
    assert show(registry.hub, SECOND)["records"] == {REGISTER: 1}


def test_a_person_is_found_by_number_and_no_more_than_one_character_of_the_name_is_told(registry: Registry) -> None:
    number = "320830188001010002"
    registry.send(PERSONS, "honour", zjhm=number, zjlx="身份证", xm="张某某")
    found = show(registry.hub, number)
    assert found["kind"] == "person" and [one["name"] for one in found["other_names"]] == ["张**"]
    assert "张某某" not in str(found) and number not in str(found)


@pytest.mark.parametrize("words", ["同名商店", STRANGER, "%", "9132"])
def test_what_is_no_code_that_is_held_finds_nothing(registry: Registry, words: str) -> None:
    registry.registered(FIRST, "同名商店", "2026-05-01")
    with pytest.raises(NotFound):
        show(registry.hub, words)
    with pytest.raises(WrongUsage):
        show(registry.hub, " \n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{gone: [注销]}", "needs state"),
        ("{state: nothing}", "must name a column of the kernel code"),
        ("{state: djzt, gone: [睡着]}", "is no code of djzt"),
        ("{state: djzt, ended: qymc}", "must name a column of the kernel date"),
        ("{state: djzt, successor: qymc}", "must name a column of the kernel uscc"),
        ("{state: djzt, owner: qymc}", "unknown key"),
    ],
)
def test_a_mistake_in_the_contract_is_told(registry: Registry, text: str, told: str) -> None:
    problems = Problems()
    place = parse_yaml(text.encode(), "x.yaml", problems)
    columns = {column.name: column for column in registry.hub.contract(REGISTER).columns}
    read_subject_register(place, columns)
    assert any(told in one.message for one in problems.found)
