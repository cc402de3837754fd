"""A text whose table begins elsewhere, is cut by another delimiter, or has quotes and line breaks in its cells."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence

from hub.stages.causes.attempt import Attempt
from hub.stages.causes.grid import split
from hub.stages.causes.text import TITLES, File, written

_DELIMITERS = {
    ",": "英文逗号",
    "\t": "制表符",
    ";": "英文分号",
    "|": "竖线",
    "，": "中文逗号",
    "、": "顿号",
    "；": "中文分号",
    "^": "“^”",
    "~": "“~”",
    "#": "“#”",
    "@": "“@”",
    "$": "“$”",
    "\x01": "控制符",
    "\x1f": "控制符",
}
_ENOUGH = 3
_DEEPEST = 1_000  # lines among which a header is looked for
_MOSTLY = 0.8
_TITLE = 3  # a title fills fewer cells than one in so many


def delimiters(file: File) -> Iterator[Attempt]:
    """The delimiter under which the header has most of the contract's names, or the rows alone another one."""
    lines = file.lines
    scores = {sign: max((file.headers(cut(line, sign)) for line in lines[:TITLES]), default=0) for sign in _DELIMITERS}
    best = max(scores, key=lambda sign: scores[sign])
    if scores[best] >= _ENOUGH and scores[best] > scores.get(file.delimiter, 0):
        table = written(cut(line, best) for line in lines)
        yield from file.tried("CAU-DELIMITER", f"按{_DELIMITERS[best]}分列后", table)
        return
    if "HDR-SHIFT" in file.codes:
        place = _header_line(file)
        if place is None:
            return
        header, body = split(lines[place], file.delimiter), lines[place + 1 :]
        for sign, name in _DELIMITERS.items():
            rows = [cut(line, sign) for line in body]
            if sign != file.delimiter and _as_wide(rows, len(header)):
                yield from file.tried("CAU-DELIMITER", f"数据行按{name}分列后", written([header, *rows]))


def header(file: File) -> Iterator[Attempt]:
    """The header further down than the reader looks, or none at all."""
    lines = file.lines
    place = _header_line(file)
    if place is not None and (place >= TITLES or "HDR-PLACE" in file.codes):
        above = [line for line in lines[:place] if _is_full(file, line, lines[place])]
        said = f"把第 {place + 1} 行的表头移到最上面后" if above else f"把第 {place + 1} 行当作表头后"
        yield from file.tried("CAU-HEADER", said, [lines[place], *above, *lines[place + 1 :]])
    elif place is None and file.known(lines) < _ENOUGH:
        width = len(file.contract.columns)
        sign = max(_DELIMITERS, key=lambda sign: _as_wide([cut(line, sign) for line in lines[:TITLES]], width))
        rows = [cut(line, sign) for line in lines]
        labels = [column.label for column in file.contract.columns]
        if _as_wide(rows, width):
            yield from file.tried("CAU-HEADER", "在第 1 行上面补上模板的表头后", written([labels, *rows]))


def _is_full(file: File, line: str, header: str) -> bool:
    """Whether a line above the header has the cells of a row, and not those of a title."""
    cells = split(line, file.delimiter)
    return len(cells) == len(split(header, file.delimiter)) and _TITLE * sum(map(bool, cells)) > len(cells)


def quotes(file: File) -> Iterator[Attempt]:
    """Line breaks within quotes, or quotes that belong to the text."""
    if "FIL-LINES" not in file.codes:
        return
    place = _header_line(file)
    if place is None:
        return
    lines = file.lines[place:]
    width = len(split(lines[0], file.delimiter))
    records = _with_breaks(lines, file.delimiter)
    if len(records) < len(lines) and _as_wide(records, width):
        yield from file.tried("CAU-BREAKS", "去掉单元格里的换行后", written(records))
    plain = [line.split(file.delimiter) for line in lines]
    yield from file.tried(
        "CAU-QUOTES", "把双引号当作普通文字读以后", written([_bare(cell) for cell in row] for row in plain)
    )


def _bare(cell: str) -> str:
    """A cell without the quotes around it."""
    return cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell.replace('"', "”")


def cut(line: str, sign: str) -> list[str]:
    """Cells of a line; a delimiter beyond ASCII knows no quotes."""
    return split(line, sign) if sign.isascii() else line.split(sign)


def _with_breaks(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader((f"{line}\n" for line in lines), delimiter=delimiter))
    except csv.Error:  # a quote that nobody closed has swallowed the rest
        return []


def _header_line(file: File) -> int | None:
    """Index of the line with most names of the contract among the first ones."""
    scores = [file.headers(split(line, file.delimiter)) for line in file.lines[:_DEEPEST]]
    best = max(scores, default=0)
    return scores.index(best) if best >= min(_ENOUGH, len(file.contract.columns)) else None


def _as_wide(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether nearly all filled rows have so many cells."""
    widths = Counter(len(row) for row in rows if any(row))
    return widths[width] > 0 and widths[width] >= _MOSTLY * sum(widths.values())
