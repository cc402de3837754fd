"""One block of whole CSV lines through the parser, every line accounted for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from hub.findings import Finding
from hub.stages.formats.encoding import BOM
from hub.stages.formats.lines import Block
from hub.stages.formats.outcome import Refused

RAGGED = "ROW-RAGGED"
_TIMES = 4  # a cell must come so often on average that a dictionary pays
_CODED = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class Parsed:
    """Records of one block, one per physical line, in order. All arrays have ``rows`` entries."""

    rows: int
    cells: dict[int, pa.ChunkedArray]  # position in the file -> text; null: empty, or the row is marked
    mark: pa.Array  # null, or ROW-RAGGED
    text: pa.Array  # the raw line where marked
    filled: int  # records that are not blank
    widths: Mapping[int, int]  # number of cells -> filled lines that have another number than was asked for


def repeating(parsed: Parsed) -> frozenset[int]:
    """The positions whose cells repeat: later blocks are read faster with a dictionary for each of them."""
    return frozenset(
        place
        for place, cells in parsed.cells.items()
        if pc.count_distinct(cells, mode="all").as_py() * _TIMES <= parsed.rows
    )


def parse(
    block: Block, delimiter: str, width: int, wanted: Sequence[int], repeat: Collection[int] = frozenset()
) -> Parsed:
    """Parse the lines of ``block`` into ``width`` cells each, keeping the positions ``wanted``.

    The cells at the positions ``repeat`` come with a dictionary. A line with another number of cells, or with a quote
    that closes in the wrong place, is marked and keeps its number.
    ``Refused`` with FIL-LINES when a record spans more than one line.
    """
    if not block.data:  # nothing but delimiters and blanks
        nothing = pa.nulls(block.lines, pa.string())
        return Parsed(block.lines, dict.fromkeys(wanted, pa.chunked_array([nothing])), nothing, nothing, 0, {})
    table, ragged = _arrow(block.data, delimiter, width, wanted, repeat)
    if table.num_rows + len(ragged) != block.lines + 1:
        line = block.first + _first_spanning(block.data, delimiter, width)
        raise Refused(Finding("FIL-LINES", row=line, detail=f"从第{line}行开始的一条数据占了不止一行。"))
    table = table.slice(0, table.num_rows - 1)  # the sentinel is always the last valid record
    marked = {number: line for number, line, _ in ragged}
    misquoted = _misquoted(block, delimiter, marked)
    if not marked and not misquoted:
        nothing = pa.nulls(block.lines, pa.string())
        cells = dict(zip(wanted, table.columns, strict=True))
        return Parsed(block.lines, cells, nothing, nothing, _filled(table), {})
    widths = Counter(cells for _, line, cells in ragged if not _is_blank(line, delimiter))
    return _with_gaps(block, table, marked, misquoted, wanted, delimiter, widths)


def _filled(table: pa.Table) -> int:
    """Records with anything in them."""
    if any(not column.null_count for column in table.columns):
        return int(table.num_rows)
    standing = np.zeros(table.num_rows, np.bool_)
    for column in table.columns:
        standing |= column.is_valid().to_numpy()
    return int(standing.sum())


def _is_blank(line: str, delimiter: str) -> bool:
    """A line of blanks alone is a blank record, however wide."""
    return not line.strip(delimiter + " \t\u3000")


Ragged = tuple[int, str, int]  # number from 1, raw text, cells


def _arrow(
    data: bytes, delimiter: str, width: int, wanted: Sequence[int], repeat: Collection[int] = frozenset()
) -> tuple[pa.Table, list[Ragged]]:
    """The valid records with the sentinel, and the others."""
    ragged: list[Ragged] = []

    def remember(row: Any) -> str:
        ragged.append((row.number, row.text, row.actual_columns))
        return "skip"

    head = BOM if data.startswith(BOM) else b""  # the parser drops one at the start of its input; a cell keeps its own
    end = b"" if data.endswith((b"\n", b"\r")) else b"\n"
    # An open quote swallows this line: "" is an escaped quote to it. To a closed line it is one more valid record.
    sentinel = b'""' + delimiter.encode() * (width - 1) + b"\n"
    payload = b"".join((head, data, end, sentinel))
    names = [str(place) for place in range(width)]
    included = [str(place) for place in wanted] or names[:1]
    table = pa.csv.read_csv(
        pa.BufferReader(payload),
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=len(payload) + 1, column_names=names),
        parse_options=pa.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=remember
        ),
        convert_options=pa.csv.ConvertOptions(
            check_utf8=False,  # the transcoder has just made it
            column_types={name: _CODED if place in repeat else pa.string() for place, name in enumerate(names)},
            include_columns=included,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    return table, ragged


def _first_spanning(data: bytes, delimiter: str, width: int) -> int:
    """Index of the first line whose record does not end with it, found by halving: earlier lines all end closed."""
    all_lines = data.splitlines(keepends=True)
    low, high = 0, len(all_lines)  # the lines before low are sound; one within [low, high) is not
    while high - low > 1:
        middle = (low + high) // 2
        table, ragged = _arrow(b"".join(all_lines[low:middle]), delimiter, width, [0])
        if table.num_rows + len(ragged) == middle - low + 1:
            low = middle
        else:
            high = middle
    return low


def _misquoted(block: Block, delimiter: str, marked: dict[int, str]) -> dict[int, str]:
    """Lines whose quotes pair up by luck only ("甲,"乙"): the cells would be wrong although their number fits.

    Number (from 1) and text. Lines with an odd number of quotes, or a quote amid text, are looked at one by one.
    """
    if b'"' not in block.data:
        return {}
    raw = np.frombuffer(block.data, np.uint8)
    quotes = np.flatnonzero(raw == ord('"'))
    ends = _line_ends(raw)
    line_of = np.searchsorted(ends, quotes)
    odd = np.flatnonzero(np.bincount(line_of) % 2)
    edge = np.zeros(256, np.bool_)
    edge[[ord(delimiter), ord("\n"), ord("\r"), ord('"')]] = True
    before = edge[raw[np.maximum(quotes - 1, 0)]] | (quotes == 0)
    after = edge[raw[np.minimum(quotes + 1, len(raw) - 1)]]
    suspects = np.union1d(odd, line_of[~before & ~after])
    if not len(suspects):
        return {}
    starts = np.concatenate(([0], ends + 1))
    sound = _sound_line(delimiter)
    found: dict[int, str] = {}
    for index in suspects.tolist():
        stop = int(ends[index]) if index < len(ends) else len(raw)
        line = block.data[int(starts[index]) : stop].rstrip(b"\r\n")
        if index + 1 not in marked and not sound.fullmatch(line):
            found[index + 1] = line.decode()
    return found


def _line_ends(raw: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Offsets of the byte that ends each line: LF, or CR without LF behind it."""
    feeds = np.flatnonzero(raw == 10)
    returns = np.flatnonzero(raw == 13)
    if not len(returns):
        return feeds
    alone = returns[raw[np.minimum(returns + 1, len(raw) - 1)] != 10]
    return np.union1d(feeds, alone)


@cache
def _sound_line(delimiter: str) -> re.Pattern[bytes]:
    cut = re.escape(delimiter.encode())
    cell = rb'(?:"[^"]*(?:""[^"]*)*"[ \t]*|[^"' + cut + rb"][^" + cut + rb"]*|)"
    return re.compile(cell + rb"(?:" + cut + cell + rb")*")


def _with_gaps(
    block: Block,
    table: pa.Table,
    ragged: dict[int, str],
    misquoted: dict[int, str],
    wanted: Sequence[int],
    delimiter: str,
    widths: Mapping[int, int],
) -> Parsed:
    """Put the valid records at the numbers that the ragged ones leave; marked rows get null cells."""
    valid = np.ones(block.lines, np.bool_)
    valid[np.fromiter(ragged, np.int64, len(ragged)) - 1] = False
    index = np.cumsum(valid) - 1
    gaps = ~valid
    gaps[np.fromiter(misquoted, np.int64, len(misquoted)) - 1] = True
    table = table.take(pa.array(index, mask=gaps))
    mark: list[str | None] = [None] * block.lines
    text: list[str | None] = [None] * block.lines
    for number, line in (ragged | misquoted).items():
        if not _is_blank(line, delimiter):
            mark[number - 1], text[number - 1] = RAGGED, line
    marks = pa.array(mark, pa.string())
    cells = dict(zip(wanted, table.columns, strict=True))
    filled = _filled(table) + len(marks) - marks.null_count
    return Parsed(block.lines, cells, marks, pa.array(text, pa.string()), filled, widths)
