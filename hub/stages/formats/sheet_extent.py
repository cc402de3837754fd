"""What the raw XML of an .xlsx sheet says that the workbook reader does not: its true extent, errors, what is hidden.

The reader lays a sheet out as one dense rectangle, so a single value in XFD1048576 would take all memory; and it gives
nothing for an error cell or a formula without a value, as for an empty cell. The ``<dimension>`` that a sheet declares
is often wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hub.stages.formats import sheet_cells
from hub.stages.formats.sheet_cells import REFERENCE, NotMeasurable
from hub.stages.formats.sheet_facts import Area, Facts, Place, Span, column_number, joined

__all__ = ["NotMeasurable", "measure"]

_LONGEST_CELL = 4 << 20  # bytes without the end of a cell, beyond which a piece is cut at any tag
_LONGEST_PIECE = 64 << 20  # bytes without any tag
_MOST_AREAS = 200_000
_PREFIXED_END = re.compile(rb"</\w+:c\s*>")
_HIDING = rb"(\s[^<>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^<>]*)>"
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row" + _HIDING)
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col" + _HIDING)
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d{1,7})[\"']")
_FIRST = re.compile(rb"\smin\s*=\s*[\"'](\d{1,5})[\"']")
_LAST = re.compile(rb"\smax\s*=\s*[\"'](\d{1,5})[\"']")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?\bref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")


def measure(pieces: Iterator[bytes]) -> Facts:
    """Facts of the sheet whose XML comes in ``pieces``, all of which are read. ``NotMeasurable`` when it is unsafe."""
    rows = columns = 0
    errors: dict[Place, str] = {}
    unvalued: set[Place] = set()
    merged: list[Area] = []
    hidden_rows: list[Span] = []
    hidden_columns: list[Span] = []
    for text in _whole_cells(pieces):
        cells = sheet_cells.usual(text) or sheet_cells.any_spelling(text)
        rows, columns = max(rows, cells.rows), max(columns, cells.columns)
        errors.update(cells.errors)
        unvalued.update(cells.unvalued)
        if b"hidden" in text:
            hidden_rows.extend(_hidden_rows(text))
            hidden_columns.extend(_hidden_columns(text))
        if cells.merges:
            merged.extend(_areas(text))
            if len(merged) > _MOST_AREAS:
                raise NotMeasurable("工作表里的合并单元格太多。")
    hidden = joined(hidden_rows), joined(hidden_columns)
    return Facts(rows, columns, errors, unvalued, frozenset(), tuple(merged), *hidden)


def _whole_cells(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in pieces that end after a cell, or before a tag where no cell ends for long."""
    carry = b""
    for piece in pieces:
        text = carry + piece
        cut = _end_of_cells(text)
        if not cut and len(text) > _LONGEST_CELL:
            cut = text.rfind(b"<")
        if cut <= 0:
            if len(text) > _LONGEST_PIECE:
                raise NotMeasurable("工作簿里有一个单元格超过 64 MB。")
            carry = text
            continue
        carry = text[cut:]
        yield text[:cut]
    yield carry


def _end_of_cells(text: bytes) -> int:
    """Offset behind the last cell that is whole, 0 where none is."""
    cut = max(text.rfind(b"</c>") + 4, text.rfind(b"<row"))
    if cut >= 4:
        return cut
    return max((found.end() for found in _PREFIXED_END.finditer(text)), default=0)


def _hidden_rows(text: bytes) -> Iterator[Span]:
    """Also those that a filter hides: Excel writes both the same."""
    for row in _HIDDEN_ROW.finditer(text):
        number = _ROW_NUMBER.search(row[1])
        if number is None:  # told by its first cell
            cell = REFERENCE.search(text, row.end(), text.find(b">", row.end()) + 1)
            number_text = cell[2] if cell else None
        else:
            number_text = number[1]
        if number_text is not None:
            yield int(number_text), int(number_text)


def _hidden_columns(text: bytes) -> Iterator[Span]:
    for column in _HIDDEN_COLUMN.finditer(text):
        first, last = _FIRST.search(column[1]), _LAST.search(column[1])
        if first and last:
            yield int(first[1]), int(last[1])


def _areas(text: bytes) -> Iterator[Area]:
    for left, top, right, bottom in _MERGED.findall(text):
        yield Area(int(top), column_number(left), int(bottom), column_number(right))
