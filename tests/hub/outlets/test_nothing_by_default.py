"""What is added to the configuration (a column, a dataset, an outlet) is seen nowhere until somebody allows it."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from hub.contract import load
from hub.contract.model import Contract, Outlet
from hub.line import Hub, open_hub
from hub.outlets import open_feed, preparing, services, sharing
from hub.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 11, 23)
CANARY = "一只金丝雀"
FRESH = {
    "name": "fresh",
    "businessName": "新加的列",
    "physicalName": "FRESH",
    "logicalType": "string",
    "logicalTypeOptions": {"maxLength": 32},
    "classification": "public",
    "customProperties": [{"property": "kernel", "value": {"name": "text"}}],
}
NEWCOMER = {
    "id": "newcomer",
    "name": "新的接收方",
    "kind": "front_end_tables",
    "use": "supervision",
    "purpose": "还没有任何契约同意。",
    "options": {
        "tables": {"market/admin_licence": "L_NEW"},
        "columns": {"key": "RECID", "sequence": "SJXH", "check": "C", "cause": "Y", "synced": "S", "synced_at": "D"}
        | {"failed": "2", "done": "1"},
    },
}


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real configuration, with a column more in every contract, an outlet more and a dataset more."""
    schemas = tmp_path_factory.mktemp("grown") / "schemas"
    shutil.copytree(ROOT / "schemas", schemas)
    for file in schemas.glob("*/*.odcs.yaml"):
        contract = yaml.safe_load(file.read_text(encoding="utf-8"))
        contract["schema"][0]["properties"].append(FRESH)
        file.write_text(yaml.safe_dump(contract, allow_unicode=True, sort_keys=False), encoding="utf-8")
    outlets = yaml.safe_load((schemas / "outlets.yaml").read_text(encoding="utf-8"))
    outlets["outlets"].append(NEWCOMER)
    (schemas / "outlets.yaml").write_text(yaml.safe_dump(outlets, allow_unicode=True), encoding="utf-8")
    _dataset_more(schemas)
    return schemas


def _dataset_more(schemas: Path) -> None:
    """The licences once more, by another name, of which nobody has said anything yet."""
    contract = yaml.safe_load((schemas / "market" / "admin_licence.odcs.yaml").read_text(encoding="utf-8"))
    contract |= {"id": "market/newly_made", "name": "新的数据集"}
    contract["schema"][0]["name"] = "newly_made"
    for column in contract["schema"][0]["properties"]:
        column["customProperties"] = [one for one in column["customProperties"] if one["property"] == "kernel"]
    for server in contract["servers"]:
        for one in server["customProperties"]:
            if one["property"] == "files":
                one["value"] = ["新的数据集*"]
    contract["slaProperties"] = [one for one in contract["slaProperties"] if one["property"] != "latency"]
    said = {"lawful", "aggregates", "steeredBy"}
    kept = [one for one in contract["customProperties"] if one["property"] not in said]
    for one in kept:
        one["value"] = {"code": "XDSJJ"}.get(one["property"], one["value"])
    if not any(one["property"] == "legalBasis" for one in kept):
        kept.append({"property": "legalBasis", "value": "还没有核实。"})
    contract["customProperties"] = kept
    file = schemas / "market" / "newly_made.odcs.yaml"
    file.write_text(yaml.safe_dump(contract, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def hub(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    made = open_hub(Settings(home=tmp_path_factory.mktemp("home"), schemas=grown, expectations=ROOT / "expectations"))
    yield made


def _row(contract: Contract) -> pl.DataFrame:
    kinds: Mapping[str, Any] = {"text": pl.String(), "date": pl.Date(), "decimal": pl.Decimal(18, 6)}
    cells = {one.name: pl.Series(one.name, [None], dtype=kinds[one.storage]) for one in contract.content}
    cells["fresh"] = pl.Series("fresh", [CANARY])
    return pl.DataFrame(list(cells.values()))


def test_a_column_that_was_added_is_shown_at_no_outlet(hub: Hub, contracts: Mapping[str, Contract]) -> None:
    outlets = [*hub.outlet_list, *load.outlets(ROOT / "schemas")]
    assert len(contracts) > 5 and len(outlets) > 4
    for before in contracts.values():
        after = hub.contracts[before.dataset]
        assert after.column("fresh").disclosure == {}
        for outlet in outlets:
            names = [[one.name for one in sharing.columns(each, outlet.id)] for each in (before, after)]
            assert names[0] == names[1], f"{before.dataset} at {outlet.id}"
            assert sharing.needed(before, outlet.id) == sharing.needed(after, outlet.id)
            shown = sharing.show(_row(after), after, outlet.id, b"a key of thirty-two bytes or more")
            assert CANARY not in str(shown.to_dicts()), f"{before.dataset} at {outlet.id}"


def test_a_column_that_was_added_is_in_nothing_that_an_outlet_makes(
    hub: Hub, typed: Callable[..., pl.DataFrame], lived: Any
) -> None:
    made = 0
    for dataset, records in lived.records.items():
        contract = hub.contracts[dataset]
        table = records.with_columns(
            pl.lit(CANARY).alias("fresh"), pl.lit(1).alias("version"), pl.lit(1).alias("delivery_id"),
            pl.int_range(pl.len()).alias("outbox_sequence"),
        )  # fmt: skip
        lacking = [one.name for one in contract.content if one.name not in table.columns]
        assert not lacking, f"{dataset}: {lacking}"
        for outlet in hub.outlet_list:
            for what in _made(contract, outlet, table):
                assert CANARY not in what, f"{dataset} at {outlet.id}"
                made += len(what)
    assert made > 100_000, "there was something to look through"


def _made(contract: Contract, outlet: Outlet, table: pl.DataFrame) -> Iterator[str]:
    key = b"a key of thirty-two bytes or more"
    parcel = preparing.prepare(
        outlet.id, "T", {}, contract, table, TODAY, sharing.NOTHING_STANDS, lambda row, *_: row, (), key
    )
    yield str(parcel)
    yield str(services.facts(table, contract, outlet.id, TODAY, sharing.NOTHING_STANDS, key))
    if outlet.kind == "open_feed":
        content = open_feed.select(table, contract, TODAY, sharing.NOTHING_STANDS)
        with pl.Config(tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=10_000):
            yield str(content)


def test_an_outlet_that_was_added_gets_nothing(hub: Hub) -> None:
    assert "newcomer" in hub.outlets()
    for contract in hub.contracts.values():
        assert "newcomer" not in hub.receiving(contract)
        assert sharing.basis(contract, "newcomer") is None and sharing.columns(contract, "newcomer") == ()
        reasons = sharing.decide(_row(contract), contract, "newcomer", TODAY, sharing.NOTHING_STANDS)
        assert reasons.to_list() == [sharing.NO_BASIS]


def test_a_dataset_that_was_added_goes_nowhere(hub: Hub) -> None:
    contract = hub.contracts["market/newly_made"]
    assert hub.receiving(contract) == ()
    for outlet in hub.outlet_list:
        reasons = sharing.decide(_row(contract), contract, outlet.id, TODAY, sharing.NOTHING_STANDS)
        assert reasons.to_list() == [sharing.NO_BASIS]
        assert sharing.show(_row(contract), contract, outlet.id).columns == []


def test_a_disclosure_without_a_basis_and_a_basis_without_a_disclosure_let_nothing_out(
    contracts: Mapping[str, Contract],
) -> None:
    for contract in contracts.values():
        for lawful in contract.lawful:
            without = dataclasses.replace(
                contract, lawful=tuple(one for one in contract.lawful if one.outlet != lawful.outlet)
            )
            blank = dataclasses.replace(
                contract, columns=tuple(dataclasses.replace(one, disclosure={}) for one in contract.columns)
            )
            for each in (without, blank):
                row = _row(each).drop("fresh")
                decided = sharing.decide(row, each, lawful.outlet, TODAY, sharing.NOTHING_STANDS)
                assert decided.to_list() == [sharing.NO_BASIS], f"{contract.dataset} at {lawful.outlet}"
