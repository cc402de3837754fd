"""What the market regulator and urban management send of the county that does not exist hangs together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import pytest

from hub.contract.load import contract, county
from hub.county.rows import licences, market_lists, penalties, registration
from hub.county.source import Cells, Source, Span
from hub.county.world import World, build

SCHEMAS, EXPECTATIONS = Path("schemas"), Path("expectations")
UNTIL = date(2026, 11, 23)
STOCK = Span(UNTIL - timedelta(days=405), UNTIL - timedelta(days=41), stock=True)
LATER = tuple(Span(UNTIL - timedelta(days=back), UNTIL - timedelta(days=back - 7)) for back in (40, 32, 24, 16, 7))
NAMED = (  # columns of a code and of the name that belongs to it
    ("tyshxydm", "qymc"),
    ("xk_xdr_shxym", "xk_xdr_mc"),
    ("cf_xdr_shxym", "cf_xdr_mc"),
    ("xdr_shxym", "xdr_mc"),
    ("yfdm", "yfmc"),
)
GOES_ON = {"ycrq", "ycsy", "ycjg", "mdzt", "lyzt", "rdrq", "wlxnr"}  # what a later row may say of the same entry


@pytest.fixture(scope="module")
def world() -> World:
    points = contract("household/point_event", SCHEMAS, EXPECTATIONS)
    regions = next(one.codes for one in points.columns if one.name == "cjdm")
    return build(county(SCHEMAS), regions, seed=1, scale=0.04, until=UNTIL)


def register(world: World, span: Span) -> list[Cells]:
    return list(registration.registrations(world, "market", span))


@pytest.fixture(scope="module")
def of_others(world: World) -> list[tuple[Source, Cells]]:
    """Every row but the register's, in the order of time."""
    return list(_of_others(world))


def _of_others(world: World) -> Iterator[tuple[Source, Cells]]:
    for source in chain.from_iterable(module.sources(world) for module in (licences, penalties, market_lists)):
        for span in (STOCK, *LATER):
            yield from ((source, cells) for cells in source.rows(world, source.department, span))


def test_the_stock_of_the_register_holds_each_organisation_once(world: World) -> None:
    codes = [cells["tyshxydm"] for cells in register(world, STOCK)]

    assert codes == [world.organisation(serial).uscc for serial in range(1, world.organisations + 1)]


def test_a_later_delivery_says_something_new_under_the_same_code_and_adds_new_subjects(world: World) -> None:
    known = {cells["tyshxydm"]: cells for cells in register(world, STOCK)}
    for span in LATER:
        rows = register(world, span)
        changed = [cells for cells in rows if cells["tyshxydm"] in known]
        for cells in changed:
            old, approved = known[cells["tyshxydm"]], cells["hzrq"]
            assert isinstance(approved, date) and span.first <= approved <= span.last
            differing = {name for name in cells if cells[name] != old[name]}
            assert "hzrq" in differing and differing & {"dz", "zczb", "fddbr", "jyfw", "djzt"}
        assert changed and len(changed) < len(rows)
        known |= {cells["tyshxydm"]: cells for cells in rows}
    assert len(known) > world.organisations


def test_what_is_told_day_by_day_adds_up_to_the_register_as_it_stands_at_the_end(world: World) -> None:
    told = {cells["tyshxydm"]: cells for cells in register(world, STOCK)}
    for day in range(STOCK.last.toordinal() + 1, UNTIL.toordinal() + 1):
        told |= {cells["tyshxydm"]: cells for cells in register(world, Span(*[date.fromordinal(day)] * 2))}

    assert all(told[cells["tyshxydm"]] == cells for cells in register(world, Span(STOCK.first, UNTIL, stock=True)))


def test_nobody_on_whom_others_rely_is_struck_off_and_successors_still_stand(world: World) -> None:
    standing = {
        world.organisation(serial).uscc for serial in range(1, world.organisations + 1) if world.reliable(serial)
    }
    rows = [cells for span in (STOCK, *LATER) for cells in register(world, span)]
    gone = [cells for cells in rows if cells["djzt"] != "存续"]

    assert {cells["djzt"] for cells in gone} == {"注销", "吊销", "迁出", "撤销"}
    assert not standing & {cells["tyshxydm"] for cells in gone}
    assert {cells["cjdm"] for cells in rows} - {None} <= standing
    assert all(registration.spare(world, cells) for cells in gone)
    assert not any(registration.spare(world, cells) for cells in rows if cells["tyshxydm"] in standing)
    assert any(cells["djzt"] == "注销" for span in LATER for cells in register(world, span))


def test_names_and_subjects_never_contradict_the_register(world: World, of_others: list[tuple[Source, Cells]]) -> None:
    names = {cells["tyshxydm"]: cells["qymc"] for cells in register(world, STOCK)}
    gone = {cells["tyshxydm"] for cells in register(world, Span(STOCK.first, UNTIL, True)) if cells["djzt"] != "存续"}
    seen = set()
    for source, cells in of_others:
        for code, name in NAMED:
            if cells.get(code) is not None:
                assert names[cells[code]] == cells[name]
                assert cells[code] not in gone
                seen.add(source.dataset)

    assert len(seen) == 5


def test_an_entry_that_comes_again_differs_only_in_how_it_went_on(of_others: list[tuple[Source, Cells]]) -> None:
    datasets = {source.dataset for source, _ in of_others}
    keys = {dataset: contract(dataset, SCHEMAS, EXPECTATIONS).key for dataset in datasets}
    told: dict[tuple[object, ...], Cells] = {}
    again = set()
    for source, cells in of_others:
        key = (source.dataset, *(cells.get(name) for name in keys[source.dataset]))
        old = told.setdefault(key, cells)
        assert {name: cells[name] for name in cells.keys() - GOES_ON} == {
            name: old[name] for name in old.keys() - GOES_ON
        }
        if old != cells:
            again.add(source.dataset)

    assert again == {"market/abnormal_operation", "market/serious_dishonesty", "market/contract_performance"}


@pytest.mark.parametrize("department", ["market", "urban"])
def test_the_cases_that_others_may_refer_to_are_reported_and_never_spoilt(world: World, department: str) -> None:
    rows = {cells["cf_wsh"]: cells for cells in penalties.penalties(world, department, LATER[-1])}
    found = list(penalties.cases(world, department, LATER[-1]))

    assert found and len({case.document for case in found}) == len(found)
    for case in found:
        cells = rows[case.document]
        assert (cells["cf_xdr_mc"], cells["cf_jdrq"], cells["cf_cfjgdm"]) == (
            case.party.name,
            case.day,
            case.office.uscc,
        )
        assert not penalties.spare(world, cells)
    assert any(penalties.spare(world, cells) for cells in rows.values())


@pytest.mark.parametrize("department", ["market", "urban"])
def test_whoever_is_listed_for_serious_dishonesty_was_punished_before(world: World, department: str) -> None:
    decided = Span(UNTIL - timedelta(days=900), UNTIL)
    punished = {case.document: case for case in penalties.cases(world, department, decided) if case.serious}
    listed = [cells for span in (STOCK, *LATER) for cells in market_lists.dishonesties(world, department, span)]

    assert listed
    for cells in listed:
        case = next(case for document, case in punished.items() if document in str(cells["lrsy"]))
        assert case.party.name == cells["xdr_mc"]
        assert isinstance(cells["lrrq"], date) and case.day < cells["lrrq"]


def test_penalties_are_of_persons_traders_and_organisations_and_of_every_weight(world: World) -> None:
    rows = [cells for span in LATER for cells in penalties.penalties(world, "market", span)]

    assert {cells["cf_xdr_lb"] for cells in rows} == {"自然人", "个体工商户", "法人及非法人组织"}
    kinds = {cells["cf_cflb"] for cells in rows if cells["cf_xdr_lb"] == "法人及非法人组织"}
    assert {"警告", "罚款", "吊销许可证件"} <= kinds


def test_no_text_holds_the_name_of_a_person(world: World, of_others: list[tuple[Source, Cells]]) -> None:
    own = {"xk_xdr_mc", "cf_xdr_mc", "xdr_mc", "xk_frdb", "cf_frdb", "fddbr"}
    register_rows = ((None, cells) for span in LATER for cells in register(world, span))
    for _, cells in chain(of_others, register_rows):
        assert not [name for name, value in cells.items() if name not in own and "某" in str(value)]
