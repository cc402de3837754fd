"""Cells in the raw XML of a sheet: how far they reach, which hold an error, which a formula without a value.

Twice: by arrays for cells as Excel, WPS and the usual libraries write them (a sheet has millions), and by patterns for
any other spelling of the same XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from hub.stages.formats.sheet_facts import Place, column_number

_ANY_CELL = re.compile(rb"<(?:\w+:)?c((?:\s[^<>]*)?)>")
_END_OF_CELL = re.compile(rb"</(?:\w+:)?c\s*>")
REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,4})([1-9]\d{0,6})[\"']")
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_TEXT = re.compile(rb"\st\s*=\s*[\"']str[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v[^<>]*>([^<]{1,20})<")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_FILLED = re.compile(rb"<(?:\w+:)?(?:v(?:\s[^<>]*)?>[^<]|is[\s>])")
_ANY_VALUE = re.compile(rb"<(?:\w+:)?v[\s/>]")
_DECLARATION = re.compile(rb"<!(?!--|\[CDATA\[)")
_WINDOW = 17  # bytes: <c r="XFD1048576"

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


class NotMeasurable(Exception):
    """The sheet is written in a way that leaves its extent open; the message is for the sender."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Of one piece of a sheet: row and column of the last cells that may hold something, errors, empty formulas."""

    rows: int
    columns: int
    errors: list[tuple[Place, str]]
    unvalued: list[Place]
    merges: bool  # whether areas of merged cells may stand here, too


def usual(text: bytes) -> Cells | None:
    """The cells of a piece that ends after a cell, if all of them are written ``<c r="AB12"``; None otherwise."""
    raw = np.frombuffer(text + b"<" + b'"' * _WINDOW, np.uint8)
    tags = np.flatnonzero(raw == ord("<"))
    kind = raw[tags + 1]
    kind[-1] = 0
    if np.any(kind[:-1] == 0):
        raise NotMeasurable("工作表不是用 UTF-8 写的，请用 Excel 或 WPS 打开后另存。")
    if np.any(kind == ord("!")):
        _refuse_declarations(text)
    found = np.flatnonzero(kind == ord("c"))
    ends = raw[tags[found] + 2]
    colons = np.flatnonzero(raw[:-_WINDOW] == ord(":"))
    if np.any(_one_of(b">/\n\r\t")[ends]) or _prefixed(raw, colons):
        return None
    found = found[ends == ord(" ")]
    start, following = tags[found], tags[found + 1]
    windows = np.ascontiguousarray(sliding_window_view(raw, _WINDOW)[start].T)
    if not all(np.all(windows[ahead] == byte) for ahead, byte in enumerate(b'r="', 3)):
        return None
    filled = ~_closed(raw, following)
    windows = windows[6:]
    places = _places(windows if filled.all() else windows[:, filled])
    if places is None:
        return None
    rows, columns = places
    values = tags[kind == ord("v")]
    unclear = np.any((raw[values + 2] != ord(">")) | (raw[values + 3] == ord("#")))
    without = _without_value(text, raw, tags, kind, found[filled])
    return Cells(
        rows=int(rows.max(initial=0)),
        columns=int(columns.max(initial=0)),
        errors=list(_errors(text)) if unclear else [],
        unvalued=list(zip(rows[without].tolist(), columns[without].tolist(), strict=True)),
        merges=bool(np.any(kind == ord("m")) or np.any(raw[colons + 1] == ord("m"))),
    )


def _closed(raw: Bytes, following: Numbers) -> npt.NDArray[np.bool_]:
    """Whether the tag before each of these offsets is closed in itself."""
    found: npt.NDArray[np.bool_] = (raw[following - 1] == ord(">")) & (raw[following - 2] == ord("/"))
    return found


def _one_of(characters: bytes) -> npt.NDArray[np.bool_]:
    known = np.zeros(256, np.bool_)
    known[list(characters)] = True
    return known


def _refuse_declarations(text: bytes) -> None:
    """No spreadsheet program writes a document type; entities hide there."""
    if _DECLARATION.search(text):
        raise NotMeasurable("工作表的内部结构不正常。")


def _prefixed(raw: Bytes, colons: Numbers) -> bool:
    """Whether something reads like ``<x:c r=...``. A text may, too: then the patterns find that it is none."""
    return bool(np.any(_one_of(b"cvf")[raw[colons + 1]] & _one_of(b" >/\n\r\t")[raw[colons + 2]]))


def _places(windows: Bytes) -> tuple[Numbers, Numbers] | None:
    """Rows and columns of references (``AB12"``), one a column of ``windows``; None when one is no reference."""
    count = windows.shape[1]
    column, row = np.zeros(count, np.uint32), np.zeros(count, np.uint32)
    in_letters, in_digits, ended = np.ones(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for byte in windows[:11]:  # XFD1048576 and the quote
        in_letters = in_letters & (byte >= ord("A")) & (byte <= ord("Z"))
        in_digits = ~ended & ~in_letters & (byte >= ord("0")) & (byte <= ord("9"))
        closing = ~(ended | in_letters | in_digits)
        if np.any(byte[closing] != ord('"')):
            return None
        ended |= closing
        if ended.all():
            break
        column = np.where(in_letters, column * 26 + (byte - np.uint8(ord("A") - 1)), column)
        row = np.where(in_digits, row * 10 + (byte - np.uint8(ord("0"))), row)
    if not ended.all() or np.any((row == 0) | (column == 0) | (column > 26**4)):
        return None
    return row.astype(np.int64), column.astype(np.int64)


def _without_value(text: bytes, raw: Bytes, tags: Numbers, kind: Bytes, cells: Numbers) -> Numbers:
    """Which of ``cells`` (indexes of tags) have a formula and no value. ``<v></v>`` of a text is the value ""."""
    which = np.flatnonzero(kind[cells + 1] == ord("f"))
    if not len(which):
        return which
    last = len(tags) - 1
    formula = cells[which] + 1
    shared = _closed(raw, tags[formula + 1])  # <f t="shared" si="0"/>
    value = np.minimum(formula + np.where(shared, 1, 2), last)
    here = kind[value] == ord("v")
    after = tags[np.minimum(value + 1, last)]
    bare = here & (_closed(raw, after) | (after - tags[value] == 3))  # <v/> or <v></v>
    other = ~here & (kind[value] != ord("i"))  # <is>: a text in the cell itself
    for index in np.flatnonzero(bare).tolist():
        bare[index] = _TEXT.search(text, int(tags[cells[which[index]]]), int(tags[formula[index]])) is None
    found: Numbers = which[bare | other]
    return found


def any_spelling(text: bytes) -> Cells:
    """The same for any spelling of XML, cell by cell."""
    _refuse_declarations(text)
    if b"\x00" in text:
        raise NotMeasurable("工作表不是用 UTF-8 写的，请用 Excel 或 WPS 打开后另存。")
    rows = columns = 0
    unvalued: list[Place] = []
    found = list(_ANY_CELL.finditer(text))
    for index, cell in enumerate(found):
        reference = REFERENCE.search(cell[1])
        if reference is None:
            raise NotMeasurable("工作表里的单元格没有编号，请用 Excel 或 WPS 打开后另存。")
        if cell[1].endswith(b"/"):
            continue
        place = int(reference[2]), column_number(reference[1])
        rows, columns = max(rows, place[0]), max(columns, place[1])
        body = text[cell.end() : found[index + 1].start() if index + 1 < len(found) else len(text)]
        if _FORMULA.search(body) and not _has_value(cell[1], body):
            unvalued.append(place)
    return Cells(rows, columns, list(_errors(text)), unvalued, merges=b"mergeCell" in text)


def _has_value(attributes: bytes, body: bytes) -> bool:
    end = _END_OF_CELL.search(body)
    inside = body[: end.start()] if end else body
    if _FORMULA.search(inside) is None or _FILLED.search(inside):
        return True
    return bool(_TEXT.search(attributes) and _ANY_VALUE.search(inside))


def _errors(text: bytes) -> Iterator[tuple[Place, str]]:
    for kind in _ERROR.finditer(text):
        end = text.find(b"c>", kind.end())
        cell = text[text.rfind(b"<", 0, kind.start()) : end if end >= 0 else len(text)]
        reference, value = REFERENCE.search(cell), _VALUE.search(cell)
        if reference and value:
            yield (int(reference[2]), column_number(reference[1])), value[1].decode("ascii", "replace")
