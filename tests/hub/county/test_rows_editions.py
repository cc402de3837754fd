"""Changes of divisions and editions of catalogues of the county that does not exist hang together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

from corpus.judged import EXPECTATIONS, SCHEMAS

from hub.contract.model import Contract
from hub.county.record import Written
from hub.county.rows import editions
from hub.county.source import Cells, Span
from hub.county.style import style_of
from hub.county.world import World
from hub.line import Hub, doctor

CHANGE, EDITION = "government/region_change", "credit/catalogue_edition"
SINCE = date(2026, 2, 2)


def stock(world: World) -> dict[str, list[Cells]]:
    return rows_of(world, Span(SINCE - timedelta(days=364), world.until, stock=True))


def rows_of(world: World, span: Span) -> dict[str, list[Cells]]:
    return {one.dataset: list(one.rows(world, one.department, span)) for one in editions.sources(world)}


def test_the_first_collection_and_the_weeks_after_it_tell_each_change_once(small_world: World) -> None:
    first = rows_of(small_world, Span(SINCE - timedelta(days=364), SINCE - timedelta(days=1), stock=True))
    weeks = range(0, (small_world.until - SINCE).days, 7)
    later = [
        rows_of(small_world, Span(SINCE + timedelta(days=day), SINCE + timedelta(days=day + 6)))
        for day in weeks
        if SINCE + timedelta(days=day + 6) <= small_world.until
    ]
    for dataset, everything in stock(small_world).items():
        told = [cells for several in (first, *later) for cells in several[dataset]]
        assert len(first[dataset]) >= 8 and len(told) > len(first[dataset])
        last = small_world.until - timedelta(days=6)
        assert [cells for cells in everything if in_force(cells) <= last] == sorted(
            (cells for cells in told if in_force(cells) <= last), key=everything.index
        )


def in_force(cells: Cells) -> date:
    day = cells["sxrq"]
    assert isinstance(day, date)
    return day


def test_every_kind_and_level_occurs_and_no_key_comes_twice(
    larger_world: World, contracts: Mapping[str, Contract]
) -> None:
    found = stock(larger_world)
    assert {cells["bglx"] for cells in found[CHANGE]} == {"合并", "更名", "设立", "撤销", "改设"}
    assert {cells["mlcj"] for cells in found[EDITION]} == {"全国", "省", "市", "县"}
    for dataset, several in found.items():
        keys = Counter(tuple(cells[name] for name in contracts[dataset].key) for cells in several)
        assert set(keys.values()) == {1}


def test_a_village_that_is_gone_lies_in_a_town_and_was_never_listed(larger_world: World) -> None:
    towns = {village.town for village in larger_world.villages}
    listed = {village.code for village in larger_world.villages}
    for cells in stock(larger_world)[CHANGE]:
        old = str(cells.get("yqhdm") or "")
        assert not old or old[:9] in towns
        assert cells["bglx"] == "更名" or old not in listed


def test_the_editions_of_a_level_replace_one_another(larger_world: World) -> None:
    numbers: dict[object, object] = {}
    for cells in stock(larger_world)[EDITION]:
        assert cells["btdwh"] == numbers.get(cells["mlcj"])
        numbers[cells["mlcj"]] = cells["wh"]


def test_the_list_of_regions_shows_the_countys_changes_and_the_law_waits_for_its_province(
    larger_world: World, contracts: Mapping[str, Contract], make_hub: Callable[..., Hub], tmp_path: Path
) -> None:
    hub = make_hub("", schemas=SCHEMAS, expectations=EXPECTATIONS)
    for source in editions.sources(larger_world):
        style, agreed = style_of(source.department), contracts[source.dataset]
        records = [Written(style.row(agreed, cells), "accepted") for cells in stock(larger_world)[source.dataset]]
        file = tmp_path / f"{source.name}.{style.ending}"
        file.write_bytes(style.file(agreed, records))
        hub.submit(file, source.department, source.dataset)
    looks = {one["what"]: one["detail"] for one in doctor.examine(hub)}
    assert looks["regions"] == "24 changes of divisions are in force"
    assert looks["catalogue"].endswith("newer than law/catalogue.yaml: 省 since 2025-04-05")
