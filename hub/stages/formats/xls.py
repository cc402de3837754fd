"""Old .xls workbooks (Excel 5 to 2003, WPS .et): measured by their records before the reader lays them out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from python_calamine import CalamineWorkbook

from hub.contract.model import Contract, Intake
from hub.findings import Finding
from hub.stages.formats import biff, package, workbook
from hub.stages.formats.compound_file import Broken, CompoundFile, Entry, Foreign
from hub.stages.formats.outcome import Read, Refused
from hub.stages.formats.sheet_facts import Facts

_WORKBOOKS = ("Workbook", "Book")  # BIFF8, BIFF5; where both stand there, Excel reads the former
_ENCRYPTED = "EncryptedPackage"  # MS-OFFCRYPTO: the stream that holds the real workbook
_MACROS = "_VBA_PROJECT_CUR"


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a workbook into ``target``; file findings instead of an artefact when it must be refused."""
    return workbook.read(source, "xls", _look, contract, target, chunk_rows)


def refuse_others(source: Path) -> None:
    """``Refused`` unless the compound file is a workbook: with FIL-PASSWORD, -MACRO, -PARTIAL or -FORMAT."""
    found = _open(source)
    if _ENCRYPTED in found.top:
        raise Refused(Finding("FIL-PASSWORD"))
    if not any(name in found.top for name in _WORKBOOKS):
        raise Refused(Finding("FIL-FORMAT", detail="收到的是 Word、PPT 或其他文件，不是工作簿。"))
    if _MACROS in found.top:
        raise Refused(Finding("FIL-MACRO"))


def _look(source: Path) -> tuple[CalamineWorkbook, Sequence[Facts]]:
    facts = inspect(source)
    return CalamineWorkbook.from_path(str(source)), facts


def inspect(source: Path) -> Sequence[Facts]:
    """Facts of every sheet, in the order of the workbook. ``Refused`` where it cannot be laid out safely."""
    found = _open(source)
    try:
        book = biff.look(found.stream(_workbook(found)))
    except biff.Encrypted:
        raise Refused(Finding("FIL-PASSWORD")) from None
    except Broken:
        raise _partial() from None
    if book.macros:
        raise Refused(Finding("FIL-MACRO"))
    package.refuse_all(book.sheets)  # the reader lays out all of them at once
    return book.sheets


def _workbook(found: CompoundFile) -> Entry:
    """The stream that the reader will take: the first of its name anywhere, which must be the one at the top."""
    name = next(name for name in _WORKBOOKS if name in found.top)
    first = next(entry for entry in found.entries if entry.name == name)
    if first is not found.top[name]:
        raise Refused(Finding("FIL-FORMAT", detail="工作簿里嵌有另一个工作簿。"))
    return first


def _open(source: Path) -> CompoundFile:
    content = source.read_bytes()
    try:
        return CompoundFile(content)
    except (Foreign, Broken) as trouble:
        if _ENCRYPTED.encode("utf-16-le") in content:
            raise Refused(Finding("FIL-PASSWORD")) from None
        if isinstance(trouble, Broken):
            raise _partial() from None
        raise Refused(Finding("FIL-FORMAT", detail="内容不是 Office 文件，只是开头像。")) from None


def _partial() -> Refused:
    return Refused(Finding("FIL-PARTIAL", detail="工作簿的内容缺失或损坏。"))
