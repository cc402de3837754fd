"""ODS: workbooks of LibreOffice, measured by their XML before the reader lays them out.

Errors are told by ``calcext:value-type`` or by the text of a formula's result; other programs than LibreOffice may
write an error as a plain text, and then it is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.parsers.expat import ExpatError

from python_calamine import CalamineWorkbook

from hub.contract.model import Contract, Intake
from hub.findings import Finding
from hub.stages.formats import ods_content, package, workbook
from hub.stages.formats.outcome import Read, Refused
from hub.stages.formats.package import Package
from hub.stages.formats.sheet_facts import Facts

MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST, _CONTENT = "meta-inf/manifest.xml", "content.xml"


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a workbook into ``target``; file findings instead of an artefact when it must be refused."""
    return workbook.read(source, "ods", _look, contract, target, chunk_rows)


def _look(source: Path) -> tuple[CalamineWorkbook, Sequence[Facts]]:
    facts = inspect(source)
    return CalamineWorkbook.from_path(str(source)), facts


def inspect(source: Path) -> Sequence[Facts]:
    """Facts of every sheet, in the order of the workbook. ``Refused`` where it cannot be laid out safely."""
    found: list[Facts] = []
    with package.opened(source) as opened:
        _refuse_encrypted(opened)
        if _CONTENT not in opened.names:
            raise Refused(Finding("FIL-PARTIAL", detail="工作簿缺少目录部件。"))
        for name in opened.names:
            if name == _CONTENT:
                found = _measure(opened)
            else:
                opened.drain(name)
    package.refuse_all(found)  # the reader lays out all of them at once
    return found


def _measure(opened: Package) -> list[Facts]:
    try:
        return ods_content.measure(opened.pieces(_CONTENT))
    except ExpatError:
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的内容损坏。")) from None
    except ods_content.Nested:
        raise Refused(Finding("FIL-FORMAT", detail="工作表里嵌有另一张表。")) from None


def _refuse_encrypted(opened: Package) -> None:
    if "encrypted-package" in opened.names or b"encryption-data" in opened.text(_MANIFEST):
        raise Refused(Finding("FIL-PASSWORD"))
