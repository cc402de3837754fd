"""Outlet open feed (公共开放): organisations only, one folder per dataset, switched atomically.

The bytes are a function of what is shown and of nothing else: no clock, no arrival order. So two hubs that hold the
same records publish the same feed, and a release that changes nothing is not made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from hub.contract.model import Column, Contract, County
from hub.errors import CallOperator
from hub.outlets import releases, sharing
from hub.outlets.aggregates import aggregate
from hub.store import digest

OUTLET = "open_feed"
_TREATED = {"mask": "（部分遮盖）", "pseudonym": "（化名）", "generalise": "（已概括）"}
TYPES = {"text": "string", "date": "date", "decimal": "number"}


@dataclass(frozen=True, slots=True)
class Content:
    """What one dataset shows: a table sorted by ``id``, and aggregates by name."""

    contract: Contract
    table: pl.DataFrame
    aggregates: Mapping[str, pl.DataFrame]
    withheld: Mapping[str, int]  # by reason


def select(records: pl.DataFrame, contract: Contract, today: date, circumstances: sharing.Circumstances) -> Content:
    """Choose from a dataset's current records what the public may see. ``records`` has ``record_id``, too."""
    reasons = sharing.decide(records, contract, OUTLET, today, circumstances)
    allowed = records.filter(reasons.is_null())
    shown = sharing.show(allowed, contract, OUTLET) if sharing.columns(contract, OUTLET) else pl.DataFrame()
    table = shown.insert_column(0, allowed["record_id"].alias("id")).sort("id") if shown.width else shown
    withheld = {str(reason): int(count) for reason, count in reasons.drop_nulls().value_counts(sort=True).iter_rows()}
    sums = {
        rule.name: aggregate(records, contract, rule, today) for rule in contract.aggregates if rule.outlet == OUTLET
    }
    return Content(contract=contract, table=table, aggregates=sums, withheld=withheld)


def publish(
    folder: Path,
    county: County,
    contents: tuple[Content, ...],
    today: date,
    announce: Callable[[Mapping[str, Any]], None] = lambda index: None,
) -> dict[str, Any]:
    """Build a release beside the current one, check it, switch to it, remove the older ones; gives its index.

    ``folder/current`` is a symbolic link and changes in one step: a reader sees one release or the next, never a mix.
    ``announce`` hears of a new release before any reader sees it; what it raises keeps the release from being shown.
    """
    with releases.building(folder) as staging:
        datasets = [
            _write_dataset(staging, county, content)
            for content in contents
            if content.table.width or content.aggregates
        ]
        for place, entry in zip((staging / one["dataset"] for one in datasets), datasets, strict=True):
            _write_json(place / "index.json", entry)
        index = {
            "title": f"{county.name}公共信用信息开放目录",
            "division": county.division,
            "as_of": today.isoformat(),
            "version": hashlib.sha256(json.dumps(datasets, sort_keys=True).encode()).hexdigest()[:16],
            "datasets": datasets,
        }
        _write_json(staging / "index.json", index)
        releases.show(folder, staging, digest_of(index), lambda: announce(index))
    return index


def digest_of(index: Mapping[str, Any]) -> str:
    """Name of a release: the first 16 hex of the SHA-256 of its index."""
    return hashlib.sha256(json.dumps(index, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def _write_dataset(staging: Path, county: County, content: Content) -> dict[str, Any]:
    contract = content.contract
    place = staging / contract.dataset
    place.mkdir(parents=True)
    name = contract.dataset.rpartition("/")[2]
    resources = []
    if content.table.width:
        columns = sharing.columns(contract, OUTLET)
        fields = [_ID_FIELD, *(_field(column) for column in columns)]
        resources += _write_table(place, name, contract.title, content.table, fields, ["id"])
    for rule in contract.aggregates:
        if rule.outlet == OUTLET:
            label = contract.column(rule.by).label
            fields = _aggregate_fields(contract, rule.by, label, rule.sums)
            resources += _write_table(
                place, rule.name, rule.label, content.aggregates[rule.name], fields, ["month", rule.by]
            )
    lawful = sharing.basis(contract, OUTLET)
    bases = (
        [lawful.legal_basis] if lawful else [rule.legal_basis for rule in contract.aggregates if rule.outlet == OUTLET]
    )
    package = {
        "name": contract.dataset.replace("/", "-").replace("_", "-"),
        "title": contract.title,
        "description": contract.description,
        "version": contract.version,
        "profile": "data-package",
        "contributors": [{"title": county.department(contract.owner).name, "role": "publisher"}],
        "licenses": [
            {"name": "CC-BY-4.0", "title": "署名 4.0 国际", "path": "https://creativecommons.org/licenses/by/4.0/"}
        ],
        "resources": [resource for resource in resources if resource["format"] == "csv"],
    }
    _write_json(place / "datapackage.json", package)
    ids = content.table["id"].to_list() if content.table.width else []
    return {
        "dataset": contract.dataset,
        "title": contract.title,
        "publisher": county.department(contract.owner).name,
        "contract_version": contract.version,
        "frequency": contract.frequency,
        "legal_basis": bases,
        "records": len(ids),
        "state_hash": hashlib.sha256("\n".join(ids).encode()).hexdigest(),
        "resources": [
            {key: resource[key] for key in ("name", "path", "format", "bytes", "hash", "records")}
            for resource in resources
        ],
    }


_ID_FIELD = {"name": "id", "type": "string", "title": "记录标识", "description": "不含任何证件号码，同一条记录不变。"}


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": TYPES[column.storage], "title": column.label}
    if column.description:
        field["description"] = column.description
    if column.disclosure[OUTLET].how != "keep":
        field["type"] = "string"
        field["description"] = (field.get("description", "") + _TREATED[column.disclosure[OUTLET].how]).strip()
    return field


def _aggregate_fields(contract: Contract, by: str, label: str, sums: tuple[str, ...]) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = [
        {"name": "month", "type": "string", "title": "月份"},
        {"name": by, "type": "string", "title": label},
        {"name": "label", "type": "string", "title": f"{label}名称"},
        {"name": "count", "type": "integer", "title": "笔数"},
    ]
    return fields + [
        {"name": f"sum_{name}", "type": "number", "title": f"{contract.column(name).label}合计"} for name in sums
    ]


def _write_table(
    place: Path, name: str, title: str, table: pl.DataFrame, fields: list[dict[str, Any]], key: list[str]
) -> list[dict[str, Any]]:
    csv, lines = place / f"{name}.csv", place / f"{name}.jsonl"
    with ThreadPoolExecutor(max_workers=2) as hands:
        written = (
            hands.submit(table.write_csv, csv, include_bom=True, line_terminator="\r\n"),
            hands.submit(table.write_ndjson, lines),  # amounts become texts, which no reader rounds
        )
    for one in written:
        one.result()  # a full disk is told here
    for file, least in ((csv, table.height + 1), (lines, table.height)):
        if _count_lines(file) < least:
            raise CallOperator(f"{file.name}: the published file holds fewer lines than records")
    common = {"name": name.replace("_", "-"), "title": title, "records": table.height}
    described = {"mediatype": "text/csv", "encoding": "utf-8", "schema": {"fields": fields, "primaryKey": key}}
    return [
        common | described | _facts(csv) | {"dialect": {"delimiter": ",", "lineTerminator": "\r\n"}},
        common | {"name": f"{common['name']}-jsonl"} | _facts(lines),
    ]


def _count_lines(file: Path) -> int:
    with file.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))


def _facts(file: Path) -> dict[str, Any]:
    with file.open("rb") as stream:
        sha256 = digest(stream)
    return {"path": file.name, "format": file.suffix[1:], "bytes": file.stat().st_size, "hash": f"sha256:{sha256}"}


def _write_json(file: Path, value: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def find(folder: Path, dataset: str, record_id: str) -> str | None:
    """Where a record stands in the current feed (``file:line``), or None."""
    file = folder / "current" / dataset / f"{dataset.rpartition('/')[2]}.jsonl"
    if not file.exists():
        return None
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if f'"{record_id}"' in line:
                return f"{dataset}/{file.name}:{number}"
    return None


def as_of(folder: Path) -> date | None:
    """The day for which the current feed was made; None when there is no feed yet."""
    file = folder / "current" / "index.json"
    return date.fromisoformat(json.loads(file.read_text(encoding="utf-8"))["as_of"]) if file.exists() else None
