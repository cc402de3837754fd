"""The files of one dataset in the open feed: its tables, what describes them, and the lists of their parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from hub.contract.model import Column, Contract, County
from hub.errors import CallOperator
from hub.outlets import feed_parts, sharing
from hub.outlets.feed_parts import FORMATS, Part
from hub.store import digest

TYPES = {"text": "string", "date": "date", "decimal": "number"}
_TREATED = {"mask": "（部分遮盖）", "pseudonym": "（化名）", "generalise": "（已概括）"}
_ID_FIELD = {"name": "id", "type": "string", "title": "记录标识", "description": "不含任何证件号码，同一条记录不变。"}
_CSV = {"mediatype": "text/csv", "encoding": "utf-8"}
_DIALECT = {"delimiter": ",", "lineTerminator": "\r\n"}
_LICENCE = {"name": "CC-BY-4.0", "title": "署名 4.0 国际", "path": "https://creativecommons.org/licenses/by/4.0/"}


def take_over(place: Path, old: Path) -> dict[str, Any] | None:
    """The dataset as it lies in the current release; gives its entry in the index, None when it is not there."""
    if not (old / "index.json").exists():
        return None
    for file in sorted(old.rglob("*")):
        target = place / file.relative_to(old)
        if file.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif target != place / "index.json":
            target.parent.mkdir(parents=True, exist_ok=True)
            feed_parts.link(file, target)
    entry: dict[str, Any] = json.loads((old / "index.json").read_text(encoding="utf-8"))
    return entry


def written(place: Path, contract: Contract, table: pl.DataFrame) -> list[Part]:
    """A whole table in parts."""
    return feed_parts.write(place, _name(contract.dataset), table)


def updated(place: Path, old: Path, contract: Contract, decided: pl.Series, shown: pl.DataFrame) -> list[Part] | None:
    """The table of the current release with some records decided anew; None when it cannot be taken over."""
    name = _name(contract.dataset)
    parts = _parts_in(old, name)
    return None if parts is None else feed_parts.update(place, name, old, parts, decided, shown)


def describe(
    place: Path,
    county: County,
    contract: Contract,
    outlet: str,
    parts: Sequence[Part],
    aggregates: Mapping[str, pl.DataFrame],
) -> dict[str, Any]:
    """Write aggregates, lists of parts and ``datapackage.json``; gives the dataset's entry in the index."""
    name = _name(contract.dataset)
    resources, packaged = list[dict[str, Any]](), list[dict[str, Any]]()
    if parts:
        schema = {"fields": _fields(contract, outlet), "primaryKey": ["id"]}
        resources, packaged = _of_table(place, name, contract.title, parts, schema)
    rules = [rule for rule in contract.aggregates if rule.outlet == outlet]
    for rule in rules:
        fields = _aggregate_fields(contract, rule.by, rule.sums)
        schema = {"fields": fields, "primaryKey": ["month", rule.by]}
        found, told = _of_aggregate(place, rule.name, rule.label, aggregates[rule.name], schema)
        resources, packaged = resources + found, packaged + told
    publisher = county.department(contract.owner).name
    package = {
        "name": contract.dataset.replace("/", "-").replace("_", "-"),
        "title": contract.title,
        "description": contract.description,
        "version": contract.version,
        "profile": "data-package",
        "contributors": [{"title": publisher, "role": "publisher"}],
        "licenses": [_LICENCE],
        "resources": packaged,
    }
    write_json(place / "datapackage.json", package)
    lawful = sharing.basis(contract, outlet)
    return {
        "dataset": contract.dataset,
        "title": contract.title,
        "publisher": publisher,
        "contract_version": contract.version,
        "frequency": contract.frequency,
        "legal_basis": [lawful.legal_basis] if lawful else [rule.legal_basis for rule in rules],
        "records": sum(part.records for part in parts),
        "state_hash": feed_parts.state(parts) if parts else hashlib.sha256(b"").hexdigest(),
        "resources": resources,
    }


def _name(dataset: str) -> str:
    return dataset.rpartition("/")[2]


def _fields(contract: Contract, outlet: str) -> list[dict[str, Any]]:
    return [_ID_FIELD, *(_field(column, outlet) for column in sharing.columns(contract, outlet))]


def _field(column: Column, outlet: str) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": TYPES[column.storage], "title": column.label}
    if column.description:
        field["description"] = column.description
    if column.disclosure[outlet].how != "keep":
        field["type"] = "string"
        field["description"] = (field.get("description", "") + _TREATED[column.disclosure[outlet].how]).strip()
    return field


def _aggregate_fields(contract: Contract, by: str, sums: Sequence[str]) -> list[dict[str, Any]]:
    label = contract.column(by).label
    fields: list[dict[str, Any]] = [
        {"name": "month", "type": "string", "title": "月份"},
        {"name": by, "type": "string", "title": label},
        {"name": "label", "type": "string", "title": f"{label}名称"},
        {"name": "count", "type": "integer", "title": "笔数"},
    ]
    return fields + [
        {"name": f"sum_{name}", "type": "number", "title": f"{contract.column(name).label}合计"} for name in sums
    ]


Described = tuple[list[dict[str, Any]], list[dict[str, Any]]]  # for the index, for the package


def _of_table(place: Path, name: str, title: str, parts: Sequence[Part], schema: Mapping[str, Any]) -> Described:
    lists = {kind: feed_parts.listing(parts, name, kind) for kind in FORMATS}
    records, called = sum(part.records for part in parts), name.replace("_", "-")
    common = {"name": called, "title": title, "records": records}
    if len(parts) == 1:
        facts = {
            kind: {"path": one["path"], "format": kind, "bytes": one["bytes"], "hash": one["hash"]}
            for kind, (one,) in lists.items()
        }
        return _described(common, facts, schema)
    facts = {}
    for kind, listed in lists.items():
        file = place / _list_of(name, kind)
        write_json(file, listed)
        total = sum(one["bytes"] for one in listed)
        facts[kind] = {"path": file.name, "format": kind, "parts": len(parts), "bytes": total, "hash": _hash(file)}
    resources, (package,) = _described(common, facts, schema)
    for one in ("bytes", "hash", "parts"):  # those of the parts stand in their list
        del package[one]
    return resources, [package | {"path": [one["path"] for one in lists["csv"]]}]


def _of_aggregate(place: Path, name: str, title: str, table: pl.DataFrame, schema: Mapping[str, Any]) -> Described:
    files = {kind: place / f"{name}.{kind}" for kind in FORMATS}
    table.write_csv(files["csv"], include_bom=True, line_terminator="\r\n")
    table.write_ndjson(files["jsonl"])  # amounts become texts, which no reader rounds
    for kind, least in (("csv", table.height + 1), ("jsonl", table.height)):
        if files[kind].read_bytes().count(b"\n") < least:
            raise CallOperator(f"{files[kind].name}: the published file holds fewer lines than records")
    common = {"name": name.replace("_", "-"), "title": title, "records": table.height}
    facts = {
        kind: {"path": file.name, "format": kind, "bytes": file.stat().st_size, "hash": _hash(file)}
        for kind, file in files.items()
    }
    return _described(common, facts, schema)


def _described(
    common: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]], schema: Mapping[str, Any]
) -> Described:
    csv = {**common, **_CSV, "schema": schema, **facts["csv"], "dialect": _DIALECT}
    lines = {**common, "name": f"{common['name']}-jsonl", **facts["jsonl"]}
    shown = ("name", "path", "format", "parts", "bytes", "hash", "records")
    return [{key: one[key] for key in shown if key in one} for one in (csv, lines)], [csv]


def _list_of(name: str, kind: str) -> str:
    return f"{name}.{kind}.parts.json"


def _parts_in(old: Path, name: str) -> list[Part] | None:
    """The parts of a table as the current release lists them; None when it has none."""
    file = old / "index.json"
    if not file.exists():
        return None
    entry = json.loads(file.read_text(encoding="utf-8"))
    called = {f"{name.replace('_', '-')}{ending}": kind for kind, ending in (("csv", ""), ("jsonl", "-jsonl"))}
    lists: dict[str, Any] = {}
    for one in entry["resources"]:
        kind = called.get(one["name"])
        if kind is not None:
            several = one.get("parts")
            lists[kind] = (
                feed_parts.read_list(old / one["path"]) if several else [one | {"state_hash": entry["state_hash"]}]
            )
    return feed_parts.listed(lists) if len(lists) == len(FORMATS) else None


def file_of(place: Path, dataset: str, record_id: str) -> Path | None:
    """The file with the lines of the part in which a record would lie; None when there is none."""
    parts = _parts_in(place, _name(dataset))
    if parts is None or set(record_id) - set("0123456789abcdef"):
        return None
    width = (len(parts) - 1).bit_length()
    return place / feed_parts.path(_name(dataset), feed_parts.number_of(record_id, width), width, "jsonl")


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return f"sha256:{digest(stream)}"


def write_json(file: Path, value: Any) -> None:
    """As every JSON file of the feed is written."""
    file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
