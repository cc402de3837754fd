"""Old .xls workbooks (BIFF8 in a compound file), byte by byte: no kept-up library writes them any more.

The specifications are MS-CFB and MS-XLS; a reader that is not ours must understand what is written here.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

_FREE, _END, _TABLE, _LIST, _NOBODY = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC, 0xFFFFFFFF
_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_EPOCH = date(1899, 12, 30)
ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}


@dataclass(frozen=True)
class Error:
    """An error cell."""

    text: str


@dataclass(frozen=True)
class Formula:
    """A formula with its stored result: a number, a text (in a record of its own), an Error, or eight raw bytes."""

    result: object
    flags: int = 0
    text_follows: bool = True


@dataclass(frozen=True)
class Page:
    """One sheet. Rows and columns of ``merged`` (top, bottom, left, right), ``hidden_*`` count from 0."""

    name: str
    rows: Sequence[Sequence[object]]
    first: int = 0
    merged: Sequence[tuple[int, int, int, int]] = ()
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[tuple[int, int]] = ()
    state: int = 0  # 1 hidden, 2 very hidden
    kind: int = 0  # 1 macros of Excel 4
    extra: bytes = b""  # records before the end
    dimensions: tuple[int, int, int, int] | None = None


def record(kind: int, data: bytes = b"") -> bytes:
    """One record of a workbook stream."""
    return struct.pack("<HH", kind, len(data)) + data


def _begin(kind: int) -> bytes:
    return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0x41, 0x06))


def cell(row: int, column: int, value: object) -> bytes:
    """The records of one cell; None is no record."""
    head = struct.pack("<HHH", row, column, 1 if isinstance(value, date) else 0)
    if value is None:
        return b""
    if isinstance(value, bool):
        return record(0x0205, head + bytes((value, 0)))
    if isinstance(value, Error):
        return record(0x0205, head + bytes((ERRORS[value.text], 1)))
    if isinstance(value, Formula):
        return _formula(head, value)
    if isinstance(value, date):
        value = (value - _EPOCH).days
    if isinstance(value, int | float):
        return record(0x0203, head + struct.pack("<d", value))
    return record(0x0204, head + _text(str(value), "<H"))


def _text(text: str, length: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return struct.pack(length, len(encoded) // 2) + b"\x01" + encoded


def _formula(head: bytes, formula: Formula) -> bytes:
    result, more = formula.result, b""
    if isinstance(result, bytes):
        stored = result
    elif isinstance(result, str):
        stored = bytes(6) + b"\xff\xff"
        more = record(0x0207, _text(result, "<H")) if formula.text_follows else b""
    elif isinstance(result, Error):
        stored = bytes((2, 0, ERRORS[result.text], 0, 0, 0)) + b"\xff\xff"
    else:
        stored = struct.pack("<d", result)
    one = struct.pack("<HBH", 3, 0x1E, 1)  # the formula itself: =1
    return record(0x0006, head + stored + struct.pack("<HI", formula.flags, 0) + one) + more


def _sheet(page: Page) -> bytes:
    width = max((len(row) for row in page.rows), default=0)
    top, bottom, left, right = page.dimensions or (page.first, page.first + len(page.rows), 0, width)
    parts = [_begin(0x0010)]
    for first, last in page.hidden_columns:
        parts.append(record(0x007D, struct.pack("<HHHHHH", first, last, 2048, 0, 1, 0)))
    parts.append(record(0x0200, struct.pack("<IIHHH", top, bottom, left, right, 0)))
    for row in page.hidden_rows:
        parts.append(record(0x0208, struct.pack("<HHHHHHI", row, 0, width, 255, 0, 0, 0x20)))
    for number, row in enumerate(page.rows, page.first):
        parts += [cell(number, column, value) for column, value in enumerate(row)]
    if page.merged:
        areas = b"".join(struct.pack("<HHHH", *area) for area in page.merged)
        parts.append(record(0x00E5, struct.pack("<H", len(page.merged)) + areas))
    return b"".join([*parts, page.extra, record(0x000A)])


def stream(pages: Sequence[Page], more: bytes = b"", since_1904: bool = False) -> bytes:
    """The stream of a workbook; ``more`` are further records among the globals."""
    sheets = [_sheet(page) for page in pages]
    names = [bytes((page.state, page.kind)) + _text(page.name, "<B") for page in pages]
    head = [_begin(0x0005), record(0x0042, struct.pack("<H", 1200)), record(0x0022, struct.pack("<H", since_1904))]
    head += [record(0x00E0, struct.pack("<HH", 0, number) + bytes(16)) for number in (0, 14)]
    head.append(more)
    size = sum(map(len, head)) + sum(8 + len(name) for name in names) + 4
    for name, sheet in zip(names, sheets, strict=True):
        head.append(record(0x0085, struct.pack("<I", size) + name))
        size += len(sheet)
    return b"".join([*head, record(0x000A), *sheets])


def book(*pages: Page, more: bytes = b"", since_1904: bool = False) -> bytes:
    """A whole .xls file."""
    return compound({"Workbook": stream(pages, more, since_1904)})


def compound(streams: Mapping[str, bytes], storages: Sequence[str] = ()) -> bytes:
    """A compound file with these streams at the top; those below 4,096 bytes lie in the stream of small sectors."""
    table: list[int] = []
    body: list[bytes] = []

    def put(data: bytes) -> int:
        count = -(-len(data) // _SECTOR)
        start = len(table)
        table.extend([*range(start + 1, start + count), _END])
        body.append(data.ljust(count * _SECTOR, b"\0"))
        return start if count else _END

    small, small_table, starts = b"", [], {}
    for name, data in streams.items():
        if len(data) >= _CUTOFF:
            starts[name] = put(data)
            continue
        count = -(-len(data) // _SMALL)
        starts[name] = len(small_table)
        small_table += [*range(len(small_table) + 1, len(small_table) + count), _END]
        small += data.ljust(count * _SMALL, b"\0")
    holder = put(small) if small else _END
    mini = put(struct.pack(f"<{len(small_table)}I", *small_table).ljust(_SECTOR, b"\xff")) if small else _END
    members = [(name, 2, starts[name], len(data)) for name, data in streams.items()]
    members += [(name, 1, 0, 0) for name in storages]
    entries = [_entry("Root Entry", 5, _NOBODY, 1 if members else _NOBODY, holder, len(small))]
    for number, (name, kind, start, size) in enumerate(members, 1):
        entries.append(_entry(name, kind, number + 1 if number < len(members) else _NOBODY, _NOBODY, start, size))
    directory = put(b"".join(entries))
    sectors = 1
    while sectors * _SECTOR // 4 < len(table) + sectors + _further(sectors):
        sectors += 1
    listed = list(range(len(table), len(table) + sectors))
    more = range(len(table) + sectors, len(table) + sectors + _further(sectors))
    table += [_TABLE] * sectors + [_LIST] * len(more)
    words = table + [_FREE] * (sectors * _SECTOR // 4 - len(table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack(
        "<8I", 0, sectors, directory, 0, _CUTOFF, mini, int(bool(small)), *([more[0]] if more else [_END])
    )
    head += struct.pack("<I", len(more)) + struct.pack("<109I", *listed[:109], *[_FREE] * (109 - sectors))
    lists = b""
    for number, start in zip(more, range(109, sectors, 127), strict=True):
        part = listed[start : start + 127]
        lists += struct.pack("<128I", *part, *[_FREE] * (127 - len(part)), _END if number == more[-1] else number + 1)
    return head + b"".join(body) + struct.pack(f"<{len(words)}I", *words) + lists


def _further(sectors: int) -> int:
    """Sectors that list those of the table which the header has no room for."""
    return -(-max(sectors - 109, 0) // 127)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    data = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    data += struct.pack("<III", _NOBODY, right, child) + bytes(36) + struct.pack("<IQ", start, size)
    return data
