"""Outlet open feed (公共开放): organisations only, one folder per dataset, switched atomically.

The bytes are a function of what is shown and of nothing else: no clock, no arrival order. So two hubs that hold the
same records publish the same feed, a release that changes nothing is not made, and one that changes little takes over
what lies in the release before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from hub.contract.model import Contract, County
from hub.outlets import feed_files, feed_parts, releases, sharing
from hub.outlets.aggregates import release, table

OUTLET = "open_feed"


@dataclass(frozen=True, slots=True)
class Content:
    """All that one dataset shows: a table of texts sorted by ``id``, and aggregates by name."""

    contract: Contract
    table: pl.DataFrame
    aggregates: Mapping[str, pl.DataFrame]
    withheld: Mapping[str, int]  # by reason


@dataclass(frozen=True, slots=True)
class Update:
    """What one dataset shows otherwise than the current release: ``table`` has those of ``decided`` that it shows.

    ``whole`` gives all that it shows, for when the files of the current release cannot be taken over.
    """

    contract: Contract
    decided: pl.Series
    table: pl.DataFrame
    whole: Callable[[], Content]


Contents = Sequence[Content | Update]


def select(
    records: pl.DataFrame,
    contract: Contract,
    today: date,
    circumstances: sharing.Circumstances,
    memory: pl.DataFrame | None = None,
) -> Content:
    """Choose from a dataset's current records what the public may see. ``records`` has ``record_id``, too.

    ``memory``: what of its aggregates has been released by now (``aggregates.MEMORY``); None: nothing ever was.
    """
    reasons = sharing.decide(records, contract, OUTLET, today, circumstances)
    allowed = records.filter(reasons.is_null())
    withheld = {str(reason): int(count) for reason, count in reasons.drop_nulls().value_counts(sort=True).iter_rows()}
    rules = [rule for rule in contract.aggregates if rule.outlet == OUTLET]
    if rules and memory is None:
        memory = release(records, contract, today)
    sums = {rule.name: table(memory, contract, rule) for rule in rules if memory is not None}
    return Content(contract=contract, table=_shown(allowed, contract), aggregates=sums, withheld=withheld)


def select_of(
    records: pl.DataFrame,
    decided: pl.Series,
    contract: Contract,
    today: date,
    circumstances: sharing.Circumstances,
    whole: Callable[[], Content],
) -> Update:
    """The same of the records ``decided`` alone; those that are current are in ``records``."""
    reasons = sharing.decide(records, contract, OUTLET, today, circumstances)
    return Update(contract, decided, _shown(records.filter(reasons.is_null()), contract), whole)


def _shown(allowed: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    if not sharing.columns(contract, OUTLET):
        return pl.DataFrame()
    shown = sharing.show(allowed, contract, OUTLET)
    return feed_parts.as_text(shown.insert_column(0, allowed["record_id"].alias("id")).sort("id"))


def publish(
    folder: Path,
    county: County,
    contents: Contents,
    today: date,
    announce: Callable[[Mapping[str, Any]], None] = lambda index: None,
) -> dict[str, Any]:
    """Build a release beside the current one, check it, switch to it, remove the older ones; gives its index.

    ``folder/current`` is a symbolic link and changes in one step: a reader sees one release or the next, never a mix.
    ``announce`` hears of a new release before any reader sees it; what it raises keeps the release from being shown.
    """
    with releases.building(folder) as staging:
        current = folder / "current"
        datasets = [entry for one in contents if (entry := _dataset(staging, current, county, one)) is not None]
        for place, entry in zip((staging / one["dataset"] for one in datasets), datasets, strict=True):
            feed_files.write_json(place / "index.json", entry)
        index = {
            "title": f"{county.name}公共信用信息开放目录",
            "division": county.division,
            "as_of": today.isoformat(),
            "version": hashlib.sha256(json.dumps(datasets, sort_keys=True).encode()).hexdigest()[:16],
            "datasets": datasets,
        }
        feed_files.write_json(staging / "index.json", index)
        releases.show(folder, staging, digest_of(index), lambda: announce(index))
    return index


def _dataset(staging: Path, current: Path, county: County, content: Content | Update) -> dict[str, Any] | None:
    """One dataset's folder in the release that is being built; None for one that shows nothing at all."""
    old, place = current / content.contract.dataset, staging / content.contract.dataset
    if isinstance(content, Update):
        if content.decided.is_empty():
            return feed_files.take_over(place, old)
        place.mkdir(parents=True)
        parts = feed_files.updated(place, old, content.contract, content.decided, content.table)
        if parts is not None:
            return feed_files.describe(place, county, content.contract, OUTLET, parts, {})
        releases.remove(place)
        content = content.whole()
    if not content.table.width and not content.aggregates:
        return None
    place.mkdir(parents=True)
    parts = feed_files.written(place, content.contract, content.table) if content.table.width else []
    return feed_files.describe(place, county, content.contract, OUTLET, parts, content.aggregates)


def digest_of(index: Mapping[str, Any]) -> str:
    """Name of a release: the first 16 hex of the SHA-256 of its index."""
    return hashlib.sha256(json.dumps(index, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def shown_index(folder: Path) -> dict[str, Any] | None:
    """The index of the current feed; None when there is no feed yet."""
    file = folder / "current" / "index.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def find(folder: Path, dataset: str, record_id: str) -> str | None:
    """Where a record stands in the current feed (``file:line``), or None."""
    place = folder / "current" / dataset
    file = feed_files.file_of(place, dataset, record_id)
    if file is None:
        return None
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if f'"{record_id}"' in line:
                return f"{file.relative_to(folder / 'current').as_posix()}:{number}"
    return None


def as_of(folder: Path) -> date | None:
    """The day for which the current feed was made; None when there is no feed yet."""
    index = shown_index(folder)
    return None if index is None else date.fromisoformat(index["as_of"])
