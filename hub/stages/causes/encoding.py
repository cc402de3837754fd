"""The wrong encoding: of the file, or of its texts, which somebody read wrongly before and saved so."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence

import polars as pl

from hub.stages.causes.attempt import Attempt, Case
from hub.stages.causes.garble import LOST, UNREADABLE, WAYS, Way
from hub.stages.causes.text import File

_NAMED = {"utf-8": "UTF-8", "gb18030": "GB18030", "utf-16": "UTF-16", "big5": "Big5"}
_ENOUGH = 3  # names of the contract among the first lines that make an encoding worth a trial
_MUCH = 0.2
_UTF16 = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def of_file(file: File) -> Iterator[Attempt]:
    """Other encodings for the whole file, and ways back for text that was saved wrongly."""
    for bom, encoding in _UTF16:
        if file.head.startswith(bom):
            text = file.head.decode(encoding, "ignore")
            yield from _tried(file, text.splitlines(), encoding)
            return
    for encoding in ("utf-8", "gb18030", "big5"):
        if encoding != file.encoding or "FIL-ENCODING" in file.codes:
            yield from _tried(file, [_decoded(line, encoding) for line in file.raw], encoding)
    lines = file.lines
    if sum(LOST in line for line in lines) >= _MUCH * len(lines):
        yield Attempt("CAU-LOST", "", None, len(lines), len(lines))
        return
    for way in WAYS:
        back = [way.back(line) for line in lines]
        if way.loses:
            back = _with_header(file, lines, back, way)
        if file.known(line or "" for line in back) >= _ENOUGH:
            yield from file.tried("CAU-ENCODING", way.said, back, gaps=way.loses)


def _tried(file: File, lines: Sequence[str | None], encoding: str) -> Iterator[Attempt]:
    if file.known(line or "" for line in lines) < _ENOUGH:
        return
    broken = lines.count(None)
    agreed = encoding in file.attempted
    if agreed and not broken:
        return
    if agreed:  # the hub has read the file so, up to the damage
        said = f"除去字节损坏的 {broken} 行，按 {_NAMED[encoding]} 解码后"
        yield from file.tried("CAU-DAMAGED", said, lines)
    else:
        yield from file.tried("CAU-ENCODING", f"按 {_NAMED[encoding]} 解码后", lines)


def _with_header(file: File, lines: list[str], back: list[str | None], way: Way) -> list[str | None]:
    """Where the header itself has gaps, it is known by what its names become on the same wrong way."""
    for place, (before, after) in enumerate(zip(lines[:21], back[:21], strict=True)):
        names = {_there(name): name for name in file.names}
        cells = before.split(file.delimiter)
        known = [names.get(_sure(cell)) for cell in cells]
        if sum(name is not None for name in known) >= _ENOUGH and after is not None:
            mended = [name or cell for name, cell in zip(known, cells, strict=True)]
            return [*back[:place], file.delimiter.join(mended), *back[place + 1 :]]
    return back


def _there(name: str) -> str:
    return _sure(name.encode("utf-8").decode("gb18030", "replace"))


def _sure(cell: str) -> str:
    """What of a cell did not become a gap."""
    return cell.strip('"\ufeff ').replace(UNREADABLE, "").replace("?", "")


def _decoded(line: bytes, encoding: str) -> str | None:
    try:
        return line.removeprefix(codecs.BOM_UTF8).decode(encoding)
    except UnicodeDecodeError:
        return None


def attempts(case: Case) -> Iterator[Attempt]:
    """Cells of a file whose header can be read: the way back that mends most, or the rows whose text is gone."""
    bench = case.failing
    texts = [
        name for name, cells in bench.cells.items() if not cells.text.drop_nulls().str.contains(r"^[\x00-\x7F]*$").all()
    ]
    found = []
    for way in WAYS:
        changes = {}
        gaps = []
        for name in texts:
            cells = bench.cells[name]
            distinct = cells.text.drop_nulls().unique()
            back = {text: mended for text in distinct if (mended := way.back(text)) is not None and mended != text}
            if back:
                fits = cells.text.is_in(list(back)).fill_null(False)
                changes[name] = cells.where(fits, cells.text.replace_strict(back, default=None, return_dtype=pl.String))
                gap = changes[name].text.str.contains(UNREADABLE, literal=True).fill_null(False)
                gaps.append(bench.rows.filter(gap).select("record", column=pl.lit(name)))
        if changes:
            excused = pl.concat(gaps) if way.loses else None
            found.append(case.tried("CAU-ENCODING", way.said, changes, excused=excused, columns=[]))
    yield from sorted(found, key=lambda one: -one.gained)[:1]
    lost = [
        bench.rows.filter(gone).select("record", column=pl.lit(name))
        for name in texts
        if (gone := bench.cells[name].text.str.contains(f"{LOST}|{UNREADABLE}|\\?\\?\\?").fill_null(False)).any()
    ]
    if lost:
        columns = [part["column"][0] for part in lost]
        said = "从原系统重新导出、文字恢复以后"
        yield case.tried("CAU-LOST", said, {}, excused=pl.concat(lost), columns=columns)
