"""What steers in the county names records that are there, and tells each matter once or as it ended."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from hub.contract.derive import suite
from hub.contract.load import contract, county
from hub.county.record import Written
from hub.county.rows import bank, court, penalties, steering
from hub.county.source import Cells, Source, Span
from hub.county.style import style_of
from hub.county.world import World, build
from hub.stages import normalise, read, steered
from hub.stages.job import Job

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS, EXPECTATIONS = ROOT / "schemas", ROOT / "expectations"
Sent = dict[str, list[list[Cells]]]
KEY = b"a key"
SINCE, UNTIL = date(2026, 8, 3), date(2026, 11, 23)
STOCK = Span(SINCE - timedelta(days=364), SINCE - timedelta(days=1), stock=True)
WEEKS = [Span(SINCE + timedelta(days=7 * week), SINCE + timedelta(days=7 * week + 6)) for week in range(16)]
LONG_AGO = Span(STOCK.first - timedelta(days=500), UNTIL)  # all penalties that anything can be about
NAMING = ("credit/repair", "credit/dispute", "credit/annulment", "court/shielding")
MINOR, SERIOUS = ("警告", "通报批评"), ("吊销许可证件", "限制从业")


@pytest.fixture(scope="module")
def world() -> World:
    villages = next(one for one in contract("household/point_event", SCHEMAS, EXPECTATIONS).columns if one.codes)
    return build(county(SCHEMAS), villages.codes, seed=1, scale=0.2, until=UNTIL)


def _sources(world: World, dataset: str) -> list[Source]:
    every = (*court.sources(world), *penalties.sources(world), *steering.sources(world))
    return [one for one in every if one.dataset == dataset]


@pytest.fixture(scope="module")
def sent(world: World) -> Sent:
    """Every file of the datasets: the first collection and sixteen weeks."""
    return {
        dataset: [
            list(one.rows(world, one.department, span)) for one in _sources(world, dataset) for span in (STOCK, *WEEKS)
        ]
        for dataset in (*NAMING, "credit/consent", court.DEFAULTER)
    }


def _all(files: list[list[Cells]]) -> list[Cells]:
    return [cells for file in files for cells in file]


def _normalised(dataset: str, department: str, rows: list[Cells], folder: Path) -> pl.DataFrame:
    """The rows as the hub reads them from the department's file, with its own ids of records."""
    folder.mkdir(parents=True)
    agreed, style, file = contract(dataset, SCHEMAS, EXPECTATIONS), style_of(department), folder / "delivery"
    file.write_bytes(style.file(agreed, [Written(style.row(agreed, cells), "accepted") for cells in rows]))
    job = Job(1, agreed, suite(agreed, EXPECTATIONS), file, folder, KEY)
    read.run(file, agreed, job.read)
    normalise.run(job)
    return pl.read_parquet(job.normalised)


def _records(world: World, dataset: str, span: Span, folder: Path) -> set[str]:
    found: set[str] = set()
    for one in _sources(world, dataset):
        rows = list(one.rows(world, one.department, span))
        found |= set(_normalised(dataset, one.department, rows, folder / one.department)["record_id"])
    return found


def test_what_steers_names_records_by_their_own_keys(world: World, sent: Sent, tmp_path: Path) -> None:
    there = {
        steering.PENALTY: _records(world, steering.PENALTY, LONG_AGO, tmp_path / "penalties"),
        court.DEFAULTER: _records(world, court.DEFAULTER, Span(LONG_AGO.first, UNTIL), tmp_path / "defaulters"),
    }
    for dataset in NAMING:
        steers = contract(dataset, SCHEMAS, EXPECTATIONS).steers
        assert steers is not None
        named = 0
        for number, one in enumerate(_sources(world, dataset)):
            rows = [cells for span in (STOCK, *WEEKS) for cells in one.rows(world, one.department, span)]
            table = _normalised(dataset, one.department, rows, tmp_path / dataset / str(number))
            for target, ids in there.items():
                about = table.filter(pl.col(steers.dataset) == target)
                told = steered.record_ids(about, steers, contract(target, SCHEMAS, EXPECTATIONS), KEY)
                assert not told.is_null().any() and set(told) <= ids
                named += len(told)
        assert named == len(_all(sent[dataset])) > 10, dataset


def test_a_repair_comes_only_after_the_least_time_of_publication(world: World, sent: Sent) -> None:
    decided = {
        (cells.get("cf_xdr_shxym") or cells.get("cf_xdr_zjhm"), cells["cf_wsh"]): (cells["cf_jdrq"], cells["cf_cflb"])
        for one in _sources(world, steering.PENALTY)
        for cells in one.rows(world, one.department, LONG_AGO)
    }
    seen: Counter[str] = Counter()
    for cells in _all(sent["credit/repair"]):
        if cells["sjj"] == steering.PENALTY:
            day, kinds = decided[cells.get("xdr_shxym") or cells.get("xdr_zjhm"), cells["wsh"]]
            assert isinstance(day, date) and isinstance(cells["ksrq"], date) and kinds not in MINOR
            assert cells["ksrq"] - day >= timedelta(days=366 if kinds in SERIOUS else 92)
            seen["serious" if kinds in SERIOUS else "general"] += 1
    assert seen["serious"] > 5 and seen["general"] > 20


def test_a_later_file_says_of_a_matter_what_the_earlier_one_said_and_how_it_ended(sent: Sent) -> None:
    for dataset, key, ended, moved in (
        ("credit/dispute", ("sxbh",), "jsrq", {"jsrq"}),
        ("court/judgment_defaulter", ("ah",), "tcrq", {"tcrq", "bzxrlxqk", "ylxbf", "wlxbf"}),
        ("court/shielding", ("sxbh",), "jsrq", {"jsrq"}),
        ("credit/consent", ("sqbh",), "chrq", {"chrq", "djrq"}),
    ):
        told: dict[tuple[object, ...], Cells] = {}
        endings = 0
        for file in sent[dataset]:
            numbers = [tuple(cells[name] for name in key) for cells in file]
            assert len(set(numbers)) == len(numbers), "one matter stands once in a file"
            for number, cells in zip(numbers, file, strict=True):
                if number in told:
                    before = told[number]
                    assert cells.get(ended) and not before.get(ended), dataset
                    changed = {name for name in cells.keys() | before.keys() if cells.get(name) != before.get(name)}
                    assert changed <= moved
                    endings += 1
                told[number] = cells
        assert endings > 2, dataset


def test_no_record_is_repaired_or_annulled_twice(sent: Sent) -> None:
    for dataset in ("credit/repair", "credit/annulment"):
        named = [(cells["wsh"], cells["jgdm"]) for cells in _all(sent[dataset])]
        assert len(set(named)) == len(named) > 20
        assert len({cells["sxbh"] for cells in _all(sent[dataset])}) == len(named)


def test_a_household_consents_by_an_adult_of_its_own_who_has_a_line_of_credit(world: World, sent: Sent) -> None:
    homes = {(home := world.household(serial)).number: home for serial in bank.customers(world)}
    given = _all(sent["credit/consent"])
    of_homes = [cells for cells in given if cells.get("jtbh")]
    assert 0.4 < len(of_homes) / len(given) < 0.6
    for cells in of_homes:
        home = homes[str(cells["jtbh"])]
        assert cells["xdr_zjhm"] in {member.citizen_id for member in home.members}
        assert (cells["sjj"], cells["ck"]) == ("household/points", "bank_incentive")
        assert cells["sqsbh"] == bank.authorisation(home.serial)
