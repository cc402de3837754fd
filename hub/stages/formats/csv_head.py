"""The first lines of a CSV: which delimiter it has, on which line the header stands, how wide the data is."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from hub.contract.model import Contract
from hub.findings import Finding
from hub.stages.formats import headers
from hub.stages.formats.outcome import Refused

_DELIMITERS = (",", "\t", ";", "|")
_LONGEST_LINE = 1 << 17  # bytes; the csv module takes no longer cell either
LOOKED_AT = headers.TITLES + 2  # lines: titles, the header, and one of data where they are fewer


@dataclass(frozen=True, slots=True)
class Head:
    """Delimiter, number of the header's line (from 1), cells of the lines down to it and of the first one with data."""

    delimiter: str
    row: int
    rows: tuple[tuple[str, ...], ...]  # titles, then the header
    known: int  # names of the header that the contract knows
    data: tuple[str, ...] | None  # None: no filled line of data among the first ones


def look(first: Sequence[bytes], contract: Contract, declared: str | None) -> Head:
    """Find the header among the first lines, with the delimiter under which it has most names of the contract.

    Where no line has one, the first filled line stands for the header (``headers.match`` then tells what is missing).
    """
    tried = [_under(delimiter, first, contract) for delimiter in ((declared,) if declared else _DELIMITERS)]
    return max(tried, key=lambda head: head.known)


def _under(delimiter: str, first: Sequence[bytes], contract: Contract) -> Head:
    """The head as one delimiter gives it."""
    rows = [cells_of(line, delimiter) or [] for line in first]
    index = headers.locate(rows[: headers.TITLES + 1], contract)
    known = 0 if index is None else len({headers.fold(name) for name in rows[index]} & headers.known(contract).keys())
    if index is None:
        index = next((number for number, line in enumerate(first) if line.strip()), 0)
    data = next((tuple(row) for row in rows[index + 1 :] if any(cell.strip() for cell in row)), None)
    return Head(delimiter, index + 1, tuple(map(tuple, rows[: index + 1])), known, data)


def refuse_faulty(first: Sequence[bytes], head: Head) -> None:
    """``Refused`` with FIL-TOOBIG or FIL-LINES when the header, or a title above it, is no line by itself.

    Where no line is known as the header, each of the first lines may be it.
    """
    for number, line in enumerate(first[: head.row] if head.known else first, 1):
        if len(line) > _LONGEST_LINE:
            if number <= head.row:
                raise Refused(Finding("FIL-TOOBIG", row=number, detail=f"第{number}行超过 128 KB，不像表头。"))
        elif line.count(b'"') % 2 or cells_of(line, head.delimiter) is None:
            raise Refused(Finding("FIL-LINES", row=number, detail="表头或它上面的标题里，双引号不成对。"))


def cells_of(line: bytes, delimiter: str) -> list[str] | None:
    """The cells of one line by itself; None when it is too long or its quotes do not pair."""
    if len(line) > _LONGEST_LINE:
        return None
    try:
        return next(csv.reader([line.decode().removeprefix("\ufeff")], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def widths(head: Head, header: headers.Header) -> tuple[int, ...]:
    """How many cells the lines below may have: as many as the first one, if only nameless columns differ; else N.

    A delimiter too many at the end of every line, or of the header alone, moves no cell.
    """
    named = 1 + max(place for place in range(header.width) if place not in header.unnamed)
    found = len(head.data) if head.data is not None else header.width
    surplus = () if head.data is None else head.data[header.width :]
    if found == header.width or found < named or any(cell.strip() for cell in surplus):
        return (header.width,)
    return (found, header.width)
