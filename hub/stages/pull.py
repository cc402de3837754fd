"""Pull (取数): what is new in a table of a front-end database becomes one file, with what is strange about the source.

Everything is asked in one snapshot: how many rows there are, which of them are new, the rows themselves and how far
they go. Whatever cannot be explained by growing and changing rows is a finding, and then rather too much is pulled than
too little: a row that comes twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors import database_extract
from connectors.database_source import Snapshot, Source, Which
from hub.contract.model import Contract
from hub.contract.pull import Pull
from hub.errors import FixConfiguration
from hub.stages.pull_columns import Plan, plan

LONGEST = 60  # characters of a watermark in a message


@dataclass(frozen=True, slots=True)
class Known:
    """What was remembered of the table after the last pull."""

    watermark: str | None
    seal: str | None
    rows: int
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pulled:
    """An extract that lies in ``file``, and what is to be remembered once its delivery is open."""

    file: Path
    rows: int
    name: str  # as the receipt calls it
    known: Known


@dataclass(slots=True)
class _Found:
    """What the snapshot says before a row is read."""

    which: Which
    rows: int  # that the pull could ever give
    findings: list[tuple[str, str]] = field(default_factory=list)


def run(source: Source, contract: Contract, pull: Pull, known: Known | None, file: Path) -> Pulled | None:
    """Pull what is new into ``file``; None when there is nothing to be told.

    ``FixConfiguration`` where the contract asks for what the table cannot give. Raises the connector's faults.
    """
    with source.snapshot(pull.table) as snapshot:
        asked = plan(snapshot, contract, pull, known.types if known else None)
        if asked.unread and known is not None and known.types == asked.types:
            return None  # told already, and nothing has been mended
        found = _by_flag(snapshot, pull, asked, known) if pull.by == "flag" else _above(snapshot, pull, asked, known)
        count = snapshot.count(found.which)
        if not count and not found.findings:
            return None
        high = snapshot.highest(asked.column) if pull.by == "watermark" else None
        if high is not None and snapshot.count(Which(asked.column, above=high)):
            raise FixConfiguration(f"{contract.dataset}: the watermark is finer than microseconds")
        findings = asked.findings + found.findings

        def about(rows: int) -> dict[str, Any]:
            lost = [("SRC-LOST", f"数据库里有{count}行，只取到{rows}行。")] if rows != count else []
            return {
                "columns": dict(asked.columns),
                "column": asked.column,
                "key": list(asked.key),
                "findings": findings + lost,
                "unread": asked.unread,
            }

        pages = snapshot.pages(asked.names, asked.order, found.which)
        rows = database_extract.write(file, snapshot, asked.names, pages, about)
        seal = None if high is None else _seal(snapshot, pull, asked, high)
    before = known.watermark if known else None
    if asked.unread:  # once it is mended, the rows come from where the last good pull ended
        after = Known(before, known.seal if known else None, known.rows if known else 0, asked.types)
    else:
        after = Known(high, seal, found.rows, asked.types)
    return Pulled(file, rows, _name(pull, before, high, rows), after)


def _name(pull: Pull, before: str | None, high: str | None, rows: int) -> str:
    said = f"待取{rows}行" if pull.by == "flag" else f"{before or '最早'}至{high or '无'}"
    return f"{pull.table}（{said}）"


def _seal(snapshot: Snapshot, pull: Pull, asked: Plan, upto: str) -> str:
    low = snapshot.earlier(asked.column, upto, pull.overlap)
    return snapshot.seal(asked.names, asked.order, Which(asked.column, above=low, inclusive=True, upto=upto))


def _by_flag(snapshot: Snapshot, pull: Pull, asked: Plan, known: Known | None) -> _Found:
    found = _Found(Which(asked.column, equals=pull.waiting), snapshot.count())
    _fewer(found, pull, known)
    return found


def _above(snapshot: Snapshot, pull: Pull, asked: Plan, known: Known | None) -> _Found:
    column = asked.column
    found = _Found(Which(column), snapshot.count(Which(column)))
    if known is not None and known.watermark is not None:
        last = known.watermark
        _fewer(found, pull, known)
        if not snapshot.count(Which(column, above=last, inclusive=True)):
            high = snapshot.highest(column)
            if high is not None:  # put back from a copy: rows that were written since may stand anywhere
                found.findings.append(("SRC-BACK", f"上次取到{last[:LONGEST]}，现在最大是{high[:LONGEST]}。"))
        else:
            found.which = _since(snapshot, pull, asked, known)
            late = found.rows - known.rows - snapshot.count(found.which)
            if late > 0:  # more rows than before, and they are not above the watermark
                found.findings.append(("SRC-BACK", f"有{late}行的时间早于上次取到的{last[:LONGEST]}。"))
                found.which = Which(column)
    empty = snapshot.count() - found.rows
    if empty and snapshot.count(found.which):
        found.findings.append(("SRC-LOST", f"有{empty}行没有填写{column}，取不到。"))
    return found


def _since(snapshot: Snapshot, pull: Pull, asked: Plan, known: Known) -> Which:
    """Rows above the last watermark; those at it, too, where something has come or changed among them."""
    last = str(known.watermark)
    if _seal(snapshot, pull, asked, last) == known.seal:
        return Which(asked.column, above=last)
    return Which(asked.column, above=snapshot.earlier(asked.column, last, pull.overlap), inclusive=True)


def _fewer(found: _Found, pull: Pull, known: Known | None) -> None:
    if pull.only_grows and known is not None and found.rows < known.rows:
        found.findings.append(("SRC-LOST", f"上次有{known.rows}行，现在只有{found.rows}行。"))
