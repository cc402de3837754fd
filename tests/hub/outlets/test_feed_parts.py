"""A large table is published in parts: the same files whether made at once or change by change, few of them anew."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import frictionless
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contract.model import Contract, County
from hub.outlets import feed_files, feed_parts, open_feed, sharing

TODAY = date(2026, 11, 23)
NAME = "market/admin_licence"
Tree = Callable[[Path], dict[str, bytes]]
IDS = [hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in range(40)]
STRANGE = st.sampled_from(
    ["", "a,b", 'a"b', "a\nb", "\r\n", f"\n{IDS[3]},b", f'\n{{"id":"{IDS[4]}"', "\n" + "f" * 32 + ","]
)
CELL = st.none() | STRANGE | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6)
ROWS = st.dictionaries(st.sampled_from(IDS), st.tuples(CELL, CELL), max_size=40)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(feed_parts, "WHOLE", 8)
    monkeypatch.setattr(feed_parts, "PART", 4)
    yield


def _table(rows: Mapping[str, tuple[str | None, str | None]]) -> pl.DataFrame:
    cells = [(key, *both) for key, both in sorted(rows.items())]
    return pl.DataFrame(cells, dict.fromkeys(("id", "a", "b"), pl.String), orient="row")


def _files(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ROWS, after=ROWS, more=st.sets(st.sampled_from(IDS)))
def test_a_table_that_was_brought_up_to_date_is_the_table_made_at_once(
    small_parts: None,
    tmp_path_factory: pytest.TempPathFactory,
    before: dict[str, Any],
    after: dict[str, Any],
    more: set[str],
) -> None:
    old, new, fresh = (tmp_path_factory.mktemp(name) for name in ("old", "new", "fresh"))
    parts = feed_parts.write(old, "shop", _table(before))
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} | more
    shown = _table({key: after[key] for key in changed & after.keys()})
    updated = feed_parts.update(new, "shop", old, parts, pl.Series(sorted(changed), dtype=pl.String), shown)
    whole = feed_parts.write(fresh, "shop", _table(after))
    if updated is None:
        told = [cell for rows in (before, after) for row in rows.values() for cell in row if cell]
        assert feed_parts.bits(len(before)) != feed_parts.bits(len(after)) or any("\n" in cell for cell in told)
        return
    assert updated == whole
    assert _files(new) == _files(fresh)


def test_the_number_of_parts_depends_on_the_number_of_records_alone() -> None:
    assert [feed_parts.bits(records) for records in (0, 1, 16_384)] == [0, 0, 0]
    assert [1 << feed_parts.bits(records) for records in (16_385, 1_000_000, 5_000_000)] == [64, 2048, 16384]
    for records in range(16_385, 3_000_000, 9_973):
        assert feed_parts.PART / 2 < records / (1 << feed_parts.bits(records)) <= feed_parts.PART


def test_every_record_lies_in_the_part_that_its_id_tells(small_parts: None, tmp_path: Path) -> None:
    parts = feed_parts.write(tmp_path, "shop", _table(dict.fromkeys(IDS, ("a", "b"))))
    width = (len(parts) - 1).bit_length()
    assert len(parts) == 16 and sum(part.records for part in parts) == len(IDS)
    for key in IDS:
        file = tmp_path / feed_parts.path("shop", feed_parts.number_of(key, width), width, "jsonl")
        assert key in file.read_text(encoding="utf-8")


def test_what_does_not_change_is_the_same_file_and_not_another_copy(small_parts: None, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    parts = feed_parts.write(old, "shop", _table(dict.fromkeys(IDS, ("a", "b"))))
    gone = pl.Series([IDS[0]], dtype=pl.String)
    feed_parts.update(new, "shop", old, parts, gone, _table({}))
    before, after = ({file.name: file.stat().st_ino for file in place.rglob("*.csv")} for place in (old, new))
    assert len([name for name in before if before[name] != after[name]]) == 1
    assert IDS[0].encode() not in b"".join(_files(new).values())


@pytest.mark.parametrize("damage", ["shorter", "gone", "one record less"])
def test_a_release_that_is_not_what_it_says_is_not_taken_over(small_parts: None, tmp_path: Path, damage: str) -> None:
    old = tmp_path / "old"
    parts = feed_parts.write(old, "shop", _table(dict.fromkeys(IDS, ("a", "b"))))
    width = (len(parts) - 1).bit_length()
    number = feed_parts.number_of(IDS[0], width)
    file = old / feed_parts.path("shop", number, width, "jsonl")
    if damage == "gone":
        file.unlink()
    elif damage == "shorter":
        file.write_bytes(file.read_bytes()[:-1])
    else:
        parts[number] = dataclasses.replace(parts[number], records=parts[number].records + 1)
    decided = pl.Series([IDS[0]], dtype=pl.String)
    assert feed_parts.update(tmp_path / "new", "shop", old, parts, decided, _table({})) is None


@pytest.fixture
def release(
    small_parts: None, tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any
) -> tuple[Path, dict[str, Any]]:
    content = pl.when(pl.int_range(pl.len()) % 5 == 3).then(pl.lit('上，"中",\n下')).otherwise("xk_nr").alias("xk_nr")
    table = lived.records[NAME].with_columns(content)
    contents = (open_feed.select(table, contracts[NAME], TODAY, sharing.NOTHING_STANDS),)
    return tmp_path, open_feed.publish(tmp_path, county, contents, TODAY)


def test_frictionless_reads_a_package_of_many_parts_as_one_table(release: tuple[Path, dict[str, Any]]) -> None:
    folder, index = release
    (entry,) = index["datasets"]
    package = frictionless.Package(str(folder / "current" / NAME / "datapackage.json"))
    assert len(package.resources[0].paths) > 4
    report = package.validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])
    rows = package.resources[0].read_rows()
    assert len(rows) == entry["records"] and len({row["id"] for row in rows}) == len(rows)


def test_the_lists_of_parts_tell_bytes_and_hashes_of_every_file(release: tuple[Path, dict[str, Any]]) -> None:
    folder, index = release
    (entry,) = index["datasets"]
    place = folder / "current" / NAME
    for one in entry["resources"]:
        content = (place / one["path"]).read_bytes()
        assert one["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
        listed = json.loads(content)
        assert one["parts"] == len(listed) and one["bytes"] == sum(each["bytes"] for each in listed)
        assert one["records"] == entry["records"] == sum(each["records"] for each in listed)
        for each in listed:
            part = (place / each["path"]).read_bytes()
            assert each["bytes"] == len(part) and each["hash"] == "sha256:" + hashlib.sha256(part).hexdigest()
        states = "\n".join(each["state_hash"] for each in listed)
        assert entry["state_hash"] == hashlib.sha256(states.encode()).hexdigest()


def test_a_record_is_found_in_its_part(release: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = release
    for file in sorted((folder / "current" / NAME / "admin_licence").glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            found = open_feed.find(folder, NAME, json.loads(line)["id"])
            assert found == f"{NAME}/admin_licence/{file.name}:{number}"
    assert open_feed.find(folder, NAME, "f" * 32) is None and open_feed.find(folder, NAME, "nobody") is None


def test_an_update_that_cannot_be_taken_over_is_made_from_everything(
    release: tuple[Path, dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
    contracts: Mapping[str, Contract],
    county: County,
    lived: Any,
    tree: Tree,
) -> None:
    folder, _ = release
    table = lived.records[NAME].with_columns(pl.lit("别的").alias("xk_nr"))
    whole = open_feed.select(table, contracts[NAME], TODAY, sharing.NOTHING_STANDS)
    for file in (folder / "current" / NAME).rglob("*.jsonl"):
        file.write_bytes(b"")
    ids = table["record_id"]
    update = open_feed.select_of(table, ids, contracts[NAME], TODAY, sharing.NOTHING_STANDS, lambda: whole)
    open_feed.publish(folder, county, (update,), TODAY)
    other = tmp_path_factory.mktemp("other")
    open_feed.publish(other, county, (whole,), TODAY)
    assert tree(folder / "current") == tree(other / "current")


def test_amounts_and_dates_are_taken_over_as_they_were(tmp_path: Path, small_parts: None) -> None:
    typed = pl.DataFrame(
        {
            "id": IDS[:12],
            "day": [date(2026, 1, 2)] * 11 + [None],
            "sum": pl.Series([Decimal("123456789012.345678")] * 12, dtype=pl.Decimal(18, 6)),
        }
    ).sort("id")
    table = feed_parts.as_text(typed)
    parts = feed_parts.write(tmp_path / "old", "shop", table)
    feed_parts.update(tmp_path / "new", "shop", tmp_path / "old", parts, table["id"].head(1), table.head(1))
    assert _files(tmp_path / "old") == _files(tmp_path / "new")
    assert b'"sum":"123456789012.345678"' in b"".join(_files(tmp_path / "new").values())


def test_a_client_that_follows_the_parts_has_what_is_shown(small_parts: None, tmp_path: Path) -> None:
    """It fetches the parts whose hash is another one, and no more; what was withdrawn is gone with its old part."""
    old, new = tmp_path / "old", tmp_path / "new"
    parts = feed_parts.write(old, "shop", _table(dict.fromkeys(IDS, ("a", "b"))))
    mine = {one["path"]: (one["hash"], (old / one["path"]).read_bytes()) for one in _listed(parts)}
    decided = pl.Series(IDS[:3], dtype=pl.String)
    after = feed_parts.update(new, "shop", old, parts, decided, _table({IDS[0]: ("c", "d")}))
    assert after is not None
    fetched = [one for one in _listed(after) if mine[one["path"]][0] != one["hash"]]
    mine |= {one["path"]: (one["hash"], (new / one["path"]).read_bytes()) for one in fetched}
    held = {json.loads(line)["id"]: json.loads(line) for _, content in mine.values() for line in content.splitlines()}
    assert 0 < len(fetched) <= 3 and set(held) == set(IDS) - set(IDS[1:3]) and held[IDS[0]]["a"] == "c"


def _listed(parts: list[feed_parts.Part]) -> list[dict[str, Any]]:
    return feed_parts.listing(parts, "shop", "jsonl")


@pytest.mark.parametrize(("number", "copied"), [(errno.EPERM, True), (errno.EMLINK, True), (errno.EIO, False)])
def test_a_file_system_without_links_gets_copies_and_a_disk_that_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, copied: bool
) -> None:
    def refused(*_: object) -> None:
        raise OSError(number, "no")

    (tmp_path / "old").write_bytes(b"one")
    monkeypatch.setattr(os, "link", refused)
    if copied:
        feed_parts.link(tmp_path / "old", tmp_path / "new")
        assert (tmp_path / "new").read_bytes() == b"one"
    else:
        with pytest.raises(OSError, match="no"):
            feed_parts.link(tmp_path / "old", tmp_path / "new")


def test_a_dataset_without_a_table_has_no_file_for_a_record(tmp_path: Path) -> None:
    assert feed_files.file_of(tmp_path, NAME, IDS[0]) is None
