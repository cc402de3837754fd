"""Physical lines: the unit in which a CSV is read, cut and counted, whatever its quotes claim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.findings import Finding
from hub.stages.formats.outcome import Refused

LONGEST = 16 << 20  # bytes of UTF-8 in one line; a parser would hold more than this several times over


@dataclass(frozen=True, slots=True)
class Block:
    """Whole physical lines of transcoded text."""

    data: bytes  # UTF-8; the last line of the file may lack its line break
    first: int  # number of the first line, from 1
    lines: int


def count(data: bytes) -> int:
    """Physical lines in ``data``: LF, CRLF and a lone CR each end one; a last line without an end counts."""
    breaks = data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
    return breaks if data.endswith((b"\n", b"\r")) or not data else breaks + 1


def blocks(chunks: Iterable[bytes], longest: int = LONGEST) -> Iterator[Block]:
    """Cut a stream of text into blocks of whole lines; FIL-TOOBIG at a line of more than ``longest`` bytes."""
    carry, first = b"", 1
    for chunk in chunks:
        data = carry + chunk if carry else chunk
        cut = _after_last_break(data)
        carry = data[cut:]
        if cut:
            block = Block(data[:cut], first, count(data[:cut]))
            _refuse_long(_first_length(block.data), first, longest)
            yield block
            first += block.lines
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


def split_first(block: Block) -> tuple[bytes, Block]:
    """The first line of a block without its line break, and the rest of the block."""
    line = block.data.splitlines(keepends=True)[0] if block.lines == 1 else _first_line(block.data)
    return line.rstrip(b"\r\n"), Block(block.data[len(line) :], block.first + 1, block.lines - 1)


def _first_line(data: bytes) -> bytes:
    end = _first_length(data)
    return data[: end + (2 if data[end : end + 2] == b"\r\n" else 1)]
