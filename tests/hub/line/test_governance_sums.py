"""Sums go to the governance platform as whole tables: entered first, only when changed, never about a few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus import governance_county, other_sides
from corpus.province_county import County

from hub.errors import TryAgain
from hub.ledger import evidence
from hub.ledger.connect import reading
from hub.ledger.released import released_cell
from hub.line import intervening, releasing
from hub.line.backing_up import backup
from hub.line.doctor import examine
from hub.line.restoring import confirm, restore
from hub.outlets import event_service


@pytest.fixture
def sums(tmp_path: Path, make_line: Callable[..., Any]) -> Iterator[County]:
    """A county that sends the sums of its shops by state, and no row."""
    with governance_county.of_sums(tmp_path) as (schemas, platform, settings):
        side = other_sides.ByEvents(platform, {})
        yield County(make_line(schemas=schemas, governance=settings, lease_seconds=600), side)


def month_of(county: County, month: str = "2026-10") -> list[dict[str, Any]]:
    held = county.side.service.tables.get(("SHOPS", "shops_by_state", month))
    return [] if held is None else list(held["rows"])


def shops(county: County, *numbers: int) -> None:
    county.line.drop(
        county.line.file(*(county.line.shop(number, rq="2026-10-05") for number in numbers)), f"店铺_{numbers[0]}.csv"
    )
    county.line.clock.sleep(5)
    county.line.run()


def test_a_month_goes_as_a_whole_table_with_its_digest_and_only_when_it_has_changed(sums: County) -> None:
    shops(sums, *range(1, 13))
    sums.drain()
    rows = month_of(sums)
    assert rows == [{"ZT": "1", "label": "有效", "count": 12, "JE": "1200000.000000"}]
    held = sums.side.service.tables["SHOPS", "shops_by_state", "2026-10"]
    assert held["digest"] == event_service.digest(rows)
    assert sums.line.hub.due("province") == 0
    calls = list(sums.side.service.calls)
    shops(sums, 13)
    assert sums.line.hub.due("province") > 0
    sums.drain()
    assert sums.side.service.calls == calls, "one late row changes no figure, and nothing is sent"
    assert sums.line.hub.due("province") == 0
    shops(sums, *range(14, 30))
    sums.drain()
    assert [row["count"] for row in month_of(sums)] == [29]
    assert sums.line.violations() == []


def test_no_single_row_and_no_small_group_leaves(sums: County) -> None:
    shops(sums, *range(1, 10))
    sums.drain()
    assert sums.side.service.calls == []
    held = str(sums.side.service.tables) + str(sums.side.service.held)
    assert sums.name(1) not in held


def test_a_table_that_became_too_small_is_emptied_there(sums: County) -> None:
    shops(sums, *range(1, 11))
    sums.drain()
    assert [row["count"] for row in month_of(sums)] == [10]
    intervening.withdraw(sums.line.hub, sums.record(3), "撤回")
    sums.drain()
    assert month_of(sums) == []
    assert sums.states() == ["acknowledged"] * 11


@pytest.mark.parametrize("mood", ["fails", "cut before", "cut after", "half", "later"])
def test_a_table_that_did_not_arrive_goes_again(sums: County, mood: Any) -> None:
    shops(sums, *range(1, 13))
    sums.side.service.moods.append(mood)
    with pytest.raises(TryAgain):
        sums.drain()
    sums.drain()
    assert [row["count"] for row in month_of(sums)] == [12]


def test_what_is_shown_is_entered_before_it_leaves_and_a_run_that_dies_shows_the_same(sums: County) -> None:
    shops(sums, *range(1, 13))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_service.EventService, "put_table", _end)
        with pytest.raises(KeyboardInterrupt):
            sums.drain()
    with reading(sums.line.hub.ledger) as connection:
        assert evidence.latest(connection, "released") is not None
        assert evidence.latest(connection, "sending_tables") is not None
        assert evidence.latest(connection, "tables_sent") is None
    shops(sums, 13)
    sums.drain()
    assert [row["count"] for row in month_of(sums)] == [12], "the figure that was entered, not that of one row more"


def _end(*_: Any) -> None:
    raise KeyboardInterrupt


def test_after_a_restore_no_month_is_shown_anew_that_may_have_been_shown_since(sums: County, tmp_path: Path) -> None:
    shops(sums, *range(1, 13))
    sums.drain()
    backup(sums.line.hub, tmp_path / "backup")
    shops(sums, *range(13, 24))
    sums.drain()
    assert [row["count"] for row in month_of(sums)] == [23]
    sums.line.hub.ledger.dispose()
    for file in sums.line.hub.home.glob("ledger.db*"):
        if file.is_file():
            file.unlink()
    sums.line.restart()
    restore(sums.line.hub, tmp_path / "backup")
    confirm(sums.line.hub, "已核实")
    shops(sums, *range(13, 25))
    sums.drain()
    assert [row["count"] for row in month_of(sums)] == [12], "the older figure, which everybody has seen; not 24 for 23"


def test_two_outlets_are_shown_the_same_figures_whoever_comes_first(sums: County) -> None:
    shops(sums, *range(1, 13))
    hub = sums.line.hub
    contract, today = hub.contract(other_sides.DATASET), hub.today()
    first = releasing.bring_up_to_date(hub, contract, today)
    shops(sums, 13, 14)
    assert releasing.bring_up_to_date(hub, contract, today).equals(first)
    query = sa.select(released_cell.c.cell, released_cell.c.version, released_cell.c.count)
    assert sums.line.rows(query) == [("1", 1, 12)]


def test_the_doctor_names_the_platform_and_what_is_not_verified_of_it(sums: County) -> None:
    (told,) = [one for one in examine(sums.line.hub) if one["what"] == "province"]
    assert told["ok"] and "省综治事件接口" in told["detail"]
