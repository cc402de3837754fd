"""What ``content.xml`` of an .ods says of its sheets, before the reader lays them out.

Rows and cells may be repeated: one short tag can stand for a billion cells. A row is looked at as a whole; only cells
that are repeated, merged or calculated are looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from hub.stages.formats import package
from hub.stages.formats.sheet_facts import Area, Facts, Place, Span, joined

_LONGEST_ROW = 64 << 20  # bytes
_END_OF_ROW = b"</table:table-row>"
_ATTRIBUTES = rb"((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>"
_TAG = re.compile(rb"<(/?)table:table(-row|-column|)(?=[\s/>])" + _ATTRIBUTES)
_CELL = re.compile(rb"<table:(?:covered-)?table-cell(?=[\s/>])" + _ATTRIBUTES)
_NOTABLE = re.compile(
    rb"<table:(?:covered-)?table-cell\s[^<>]*?(?:columns-repeated|-spanned|table:formula|calcext:value-type=\"error)"
)
_NUMBER = rb"\s*=\s*[\"'](\d{1,9})[\"']"
_ROWS_REPEATED = re.compile(rb"\stable:number-rows-repeated" + _NUMBER)
_COLUMNS_REPEATED = re.compile(rb"\stable:number-columns-repeated" + _NUMBER)
_ROWS_SPANNED = re.compile(rb"\stable:number-rows-spanned" + _NUMBER)
_COLUMNS_SPANNED = re.compile(rb"\stable:number-columns-spanned" + _NUMBER)
_HIDDEN = re.compile(rb"\stable:visibility\s*=\s*[\"'](?:collapse|filter)[\"']")
_FORMULA = re.compile(rb"\stable:formula\s*=")
_VALUE = re.compile(rb"\soffice:value-type\s*=")
_ERROR = re.compile(rb"\scalcext:value-type\s*=\s*[\"']error[\"']")
_ERROR_TEXT = re.compile(rb"<text:p[^<>]*>(#[A-Z/0!?]{2,10}|Err:\d{3})</text:p>")
_NAMED = re.compile(rb"\stable:name\s*=")
_FOREIGN = (b"<table:table-source", b"<table:cell-range-source", b"<table:dde-link", b"of:=['", b"['file:")


class Nested(Exception):
    """A table stands inside another one."""


@dataclass(slots=True)
class _Table:
    named: bool
    row: int = 0  # rows so far, repetitions included
    column: int = 0  # columns described so far
    rows: int = 0  # last filled
    laid_out: int = 0  # bytes of XML, repeated rows as often as they stand there
    columns: int = 0
    errors: dict[Place, str] = field(default_factory=dict)
    unvalued: set[Place] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: list[Span] = field(default_factory=list)
    hidden_columns: list[Span] = field(default_factory=list)

    def facts(self, external: bool) -> Facts:
        hidden = joined(self.hidden_rows), joined(self.hidden_columns)
        return Facts(
            self.rows,
            self.columns,
            self.errors,
            self.unvalued,
            frozenset(),
            tuple(self.merged),
            *hidden,
            external=external,
        )


def measure(pieces: Iterator[bytes]) -> list[Facts]:
    """Facts of every named table, in order. ``Refused`` where one is too large, ``Nested``, ``ExpatError``."""
    tables: list[_Table] = []
    table: _Table | None = None
    external = False
    for text in _whole_rows(_well_formed(pieces)):
        external |= any(mark in text for mark in _FOREIGN)
        for tag in _TAG.finditer(text):
            closing, kind, attributes = tag.groups()
            if not kind:
                if not closing and table is not None:
                    raise Nested
                table = None if closing or attributes.endswith(b"/") else _Table(bool(_NAMED.search(attributes)))
                if table is not None and table.named:
                    tables.append(table)
                elif not closing and attributes.endswith(b"/") and _NAMED.search(attributes):
                    tables.append(_Table(named=True))
            elif table is not None and not closing:
                if kind == b"-column":
                    _add_column(table, attributes)
                else:
                    end = text.find(_END_OF_ROW, tag.end())
                    _add_row(table, attributes, text[tag.end() : end if end >= 0 else len(text)])
    return [each.facts(external) for each in tables]


def _well_formed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces; ``ExpatError`` when they are no whole XML: the reader would wait for the end for ever."""
    parser = expat.ParserCreate()
    for piece in pieces:
        parser.Parse(piece, False)
        yield piece
    parser.Parse(b"", True)


def _whole_rows(pieces: Iterator[bytes]) -> Iterator[bytes]:
    carry = b""
    for piece in pieces:
        text = carry + piece
        cut = text.rfind(_END_OF_ROW)
        if cut < 0:
            if len(text) > _LONGEST_ROW:
                raise package.too_big("工作簿里有一行超过 64 MB。")
            carry = text
            continue
        cut += len(_END_OF_ROW)
        carry = text[cut:]
        yield text[:cut]
    yield carry


def _count(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return max(int(found[1]), 1) if found else 1


def _add_column(table: _Table, attributes: bytes) -> None:
    first = table.column + 1
    table.column += _count(_COLUMNS_REPEATED, attributes)
    if _HIDDEN.search(attributes):
        table.hidden_columns.append((first, table.column))


def _add_row(table: _Table, attributes: bytes, body: bytes) -> None:
    first = table.row + 1
    times = _count(_ROWS_REPEATED, attributes)
    table.row += times
    if _HIDDEN.search(attributes):
        table.hidden_rows.append((first, table.row))
    last = max(body.rfind(b"office:"), body.rfind(b"<text:"), body.rfind(b"table:formula"))
    if last < 0:
        if b"-spanned" in body:
            _add_cells(table, first, 1, body)
        return
    table.rows = table.row
    table.laid_out += times * len(body)
    if table.laid_out > package.MOST_UNPACKED:
        raise package.too_big(f"工作表里重复的行展开后超过 {package.MOST_UNPACKED >> 20} MB。")
    end = _CELL.search(body, body.rfind(b"table-cell", 0, last) - len(b"<table:covered-"))
    stop = body.find(b"<table:", end.end() if end else last)
    width = _add_cells(table, first, times, body if stop < 0 else body[:stop])
    table.columns = max(table.columns, width)
    package.refuse_extent(table.rows, table.columns)


def _add_cells(table: _Table, row: int, times: int, body: bytes) -> int:
    """Note what is notable about the cells of a row that stands ``times`` times; gives the number of columns."""
    column = at = 0
    for found in _NOTABLE.finditer(body):
        column += _cells_in(body, at, found.start())
        cell = _CELL.match(body, found.start())
        if cell is None:
            continue
        attributes, at = cell[1], cell.end()
        wide = _count(_COLUMNS_REPEATED, attributes)
        down, across = _count(_ROWS_SPANNED, attributes), _count(_COLUMNS_SPANNED, attributes)
        if down > 1 or across > 1:
            table.merged.append(Area(row, column + 1, row + down - 1, column + across))
        _add_result(
            table, (row, times), (column + 1, wide), attributes, body[at : body.find(b"</table:table-cell", at)]
        )
        column += wide
    return column + _cells_in(body, at, len(body))


def _add_result(table: _Table, rows: Span, columns: Span, attributes: bytes, content: bytes) -> None:
    """An error, or a formula without a value, in a cell that may stand in several rows and columns."""
    formula = _FORMULA.search(attributes)
    text = _ERROR_TEXT.search(content) if formula or _ERROR.search(attributes) else None
    if text is None and (formula is None or _VALUE.search(attributes)):
        return
    package.refuse_extent(rows[0] + rows[1], columns[0] + columns[1])
    for row in range(rows[0], sum(rows)):
        for column in range(columns[0], sum(columns)):
            if text is None:
                table.unvalued.add((row, column))
            else:
                table.errors[row, column] = text[1].decode()


def _cells_in(body: bytes, start: int, end: int) -> int:
    return body.count(b"<table:table-cell", start, end) + body.count(b"<table:covered-table-cell", start, end)
