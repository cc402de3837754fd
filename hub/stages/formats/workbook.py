"""Workbooks of every kind: rows of the sheet that has our header, each cell as text with the type that it had.

The type matters: an identifier in a numeric cell has lost its digits, although its text looks plausible. Titles above
the header are no records; footers below the data are blank ones. Rows are walked through once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from python_calamine import (
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from hub.contract.model import Contract, Format
from hub.findings import Finding
from hub.stages.formats import headers, sheet_rows
from hub.stages.formats.artefact import artefact
from hub.stages.formats.cells import row_texts
from hub.stages.formats.outcome import Read, Refused
from hub.stages.formats.reader_faults import is_fault
from hub.stages.formats.sheet_facts import Facts
from hub.stages.formats.sheet_findings import findings_of

Look = Callable[[Path], tuple[CalamineWorkbook, Sequence[Facts]]]
_MOST_SHEETS = 256


@dataclass(frozen=True, slots=True)
class Sheet:
    """One visible sheet, opened down to its header."""

    name: str
    header_row: int  # as the sender sees it; 0: nothing in the sheet
    rows: tuple[tuple[str, ...], ...]  # titles, then the header
    known: int  # columns of the contract among the header
    complete: bool  # all required ones among them
    filled: bool  # something stands below
    facts: Facts = field(repr=False)
    source: CalamineSheet = field(repr=False)


def read(
    source: Path,
    kind: Format,
    look: Look,
    contract: Contract,
    target: Path,
    chunk_rows: int,
) -> Read:
    """Read a workbook into ``target``. ``look`` opens it, and measures every sheet before one is laid out in memory."""
    try:
        sheet, others = _choose(source, look, contract)
    except Refused as refusal:
        return Read(0, refusal.findings, kind)
    try:
        try:
            return _read_sheet(sheet, others, kind, contract, target, chunk_rows, careful=False)
        except sheet_rows.Stumbled:
            return _read_sheet(sheet, others, kind, contract, target, chunk_rows, careful=True)
    except Refused as refusal:
        rows = sheet_rows.count(sheet.source, sheet.facts, sheet.header_row)
        return Read(rows, refusal.findings, kind, sheet=sheet.name, header_row=sheet.header_row)


def _read_sheet(
    sheet: Sheet,
    others: Sequence[Finding],
    kind: Format,
    contract: Contract,
    target: Path,
    chunk_rows: int,
    careful: bool,
) -> Read:
    header = headers.match(sheet.rows[-1], contract, sheet.header_row)
    headers.refuse_data(sheet.rows[:-1], header)
    if not sheet.filled:
        raise Refused(Finding("FIL-EMPTY"))
    body = sheet_rows.Body(contract, header, sheet.facts)
    with artefact(target, contract, sheet.header_row, chunk_rows) as out:
        body.write(sheet.source, out, careful)
        if not out.rows:
            raise Refused(Finding("FIL-EMPTY"))
        findings = header.findings(body.filled)
    told = findings_of(contract, header, sheet.facts, header.row + out.rows, {row for row, _ in body.footers})
    return Read(
        out.rows,
        (*findings, *told, *others),
        kind,
        sheet=sheet.name,
        header_row=sheet.header_row,
        footers=tuple(body.footers),
    )


def _choose(source: Path, look: Look, contract: Contract) -> tuple[Sheet, tuple[Finding, ...]]:
    """The sheet to read, and a finding for each other sheet that has our header and rows but is not read."""
    chosen: Sheet | None = None
    known: Counter[str] = Counter()  # sheets with rows of ours -> columns
    with _damage_refused():
        book, facts = look(source)
        for name, of_sheet in _visible(book, facts):
            sheet = _lay_open(book.get_sheet_by_name(name), of_sheet, contract)
            if sheet.filled and (sheet.complete or 2 * sheet.known >= len(contract.columns)):
                known[name] = sheet.known
            if chosen is None or _worth(sheet) > _worth(chosen):
                chosen = sheet
    if chosen is None or not chosen.header_row:
        raise Refused(Finding("FIL-EMPTY"))
    return chosen, tuple(
        Finding("HDR-UNKNOWN", detail=f"工作表“{name}”的全部列") for name in known if name != chosen.name
    )


@contextmanager
def _damage_refused() -> Iterator[None]:
    """What the reader says of a damaged workbook, as FIL-PARTIAL or FIL-PASSWORD; its panics, too."""
    try:
        yield
    except PasswordError:
        raise Refused(Finding("FIL-PASSWORD")) from None
    except BaseException as trouble:
        if not is_fault(trouble):
            raise
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的内容损坏。")) from None


def _visible(book: CalamineWorkbook, facts: Sequence[Facts]) -> Iterator[tuple[str, Facts]]:
    """Names and facts of the visible sheets, all of which have been measured."""
    sheets = book.sheets_metadata
    if len(sheets) != len(facts):
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的内容损坏。"))
    if len(sheets) > _MOST_SHEETS:
        raise Refused(Finding("FIL-TOOBIG", detail=f"工作簿里有{len(sheets)}张工作表。"))
    if len({each.name for each in sheets}) < len(sheets):
        raise Refused(Finding("FIL-FORMAT", detail="工作簿里有重名的工作表。"))
    for each, of_sheet in zip(sheets, facts, strict=True):
        if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible:
            yield each.name, of_sheet


def _worth(sheet: Sheet) -> tuple[bool, bool, bool, int]:
    """A sheet with all required columns and rows goes before one that lacks some; then the one that has more of them.

    So a page of explanations that names a column or two is never taken for the data.
    """
    return bool(sheet.header_row), sheet.complete, sheet.known > 0 and sheet.filled, sheet.known


def _lay_open(source: CalamineSheet, facts: Facts, contract: Contract) -> Sheet:
    rows = sheet_rows.whole(source, facts)
    top: list[tuple[str, ...]] = []  # every row down to the last that may be the header
    filled: list[int] = []  # indexes of those that hold something
    for row in rows:
        top.append(tuple(text or "" for text in row_texts(row)))
        if not sheet_rows.blank(row):
            filled.append(len(top) - 1)
            if len(filled) > headers.TITLES:
                break
    found = headers.locate([top[index] for index in filled], contract)
    header = filled[found or 0] if filled else -1
    spellings = headers.known(contract)
    names = {spellings.get(headers.fold(name)) for name in top[header]} - {None} if found is not None else set()
    return Sheet(
        name=source.name,
        header_row=header + 1,
        rows=tuple(top[: header + 1]),
        known=len(names),
        complete=bool(names) and all(column.name in names for column in contract.columns if column.required),
        filled=bool(filled) and (filled[-1] > header or not all(map(sheet_rows.blank, rows))),
        facts=facts,
        source=source,
    )
