"""A second reader, for tests only: it knows no contract, decodes, splits and counts in its own way.

``count(content)`` says how many data lines a file has physically and how many records a plain parser finds below its
header. Where both are equal nothing can have vanished.
"""

from __future__ import annotations

import csv
import io
import json
import struct
import xml.sax
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from xml.etree import ElementTree

import openpyxl

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
BREAKS = ("\r\n", "\n", "\r")


@dataclass(frozen=True)
class Counted:
    """Data lines (from below the header to the end) and records; the header's row, 0 where there is none."""

    header_row: int
    lines: int
    records: int


def decoded(content: bytes) -> str:
    """The text, with its byte order mark gone; ``UnicodeDecodeError`` when it is neither UTF-8 nor GB18030."""
    for codec in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError as error:
            last = error
    raise last


def physical_lines(text: str) -> list[str]:
    """The lines, cut character by character: CR, LF and CRLF end one, nothing else does."""
    found, current, place = [], [], 0
    while place < len(text):
        end = next((mark for mark in BREAKS if text.startswith(mark, place)), None)
        if end is None:
            current.append(text[place])
            place += 1
            continue
        found.append("".join(current))
        current, place = [], place + len(end)
    return [*found, "".join(current)] if current else found


def header_at(rows: list[list[str]], names: Collection[str]) -> int:
    """Row (from 1) of the first of the rows that holds two of the names; 1 when none does."""
    known = {name.strip().casefold() for name in names}
    for number, row in enumerate(rows[:30], 1):
        if sum(cell.strip(' \t"“”\ufeff').casefold() in known for cell in row) >= 2:
            return number
    return 1


def of_text(content: bytes, names: Collection[str]) -> Counted:
    """CSV: the stdlib's parser against lines that know no quotes."""
    text = decoded(content)
    lines = physical_lines(text)
    scores = {mark: sum(line.count(mark) for line in lines[:30]) for mark in (",", "\t", ";", "|")}
    mark = max(scores, key=lambda one: scores[one])
    csv.field_size_limit(1 << 30)
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    header = header_at([line.split(mark) for line in lines], names)
    return Counted(header, len(lines) - header, len(records) - header)


def of_workbook(content: bytes, names: Collection[str]) -> Counted:
    """XLSX: rows with something in them in the raw XML (lines), and as openpyxl lays them out (records)."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        last = {part: _last_filled(archive.read(part)) for part in parts}
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    best = None
    for place, page in enumerate(book.worksheets, 1):
        if page.sheet_state != "visible":
            continue
        rows = [["" if cell is None else str(cell) for cell in row] for row in page.iter_rows(values_only=True)]
        filled = [number for number, row in enumerate(rows, 1) if any(row)]
        header = header_at(rows, names)
        if best is None and filled and header_at(rows[header - 1 :], names) == 1 and len(set(rows[header - 1])) > 2:
            # A formula without a value is nothing to openpyxl, but a cell all the same.
            end = max(filled[-1], last[f"xl/worksheets/sheet{place}.xml"])
            best = Counted(header, last[f"xl/worksheets/sheet{place}.xml"] - header, end - header)
    assert best is not None, "no visible sheet has a header"
    return best


def _last_filled(xml_text: bytes) -> int:
    last = 0
    for row in ElementTree.fromstring(xml_text).iter(f"{MAIN}row"):
        if any(cell.find(f"{MAIN}v") is not None or cell.find(f"{MAIN}f") is not None for cell in row):
            last = int(row.get("r", "0"))
    return last


def of_open_document(content: bytes, names: Collection[str]) -> Counted:
    """ODS: rows up to the last filled one, each as often as it says it is repeated; two ways to add them up."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))
    rows, last, told = [], 0, 0
    for row in root.iter(f"{TABLE}table-row"):
        repeated = int(row.get(f"{TABLE}number-rows-repeated", "1"))
        texts = ["".join(cell.itertext()) for cell in row]
        told += repeated
        if any(text.strip() for text in texts):
            rows += [[""]] * (told - repeated - len(rows)) + [texts] * repeated
            last = told
    header = header_at(rows, names)
    return Counted(header, last - header, len(rows) - header)


def of_old_workbook(content: bytes, names: Collection[str]) -> Counted:
    """XLS: rows with cells among the records of the stream (lines), and rows that DIMENSIONS tells (records).

    The stream is taken for contiguous from the second sector on, as the writer of these tests lays it out.
    """
    place, filled, told = content.index(struct.pack("<HHHH", 0x0809, 16, 0x0600, 0x0005)), set(), 0
    while place + 4 <= len(content):
        kind, size = struct.unpack_from("<HH", content, place)
        body = content[place + 4 : place + 4 + size]
        if kind in (0x00FD, 0x0203, 0x0204, 0x0205, 0x0006, 0x027E):
            filled.add(struct.unpack_from("<H", body)[0])
        elif kind == 0x0200:
            told = struct.unpack_from("<II", body)[1]
        elif kind == 0x000A and filled:
            break
        place += 4 + size
    return Counted(1, max(filled), told - 1 if told else max(filled))


def of_json(content: bytes) -> Counted:
    """A list of objects, by objects opened at depth one (lines) and by the stdlib's parser (records)."""
    text = decoded(content)
    depth, opened, quoted, escaped = 0, 0, False, False
    for letter in text:
        if quoted:
            quoted, escaped = escaped or letter != '"', letter == "\\" and not escaped
        elif letter == '"':
            quoted = True
        elif letter in "[{":
            opened += depth == 1
            depth += 1
        elif letter in "]}":
            depth -= 1
    return Counted(0, opened, len(json.loads(text, strict=False)))


def of_json_lines(content: bytes) -> Counted:
    """One object to a line; a line that cannot be read is a record all the same."""
    lines = [line for line in decoded(content).split("\n") if line.strip()]
    return Counted(0, len(lines), sum(line.lstrip().startswith("{") for line in lines))


def of_xml(content: bytes) -> Counted:
    """Children of the root, by the stdlib's SAX parser (lines) and its element tree (records)."""

    class Depths(xml.sax.ContentHandler):
        depth = children = 0

        def startElement(self, name: str, attrs: object) -> None:
            self.children += self.depth == 1
            self.depth += 1

        def endElement(self, name: str) -> None:
            self.depth -= 1

    declared = content.split(b"?>")[0].split(b'encoding="')[1].split(b'"')[0].decode()
    text = content.decode(declared).partition("?>")[2]
    handler = Depths()
    xml.sax.parseString(text, handler)
    return Counted(0, handler.children, len(ElementTree.fromstring(text)))


def of_dbase(content: bytes) -> Counted:
    """Records by the size of the file (lines) and by its header (records)."""
    told, head, size = struct.unpack_from("<IHH", content, 4)
    body = content[head:]
    return Counted(0, len(body.removesuffix(b"\x1a")) // size, told)


def count(name: str, content: bytes, names: Collection[str]) -> Counted:
    """What is physically in a file; ``names`` are the headers that may stand above the data."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (inner,) = archive.namelist()
            return count(inner, archive.read(inner), names)
    if name.endswith(".ods"):
        return of_open_document(content, names)
    if content.startswith(b"PK"):
        return of_workbook(content, names)
    if name.endswith(".xls"):
        return of_old_workbook(content, names)
    for suffix, reader in ((".json", of_json), (".jsonl", of_json_lines), (".xml", of_xml), (".dbf", of_dbase)):
        if name.endswith(suffix):
            return reader(content)
    return of_text(content, names)
