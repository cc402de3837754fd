"""Money is granted only to those who were checked; honours, lists and grants say nothing twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from hub.contract.load import contract
from hub.county import opened
from hub.county.rows import funds, honours, lists
from hub.county.source import Cells, Source, Span, Value
from hub.county.world import World

SCHEMAS, EXPECTATIONS = Path("schemas"), Path("expectations")
UNTIL = date(2026, 11, 23)
SINCE = date(2026, 5, 4)  # of the first collection
STOCK = Span(SINCE - timedelta(days=364), SINCE - timedelta(days=1), stock=True)
QUARTERS = (Span(date(2026, 4, 1), date(2026, 6, 30)), Span(date(2026, 7, 1), date(2026, 9, 30)))
MONTHS = (Span(date(2026, 4, 1), date(2026, 4, 30)), Span(SINCE, date(2026, 5, 31)), Span(date(2026, 6, 1), UNTIL))
GRANTS, CHECKS = "finance/subsidy_grant", "credit/check_request"
Who = tuple[Value, Value]


def weeks(first: date, last: date) -> Iterator[Span]:
    """The days between, a week at a time."""
    while first <= last:
        yield Span(first, first + timedelta(days=6))
        first += timedelta(days=7)


def county(scale: float) -> World:
    return opened.world(SCHEMAS, EXPECTATIONS, seed=1, scale=scale, until=UNTIL)


@pytest.fixture(scope="module", params=[0.01, 0.1])
def world(request: pytest.FixtureRequest) -> World:
    return county(request.param)


def rows(world: World, module: ModuleType, dataset: str, *spans: Span) -> Iterator[tuple[Source, Span, Cells]]:
    """What all departments of a dataset have for the spans."""
    for source in module.sources(world):
        if source.dataset == dataset:
            yield from ((source, span, row) for span in spans for row in source.rows(world, source.department, span))


def who(row: Mapping[str, Value]) -> Who:
    return row.get("xdr_shxym"), row.get("xdr_zjhm")


@pytest.fixture(scope="module")
def asked(world: World) -> dict[Value, list[Cells]]:
    """The applicants by batch: first collection, then week by week."""
    found: dict[Value, list[Cells]] = defaultdict(list)
    for _, _, row in rows(world, funds, CHECKS, STOCK, *weeks(SINCE, UNTIL)):
        found[row["pch"]].append(row)
    return found


def test_every_grant_names_a_batch_that_was_asked_and_holds_the_receiver(
    world: World, asked: dict[Value, list[Cells]]
) -> None:
    granted = [row for _, _, row in rows(world, funds, GRANTS, STOCK, *QUARTERS)]
    assert len(granted) > 60
    for row in granted:
        assert who(row) in {who(each) for each in asked[row["hcpc"]]}
        assert {each["yt"] for each in asked[row["hcpc"]]} == {"资金补贴"}


def test_the_first_collection_has_grants_of_every_department_and_names_only_its_own_batches(world: World) -> None:
    sent = {row["pch"] for _, _, row in rows(world, funds, CHECKS, STOCK)}
    named = defaultdict(set)
    for source, _, row in rows(world, funds, GRANTS, STOCK):
        named[source.department].add(row["hcpc"])
    assert set(named) == {"finance", "agriculture", "commerce"}
    assert set().union(*named.values()) <= sent


def test_some_who_were_checked_get_nothing(world: World, asked: dict[Value, list[Cells]]) -> None:
    granted = defaultdict(set)
    for _, _, row in rows(world, funds, GRANTS, *QUARTERS):
        granted[row["hcpc"]].add(who(row))
    assert any(len(granted[batch]) < len(asked[batch]) for batch in granted)


def test_who_is_in_no_register_gets_no_grant() -> None:
    world = county(0.01)
    people = {
        member.citizen_id: member.name
        for serial in range(1, world.households + 1)
        for member in world.household(serial).members
    }
    found = set()
    for _, _, row in rows(world, funds, GRANTS, STOCK, *QUARTERS):
        code, person = who(row)
        found.add(row["xdr_lb"])
        if code is None:
            assert people[str(person)] == row["xdr_mc"]
        else:
            one = world.organisation(int(str(code)[8:16]))
            assert world.registered(code) and one.name == row["xdr_mc"] and one.founded <= UNTIL
    assert found == {"法人及非法人组织", "个体工商户", "自然人"}


def test_a_batch_is_one_list_of_different_applicants_that_another_person_approves(
    asked: dict[Value, list[Cells]],
) -> None:
    for applicants in asked.values():
        assert 5 <= len(applicants) <= 60
        assert len({who(row) for row in applicants}) == len(applicants)
        assert len({(row["yt"], row["yjwh"], row["jbr"], row["spr"]) for row in applicants}) == 1
        assert applicants[0]["jbr"] != applicants[0]["spr"]


def test_a_check_is_the_same_whatever_days_are_asked_for(world: World) -> None:
    last = next(reversed(list(weeks(SINCE, UNTIL)))).last
    whole = sorted((str(row) for _, _, row in rows(world, funds, CHECKS, Span(SINCE, last))))
    assert whole == sorted((str(row) for _, _, row in rows(world, funds, CHECKS, *weeks(SINCE, UNTIL))))


def test_nothing_is_paid_before_it_is_approved_or_where_it_is_refused_or_after_the_last_day(world: World) -> None:
    spans = (STOCK, *QUARTERS, Span(date(2026, 9, 1), date(2026, 9, 20)))
    outcomes = set()
    for _, span, row in rows(world, funds, GRANTS, *spans):
        approved, paid = row["pzrq"], row["bfrq"]
        assert isinstance(approved, date) and span.first <= approved <= span.last
        assert (paid is None) == (row["bfje"] is None)
        assert paid is None or (isinstance(paid, date) and approved <= paid <= span.last)
        assert paid is None or row["hcjl"] != "不予拨付"
        outcomes.add(paid is None)
    assert outcomes == {True, False}


def test_no_applicant_on_whom_a_grant_relies_may_be_spoilt(world: World) -> None:
    named = {row["hcpc"] for _, _, row in rows(world, funds, GRANTS, STOCK, *QUARTERS)}
    spare = {row["pch"] for source, _, row in rows(world, funds, CHECKS, STOCK) if source.spare(world, row)}
    assert spare and not spare & named


@pytest.mark.parametrize(
    ("module", "dataset", "spans"),
    [
        (funds, GRANTS, (STOCK, *QUARTERS)),
        (funds, CHECKS, (STOCK, *weeks(SINCE, UNTIL))),
        (honours, "honour/a_grade_taxpayer", (STOCK, *MONTHS[1:])),
        (honours, "honour/honest_person", (STOCK, *MONTHS)),
        (honours, "honour/model_unit", (STOCK, *MONTHS)),
        (honours, "honour/red_list", (STOCK, *MONTHS)),
        (lists, "bank/white_list", (STOCK, *MONTHS)),
        (lists, "utilities/arrears", (STOCK, *MONTHS)),
    ],
)
def test_no_key_comes_twice_in_the_first_collection_and_what_comes_later(
    world: World, module: ModuleType, dataset: str, spans: tuple[Span, ...]
) -> None:
    agreed = contract(dataset, SCHEMAS, EXPECTATIONS)
    keys = [column.name for column in agreed.columns if column.primary_key]
    found = [tuple(row.get(key) for key in keys) for _, _, row in rows(world, module, dataset, *spans)]
    assert len(found) > 20
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("module", [funds, honours, lists])
def test_every_department_of_the_contracts_has_a_system(world: World, module: ModuleType) -> None:
    found = defaultdict(set)
    for source in module.sources(world):
        found[source.dataset].add(source.department)
    for dataset, departments in found.items():
        assert departments == {each.department for each in contract(dataset, SCHEMAS, EXPECTATIONS).intakes}


def test_no_sole_trader_stands_where_only_organisations_may(world: World) -> None:
    for dataset, module in (
        ("honour/a_grade_taxpayer", honours),
        ("honour/model_unit", honours),
        ("bank/white_list", lists),
        ("utilities/arrears", lists),
    ):
        codes = [str(row["tyshxydm"]) for _, _, row in rows(world, module, dataset, STOCK)]
        assert codes and not any(code.startswith("92") for code in codes)


def test_one_code_bears_one_name_in_all_lists(world: World) -> None:
    names = defaultdict(set)
    for module in (funds, honours, lists):
        for source in module.sources(world):
            for row in source.rows(world, source.department, STOCK):
                code = row.get("tyshxydm") or row.get("xdr_shxym")
                names[code].add(next(row[name] for name in ("xdr_mc", "qymc", "dwmc", "nsrmc", "xm") if name in row))
    del names[None]  # of persons
    assert all(len(found) == 1 for found in names.values())


def test_what_is_owed_is_still_open_or_was_paid_later(world: World) -> None:
    paid = []
    for _, span, row in rows(world, lists, "utilities/arrears", STOCK, *MONTHS):
        due, settled = row["jfqx"], row["jqrq"]
        assert isinstance(due, date) and span.first <= due <= span.last
        assert settled is None or (isinstance(settled, date) and due < settled <= span.last)
        assert str(row["zq"]) < f"{due:%Y-%m}"
        paid.append(settled is not None)
    assert any(paid) and not all(paid)
