"""Physical lines: the unit in which a CSV is read, cut and counted, whatever its quotes claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from hub.findings import Finding
from hub.stages.formats.outcome import Refused

_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_LF, _CR = b"\n\r"
LONGEST = 16 << 20  # bytes of UTF-8 in one line; a parser would hold more than this several times over


@dataclass(frozen=True, slots=True)
class Block:
    """Whole physical lines of transcoded text."""

    data: bytes  # UTF-8; the last line of the file may lack its line break
    first: int  # number of the first line, from 1
    lines: int


def count(data: bytes) -> int:
    """Physical lines in ``data``: LF, CRLF and a lone CR each end one; a last line without an end counts."""
    raw = np.frombuffer(data, np.uint8)
    feeds = raw == _LF
    breaks = np.count_nonzero(feeds)
    if b"\r" in data:
        returns = raw == _CR
        breaks += np.count_nonzero(returns) - np.count_nonzero(returns[:-1] & feeds[1:])
    return int(breaks) if data.endswith((b"\n", b"\r")) or not data else int(breaks) + 1


def blocks(chunks: Iterable[bytes], longest: int = LONGEST) -> Iterator[Block]:
    """Cut a stream of text into blocks of whole lines; FIL-TOOBIG at a line of more than ``longest`` bytes."""
    carry, first = b"", 1
    for chunk in chunks:
        cut = _after_last_break(chunk)
        if not cut and carry:
            chunk, carry = carry + chunk, b""
            cut = _after_last_break(chunk)
        if cut:
            whole = b"".join((carry, memoryview(chunk)[:cut]))
            block = Block(whole, first, count(whole))
            _refuse_long(_first_length(whole), first, longest)
            yield block
            first += block.lines
        carry = chunk[cut:]
        _refuse_long(len(carry), first, longest)
    if carry:
        _refuse_long(_first_length(carry), first, longest)
        yield Block(carry, first, count(carry))


def _after_last_break(data: bytes) -> int:
    # A CR at the very end may be the first half of a CRLF: it is left for the next chunk.
    return max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1


def _first_length(data: bytes) -> int:
    ends = [end for end in (data.find(b"\n"), data.find(b"\r")) if end >= 0]
    return min(ends, default=len(data))


def _refuse_long(length: int, line: int, longest: int) -> None:
    if length > longest:
        raise Refused(Finding("FIL-TOOBIG", row=line, detail=f"第{line}行超过 {longest >> 20} MB，不像一条数据。"))


def peek(stream: Iterator[Block], number: int) -> tuple[list[bytes], Iterator[Block]]:
    """The first lines (at most ``number``, without their line breaks), and the stream as it was."""
    taken: list[Block] = []
    while sum(block.lines for block in taken) < number and sum(len(block.data) for block in taken) < LONGEST:
        if (block := next(stream, None)) is None:
            break
        taken.append(block)
    found = (match[0] for block in taken for match in _LINE.finditer(block.data))
    return [line.rstrip(b"\r\n") for line in islice(found, number)], chain(taken, stream)


def below(stream: Iterable[Block], line: int) -> Iterator[Block]:
    """The stream without its first lines, up to and with ``line``."""
    for block in stream:
        drop = line + 1 - block.first
        if drop <= 0:
            yield block
        elif drop < block.lines:
            *_, last = islice(_LINE.finditer(block.data), drop)
            yield Block(block.data[last.end() :], line + 1, block.lines - drop)


def backwards(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each line stands in ``data`` without its line break, the last one first: start and end."""
    stop = len(data)
    while stop:
        end = stop - (1 if data[stop - 1] in b"\r\n" else 0)
        if data.endswith(b"\r\n", 0, stop):
            end -= 1
        start = data.rfind(b"\n", 0, end) + 1
        start = max(start, data.rfind(b"\r", start, end) + 1)
        yield start, end
        stop = start
