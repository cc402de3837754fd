"""Pages of an API (接口取数): a package that the hub itself wrote, in which every page lies as it came.

What the pull found out about the API stands in the package, so that reading it again tells the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from connectors import http_json
from connectors.faults import Refused as Unreadable
from connectors.http_pages import about, pages
from hub.contract.model import Contract, Intake
from hub.findings import Finding, notice
from hub.stages.formats import json_object
from hub.stages.formats.artefact import artefact
from hub.stages.formats.attempts import Progress
from hub.stages.formats.keyed import Keyed
from hub.stages.formats.outcome import Read, Refused


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a package of pages into ``target``; a row's number is its place in all pages together, from 1."""
    try:
        asked = about(source)
        rows = sum(page["rows"] for page in asked["pages"])
        findings = tuple(Finding(code, detail=detail) for code, detail in asked["findings"])
        if not rows:
            findings = (Finding("FIL-EMPTY"), *findings)
        if any(notice(one.code).cls == "S" for one in findings):
            return Read(rows, findings, "pages", header_row=0)
        progress = Progress()
        with artefact(target, contract, 0, chunk_rows) as out:
            records = _Rows(out, contract, progress, {theirs: ours for ours, theirs in asked["columns"].items()})
            for body in pages(source):
                text, _ = http_json.parsed(body)
                for row in http_json.items(text, asked["rows"]):
                    json_object.add(records, progress.rows + 1, row, len(row))
            findings += records.finish()
    except (BadZipFile, Unreadable):
        raise Refused(Finding("FIL-PARTIAL", detail="取数文件的内容损坏。")) from None
    return Read(progress.rows, findings, "pages", header_row=0)


class _Rows(Keyed):
    """Cells by the API's own names: those that were agreed go by ours, all others are left aside."""

    def __init__(self, out: Any, contract: Contract, progress: Progress, ours: dict[str, str]) -> None:
        super().__init__(out, contract, progress, typed=True)
        self._ours = ours

    def add(self, row: int, pairs: Iterable[tuple[str, object]], raw: Callable[[], str], size: int) -> None:
        """Append a record."""
        super().add(row, [(self._ours[name], cell) for name, cell in pairs if name in self._ours], raw, size)

    def meet(self, name: str) -> int:
        """A name of ours, or of theirs in a broken record."""
        return super().meet(self._ours.get(name, name)) if name in self._ours or name in self._place_of else -1
