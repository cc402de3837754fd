"""DBF (dBASE III and IV, FoxPro): records of one length, counted in the header and checked against the size.

A record that is marked as deleted is still in the file; it is a record here, and marked.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.contract.model import Contract, Intake
from hub.findings import Finding
from hub.stages.formats import dbf_cells, dbf_names
from hub.stages.formats.artefact import Artefact, artefact
from hub.stages.formats.attempts import declared
from hub.stages.formats.dbf_header import Field, Header, parse
from hub.stages.formats.encoding import CHUNK
from hub.stages.formats.headers import Header as Names
from hub.stages.formats.outcome import Read, Refused

BROKEN, DELETED = "ROW-BROKEN", "ROW-DELETED"
_ALIVE, _DELETED = ord(" "), ord("*")
_END = b"\x1a"
_LONGEST_HEADER = 1 << 16
_CERTAINTY = 8  # characters of three bytes

Matrix = npt.NDArray[np.uint8]


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a DBF file into ``target``; file findings instead of an artefact when it must be refused."""
    rows, encoding = 0, declared(intake)
    try:
        with source.open("rb") as file:
            header = _header(file.read(_LONGEST_HEADER), source.stat().st_size)
            rows = header.records
            encoding = encoding or header.encoding or "ascii"
            table = _Table(header, dbf_names.match(header.fields, contract, encoding), contract, encoding)
            file.seek(header.length)
            with artefact(target, contract, 0, chunk_rows) as out:
                for chunk in _records(file, header):
                    table.add(out, chunk)
                table.refuse_utf8(declared(intake))
                findings = table.names.findings(())
    except Refused as refusal:
        return Read(rows, refusal.findings, "dbf", encoding=encoding, header_row=0)
    return Read(rows, findings, "dbf", encoding=encoding, header_row=0)


def _header(head: bytes, size: int) -> Header:
    header = parse(head)
    if header is None:
        raise Refused(Finding("FIL-PARTIAL", detail="DBF 的文件头残缺。"))
    if header.encrypted:
        raise Refused(Finding("FIL-PASSWORD"))
    body = size - header.length
    # The last byte may be an end mark. Whatever else does not fit the count: records are missing, or strange.
    if body - header.records * header.record_length not in (0, 1):
        held = max(body, 0) // header.record_length
        detail = f"文件头写着{header.records}条，实际有{held}条。"
        raise Refused(Finding("FIL-PARTIAL", detail=detail))
    if not header.records:
        raise Refused(Finding("FIL-EMPTY"))
    return header


def _records(file: io.BufferedReader, header: Header) -> Iterator[Matrix]:
    left, step = header.records, max(CHUNK // header.record_length, 1)
    while left:
        count = min(step, left)
        raw = file.read(count * header.record_length)
        yield np.frombuffer(raw, np.uint8).reshape(count, header.record_length)
        left -= count
    if file.read(2) not in (b"", _END):
        raise Refused(Finding("FIL-PARTIAL", detail="最后一条数据之后还有内容。"))


@dataclass(slots=True)
class _Table:
    header: Header
    names: Names
    contract: Contract
    encoding: str
    wide: int = 0  # cells beyond ASCII
    like_utf8: int = 0  # of them, cells that are UTF-8
    characters: int = 0  # of three bytes in those

    def add(self, out: Artefact, raw: Matrix) -> None:
        """Append the records in ``raw``, one a row."""
        count = len(raw)
        reasons: list[str] = [""] * count
        for index in np.flatnonzero((raw[:, 0] != _ALIVE) & (raw[:, 0] != _DELETED)).tolist():
            reasons[index] = "开头不是删除标记的位置"
        cells: dict[str, pa.Array] = {}
        letters: list[Sequence[str]] = []
        columns: dict[str, list[str | None]] = {}
        for column in self.contract.columns:
            place = self.names.places.get(column.name)
            if place is None:
                letters.append("-" * count)
                continue
            field = self.header.fields[place]
            columns[column.name] = self._column(raw, field, column.label, reasons)
            letter = dbf_cells.READERS[field.type][1]
            letters.append([letter if text else "-" for text in columns[column.name]])
        deleted = raw[:, 0] == _DELETED
        marks = np.where(deleted, DELETED, np.where(np.array(reasons) != "", BROKEN, ""))
        text: list[str | None] = [None] * count
        for index in np.flatnonzero(marks != "").tolist():
            said = self._said(raw[index])
            text[index] = said if deleted[index] else f"（{reasons[index]}）{said}"
            for texts in columns.values():
                texts[index] = None
        cells = {name: pa.array(texts, pa.string()) for name, texts in columns.items()}
        types = pa.array(list(map("".join, zip(*letters, strict=True))), pa.string())
        out.add(cells, pa.array(marks, pa.string(), mask=marks == ""), pa.array(text, pa.string()), types, count)

    def _column(self, raw: Matrix, field: Field, label: str, reasons: list[str]) -> list[str | None]:
        reader, letter, _ = dbf_cells.READERS[field.type]
        part = np.ascontiguousarray(raw[:, field.start : field.start + field.length])
        if letter == "s" and (part >= 128).any():
            self._weigh(part)
        found: list[str | None] = []
        nulls = self._nulls(raw, field)
        for index, cell in enumerate(_cells(part)):
            try:
                found.append(None if nulls[index] else reader(cell, self.encoding) or None)
            except ValueError:
                found.append(None)
                reasons[index] = reasons[index] or f"“{label}”读不出来"
        return found

    def _nulls(self, raw: Matrix, field: Field) -> Sequence[bool]:
        """Visual FoxPro keeps one bit for each field that may be null, in a field of its own."""
        if not field.nullable:
            return [False] * len(raw)
        bit, flags = 0, None
        for each in self.header.fields:
            if each.type == "0":
                flags = each
            elif each is not field and each.start < field.start:
                bit += (each.type in "VQ") + each.nullable
        if flags is None or bit // 8 >= flags.length:
            return [False] * len(raw)
        found: list[bool] = (raw[:, flags.start + bit // 8] >> (bit % 8) & 1).astype(np.bool_).tolist()
        return found

    def _weigh(self, part: Matrix) -> None:
        for cell in _cells(part[(part >= 128).any(axis=1)]):
            self.wide += 1
            try:
                text = cell.rstrip(b" \0").decode()
            except UnicodeDecodeError:
                continue
            self.like_utf8 += 1
            self.characters += sum(character >= "\u0800" for character in text)

    def refuse_utf8(self, agreed: str | None) -> None:
        """GB18030 reads UTF-8 as nonsense and says nothing: refused where most of the texts are UTF-8."""
        if agreed is None and self.characters >= _CERTAINTY and 2 * self.like_utf8 > self.wide:
            detail = "文件的文字像是 UTF-8，DBF 应是 GBK（GB18030）。"
            raise Refused(Finding("FIL-ENCODING", detail=detail))
        if self.encoding == "ascii" and self.wide:
            raise Refused(Finding("FIL-ENCODING", detail="文件头写的代码页不是中文，文件里却有中文。"))

    def _said(self, record: Matrix) -> str:
        """A record for a person: the cells that are text, with their names."""
        said = []
        for field in self.header.fields:
            if field.type in "CNFDL":
                text = record[field.start : field.start + field.length].tobytes().decode(self.encoding, "replace")
                said.append(f"{field.name.decode(self.encoding, 'replace')}={text.strip(chr(0) + ' ')}；")
        return "".join(said)


def _cells(part: Matrix) -> list[bytes]:
    raw, width = part.tobytes(), part.shape[1]
    return [raw[at : at + width] for at in range(0, len(raw), width)]
