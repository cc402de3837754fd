"""The totals line (合计行) of a file of lines: found by its word, taken apart, and kept away from the rows of data.

Its bytes are looked for before anything is decoded: in UTF-8 and GB18030 no character has a line break in it.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.contract.handing_over import Part, Totals
from hub.contract.model import Format, Intake
from hub.findings import Finding
from hub.stages import told_amounts
from hub.stages.formats import csv_text
from hub.stages.formats import encoding as enc
from hub.stages.formats.lines import backwards
from hub.stages.formats.outcome import Refused, Told

_LOOKED_AT = 1 << 20  # bytes at either end of the file
_BLANK = b" \t\r\n\x1a"  # what may stand behind the last line; old programs end a file with 1A
_WHERE = {"first": "第一行", "last": "最后一行"}


@dataclass(frozen=True, slots=True)
class _Line:
    text: bytes
    start: int  # in the file
    number: int


@contextmanager
def apart(source: Path, target: Path, intake: Intake | None, form: Format) -> Iterator[tuple[Path, Told | None]]:
    """The file without a totals line at its end, and what the line says; ``source`` and None without an agreement.

    In the place of a first line stands a blank one, which is no record; that of a fixed file its reader leaves out.
    ``Refused`` with TOT-MISSING or TOT-FORM.
    """
    totals = intake.over.totals if intake is not None else None
    if intake is None or totals is None or form not in ("csv", "fixed"):
        yield source, None
        return
    line = _first(source) if totals.at == "first" else _last(source)
    told = None if line is None else _told(line, totals, intake)
    if line is None or told is None:
        raise Refused(Finding("TOT-MISSING", detail=f"{_WHERE[totals.at]}不是合计行。"))
    if totals.at == "first" and form == "fixed":
        yield source, told
        return
    copy = target.with_name(f".{target.name}.{os.getpid()}.totals.part")
    try:
        shutil.copyfile(source, copy)
        if totals.at == "last":
            os.truncate(copy, line.start)
        else:
            with copy.open("r+b") as file:
                file.seek(line.start)
                file.write(b" " * len(line.text))
        yield copy, told
    finally:
        copy.unlink(missing_ok=True)


def _first(source: Path) -> _Line:
    with source.open("rb") as file:
        head = file.read(_LOOKED_AT)
    start = len(enc.BOM) if head.startswith(enc.BOM) else 0
    return _Line(re.split(rb"[\r\n]", head[start:], maxsplit=1)[0], start, 1)


def _last(source: Path) -> _Line | None:
    """The last line with anything in it."""
    size = source.stat().st_size
    with source.open("rb") as file:
        base = max(size - _LOOKED_AT, 0)
        file.seek(base)
        tail = file.read()
    for start, end in backwards(tail):
        if tail[start:end].strip(_BLANK):
            if start == 0 and base:
                return None  # a line without an end is no totals line
            return _Line(tail[start:end].removeprefix(enc.BOM), base + start, enc.line_at(source, base + start))
    return None


def _told(line: _Line, totals: Totals, intake: Intake) -> Told | None:
    """What the line says; None when it is no totals line."""
    parts = (totals.word, totals.count, *(() if totals.sum is None else (totals.sum,)))
    for encoding in _encodings(intake):
        try:
            texts = _cut(line.text, parts, intake, encoding)
        except UnicodeDecodeError:
            continue
        if texts is None or texts[0].strip().rstrip(":：").strip() not in totals.words:
            continue
        return _read(line, [text.strip() for text in texts[1:]], totals)
    return None


def _encodings(intake: Intake) -> Sequence[str]:
    if intake.encoding:
        return (enc.canonical(intake.encoding),)
    return ("gb18030",) if intake.format == "fixed" else ("utf-8", "gb18030")


def _cut(line: bytes, parts: Sequence[Part], intake: Intake, encoding: str) -> list[str] | None:
    """The texts of these parts; None where a cell is missing."""
    if intake.format == "fixed":
        return [line[part.start - 1 : part.start - 1 + part.length].decode(encoding) for part in parts]
    text = line.decode(encoding)
    try:
        cells = next(csv.reader([text], delimiter=csv_text.spelled(intake.delimiter or ","), strict=True), [])
    except csv.Error:
        return None
    return [cells[part.start - 1] if part.start <= len(cells) else "" for part in parts]


def _read(line: _Line, texts: Sequence[str], totals: Totals) -> Told:
    """Number and sum, exactly; ``Refused`` with TOT-FORM where they are none."""
    rows, total = told_amounts.count(texts[0]), None
    if rows is None:
        raise _unreadable(line, "笔数")
    if totals.amount is not None:
        total = told_amounts.amount(texts[1], totals.amount)
        if total is None:
            raise _unreadable(line, "合计金额")
    return Told(line.number, rows, total)


def _unreadable(line: _Line, what: str) -> Refused:
    return Refused(Finding("TOT-FORM", row=line.number, detail=f"第{line.number}行的{what}不是约定的数字写法。"))
