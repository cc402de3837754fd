"""Records of an old .xls workbook (BIFF5 and BIFF8): what its sheets hold, before the reader lays them out.

What cannot be told: whether a formula was ever calculated. A program that does not calculate stores 0, which is told
from a result only where the formula is to be calculated on opening; or an empty text, which may be a result all the
same, so that such cells are named in a question to the sender.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hub.stages.formats.compound_file import Broken
from hub.stages.formats.sheet_facts import Area, Facts, Place, Span, joined

_BOF, _EOF = 0x0809, 0x000A
_FILEPASS, _BOUNDSHEET, _SUPBOOK = 0x002F, 0x0085, 0x01AE
_DIMENSIONS, _ROW, _COLINFO, _MERGED = 0x0200, 0x0208, 0x007D, 0x00E5
_ONE_CELL = {0x0203: 14, 0x0204: 8, 0x00D6: 8, 0x027E: 10, 0x00FD: 10}  # number, label, rich text, RK, shared text
_MULRK, _BOOLERR, _STRING = 0x00BD, 0x0205, 0x0207
_FORMULAS = {0x0006: 22, 0x0206: 22, 0x0406: 22}
_SMALLEST = {**_ONE_CELL, **_FORMULAS, _MULRK: 12, _BOOLERR: 8, _ROW: 16, _COLINFO: 10, _MERGED: 2}  # bytes of data
_BESIDE_FORMULA = {0x04BC, 0x0221, 0x0236, 0x003C}  # shared, array, table, continued: before the text of the result
_INSIDE_BOOKS = {0x0401, 0x3A01}  # the workbook itself, functions of add-ins
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_CALCULATE_ON_OPENING = 0x0002
_MOST_ROWS, _MOST_COLUMNS = 1 << 16, 1 << 8
_MACROS = (1, 6)  # kinds of sheets: macros of Excel 4, Visual Basic

Record = tuple[int, int, int]  # kind, where its data begins, size


class Encrypted(Exception):
    """The workbook has a password."""


@dataclass(frozen=True, slots=True)
class Book:
    """Facts of every sheet in the order of the workbook, and whether it has sheets of macros."""

    sheets: tuple[Facts, ...]
    macros: bool


def look(stream: bytes) -> Book:
    """Walk through all records of a workbook's stream. ``Broken`` when it ends too early, ``Encrypted``."""
    starts: list[int] = []
    macros = external = False
    for kind, at, size in records(stream, 0):
        if kind == _FILEPASS:
            raise Encrypted
        if kind == _BOUNDSHEET and size >= 6:
            starts.append(_number(stream, at, "<I"))
            macros |= stream[at + 5] in _MACROS
        external |= kind == _SUPBOOK and not (size == 4 and _number(stream, at + 2) in _INSIDE_BOOKS)
    return Book(tuple(_Sheet(stream, start).facts(external) for start in starts), macros)


def records(stream: bytes, start: int) -> Iterator[Record]:
    """The records of one substream (the globals, or a sheet), less those of charts inside it."""
    at, depth = start, 0
    while True:
        if at + 4 > len(stream):
            raise Broken
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + size > len(stream) or (at == start + 4 and kind != _BOF):
            raise Broken
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 0:
            return
        if depth == 1:
            yield kind, at, size
        at += size


def _number(stream: bytes, at: int, layout: str = "<H") -> int:
    try:
        found: int = struct.unpack_from(layout, stream, at)[0]
    except struct.error:
        raise Broken from None
    return found


class _Sheet:
    """Collects the facts of the sheet that begins at ``start``."""

    def __init__(self, stream: bytes, start: int) -> None:
        self._stream = stream
        self._rows = self._columns = 0
        self._errors: dict[Place, str] = {}
        self._unvalued: set[Place] = set()
        self._doubtful: set[Place] = set()
        self._merged: list[Area] = []
        self._hidden_rows: list[Span] = []
        self._hidden_columns: list[Span] = []
        waiting: Place | None = None  # a formula whose text has yet to come
        for kind, at, size in records(stream, start):
            if waiting is not None and kind not in _BESIDE_FORMULA:
                if kind != _STRING:
                    self._unvalued.add(waiting)
                waiting = None
            if size < _SMALLEST.get(kind, 0):
                raise Broken
            if kind in _ONE_CELL:
                self._cell(at)
            elif kind == _MULRK:
                self._cell(at, _number(stream, at + size - 2))
            elif kind == _BOOLERR:
                self._result_of_boolerr(at)
            elif kind in _FORMULAS:
                waiting = self._formula(at, size)
            elif kind == _ROW and _number(stream, at + 12) & 0x20:
                row = _number(stream, at) + 1
                self._hidden_rows.append((row, row))
            elif kind == _COLINFO and _number(stream, at + 8) & 1:
                self._hidden_columns.append((_number(stream, at) + 1, _number(stream, at + 2) + 1))
            elif kind == _MERGED:
                self._areas(at, size)
            elif kind == _DIMENSIONS:
                self._declared(at, size)

    def facts(self, external: bool) -> Facts:
        """What was found."""
        hidden = joined(self._hidden_rows), joined(self._hidden_columns)
        told = self._errors, self._unvalued, self._doubtful
        return Facts(self._rows, self._columns, *told, tuple(self._merged), *hidden, external=external)

    def _cell(self, at: int, last: int | None = None) -> Place:
        row, column = _number(self._stream, at) + 1, _number(self._stream, at + 2) + 1
        self._rows = max(self._rows, row)
        self._columns = max(self._columns, column if last is None else last + 1)
        return row, column

    def _result_of_boolerr(self, at: int) -> None:
        place = self._cell(at)
        if _number(self._stream, at + 7, "B"):
            self._errors[place] = _ERRORS.get(_number(self._stream, at + 6, "B"), "#ERR!")

    def _formula(self, at: int, size: int) -> Place | None:
        """Take the stored result; give the place back when it is a text that comes in a record of its own."""
        place = self._cell(at)
        if _number(self._stream, at + 20) > size - 22:
            raise Broken
        result, flags = self._stream[at + 6 : at + 14], _number(self._stream, at + 14)
        if result[6:] != b"\xff\xff":
            if flags & _CALCULATE_ON_OPENING and not any(result):  # written by a library that does not calculate
                self._unvalued.add(place)
        elif result[0] == 0:
            return place
        elif result[0] == 2:
            self._errors[place] = _ERRORS.get(result[2], "#ERR!")
        elif result[0] == 3:
            self._doubtful.add(place)
        return None

    def _areas(self, at: int, size: int) -> None:
        count = min(_number(self._stream, at), (size - 2) // 8)
        for top, bottom, left, right in struct.iter_unpack("<4H", self._stream[at + 2 : at + 2 + 8 * count]):
            self._merged.append(Area(top + 1, left + 1, bottom + 1, right + 1))

    def _declared(self, at: int, size: int) -> None:
        """The reader sets memory aside for the extent that is declared, which no .xls can exceed."""
        layout = "<IIHH" if size >= 14 else "<HHHH"
        try:
            first, last, left, right = struct.unpack_from(layout, self._stream, at)
        except struct.error:
            raise Broken from None
        if not first <= last <= _MOST_ROWS or not left <= right <= _MOST_COLUMNS:
            raise Broken
