"""Pull from an API (接口取数): all pages of what is new become one file, with what is strange about the API.

As with a database, rather too much is pulled than too little: where pages do not fit together, or rows are missing, the
watermark stays where it is and the same is asked for again. A row that comes twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors import http_json, http_pages, http_paging
from connectors.http_source import Api, Page
from hub.contract.model import Column, Contract
from hub.contract.pull_http import ApiPull
from hub.errors import FixConfiguration
from hub.stages.page_folder import PageFolder
from hub.stages.page_walk import LONGEST, Most, Sight, walk
from hub.stages.pull import Known, Pulled
from hub.stages.watermark import Level, earlier, level


@dataclass(frozen=True, slots=True)
class Place:
    """Where pages lie until their delivery is open, where the file is made, and how much there may be."""

    folder: Path
    file: Path
    most: Most
    now: datetime

    def pages(self, which: str, asked: ApiPull, parameters: tuple[tuple[str, str], ...]) -> PageFolder:
        """The folder of one question."""
        question = {"path": asked.path, "parameters": parameters, "paging": dict(asked.paging), "rows": asked.rows}
        return PageFolder(self.folder / which, question, self.now)


def run(api: Api, contract: Contract, asked: ApiPull, known: Known | None, place: Place) -> Pulled | None:
    """Pull what is new into ``place.file``; None when there is nothing to be told. Raises the connector's faults.

    The folder of pages is left to whoever calls: it goes when the delivery is open.
    """
    before = known.watermark if known else None
    since = asked.start if before is None else earlier(before, asked.overlap)
    sight = _seen(api, asked, since, place, "since")
    findings: list[tuple[str, str]] = []
    if (back := _back(asked, known, sight)) is not None:
        findings.append(("SRC-BACK", back))
        since = asked.start
        sight = _seen(api, asked, since, place, "whole")
    columns = _columns(contract, asked, sight)
    unread = [one.label for one in contract.columns if one.required and one.name not in columns] if sight.count else []
    if unread and known is not None and dict(known.types) == columns:
        return None  # told already, and nothing has been mended
    if not findings and known is not None and known.seal == sight.seal():
        return None
    lost = _lost(asked, known, sight)
    findings += lost + [("SRC-SHIFT", mark) for mark in sight.marks]
    if unread:
        findings.append(("SRC-UNREAD", "；".join(f"“{label}”不见了" for label in unread) + "。"))
    if not sight.count and not findings:
        return None
    top = _top(contract, asked, sight)
    held = asked.by == "watermark" and bool(unread or sight.marks or _missing(sight))
    after = before if held or top is None else top
    low = None if after is None or held else level(earlier(after, asked.overlap))
    http_pages.write(place.file, _about(asked, since, columns, findings, sight), [one.file for one in sight.kept])
    name = f"{asked.path}（{_span(asked, since, top, sight)}）"
    return Pulled(place.file, sight.count, name, Known(after, sight.seal(low), sight.count, columns))


def look(api: Api, asked: ApiPull) -> Page:
    """The first page, where it holds what was agreed; raises the connector's faults."""
    paging = http_paging.Paging(**asked.paging)
    parameters = asked.parameters
    if asked.start is not None and asked.parameter is not None:
        parameters = (*parameters, (asked.parameter, asked.start))
    page = http_paging.fetch(api, asked.path, paging, http_paging.first(paging, parameters))
    http_paging.total(paging, page)
    http_paging.snapshot(paging, page)
    for _ in http_json.items(page.text, asked.rows):
        break
    return page


def _seen(api: Api, asked: ApiPull, since: str | None, place: Place, which: str) -> Sight:
    parameters = asked.parameters
    if since is not None and asked.parameter is not None:
        parameters = (*parameters, (asked.parameter, since))
    return walk(api, asked, parameters, place.pages(which, asked, parameters), place.most)


def _about(
    asked: ApiPull, since: str | None, columns: dict[str, str], findings: list[tuple[str, str]], sight: Sight
) -> dict[str, Any]:
    pages = [
        {"sha256": kept.sha256, "bytes": kept.size, "rows": rows}
        for kept, rows in zip(sight.kept, sight.rows, strict=True)
    ]
    return {"rows": asked.rows, "since": since, "columns": columns, "findings": findings, "pages": pages}


def _span(asked: ApiPull, since: str | None, top: str | None, sight: Sight) -> str:
    return f"全部{sight.count}行" if asked.by == "all" else f"{since or '最早'}至{top or '无'}"


def _columns(contract: Contract, asked: ApiPull, sight: Sight) -> dict[str, str]:
    """The API's name for each column of ours that its rows have."""
    folded = {_fold(name): name for name in reversed(sight.names)}
    found: dict[str, str] = {}
    for column in contract.columns:
        name = _find(column, asked, folded)
        if name is not None:
            found[column.name] = name
    return found


def _find(column: Column, asked: ApiPull, names: dict[str, str]) -> str | None:
    if column.name in asked.columns:
        return names.get(_fold(asked.columns[column.name]))
    spellings = (column.name, column.physical_name, column.label, *column.synonyms)
    return next((names[_fold(one)] for one in spellings if _fold(one) in names), None)


def _fold(name: str) -> str:
    """Case and blanks around a name do not count."""
    return name.strip().casefold()


def _top(contract: Contract, asked: ApiPull, sight: Sight) -> str | None:
    """How far this goes: the API's own moment at the first page, or the highest that a row has."""
    if asked.as_of is not None:
        return sight.kept[0].as_of if sight.kept else None
    if asked.by == "watermark" and sight.count and sight.top is None:
        raise FixConfiguration(f"{contract.dataset}: no row has a moment or a whole number in {asked.column}")
    return None if sight.top is None else sight.top[1]


def _back(asked: ApiPull, known: Known | None, sight: Sight) -> str | None:
    """What shows that the API was put back to an earlier state."""
    last = level(known.watermark) if known is not None and asked.by == "watermark" else None
    if known is None or last is None:
        return None
    told = sight.kept[0].as_of if asked.as_of is not None else sight.top[1] if sight.top else None
    at: Level | None = level(told)
    if at is None:
        # The row that had the last watermark is asked for again, and is not there.
        gone = asked.as_of is None and asked.overlap > 0
        return f"上次取到{str(known.watermark)[:LONGEST]}，现在没有这一行。" if gone else None
    if at[0] != last[0]:
        raise FixConfiguration(f"the watermark {asked.column} is no longer of the kind that it was")
    return f"上次取到{str(known.watermark)[:LONGEST]}，现在最大是{str(told)[:LONGEST]}。" if at < last else None


def _missing(sight: Sight) -> int | None:
    """How many rows the API says that there are, where so many have not come."""
    total = sight.kept[0].total if sight.kept else None
    return total if total is not None and total != sight.count else None


def _lost(asked: ApiPull, known: Known | None, sight: Sight) -> list[tuple[str, str]]:
    found = []
    total = sight.kept[0].total if sight.kept else None
    if not sight.marks and total is not None and total != sight.count:
        found.append(("SRC-LOST", f"接口说有{total}行，取到{sight.count}行。"))
    if sight.without:
        found.append(("SRC-LOST", f"有{sight.without}行没有能比较的{asked.column}，以后变了取不到。"))
    if asked.only_grows and known is not None and sight.count < known.rows:
        found.append(("SRC-LOST", f"上次有{known.rows}行，现在只有{sight.count}行。"))
    return found
