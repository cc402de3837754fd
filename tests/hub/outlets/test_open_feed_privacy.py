"""Nobody's number, name or shop in any byte of the published tree."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hub.contract.model import Contract, County
from hub.outlets import open_feed, sharing

TODAY = date(2026, 11, 23)
HUMAN, NOWHERE = "320830188512310019", "某甲不在册"
Tree = Callable[[Path], dict[str, bytes]]
# Dataset -> column of the category, of the person's number, of the name, of a shown free text.
PLACES = {
    "market/admin_licence": ("xk_xdr_lb", "xk_xdr_zjhm", "xk_xdr_mc", "xk_nr"),
    "market/admin_penalty": ("cf_xdr_lb", "cf_xdr_zjhm", "cf_xdr_mc", "cf_nr"),
    "court/judgment_defaulter": ("bzxr_lb", "sfzhm", "bzxrmc", "sxbzxrwxwqk"),
}
ORGANISATION = "法人及非法人组织"


def _publish(folder: Path, county: County, contracts: Mapping[str, Contract], records: Mapping[str, pl.DataFrame]):
    contents = tuple(
        open_feed.select(table, contracts[name], TODAY, sharing.NOTHING_STANDS) for name, table in records.items()
    )
    open_feed.publish(folder, county, contents, TODAY)
    return contents


def _ids(folder: Path, dataset: str) -> list[str]:
    file = folder / "current" / dataset / f"{dataset.rpartition('/')[2]}.jsonl"
    return [json.loads(line)["id"] for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_tree_holds_no_word_that_is_somebodys(
    tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any, tree: Tree
):
    # The words are there to be leaked: every dataset has persons.
    stored = "".join(table.write_csv() for table in lived.records.values())
    assert sum(word in stored for word in lived.private) > 400
    contents = _publish(tmp_path, county, contracts, lived.records)
    assert all(content.table.height for content in contents if content.contract.lawful)
    for path, content in tree(tmp_path).items():
        text = content.decode("utf-8")
        assert not [word for word in lived.private if word in text], path


@pytest.mark.parametrize("dataset", sorted(PLACES))
def test_only_organisations_are_shown(
    tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any, dataset: str
):
    category = PLACES[dataset][0]
    (content,) = _publish(tmp_path, county, contracts, {dataset: lived.records[dataset]})
    assert set(content.table[category]) == {ORGANISATION}
    kinds = set(lived.records[dataset][category])
    assert "自然人" in kinds and content.withheld[sharing.NOT_THIS_SUBJECT] > 0


@pytest.mark.parametrize("dataset", sorted(PLACES))
@pytest.mark.parametrize("trouble", ["number", "category", "no category", "text", "name"])
def test_a_row_of_an_organisation_with_something_wrong_about_it_does_not_leave(
    tmp_path: Path,
    contracts: Mapping[str, Contract],
    county: County,
    lived: Any,
    tree: Tree,
    dataset: str,
    trouble: str,
):
    category, number, name, text = PLACES[dataset]
    table = lived.records[dataset]
    shown = open_feed.select(table, contracts[dataset], TODAY, sharing.NOTHING_STANDS).table["id"]
    victim = shown[0]
    column, cell = {
        "number": (number, HUMAN),
        "category": (category, "外星人"),
        "no category": (category, None),
        "text": (text, f"联系人身份证{HUMAN}"),
        "name": (name, f"{NOWHERE}{HUMAN}"),
    }[trouble]
    planted = table.with_columns(
        pl.when(pl.col("record_id") == victim).then(pl.lit(cell, pl.String)).otherwise(column).alias(column)
    )
    _publish(tmp_path, county, contracts, {dataset: planted})
    assert _ids(tmp_path, dataset) == [each for each in shown if each != victim]
    everything = b"".join(tree(tmp_path).values())
    assert HUMAN.encode() not in everything and NOWHERE.encode() not in everything and victim.encode() not in everything


def test_no_single_credit_line_leaves(
    tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any, tree: Tree
):
    dataset = "bank/credit_line"
    (content,) = _publish(tmp_path, county, contracts, {dataset: lived.records[dataset]})
    assert content.table.is_empty() and content.withheld == {sharing.NO_BASIS: 400}
    names = {path.rpartition("/")[2] for path in tree(tmp_path / "current" / dataset)}
    assert names == {"credit_line_by_town.csv", "credit_line_by_town.jsonl", "datapackage.json", "index.json"}
    for table in tree(tmp_path / "current" / dataset).values():
        assert b"SX2026" not in table and b"SQ2026" not in table


def test_the_file_of_a_dataset_of_which_nothing_may_be_shown_is_there_and_empty(
    tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any
):
    dataset = "market/admin_licence"
    (content,) = _publish(tmp_path, county, contracts, {dataset: lived.records[dataset].clear()})
    assert content.withheld == {} and _ids(tmp_path, dataset) == []
    assert (tmp_path / "current" / dataset / "admin_licence.csv").read_bytes().count(b"\r\n") == 1


def test_a_withdrawn_record_is_gone_from_the_whole_tree_with_the_next_release(
    tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any, tree: Tree
):
    dataset = "market/admin_licence"
    table = lived.records[dataset]
    _publish(tmp_path, county, contracts, {dataset: table})
    victim = table.filter(pl.col("record_id") == _ids(tmp_path, dataset)[0]).row(0, named=True)
    words = [victim[each].encode() for each in ("record_id", "xk_xdr_mc", "xk_xdr_shxym", "xk_wsh")]
    assert all(word in b"".join(tree(tmp_path).values()) for word in words)
    _publish(tmp_path, county, contracts, {dataset: table.filter(pl.col("record_id") != victim["record_id"])})
    assert not any(word in b"".join(tree(tmp_path).values()) for word in words)


def test_a_sum_for_another_outlet_is_not_in_the_feed(
    tmp_path: Path, contracts: Mapping[str, Contract], county: County, lived: Any, tree: Tree
):
    dataset = "bank/credit_line"
    contract = contracts[dataset]
    rule = next(one for one in contract.aggregates if one.outlet == "open_feed")
    other = dataclasses.replace(rule, outlet="province", name="for_the_province", by="khlb", legal_basis="《别的》")
    both = {dataset: dataclasses.replace(contract, aggregates=(rule, other))}
    (content,) = _publish(tmp_path, county, both, {dataset: lived.records[dataset]})
    assert list(content.aggregates) == [rule.name]
    names = {path.rpartition("/")[2] for path in tree(tmp_path / "current" / dataset)}
    assert names == {f"{rule.name}.csv", f"{rule.name}.jsonl", "datapackage.json", "index.json"}
    assert "《别的》".encode() not in b"".join(tree(tmp_path).values())
