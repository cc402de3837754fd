"""The last lines of a CSV: footers among them become blank lines before anything is parsed, and are told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from hub.stages.formats import footers
from hub.stages.formats.csv_head import cells_of
from hub.stages.formats.headers import Header
from hub.stages.formats.lines import LONGEST, Block, backwards

Closing = Callable[[bytes], str | None]  # a line -> what is told of it when it is a footer


def closing(header: Header, delimiter: str) -> Closing:
    """Tells the footers below ``header`` from other lines."""

    def of_line(line: bytes) -> str | None:
        if line.count(b'"') % 2:  # a stray quote is never hidden: it may belong to a line above
            return None
        cells = cells_of(line, delimiter)
        return footers.shown(cells) if cells and footers.is_footer(cells, header.needed) else None

    return of_line


def cleared(
    stream: Iterable[Block], is_footer: Closing, delimiter: str, found: list[tuple[int, str]]
) -> Iterator[Block]:
    """The same blocks; footers among the last filled lines are empty lines, and stand in ``found`` (line and text).

    Only as many blocks are held back as have the last lines. A block of nothing but delimiters and blanks is handed
    on without its text: its lines are blank records.
    """
    blank = delimiter.encode() + b" \t\r\n"
    waiting: deque[tuple[Block, int]] = deque()
    for block in stream:
        filled = sum(1 for _ in islice(_filled(block.data, blank), footers.LAST))
        waiting.append((block if filled else Block(b"", block.first, block.lines), filled))
        while _enough(waiting):
            yield waiting.popleft()[0]
    left, last = footers.LAST, []
    for block, _ in reversed(waiting):
        last.append(_cleared(block, is_footer, blank, left, found) if left > 0 else block)
        left -= sum(1 for _ in islice(_filled(block.data, blank), left))
    found.sort()
    yield from reversed(last)


def _enough(waiting: deque[tuple[Block, int]]) -> bool:
    """Whether the last lines stand in the blocks behind the first one."""
    behind = list(islice(waiting, 1, None))
    filled, held = sum(number for _, number in behind), sum(len(block.data) for block, _ in behind)
    return len(waiting) > 1 and (filled >= footers.LAST or held > LONGEST)


def _filled(data: bytes, blank: bytes) -> Iterator[tuple[int, int]]:
    if not data.strip(blank):
        return
    yield from ((start, end) for start, end in backwards(data) if data[start:end].strip(blank))


def _cleared(block: Block, is_footer: Closing, blank: bytes, left: int, found: list[tuple[int, str]]) -> Block:
    """The block with its footers, among its last ``left`` filled lines, made empty."""
    data, line, seen = block.data, block.first + block.lines, 0
    for start, end in backwards(block.data):
        line -= 1
        text = block.data[start:end]
        if not text.strip(blank):
            continue
        told = is_footer(text)
        if told is not None:
            # What stands behind has been looked at, so earlier offsets hold. An empty last line needs its line break.
            data = data[:start] + (data[end:] or b"\n")
            found.append((line, told))
        seen += 1
        if seen == left:
            break
    return Block(data, block.first, block.lines)
