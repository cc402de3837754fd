"""CSV: every physical line is one record, or the file is refused and the line named.

A parser alone cannot be trusted here: one stray quote swallows lines, and when the columns fit it says nothing. So the
text is cut into blocks at line breaks, each block ends in a sentinel line that an open quote would swallow, and the
records that the parser finds are counted against the lines of the block. Titles above the header are no records;
footers below the data are blank ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from hub.contract.model import Contract, Intake
from hub.findings import Finding
from hub.stages.formats import csv_head, csv_tail, headers, lines
from hub.stages.formats import encoding as enc
from hub.stages.formats.artefact import artefact
from hub.stages.formats.csv_block import parse, repeating
from hub.stages.formats.csv_head import Head
from hub.stages.formats.csv_shape import Misfit, Shape
from hub.stages.formats.outcome import Read, Refused

_SPELLED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a text file into ``target``; file findings instead of an artefact when it must be refused."""
    declared = enc.canonical(intake.encoding) if intake and intake.encoding else None
    delimiter = spelled(intake.delimiter) if intake and intake.delimiter else None
    try:
        return _read_as(_encodings(source, declared), source, contract, delimiter, target, chunk_rows)
    except Refused as refusal:
        return Read(_data_lines(source, 1), refusal.findings, "csv", encoding=declared, delimiter=delimiter)


def spelled(delimiter: str) -> str:
    """The delimiter that a contract's word means."""
    return _SPELLED.get(delimiter.lower(), delimiter)


def _data_lines(source: Path, header_row: int) -> int:
    return max(enc.physical_lines(source) - header_row, 0)


def _encodings(source: Path, declared: str | None) -> tuple[str, ...]:
    if not enc.has_bom(source):
        return (declared,) if declared else ("utf-8", "gb18030")
    if declared not in (None, "utf-8"):
        raise Refused(Finding("FIL-ENCODING", row=1, detail=f"约定的编码是 {declared}，文件却带有 UTF-8 标记。"))
    return ("utf-8",)


def _read_as(
    encodings: tuple[str, ...], source: Path, contract: Contract, delimiter: str | None, target: Path, chunk_rows: int
) -> Read:
    failures: list[enc.Undecodable] = []
    for encoding in encodings:
        try:
            return _read_text(source, encoding, contract, delimiter, target, chunk_rows)
        except enc.Undecodable as failure:
            failures.append(failure)
            if failure.certain:
                break
    worst = max(failures, key=lambda failure: failure.offset)  # the encoding that explains most of the file
    line = enc.line_at(source, worst.offset)
    tried = worst.encoding.upper()
    detail = f"按 {tried} 读到第{line}行（第{worst.offset}字节，从 0 数起）时出错。"
    raise Refused(Finding("FIL-ENCODING", row=line, detail=detail))


def _read_text(
    source: Path, encoding: str, contract: Contract, delimiter: str | None, target: Path, chunk_rows: int
) -> Read:
    row = 1
    try:
        first, stream = lines.peek(lines.blocks(enc.transcoded(source, encoding)), csv_head.LOOKED_AT)
        if not any(line.strip() for line in first) and not any(block.data.strip() for block in stream):
            raise Refused(Finding("FIL-EMPTY"))
        head = csv_head.look(first, contract, delimiter)
        delimiter, row = head.delimiter, head.row
        csv_head.refuse_faulty(first, head)
        header = headers.match(head.rows[-1], contract, row)
        headers.refuse_data(head.rows[:-1], header)
        likely, *other = csv_head.widths(head, header)
        try:
            rows, findings, footers = _read_body(stream, head, header, likely, contract, target, chunk_rows)
        except Misfit:
            stream = lines.blocks(enc.transcoded(source, encoding))
            rows, findings, footers = _read_body(stream, head, header, other[0], contract, target, chunk_rows)
    except Refused as refusal:
        rows, findings, footers = _data_lines(source, row), refusal.findings, ()
    return Read(rows, findings, "csv", encoding=encoding, delimiter=delimiter, header_row=row, footers=footers)


def _read_body(
    stream: Iterator[lines.Block],
    head: Head,
    header: headers.Header,
    width: int,
    contract: Contract,
    target: Path,
    chunk_rows: int,
) -> tuple[int, tuple[Finding, ...], tuple[tuple[int, str], ...]]:
    """Read the lines below the header as ``width`` cells each; rows, findings, footers. ``Misfit``: try another."""
    footers: list[tuple[int, str]] = []
    shape = Shape(header.width, width)
    nameless = [place for place in header.unnamed if place < width]
    wanted = sorted({*header.places.values(), *nameless, *shape.watched})
    filled: set[int] = set()
    repeat: frozenset[int] | None = None
    body = csv_tail.cleared(
        lines.below(stream, head.row), csv_tail.closing(header, head.delimiter), head.delimiter, footers
    )
    with artefact(target, contract, head.row, chunk_rows) as out:
        for block in _ahead(body):
            parsed = parse(block, head.delimiter, width, wanted, repeat or ())
            if repeat is None and parsed.filled:  # the first lines show which cells repeat
                repeat = repeating(parsed)
            shape.add(parsed)
            cells = {name: parsed.cells[place] for name, place in header.places.items()}
            types = pa.nulls(parsed.rows, pa.string())
            out.add(cells, parsed.mark, parsed.text, types, parsed.rows, size=len(block.data))
            filled.update(place for place in nameless if parsed.cells[place].null_count < parsed.rows)
        if not out.rows:
            raise Refused(Finding("FIL-EMPTY"))
        shape.judge(head.row)
        findings = header.findings(filled)
    return out.rows, findings, tuple(footers)


def _ahead(stream: Iterator[lines.Block]) -> Iterator[lines.Block]:
    """The same blocks, the next one being decoded while the caller works on this one (the parser frees the GIL)."""
    with ThreadPoolExecutor(1, "decode") as pool:
        coming = pool.submit(next, stream, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, stream, None)
            yield block
