"""CSV: every physical line is one record, or the file is refused and the line named.

A parser alone cannot be trusted here: one stray quote swallows lines, and when the columns fit it says nothing. So the
text is cut into blocks at line breaks, each block ends in a sentinel line that an open quote would swallow, and the
records that the parser finds are counted against the lines of the block.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pyarrow as pa

from hub.contract.model import Contract, Intake
from hub.findings import Finding
from hub.stages.formats import encoding as enc
from hub.stages.formats import headers, lines
from hub.stages.formats.artefact import Artefact, artefact
from hub.stages.formats.csv_block import Parsed, parse
from hub.stages.formats.outcome import Read, Refused

_DELIMITERS = (",", "\t", ";", "|")
_SPELLED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_LONGEST_HEADER = 1 << 17  # bytes; the csv module takes no longer cell either


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a text file into ``target``; file findings instead of an artefact when it must be refused."""
    declared = enc.canonical(intake.encoding) if intake and intake.encoding else None
    delimiter = _SPELLED.get(intake.delimiter.lower(), intake.delimiter) if intake and intake.delimiter else None
    try:
        return _read_as(_encodings(source, declared), source, contract, delimiter, target, chunk_rows)
    except Refused as refusal:
        return Read(_data_lines(source), refusal.findings, "csv", encoding=declared, delimiter=delimiter)


def _data_lines(source: Path) -> int:
    return max(enc.physical_lines(source) - 1, 0)


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
    try:
        stream = lines.blocks(enc.transcoded(source, encoding))
        line, body = _open(stream)
        delimiter = delimiter or _delimiter(line, contract)
        header = headers.match(_split(line, delimiter), contract, row=1)
        wanted = [*header.places.values(), *header.unnamed]
        filled: set[int] = set()
        rows = 0
        with artefact(target, contract, 1, chunk_rows) as out:
            for block in _ahead(body):
                parsed = parse(block, delimiter, header.width, wanted)
                _add(out, parsed, header)
                filled.update(place for place in header.unnamed if parsed.cells[place].null_count < block.lines)
            rows = out.rows
            if not rows:
                raise Refused(Finding("FIL-EMPTY"))
    except Refused as refusal:
        return Read(_data_lines(source), refusal.findings, "csv", encoding=encoding, delimiter=delimiter)
    return Read(rows, header.findings(sorted(filled)), "csv", encoding=encoding, delimiter=delimiter)


def _open(stream: Iterator[lines.Block]) -> tuple[bytes, Iterator[lines.Block]]:
    """The header line, and the blocks of the lines below it."""
    first = next(stream, None)
    if first is None or (not first.data.strip() and len(first.data) < enc.CHUNK):
        raise Refused(Finding("FIL-EMPTY"))
    line, rest = lines.split_first(first)
    return line, chain([rest] if rest.lines else [], stream)


def _ahead(stream: Iterator[lines.Block]) -> Iterator[lines.Block]:
    """The same blocks, the next one being decoded while the caller works on this one (the parser frees the GIL)."""
    with ThreadPoolExecutor(1, "decode") as pool:
        coming = pool.submit(next, stream, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, stream, None)
            yield block


def _add(out: Artefact, parsed: Parsed, header: headers.Header) -> None:
    cells = {name: parsed.cells[place] for name, place in header.places.items()}
    out.add(cells, parsed.mark, parsed.text, pa.nulls(parsed.rows, pa.string()), parsed.rows)


def _delimiter(line: bytes, contract: Contract) -> str:
    """The candidate that splits the header line into most names of the contract; a comma when none does."""
    spellings = headers.known(contract)
    scores = {}
    for delimiter in _DELIMITERS:
        try:
            scores[delimiter] = sum(headers.fold(name) in spellings for name in _split(line, delimiter))
        except Refused:
            scores[delimiter] = -1
    return max(_DELIMITERS, key=lambda delimiter: scores[delimiter])


def _split(line: bytes, delimiter: str) -> list[str]:
    """Header cells of the first line; FIL-LINES when its quotes do not pair, FIL-TOOBIG when it is no header."""
    if len(line) > _LONGEST_HEADER:
        raise Refused(Finding("FIL-TOOBIG", row=1, detail="第1行超过 128 KB，不像表头。"))
    try:
        return next(csv.reader([line.decode().removeprefix("\ufeff")], delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise Refused(Finding("FIL-LINES", row=1, detail="表头的双引号不成对。")) from None
