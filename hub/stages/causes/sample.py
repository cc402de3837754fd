"""The sample on which causes are tried: at most ``MOST`` rows, the first ones and windows spread evenly over the rest.

Whole windows, not single rows: neighbours are needed to see that columns slipped by a row, and a fixed stride would
meet the same customer in a file that repeats itself. The same file gives the same sample.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

MOST = 4_000
FIRST = 400
WINDOW = 100
_SPREAD = (MOST - FIRST) // WINDOW
_HEAD_BYTES = 2 << 20
_WINDOW_BYTES = 128 << 10
_LONGEST_LINE = 1 << 20
_BEFORE = 200  # lines shown before the one that a finding names


def windows(rows: int) -> list[tuple[int, int]]:
    """Ranges of positions from 0 (start, stop) that together hold at most ``MOST`` of ``rows``, in order.

    >>> windows(4_000)
    [(0, 4000)]
    >>> windows(1_000_000)[1]
    (400, 500)
    """
    if rows <= MOST:
        return [(0, rows)]
    step = (rows - FIRST - WINDOW) / (_SPREAD - 1)
    return [(0, FIRST), *((start := FIRST + int(number * step), start + WINDOW) for number in range(_SPREAD))]


def of_rows(chunks: Iterable[pl.DataFrame], rows: int) -> pl.DataFrame:
    """The sampled rows of an artefact that streams by in ``chunks``, of ``rows`` rows together."""
    wanted = windows(rows)
    taken: list[pl.DataFrame] = []
    first = 0
    for chunk in chunks:
        last = first + chunk.height
        for start, stop in wanted:
            begin, end = max(start, first), min(stop, last)
            if begin < end:
                taken.append(chunk.slice(begin - first, end - begin))
        first = last
    return pl.concat(taken, rechunk=True) if taken else pl.DataFrame()


def of_lines(source: Path, around: int | None = None) -> list[bytes]:
    """Lines of a text file, undecoded and without their ends: its first ones and windows of the rest.

    ``around``: instead of windows, the lines about this one (from 1), whole and in a row. Bounded in memory: of a line
    beyond the bounds only a part comes.
    """
    with source.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        whole = len(head) < _HEAD_BYTES
        lines = _whole_lines(head, whole)
        if whole and len(lines) <= MOST:
            return lines
        if around is not None:
            return _around(source, lines, around)
        size = source.stat().st_size
        begin = _length(head, FIRST)
        step = max((size - begin - _WINDOW_BYTES) // _SPREAD, 1)
        taken = lines[:FIRST]
        end = begin
        for number in range(_SPREAD):
            place = max(begin + number * step, end)  # windows of a small file never overlap
            file.seek(place)
            content = file.read(_WINDOW_BYTES)
            found = _whole_lines(content, place + len(content) >= size)[1 : WINDOW + 1]
            end = place + _length(content, WINDOW + 1)
            taken += found
            if end >= size or not found:
                break
        return taken


def head_of(source: Path) -> bytes:
    """The first bytes of a file, for encodings whose lines cannot be told by bytes."""
    with source.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _whole_lines(content: bytes, ends: bool) -> list[bytes]:
    lines = content.splitlines()
    return lines if ends or content.endswith(b"\n") or len(lines) < 2 else lines[:-1]


def _length(content: bytes, lines: int) -> int:
    """Bytes of the first ``lines`` lines; of all where there are fewer."""
    parts = content.split(b"\n", lines)
    return len(content) - (len(parts[-1]) if len(parts) > lines else 0)


def _around(source: Path, head: list[bytes], row: int) -> list[bytes]:
    """The first line, and ``MOST`` lines in a row that begin shortly before ``row``."""
    begin = max(row - _BEFORE, 2)
    taken = head[:1]
    left = 4 * _HEAD_BYTES
    with source.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
            if number >= begin:
                taken.append(line.rstrip(b"\r\n"))
                left -= len(line)
            if len(taken) >= MOST or left < 0:
                break
    return taken
