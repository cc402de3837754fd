"""XLSX: rows of the first sheet that has our header, each cell as text with the type that it had.

The type matters: an identifier in a numeric cell has lost its digits, although its text looks plausible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from hub.contract.model import Contract, Intake
from hub.findings import Finding
from hub.stages.formats import headers, workbook_limits
from hub.stages.formats.artefact import Artefact, artefact
from hub.stages.formats.cells import ErrorText, texts
from hub.stages.formats.outcome import Read, Refused

Row = list[object]
_PIECE = 20_000  # rows turned into columns at a time


@dataclass(frozen=True, slots=True)
class Sheet:
    """One visible sheet, laid open at its header. Iterating gives the rows below it up to the last filled one."""

    name: str
    header_row: int  # as Excel numbers it; 0: nothing in the sheet
    header: tuple[str, ...]
    known: int  # headers that the contract knows
    rows: int  # from below the header to the last filled row
    source: CalamineSheet = field(repr=False)
    errors: Mapping[tuple[int, int], str] = field(repr=False)

    def __iter__(self) -> Iterator[Row]:
        return islice(_rows(self.source, self.errors), self.header_row, self.header_row + self.rows)


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a workbook into ``target``; file findings instead of an artefact when it must be refused."""
    sheet: Sheet | None = None
    try:
        sheet, others = _choose(source, contract)
        header = headers.match(sheet.header, contract, sheet.header_row)
        if not sheet.rows:
            raise Refused(Finding("FIL-EMPTY"))
        filled: set[int] = set()
        with artefact(target, contract, sheet.header_row, chunk_rows) as out:
            rows = iter(sheet)
            while piece := list(islice(rows, _PIECE)):
                filled.update(_add(out, piece, contract, header))
    except Refused as refusal:
        if sheet is None:
            return Read(0, refusal.findings, "xlsx")
        return Read(sheet.rows, refusal.findings, "xlsx", sheet=sheet.name, header_row=max(sheet.header_row, 1))
    findings = (*header.findings(sorted(filled)), *others)
    return Read(sheet.rows, findings, "xlsx", sheet=sheet.name, header_row=sheet.header_row)


def _choose(source: Path, contract: Contract) -> tuple[Sheet, tuple[Finding, ...]]:
    """The sheet to read, and a finding for each other sheet that has our header and rows but is not read."""
    extents = workbook_limits.inspect(source)
    spellings = headers.known(contract)
    try:
        book = CalamineWorkbook.from_path(str(source))
        names = [
            each.name
            for each in book.sheets_metadata
            if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
        ]
        chosen: Sheet | None = None
        unread: list[str] = []
        for name in names:
            sheet = _lay_open(book.get_sheet_by_name(name), extents[name].errors, spellings)
            if chosen is None or (not chosen.known and (sheet.known or not chosen.header_row)):
                chosen = sheet
            elif sheet.known and sheet.rows:
                unread.append(f"工作表“{name}”的全部列")
    except (CalamineError, KeyError):
        raise Refused(Finding("FIL-PARTIAL", detail="工作簿的内容损坏。")) from None
    if chosen is None or not chosen.header_row:
        raise Refused(Finding("FIL-EMPTY"))
    return chosen, tuple(Finding("HDR-UNKNOWN", detail=each) for each in unread)


def _lay_open(source: CalamineSheet, errors: Mapping[tuple[int, int], str], spellings: Mapping[str, str]) -> Sheet:
    header: tuple[str, ...] = ()
    header_row = last = 0
    for number, row in enumerate(_rows(source, errors), 1):
        if row.count("") == len(row):
            continue
        last = number
        if not header_row:
            header_row, header = number, tuple(text or "" for text in texts(row)[0])
    known = sum(headers.fold(name) in spellings for name in header)
    return Sheet(source.name, header_row, header, known, last - header_row, source, errors)


def _rows(source: CalamineSheet, errors: Mapping[tuple[int, int], str]) -> Iterator[Row]:
    """Every row from row 1 and column A on: the reader begins at row 1, but at the first filled column."""
    left: Row = [""] * (source.start[1] if source.start else 0)
    at: dict[int, list[tuple[int, str]]] = {}
    for (number, column), text in errors.items():
        at.setdefault(number, []).append((column, text))
    for number, row in enumerate(source.iter_rows(), 1):
        whole: Row = [*left, *row]
        for column, text in at.get(number, ()):  # the reader gives nothing for an error cell, as for an empty one
            if column <= len(whole):
                whole[column - 1] = ErrorText(text)
        yield whole


def _add(out: Artefact, piece: list[Row], contract: Contract, header: headers.Header) -> list[int]:
    """Append rows; gives the positions without a header under which something stands."""
    columns = list(zip(*piece, strict=True))
    cells: dict[str, pa.Array] = {}
    letters: list[Iterable[str]] = []
    for column in contract.columns:
        place = header.places.get(column.name)
        if place is None:
            letters.append("-" * len(piece))
            continue
        found, kinds = texts(columns[place])
        cells[column.name] = pa.array(found, pa.string())
        letters.append(kinds)
    types = pa.array(list(map("".join, zip(*letters, strict=True))), pa.string())
    nothing = pa.nulls(len(piece), pa.string())
    out.add(cells, nothing, nothing, types, len(piece))
    return [place for place in header.unnamed if columns[place].count("") < len(piece)]
