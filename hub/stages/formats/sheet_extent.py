"""What the raw XML of a sheet says that the workbook reader does not: its true extent, and its error cells.

The reader lays a sheet out as one dense rectangle, so a single value in XFD1048576 would take all memory; and it gives
nothing for an error cell, as for an empty one. The ``<dimension>`` that a sheet declares is often wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

_LONGEST_PIECE = 64 << 20  # bytes without the end of a cell
_ANY_CELL = re.compile(rb"<(?:\w+:)?c((?:\s[^>]*)?)>")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([1-9]\d{0,6})[\"']")
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]{1,20})<")
_UNUSUAL = (b"<c>", b"<c/", b"<c\n", b"<c\r", b"<c\t", b":c ", b":c>", b":c/", b":c\n", b":c\r", b":c\t")


class NotMeasurable(Exception):
    """The sheet is written in a way that leaves its extent open; the message is for the sender."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Row and column (from 1) of the last cells that hold something, and the error cells."""

    rows: int
    columns: int
    errors: Mapping[tuple[int, int], str]  # (row, column) -> "#N/A" and the like


def measure(pieces: Iterator[bytes]) -> Extent:
    """Extent of the sheet whose XML comes in ``pieces``, all of which are read. ``NotMeasurable`` when it is unsafe."""
    rows = columns = 0
    errors: dict[tuple[int, int], str] = {}
    for text in _whole_cells(pieces):
        corner = _corner_of_usual(text)
        if corner is None:
            corner = _corner_of_any(text)
        rows, columns = max(rows, corner[0]), max(columns, corner[1])
        errors.update(_errors(text))
    return Extent(rows, columns, errors)


def _whole_cells(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in pieces that end after a cell (or at the end)."""
    carry = b""
    for piece in pieces:
        text = carry + piece
        cut = max(text.rfind(b"c>") + 2, text.rfind(b"<row"))
        if cut < 2:
            if len(text) > _LONGEST_PIECE:
                raise NotMeasurable("工作簿里有一个单元格超过 64 MB。")
            carry = text
            continue
        carry = text[cut:]
        yield text[:cut]
    yield carry


def _corner_of_usual(text: bytes) -> tuple[int, int] | None:
    """Last row and column of filled cells written as Excel, WPS and the usual libraries do: ``<c r="AB12"``.

    None when any cell is written otherwise. By array, because a sheet has millions of cells.
    """
    if any(form in text for form in _UNUSUAL):
        return None
    raw = np.frombuffer(text + b'<"""""""""""""""', np.uint8)  # room to look ahead, and an end for the last cell
    tags = np.flatnonzero(raw == ord("<"))
    cells = np.flatnonzero((raw[tags[:-1] + 1] == ord("c")) & (raw[tags[:-1] + 2] == ord(" ")))
    start, following = tags[cells], tags[cells + 1]
    if not all(np.all(raw[start + ahead] == byte) for ahead, byte in enumerate(b'r="', 3)):
        return None
    empty = (raw[following - 1] == ord(">")) & (raw[following - 2] == ord("/"))
    at = start[~empty] + 6
    column, row = np.zeros(len(at), np.int64), np.zeros(len(at), np.int64)
    inside = np.ones(len(at), np.bool_)
    for step in range(10):  # XFD1048576
        byte = raw[at + step].astype(np.int64)
        letter = inside & (byte >= ord("A")) & (byte <= ord("Z")) & (row == 0)
        digit = inside & (byte >= ord("0")) & (byte <= ord("9")) & (column > 0)
        column = np.where(letter, column * 26 + byte - 64, column)
        row = np.where(digit, row * 10 + byte - 48, row)
        inside = letter | digit
    if not np.all((raw[at + 10] == ord('"')) | ~inside) or np.any(row == 0):
        return None
    return int(row.max(initial=0)), int(column.max(initial=0))


def _corner_of_any(text: bytes) -> tuple[int, int]:
    """The same for any spelling of XML, cell by cell."""
    rows = columns = 0
    for attributes in _ANY_CELL.findall(text):
        reference = _REFERENCE.search(attributes)
        if reference is None:
            raise NotMeasurable("工作表里的单元格没有编号，请用 Excel 或 WPS 打开后另存。")
        if not attributes.endswith(b"/"):
            rows, columns = max(rows, int(reference[2])), max(columns, column_number(reference[1]))
    return rows, columns


def _errors(text: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    if b'"e"' not in text and b"'e'" not in text:
        return
    for kind in _ERROR.finditer(text):
        end = text.find(b"c>", kind.end())
        cell = text[text.rfind(b"<", 0, kind.start()) : end if end >= 0 else len(text)]
        reference, value = _REFERENCE.search(cell), _VALUE.search(cell)
        if reference and value:
            yield (int(reference[2]), column_number(reference[1])), value[1].decode("ascii", "replace")


def column_number(letters: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
