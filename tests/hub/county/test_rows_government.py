"""What authorities and those who promise send of the county that does not exist hangs together."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.contract.load import contract, county
from hub.contract.model import Contract
from hub.county.rows import commitments, government
from hub.county.source import Cells, Source, Span
from hub.county.world import World, build

SCHEMAS, EXPECTATIONS = Path("schemas"), Path("expectations")
UNTIL = date(2026, 11, 23)
STOCK = Span(UNTIL - timedelta(days=396), UNTIL - timedelta(days=32), stock=True)
LATER = (Span(UNTIL - timedelta(days=40), UNTIL - timedelta(days=15)), Span(UNTIL - timedelta(days=14), UNTIL))
OCCUPATIONS = {
    "justice": {"律师"},
    "education": {"教师"},
    "health": {"医师"},
    "market": {"执业药师"},
    "finance": {"会计", "审计"},
}
NAMED = (  # columns of a code and of the name that belongs to it
    ("tyshxydm", "bzxrmc"),
    ("zdjgdm", "zdjg"),
    ("xdr_shxym", "xdr_mc"),
    ("cndwdm", "cndw"),
    ("cnr_shxym", "cnr_mc"),
    ("rddwdm", "rddw"),
    ("sldwdm", "sldw"),
    ("zydwdm", "zydw"),
)


@pytest.fixture(scope="module")
def agreed() -> dict[str, Contract]:
    names = {source.dataset for source in found(_world())}
    return {name: contract(name, SCHEMAS, EXPECTATIONS) for name in names}


def _world() -> World:
    regions = next(
        one.codes for one in contract("household/point_event", SCHEMAS, EXPECTATIONS).columns if one.name == "cjdm"
    )
    return build(county(SCHEMAS), regions, seed=1, scale=0.02, until=UNTIL)


@pytest.fixture(scope="module")
def world() -> World:
    return _world()


def found(world: World) -> list[Source]:
    return [*government.sources(world), *commitments.sources(world)]


@pytest.fixture(scope="module")
def sent(world: World) -> list[tuple[Source, Span, list[Cells]]]:
    return [
        (source, span, list(source.rows(world, source.department, span)))
        for source in found(world)
        for span in (STOCK, *LATER)
    ]


Sent = list[tuple[Source, Span, list[Cells]]]


def rows(sent: Sent, dataset: str) -> list[Cells]:
    return [cells for source, _, several in sent if source.dataset == dataset for cells in several]


def test_every_department_of_a_contract_has_a_system(world: World, agreed: dict[str, Contract]) -> None:
    assert len(agreed) == 7
    for name, contract_ in agreed.items():
        senders = {intake.department for intake in contract_.intakes}
        assert {source.department for source in found(world) if source.dataset == name} == senders


def test_every_span_has_rows_and_the_first_collection_has_more(sent: Sent) -> None:
    for source, span, several in sent:
        assert len(several) >= (10 if span.stock else 1), source


def test_no_key_comes_twice(sent: Sent, agreed: dict[str, Contract]) -> None:
    keys = Counter(
        (source.dataset, tuple(cells.get(name) for name in agreed[source.dataset].key))
        for source, _, several in sent
        for cells in several
    )
    assert [key for key, times in keys.items() if times > 1] == []


def test_no_promise_has_the_number_of_another(sent: Sent) -> None:
    numbers = [cells["cnbm"] for cells in rows(sent, "credit/commitment")]
    assert len(numbers) == len(set(numbers)) > 200


def test_an_organisation_has_the_same_name_wherever_it_is_named(sent: Sent) -> None:
    names = defaultdict(set)
    for _, _, several in sent:
        for cells in several:
            for code, name in NAMED:
                if cells.get(code):
                    names[cells[code]].add(cells[name])
    assert len(names) > 100
    assert [several for several in names.values() if len(several) > 1] == []


def test_an_organisation_has_one_rating_and_one_key_trade(sent: Sent) -> None:
    said = defaultdict(set)
    for cells in rows(sent, "government/rating_use"):
        said[cells["xdr_shxym"]].add(cells["pjdj"])
    for cells in rows(sent, "credit/commitment"):
        said[cells.get("cnr_shxym"), "trade"].add(cells.get("zdhy"))
    assert [several for several in said.values() if len(several) > 1] == []


def test_occupations_belong_to_the_department_that_sends_them(world: World, sent: Sent) -> None:
    for source, _, several in sent:
        if source.dataset == "credit/key_occupation":
            assert {cells["zylb"] for cells in several} == OCCUPATIONS[source.department]
            assert {cells["zgdw"] for cells in several} == {world.office(source.department).name}


def test_nobody_has_two_key_occupations(sent: Sent) -> None:
    people = [cells["zjhm"] for cells in rows(sent, "credit/key_occupation")]
    assert len(people) == len(set(people)) > 150


def test_all_types_and_both_key_trades_are_promised_and_some_break_their_word(sent: Sent) -> None:
    promised = rows(sent, "credit/commitment")
    assert {cells["cnlx"] for cells in promised} == {
        *("审批替代型", "容缺受理型", "证明事项型", "信用修复型", "行业自律型", "主动型", "其他")
    }
    assert {cells.get("zdhy") for cells in promised} == {"龙虾产业", "商贸流通", None}
    assert {cells.get("lxzt") for cells in promised} == {"全部履行", "部分履行", "全部未履行", None}
    broken = [cells for cells in promised if cells.get("lxzt") in ("部分履行", "全部未履行")]
    assert all(cells["wlxnr"] and cells["zrzj"] and cells["rddw"] for cells in broken)


def test_what_persons_and_sole_traders_promise_is_not_for_the_public(sent: Sent) -> None:
    shown = {cells["cnr_lb"] for cells in rows(sent, "credit/commitment") if cells["gklx"] == "可向社会公开"}
    assert shown == {"法人及非法人组织"}


def test_files_of_civil_servants_name_nobody(sent: Sent) -> None:
    files = rows(sent, "government/civil_servant_file")
    assert {name for cells in files for name in cells} <= {"dabh", "nd", "szdw", "zwlb", "cnrq", "lxzt", "rdrq", "ryjb"}
    assert all(re.fullmatch(r"GWY-[0-9-]+", str(cells["dabh"])) for cells in files)


def test_what_is_paid_and_what_is_owed_make_up_the_whole_claim(sent: Sent) -> None:
    cases = rows(sent, "government/enforcement_case")
    assert {cells["qlzt"] for cells in cases} == {"未清理", "清理中", "已清理"}
    for cells in cases:
        assert cells["zxbd"] == cells["dwje"] + cells["wdwje"]  # type: ignore[operator]
        assert (cells["qlzt"] == "已清理") == (cells["qlrq"] is not None) == (cells["wdwje"] == 0)


def test_nothing_happens_after_the_last_day_of_the_span(sent: Sent) -> None:
    happened = ("cnrq", "zcrq", "rdrq", "larq", "qlrq", "sbrq", "yfrq", "pjrq", "yyrq")
    for source, span, several in sent:
        for cells in several:
            days = [day for name in happened if isinstance(day := cells.get(name), date)]
            assert days and max(days) <= span.last, source
