"""Looking into an .xlsx before anything is unpacked into memory: bombs, damage, sheets of absurd extent.

Every entry is unpacked once, by stream. Dimensions that the file declares are not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from hub.findings import Finding
from hub.stages.formats import package, sheet_extent
from hub.stages.formats.outcome import Refused
from hub.stages.formats.package import Package
from hub.stages.formats.sheet_facts import Facts

_STRINGS = "xl/sharedstrings.xml"
_EXTERNAL = "xl/externallinks/"


def inspect(source: Path, safe_to_open: Callable[[], object]) -> Sequence[Facts]:
    """Unpack every entry once, by stream, and measure the sheets: their facts, in the order of the workbook.

    ``safe_to_open`` is called when all but the sheets has been looked into: the reader opens a workbook without them.

    ``Refused``: FIL-TOOBIG beyond the limits, FIL-PARTIAL when an entry is damaged or missing, FIL-FORMAT for XML that
    no spreadsheet program writes.
    """
    measured: dict[str, Facts] = {}
    with package.opened(source) as opened:
        parts = sheet_parts(opened)
        sheets = set(parts)
        if len(sheets) < len(parts):
            raise Refused(Finding("FIL-FORMAT", detail="工作簿的内部结构不正常。"))
        for name in opened.names - sheets:
            if name == _STRINGS:
                _count_strings(opened.pieces(name))
            else:
                opened.drain(name)  # read to the end: that checks the CRC
        safe_to_open()
        for name in opened.names & sheets:
            measured[name] = _measure(opened.pieces(name, looked_into=True))
        external = any(name.startswith(_EXTERNAL) and name.endswith(".xml") for name in opened.names)
    if not parts or sheets - measured.keys():
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿里缺少工作表。"))
    return [replace(measured[part], external=external) for part in parts]


def _measure(pieces: Iterator[bytes]) -> Facts:
    try:
        facts = sheet_extent.measure(pieces)
    except sheet_extent.NotMeasurable as reason:
        raise Refused(Finding("FIL-FORMAT", detail=str(reason))) from None
    package.refuse_extent(facts.rows, facts.columns)
    return facts


def _count_strings(pieces: Iterator[bytes]) -> None:
    """A text of nothing takes five bytes in the file and twenty-four in memory."""
    count = 0
    for piece in pieces:
        count += piece.count(b"<si")
        if count > package.MOST_CELLS:
            raise package.too_big(f"工作簿里有{count}个以上的文本。")


def sheet_parts(opened: Package) -> list[str]:
    """Lower-case names of the entries that hold the sheets, in the order of the workbook."""
    targets = {}
    for relation in _xml(opened, "xl/_rels/workbook.xml.rels").iter():
        target = relation.get("Target", "").lstrip("/").lower()
        targets[relation.get("Id")] = target if target.startswith("xl/") else f"xl/{target}"
    parts = []
    for element in _xml(opened, "xl/workbook.xml").iter():
        if element.tag.rpartition("}")[2] == "sheet":
            id = next((value for key, value in element.items() if key.endswith("}id")), None)
            parts.append(targets.get(id, ""))
    return parts


def _xml(opened: Package, name: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(opened.text(name))
    except (ElementTree.ParseError, LookupError):  # LookupError: an encoding that does not exist
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的目录部件损坏。")) from None
