"""Write-back (回写): what became of each pulled row is written on the row where it came from.

Rows are found by their key. Nothing is written on a row that has changed since it was pulled, nor in any column but
those that the contract names. Doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors.database_extract import about, batches
from connectors.database_source import Mark, Source
from hub.contract.model import Contract
from hub.contract.pull import Pull
from hub.failpoints import reached
from hub.findings import notice

ROWS = 500  # in one transaction
Said = Mapping[int, tuple[str, str | None]]  # by record: status, reason
REFUSED_BY_PROVINCE = "PRV-REFUSED"


def take(source: Source, pull: Pull, extract: Path) -> int:
    """Set the flag of every pulled row that is still as it was pulled; gives how many. Of a watermark: nothing."""
    asked = about(extract)
    if pull.by != "flag" or asked["unread"]:  # rows that could not be read are pulled once more when they can be
        return 0
    flag, taken = asked["column"], 0
    for _, piece in _pieces(extract):
        # The last digits of a binary fraction may get lost on the way: they prove no change.
        exact = [name for name, kind in zip(piece.schema.names, piece.schema.types, strict=True) if _exact(kind)]
        marks = [
            Mark(
                {name: row[name] for name in asked["key"]},
                {name: row[name] for name in exact if name not in asked["key"]},
                {flag: pull.taken},
            )
            for row in piece.to_pylist()
        ]
        reached("source.before_take")
        taken += source.mark(pull.table, marks)
    return taken


def run(source: Source, pull: Pull, extract: Path, said: Callable[[int, int], Said]) -> int:
    """Write status and reason on rows; ``said`` gives them for records from one to another. Gives how many changed."""
    back = pull.write_back
    if back is None:
        return 0
    asked, changed = about(extract), 0
    column, keep = asked["column"], (asked["column"],) if pull.by == "watermark" else ()
    for first, piece in _pieces(extract):
        told = said(first, first + piece.num_rows - 1)
        marks = []
        for record, row in enumerate(piece.to_pylist(), first):
            if record not in told:
                continue
            status, reason = told[record]
            values = {back.status: status} | ({back.reason: reason} if back.reason else {})
            still = {column: pull.taken if pull.by == "flag" else row[column]}
            marks.append(Mark({name: row[name] for name in asked["key"]}, still, values))
        if marks:
            reached("source.before_write_back")
            changed += source.mark(pull.table, marks, keep)
    return changed


def verdict(pull: Pull, contract: Contract, state: str, code: str | None, column: str | None) -> tuple[str, str | None]:
    """Status and reason of a row: the reason in one or two Chinese sentences, without a value."""
    back = pull.write_back
    if back is None:
        raise ValueError("no write-back is agreed")
    if state == "accepted":
        return back.accepted, None
    reason = None if code is None else sentence(contract, code, column)
    # A row that was taken before is taken; one that was withdrawn, or holds nothing, is not.
    if state == "accepted_query" or (state == "duplicate" and code != "DUP-WITHDRAWN"):
        return (back.query if state == "accepted_query" else back.accepted), reason
    return back.rejected, reason or "整行没有内容。"


def sentence(contract: Contract, code: str, column: str | None) -> str:
    """What is wrong and how to mend it, as the catalogue says it of any row."""
    entry = notice(code)
    labels = {one.name: one.label for one in contract.columns}
    where = f"{labels[column]}：" if column in labels else ""
    mend = "" if "{" in entry.fix else entry.fix
    return f"{where}{entry.title}。{mend}"


def _pieces(extract: Path) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Pieces of an extract, each with the number of its first record."""
    first = 1
    for piece in batches(extract, ROWS):
        yield first, piece
        first += piece.num_rows


def _exact(kind: Any) -> bool:
    return not pa.types.is_floating(kind)
