"""Fixed width (定长文本): each column stands at the same bytes of every line, as the contract's layout says.

Bytes, not characters: a Chinese character takes two of them in GB18030. So lines are cut as bytes, and each cell is
decoded by itself. Every physical line is a record; a line of another length moves its columns and is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hub.contract.model import Contract, Intake, Slice
from hub.findings import Finding
from hub.stages.formats import encoding as enc
from hub.stages.formats import lines
from hub.stages.formats.artefact import Artefact, artefact
from hub.stages.formats.attempts import Progress, by_line, candidates, declared, in_turn, is_utf8
from hub.stages.formats.json_scan import line_ends
from hub.stages.formats.outcome import Read, Refused

RAGGED, BROKEN = "ROW-RAGGED", "ROW-BROKEN"
_MATRIX = 8 << 20  # bytes of lines laid side by side at a time
_BLANK, _BREAK = ord(" "), ord("\n")

Matrix = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read a file of fixed width into ``target``; file findings instead of an artefact when it must be refused."""
    agreed = declared(intake)
    layout = _Layout.of(intake.layout if intake else ())
    head = 1 if intake and intake.over.totals and intake.over.totals.at == "first" else 0  # lines before the data

    def reading(encoding: str, progress: Progress) -> Read:
        with artefact(target, contract, head, chunk_rows) as out:
            filled = fit = 0
            for block in lines.below(lines.blocks(_chunks(source, encoding)), head):
                counts = _add(out, block, layout, encoding)
                filled, fit = filled + counts[0], fit + counts[1]
                progress.rows = out.rows
            if not filled:
                raise Refused(Finding("FIL-EMPTY"))
            if not fit:
                raise Refused(Finding("FIL-FORMAT", detail=f"没有一行符合约定的长度（{layout.length}字节）。"))
        return Read(progress.rows, (), "fixed", encoding=encoding, header_row=head)

    return by_line(source, in_turn(source, lambda: _encodings(source, agreed), "fixed", reading), head)


def _encodings(source: Path, agreed: str | None) -> tuple[str, ...]:
    found = candidates(source, agreed, ("gb18030",))
    if agreed is None and not enc.has_bom(source) and is_utf8(source):
        detail = "各列的宽度按 GB18030 的字节约定，文件却是 UTF-8 编码。"
        raise Refused(Finding("FIL-ENCODING", row=1, detail=detail))
    return found


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns and the gaps between them, in order: together they are the whole line."""

    parts: tuple[Slice, ...]  # a gap has no column
    length: int
    least: int  # where the last column but one ends: a shorter line has lost more than padding

    @classmethod
    def of(cls, layout: Sequence[Slice]) -> _Layout:
        parts: list[Slice] = []
        at = least = 1
        for each in sorted(layout, key=lambda part: part.start):
            if each.start > at:
                parts.append(Slice("", at, each.start - at))
            parts.append(each)
            least, at = at, each.start + each.length
        return cls(tuple(parts), at - 1, least - 1)


def _chunks(source: Path, encoding: str) -> Iterator[bytes]:
    with source.open("rb") as file:
        if encoding == "utf-8" and file.read(3) != enc.BOM:
            file.seek(0)
        while chunk := file.read(enc.CHUNK):
            yield chunk


def _add(out: Artefact, block: lines.Block, layout: _Layout, encoding: str) -> tuple[int, int]:
    """Append a record for every line of the block; how many lines are not blank, and how many of those fit."""
    raw = np.frombuffer(block.data, np.uint8)
    ends = line_ends(raw)
    starts = np.concatenate(([0], ends + 1))[: block.lines]
    stops = np.concatenate((ends, [len(raw)]))[: block.lines]
    if b"\r\n" in block.data:
        stops = stops - ((raw[np.maximum(stops - 1, 0)] == 13) & (stops > starts))
    step = max(_MATRIX // max(layout.length, 1), 1)
    counts = [
        _add_lines(out, raw, starts[first : first + step], stops[first : first + step], layout, encoding)
        for first in range(0, block.lines, step)
    ]
    return sum(filled for filled, _ in counts), sum(fit for _, fit in counts)


def _add_lines(
    out: Artefact,
    raw: Matrix,
    starts: npt.NDArray[np.int64],
    stops: npt.NDArray[np.int64],
    layout: _Layout,
    encoding: str,
) -> tuple[int, int]:
    count = len(starts)
    lengths = stops - starts
    at = starts[:, None] + np.arange(layout.length + 1)
    line: Matrix = np.where(at < stops[:, None], raw[np.minimum(at, len(raw) - 1)], _BLANK).astype(np.uint8)
    whole = (lengths <= layout.length) & (lengths >= layout.least)
    blank = (line == _BLANK).all(axis=1)
    for index in np.flatnonzero(blank & (lengths > layout.length)).tolist():
        blank[index] = not raw[starts[index] : stops[index]].tobytes().strip()
    broken = np.zeros(count, np.bool_)
    cells: dict[str, pa.Array] = {}
    for part in layout.parts:
        texts, bad = _decoded(line[:, part.start - 1 : part.start - 1 + part.length], whole, encoding)
        broken |= bad
        if part.column:
            cells[part.column] = _pointed(texts, part.decimals) if part.decimals else texts
    marks = np.where(~whole & ~blank, RAGGED, np.where(broken, BROKEN, ""))
    marked = np.flatnonzero(marks != "")
    mark, text = pa.nulls(count, pa.string()), pa.nulls(count, pa.string())
    if len(marked):
        said: list[str | None] = [None] * count
        for index in marked.tolist():
            said[index] = raw[starts[index] : stops[index]].tobytes().decode(encoding, "replace")
        text = pa.array(said, pa.string())
        mark = pa.array(marks, pa.string(), mask=marks == "")
        cells = {name: pc.if_else(pa.array(marks == ""), column, None) for name, column in cells.items()}
    out.add(cells, mark, text, pa.nulls(count, pa.string()), count)
    return int((~blank).sum()), int((whole & ~blank).sum())


def _decoded(part: Matrix, whole: Flags, encoding: str) -> tuple[pa.Array, Flags]:
    """Texts of one column without the blanks around them, null where nothing is left; and which do not decode.

    All cells are decoded at once, each followed by a line break: half a character at the end of one cannot take it.
    """
    bad = np.zeros(len(part), np.bool_)
    ended = np.full((len(part), part.shape[1] + 1), _BREAK, np.uint8)
    ended[:, :-1] = np.where(whole[:, None], part, _BLANK)
    try:
        texts = ended.tobytes().decode(encoding).split("\n")[:-1]
    except UnicodeDecodeError:
        texts = []
        for index, cell in enumerate(ended[:, :-1]):
            try:
                texts.append(cell.tobytes().decode(encoding))
            except UnicodeDecodeError:
                texts.append("")
                bad[index] = True
    trimmed = pc.utf8_trim(pa.array(texts, pa.string()), " ")
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed), bad


def _pointed(texts: pa.Array, decimals: int) -> pa.Array:
    """Whole numbers with the point that is not written (000001250, two decimals: 12.50); anything else as it is."""
    whole = pc.match_substring_regex(texts, r"^[+-]?[0-9]+$")
    padded = pc.replace_substring_regex(texts, r"^([+-]?)([0-9]+)$", rf"\1{'0' * decimals}\2")
    pointed = pc.replace_substring_regex(padded, rf"^([+-]?)0*([0-9]+)([0-9]{{{decimals}}})$", r"\1\2.\3")
    return pc.if_else(whole, pointed, texts)
