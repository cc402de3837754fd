"""The county's own figures of 信易贷, 41,930 households and 38.39 亿元, come out of the files that its bank sends."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from hub.contract.load import contract, county
from hub.county.record import Written
from hub.county.rows import bank
from hub.county.source import Source, Span
from hub.county.style import style_of
from hub.county.world import World, build

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS, EXPECTATIONS = ROOT / "schemas", ROOT / "expectations"
LINES, SUMS = "bank/credit_line", "bank/credit_line_summary"
UNTIL = date(2026, 11, 23)
STOCK = Span(UNTIL - timedelta(days=363), UNTIL, stock=True)
OCTOBER = Span(date(2026, 10, 1), date(2026, 10, 31))


Files = tuple[World, pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="module", params=[1.0, 0.01])
def stock(request: pytest.FixtureRequest) -> Files:
    """A county, the file of lines that the bank sends first, and that of sums."""
    villages = next(one for one in contract("household/point_event", SCHEMAS, EXPECTATIONS).columns if one.codes)
    world = build(county(SCHEMAS), villages.codes, seed=1, scale=request.param, until=UNTIL)
    return world, _file(world, LINES, STOCK), _file(world, SUMS, STOCK)


def _source(world: World, dataset: str) -> Source:
    return next(one for one in bank.sources(world) if one.dataset == dataset)


def _file(world: World, dataset: str, span: Span) -> pl.DataFrame:
    """The bank's file, written as the bank writes it and read again; amounts and counts as whole numbers."""
    agreed, style, source = contract(dataset, SCHEMAS, EXPECTATIONS), style_of("bank"), _source(world, dataset)
    rows = source.rows(world, source.department, span)
    content = style.file(agreed, [Written(style.row(agreed, cells), "accepted") for cells in rows])
    frame = pl.read_csv(BytesIO(content), infer_schema=False)
    counted = [column.label for column in agreed.columns if column.kernel in ("money", "quantity")]
    exact = [pl.col(name).str.replace_all(",", "").cast(pl.Decimal(18, 2)).cast(pl.Int64) for name in counted]
    return frame.with_columns(exact).rename({column.label: column.name for column in agreed.columns})


def _of_households(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(pl.col("khlb") == "自然人")


def _home(number: str) -> int:
    """The household of a made-up citizen id: four serials each."""
    days = (date(int(number[6:10]), int(number[10:12]), int(number[12:14])) - date(1880, 1, 1)).days
    return (int(number[14:17]) // 2 * 3650 + days) // 4


def test_the_lines_of_households_are_those_of_the_figures(stock: Files) -> None:
    world, lines, _ = stock
    households, yuan = (41_930, 3_839_000_000) if world.scale == 1 else (419, 38_390_000)
    homes = _of_households(lines)
    assert len({_home(number) for number in homes["khsfzh"].unique()}) == households == homes["khsfzh"].n_unique()
    assert homes["sxje"].sum() == yuan
    assert homes["sxje"].is_between(10_000, 300_000).all() and (homes["sxje"] % 1_000 == 0).all()
    assert (homes["yxye"] <= homes["sxje"]).all()
    assert lines["sxbh"].is_unique().all() and lines.height > homes.height


def test_the_sums_by_town_and_product_add_up_to_the_figures(stock: Files) -> None:
    world, lines, sums = stock
    households, yuan = bank.figures(world)
    assert sums["tjyf"].unique().to_list() == ["2026-10"]
    assert (sums["hs"].sum(), sums["sxje"].sum()) == (households, int(yuan))
    assert sums["zxqh"].n_unique() == len({village.town for village in world.villages})
    again = (
        _of_households(lines)
        .group_by("zxqh", "cpmc")
        .agg(pl.col("khsfzh").n_unique().alias("hs"), pl.len().alias("bs"), pl.col("sxje", "yxye").sum())
    )
    columns = ["zxqh", "cpmc", "hs", "bs", "sxje", "yxye"]
    assert sorted(sums.select(columns).rows()) == sorted(again.select(columns).rows())


def test_later_files_and_planted_faults_leave_the_figures_as_they_are(stock: Files) -> None:
    world, _, sums = stock
    later = _file(world, LINES, OCTOBER)
    assert later.height and _of_households(later).is_empty()
    assert _file(world, SUMS, OCTOBER).equals(sums), "of one month the bank says one thing"
    lines = _source(world, LINES)
    spare = {cells["khlb"]: lines.spare(world, cells) for cells in lines.rows(world, "bank", STOCK)}
    assert spare == {"自然人": False, "法人及非法人组织": True, "个体工商户": True}
    assert not any(
        _source(world, SUMS).spare(world, cells) for cells in _source(world, SUMS).rows(world, "bank", STOCK)
    )
