"""What lies in a release: valid packages, bytes as the index says, the same records in every format."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import polars as pl
import pytest

from hub.contract.model import Column, Contract, County
from hub.outlets import open_feed, sharing

TODAY = date(2026, 11, 23)
BOM = b"\xef\xbb\xbf"
Tree = Callable[[Path], dict[str, bytes]]


def _contents(
    contracts: Mapping[str, Contract], records: Mapping[str, pl.DataFrame], today: date = TODAY
) -> tuple[open_feed.Content, ...]:
    return tuple(
        open_feed.select(records[name], contracts[name], today, sharing.NOTHING_STANDS) for name in sorted(records)
    )


@pytest.fixture(scope="module")
def feed(
    tmp_path_factory: pytest.TempPathFactory, contracts: Mapping[str, Contract], county: County, lived: Any
) -> Path:
    """A published feed of the four real datasets; one text has several lines, quotes and commas."""
    folder = tmp_path_factory.mktemp("feed")
    content = pl.when(pl.int_range(pl.len()) % 5 == 3).then(pl.lit('上，"中",\n下')).otherwise("xk_nr").alias("xk_nr")
    records = dict(lived.records)
    records["market/admin_licence"] = records["market/admin_licence"].with_columns(content)
    open_feed.publish(folder, county, _contents(contracts, records), TODAY)
    return folder / "current"


def _index(feed: Path) -> dict[str, Any]:
    index: dict[str, Any] = json.loads((feed / "index.json").read_text(encoding="utf-8"))
    return index


def _resources(feed: Path) -> list[tuple[Path, dict[str, Any]]]:
    return [
        (feed / one["dataset"] / each["path"], each) for one in _index(feed)["datasets"] for each in one["resources"]
    ]


def _csv(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_bytes().removeprefix(BOM).decode("utf-8"), newline="")))


def test_every_dataset_is_there_and_says_what_lets_it_be_shown(feed: Path, lived: Any):
    index = _index(feed)
    assert [one["dataset"] for one in index["datasets"]] == sorted(lived.records)
    assert index["as_of"] == "2026-11-23"
    for one in index["datasets"]:
        assert one["legal_basis"] and all("《" in basis for basis in one["legal_basis"])
        assert json.loads((feed / one["dataset"] / "index.json").read_text(encoding="utf-8")) == one
    counts = {one["dataset"]: one["records"] for one in index["datasets"]}
    assert counts.pop("bank/credit_line") == 0 and all(counts.values())


def test_frictionless_finds_every_package_valid(feed: Path):
    packages = sorted(feed.rglob("datapackage.json"))
    assert len(packages) == 4
    for package in packages:
        report = frictionless.validate(str(package))
        assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])


def test_frictionless_would_find_a_changed_byte(feed: Path, tmp_path: Path):
    place = tmp_path / "copy"
    place.mkdir()
    for file in (feed / "market" / "admin_licence").iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    target = place / "admin_licence.csv"
    target.write_bytes(target.read_bytes().replace("普通".encode(), "特殊".encode(), 1))
    assert not frictionless.validate(str(place / "datapackage.json")).valid


def test_bytes_hashes_and_records_in_the_index_are_those_of_the_files(feed: Path):
    for file, said in _resources(feed):
        content = file.read_bytes()
        assert said["bytes"] == len(content)
        assert said["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
        reader = "read_csv(?, header=true, all_varchar=true)" if said["format"] == "csv" else "read_json(?)"
        counted = duckdb.execute(f"SELECT count(*) FROM {reader}", [str(file)]).fetchone()
        assert counted == (said["records"],), file.name


def test_the_state_hash_is_that_of_the_ids(feed: Path):
    for one in _index(feed)["datasets"]:
        name = one["dataset"].rpartition("/")[2]
        file = feed / one["dataset"] / f"{name}.csv"
        ids = sorted(row["id"] for row in _csv(file)) if file.exists() else []
        assert one["state_hash"] == hashlib.sha256("\n".join(ids).encode()).hexdigest()
        assert one["records"] == len(ids) == len(set(ids))


def test_a_csv_has_a_byte_order_mark_and_crlf_after_every_record(feed: Path):
    for file, said in _resources(feed):
        if said["format"] != "csv":
            continue
        content = file.read_bytes()
        assert content.startswith(BOM) and content.count(BOM) == 1
        assert content.endswith(b"\r\n") and content.count(b"\r") == content.count(b"\r\n") == said["records"] + 1
        content.decode("utf-8")


def test_a_jsonl_has_no_byte_order_mark_and_one_object_a_line(feed: Path):
    for file, said in _resources(feed):
        if said["format"] == "jsonl":
            content = file.read_bytes()
            assert not content.startswith(BOM) and b"\r" not in content
            assert len([json.loads(line) for line in content.splitlines()]) == said["records"]


def test_csv_and_jsonl_hold_the_same_records(feed: Path):
    pairs = [(file, file.with_suffix(".jsonl")) for file, said in _resources(feed) if said["format"] == "csv"]
    assert len(pairs) == 4
    for table, lines in pairs:
        objects = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
        told = [{name: "" if cell is None else str(cell) for name, cell in one.items()} for one in objects]
        assert _csv(table) == told
        assert told


def test_amounts_are_the_exact_ones_in_both_formats(
    tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any
):
    name, amount = "market/admin_penalty", Decimal("123456789012.345678")
    table = lived.records[name].with_columns(pl.lit(amount, pl.Decimal(18, 6)).alias("cf_nr_fk"))
    open_feed.publish(
        tmp_path, county, (open_feed.select(table, contracts[name], TODAY, sharing.NOTHING_STANDS),), TODAY
    )
    place = tmp_path / "current" / name
    lines = (place / "admin_penalty.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["cf_nr_fk"] for line in lines} == {str(amount)}
    assert {row["cf_nr_fk"] for row in _csv(place / "admin_penalty.csv")} == {str(amount)}


def test_the_fields_are_those_that_the_contract_discloses_under_their_chinese_names(
    feed: Path, contracts: Mapping[str, Contract], lived: Any
):
    for name in lived.records:
        contract = contracts[name]
        package = json.loads((feed / name / "datapackage.json").read_text(encoding="utf-8"))
        (resource,) = package["resources"]
        titles = {field["name"]: field["title"] for field in resource["schema"]["fields"]}
        with (feed / name / resource["path"]).open(encoding="utf-8-sig", newline="") as lines:
            assert next(csv.reader(lines)) == list(titles)
        if contract.lawful:
            disclosed = {one.name: one.label for one in contract.columns if "open_feed" in one.disclosure}
            assert titles == {"id": "记录标识"} | disclosed
        assert package["licenses"] and package["contributors"][0]["title"] and package["version"] == contract.version


def test_a_new_column_leaves_the_bytes_of_the_feed_as_they_are(
    feed: Path,
    tmp_path: Path,
    contracts: Mapping[str, Contract],
    county: County,
    lived: Any,
    column: Callable[..., Column],
):
    fresh = column("fresh", to={})
    wider = {name: dataclasses.replace(one, columns=(fresh, *one.columns)) for name, one in contracts.items()}
    records = {name: table.with_columns(pl.lit("geheim").alias("fresh")) for name, table in lived.records.items()}
    open_feed.publish(tmp_path / "wide", county, _contents(wider, records), TODAY)
    open_feed.publish(tmp_path / "old", county, _contents(contracts, lived.records), TODAY)
    for file in (tmp_path / "old" / "current").rglob("*"):
        if file.is_file():
            twin = tmp_path / "wide" / "current" / file.relative_to(tmp_path / "old" / "current")
            assert twin.read_bytes() == file.read_bytes()


def test_nothing_depends_on_the_order_in_which_records_came(
    tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any, tree: Tree
):
    shuffled = {name: table.sample(fraction=1, shuffle=True, seed=3) for name, table in lived.records.items()}
    one, two = tmp_path / "one", tmp_path / "two"
    open_feed.publish(one, county, _contents(contracts, lived.records), TODAY)
    open_feed.publish(two, county, _contents(contracts, shuffled), TODAY)
    assert tree(one) == tree(two)


def test_a_record_is_found_by_its_line_and_a_stranger_is_not(feed: Path):
    place = feed / "market" / "admin_licence"
    lines = (place / "admin_licence.jsonl").read_text(encoding="utf-8").splitlines()
    third = json.loads(lines[2])["id"]
    assert open_feed.find(feed.parent, "market/admin_licence", third) == "market/admin_licence/admin_licence.jsonl:3"
    assert open_feed.find(feed.parent, "market/admin_licence", "f" * 32) is None
    assert open_feed.find(feed.parent, "office/paper", third) is None
    assert open_feed.as_of(feed.parent) == TODAY and open_feed.as_of(feed) is None
