"""Looking into an .xlsx before anything is unpacked into memory: bombs, damage, sheets of absurd extent.

Every entry is unpacked once, by stream. Sizes and dimensions that the file declares are not believed.
"""

from __future__ import annotations

import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from hub.findings import Finding
from hub.stages.formats import sheet_extent
from hub.stages.formats.outcome import Refused
from hub.stages.formats.sheet_extent import Extent

MOST_UNPACKED = 1 << 30  # bytes, all entries together
MOST_RATIO = 100  # unpacked to packed, whole file
RATIO_FROM = 1 << 20  # bytes unpacked below which no ratio can hurt
MOST_ENTRIES = 10_000
MOST_COLUMNS = 256
MOST_CELLS = 30_000_000  # rows x columns of one sheet
_CHUNK = 4 << 20


def inspect(source: Path) -> dict[str, Extent]:
    """Unpack every entry once, by stream, and measure the sheets: name of sheet -> extent.

    ``Refused``: FIL-TOOBIG beyond the limits, FIL-PARTIAL when an entry is damaged or missing, FIL-FORMAT for XML that
    no spreadsheet program writes.
    """
    measured: dict[str, Extent] = {}
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise _too_big(f"工作簿里有{len(entries)}个部件。")
            budget = _Budget(source.stat().st_size)
            parts = sheet_parts(archive, budget)
            for entry in entries:
                with archive.open(entry) as file:
                    pieces = budget.spend(file)
                    if entry.filename.lower() in parts.values():
                        measured[entry.filename.lower()] = _measure(pieces)
                    else:
                        deque(pieces, maxlen=0)  # read to the end: that checks the CRC
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的内容损坏。")) from None
    if not parts or set(parts.values()) - measured.keys():
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿里缺少工作表。"))
    return {name: measured[part] for name, part in parts.items()}


class _Budget:
    """Counts what is really unpacked: the sizes in the directory of the archive are the sender's word only."""

    def __init__(self, packed: int) -> None:
        self._packed, self._unpacked = packed, 0

    def spend(self, file: IO[bytes]) -> Iterator[bytes]:
        while piece := file.read(_CHUNK):
            self._unpacked += len(piece)
            if self._unpacked > MOST_UNPACKED:
                raise _too_big(f"工作簿解开后超过 {MOST_UNPACKED >> 20} MB。")
            if self._unpacked > max(RATIO_FROM, MOST_RATIO * self._packed):
                raise _too_big(f"工作簿解开后是原来的 {MOST_RATIO} 倍以上，不像正常的表格。")
            yield piece


def _too_big(detail: str) -> Refused:
    return Refused(Finding("FIL-TOOBIG", detail=detail))


def _measure(pieces: Iterator[bytes]) -> Extent:
    try:
        extent = sheet_extent.measure(pieces)
    except sheet_extent.NotMeasurable as reason:
        raise Refused(Finding("FIL-FORMAT", detail=str(reason))) from None
    if extent.columns > MOST_COLUMNS or extent.rows * extent.columns > MOST_CELLS:
        raise _too_big(f"工作表有{extent.rows}行、{extent.columns}列。")
    return extent


def sheet_parts(archive: zipfile.ZipFile, budget: _Budget) -> dict[str, str]:
    """Name of sheet -> lower-case name of the entry that holds it, in the order of the workbook."""
    targets = {}
    for relation in _xml(archive, "xl/_rels/workbook.xml.rels", budget).iter():
        target = relation.get("Target", "").lstrip("/").lower()
        targets[relation.get("Id")] = target if target.startswith("xl/") else f"xl/{target}"
    parts = {}
    for element in _xml(archive, "xl/workbook.xml", budget).iter():
        if element.tag.rpartition("}")[2] == "sheet":
            id = next((value for key, value in element.items() if key.endswith("}id")), None)
            parts[element.get("name", "")] = targets.get(id, "")
    return parts


def _xml(archive: zipfile.ZipFile, name: str, budget: _Budget) -> ElementTree.Element:
    try:
        with archive.open(name) as file:
            text = b"".join(budget.spend(file))
    except KeyError:
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿缺少目录部件。")) from None
    if b"<!" in text.replace(b"<!--", b""):  # no spreadsheet program writes a document type; entities hide there
        raise Refused(Finding("FIL-FORMAT", detail="工作簿的内部结构不正常。"))
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError):  # LookupError: an encoding that does not exist
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的目录部件损坏。")) from None
