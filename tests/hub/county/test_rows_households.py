"""What the generated towns say of their households hangs together, and the hub makes points of it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from hub.contract import load
from hub.county.deeds import serial_of
from hub.county.rows import civic, households
from hub.county.source import Cells, Source, Span
from hub.county.world import World, build
from hub.points import Computed, compute
from hub.points.reading import EVENT_COLUMNS, REVIEW_COLUMNS, events_of

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS, EXPECTATIONS = ROOT / "schemas", ROOT / "expectations"
UNTIL = date(2026, 11, 23)
STOCK = Span(UNTIL - timedelta(days=364), UNTIL - timedelta(days=30), stock=True)
LATER = [
    Span(STOCK.last + timedelta(days=1 + 5 * part), STOCK.last + timedelta(days=5 + 5 * part)) for part in range(6)
]
DAY = timedelta(days=1)
EVENT, REVIEW, MODEL = "household/point_event", "household/point_review", "household/model_household"
NOT_COUNTED = {"not_reviewed", "refused", "appealed", "invented", "about_nothing", "duplicate"}
CUT = {"below", "cap_event", "cap_member", "cap_month", "cap_quarter", "cap_year", "base"}


@pytest.fixture(scope="module")
def world() -> World:
    event = load.contract(EVENT, SCHEMAS, EXPECTATIONS)
    villages = next(column.codes for column in event.columns if column.name == "cjdm")
    book = load.points(SCHEMAS)
    return build(load.county(SCHEMAS), villages, seed=1, scale=0.1, until=UNTIL, rule_book=book)


@pytest.fixture(scope="module")
def town(world: World) -> str:
    """The one that has a village with items of its own."""
    owner = next(rule.village for edition in world.rule_book for rule in edition.rules if rule.village)
    return f"town_{owner[:9]}"


def rows(world: World, town: str, dataset: str, *spans: Span) -> list[Cells]:
    source = next(one for one in households.sources(world) if (one.dataset, one.department) == (dataset, town))
    return [cells for span in spans for cells in source.rows(world, town, span)]


def scored(world: World, events: list[Cells], reviews: list[Cells]) -> Computed:
    records = pl.DataFrame(
        [{column: cells.get(column) for column in EVENT_COLUMNS.values()} for cells in events],
        infer_schema_length=None,
    ).with_row_index("record_id")
    judged = pl.DataFrame(
        [{column: cells.get(column) for column in REVIEW_COLUMNS.values()} for cells in reviews],
        infer_schema_length=None,
    )
    nothing = pl.Series([], dtype=pl.UInt32)
    return compute(events_of(records, judged, nothing, nothing), world.rule_book, UNTIL + DAY)


def test_every_sender_of_the_contracts_has_a_source_and_the_hub_alone_makes_totals(world: World) -> None:
    found = [(one.dataset, one.department) for module in (households, civic) for one in module.sources(world)]
    for dataset in {dataset for dataset, _ in found}:
        contract = load.contract(dataset, SCHEMAS, EXPECTATIONS)
        wanted = sorted(intake.department for intake in contract.intakes)
        assert sorted(department for name, department in found if name == dataset) == wanted
    assert "household/points" not in {dataset for dataset, _ in found}


def test_events_and_reviews_become_points(world: World, town: str) -> None:
    events, reviews = rows(world, town, EVENT, STOCK, *LATER), rows(world, town, REVIEW, STOCK, *LATER)
    found = scored(world, events, reviews)
    totals, reasons = found.totals, set(found.lines["reasons"].explode().drop_nulls())
    above = totals.filter(pl.col("total") > pl.col("base"))
    assert above.height > totals.height // 2
    assert above["grade"].n_unique() >= 2
    assert reasons <= NOT_COUNTED | CUT
    assert {"自定项目", "表彰奖励", "见义勇为"} <= set(found.lines.filter(pl.col("counted") > 0)["rule"])


def test_any_span_that_holds_a_day_tells_the_same_of_it(world: World, town: str) -> None:
    part = LATER[2]
    for source in (*households.sources(world), *civic.sources(world)):
        if source.department not in (town, "health") or source.dataset in (REVIEW, MODEL):
            continue
        key = {"health": "jxrq"}.get(source.department) or _day_column(source)
        whole = source.rows(world, source.department, Span(LATER[0].first, LATER[-1].last))
        assert [c for c in whole if part.first <= c[key] <= part.last] == [  # type: ignore[operator]
            *source.rows(world, source.department, part)
        ]


def _day_column(source: Source) -> str:
    order = load.contract(source.dataset, SCHEMAS, EXPECTATIONS).order_by
    assert order is not None
    return order


def test_every_reliable_event_is_reviewed_once_after_it_was_sent(world: World, town: str) -> None:
    events = {str(cells["sjbh"]): cells for cells in rows(world, town, EVENT, STOCK, *LATER)}
    reviewed: list[str] = []
    for span in (STOCK, *LATER):
        for cells in rows(world, town, REVIEW, span):
            event = str(cells["sjbh"])
            assert events[event]["fsrq"] < cells["pyrq"] <= span.last  # type: ignore[operator]
            assert world.reliable(serial_of(event))
            if cells["pyjg"] == "通过":
                assert cells["pyrq"] <= cells["gsks"] <= cells["gsjs"] <= span.last  # type: ignore[operator]
                assert (cells["gsjs"] - cells["gsks"]).days + 1 >= world.rule_book[0].notice_days  # type: ignore
            reviewed.append(event)
    old = [number for number, cells in events.items() if cells["fsrq"] <= UNTIL - 12 * DAY]  # type: ignore[operator]
    assert len(reviewed) == len(set(reviewed))
    assert len(set(old) & set(reviewed)) > 0.93 * len(old)


def test_no_event_with_a_review_may_be_spoilt(world: World, town: str) -> None:
    source = next(one for one in households.sources(world) if (one.dataset, one.department) == (EVENT, town))
    events, reviews = rows(world, town, EVENT, STOCK), rows(world, town, REVIEW, STOCK)
    spare = {cells["sjbh"] for cells in events if source.spare(world, cells)}
    assert spare
    assert spare.isdisjoint(cells["sjbh"] for cells in reviews)


def test_a_household_is_chosen_once_a_year_and_only_in_the_span_of_the_choice(world: World, town: str) -> None:
    chosen = rows(world, town, MODEL, STOCK)
    assert len({cells["jtbh"] for cells in chosen}) == len(chosen) >= 8
    assert {cells["nd"] for cells in chosen} == {str(UNTIL.year - 1)}
    assert rows(world, town, MODEL, Span(date(UNTIL.year - 1, 1, 1), date(UNTIL.year - 1, 12, 31))) == chosen
    assert rows(world, town, MODEL, *LATER) == []


def test_volumes_follow_the_scale_and_no_town_is_empty(world: World) -> None:
    month = Span(UNTIL - timedelta(days=29), UNTIL)
    many = [
        len(rows(world, department, EVENT, month)) for department in world.offices if department.startswith("town_")
    ]
    assert min(many) >= 8
    assert 0.95 < sum(many) / world.amount(90_000) < 1.05
