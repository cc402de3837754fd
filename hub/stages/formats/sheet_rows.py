"""Rows of one sheet, from below the header to the last filled one, into the artefact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import cast

import numpy as np
import pyarrow as pa
from python_calamine import CalamineSheet

from hub.contract.model import Contract
from hub.stages.formats import cells, footers
from hub.stages.formats.artefact import Artefact
from hub.stages.formats.headers import Header
from hub.stages.formats.reader_faults import is_fault
from hub.stages.formats.sheet_facts import Facts

Row = list[object]
_FORMULA, _BROKEN = "ROW-FORMULA", "ROW-BROKEN"
_PIECE = 1_000  # rows turned into columns at a time: few enough to stay in the caches of a processor


class Stumbled(Exception):
    """The reader fails over a row: it has to be asked for one row at a time."""


def whole(
    source: CalamineSheet, facts: Facts, formulas: Collection[int] | None = None, careful: bool = True
) -> Iterator[Row]:
    """Every row from row 1 and column A on, all of one width.

    The reader begins at its first filled column, and gives nothing for an error or a formula without a value: both are
    put in, the latter where its column is among ``formulas`` (from 1; None: all). ``careful``: where the reader fails
    over a row, every cell of it is unreadable.
    """
    special: dict[int, list[tuple[int, object]]] = defaultdict(list)
    for (number, column), text in facts.errors.items():
        special[number].append((column, cells.ErrorText(text)))
    for number, column in facts.unvalued:
        if formulas is None or column in formulas:
            special[number].append((column, cells.UNVALUED))
    left = source.start[1] if source.start else 0
    rows = cast("Iterator[Row]", source.iter_rows() if source.start else iter(()))
    if careful:
        rows = _one_by_one(rows, source.width)
    width = left + source.width if source.start else 0
    more = max((column for _, column in chain(facts.errors, facts.unvalued)), default=0) - width
    if not left and more <= 0 and not special:
        return rows
    return _completed(rows, left, width, max(more, 0), special)


def _one_by_one(rows: Iterator[Row], width: int) -> Iterator[Row]:
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except BaseException as trouble:
            if not is_fault(trouble):
                raise
            row = [cells.UNREADABLE] * width
        yield row


def _completed(
    rows: Iterator[Row], left: int, width: int, right: int, special: dict[int, list[tuple[int, object]]]
) -> Iterator[Row]:
    before, behind, wide = _nothing(left), _nothing(right), width + right
    last = max(special, default=0)
    for number, row in enumerate(chain(rows, repeat(None)), 1):
        if row is None and number > last:
            return
        full: Row = [*before, *row, *behind] if row is not None else _nothing(wide)
        for column, value in special.get(number, ()):
            full[column - 1] = value
        yield full


def _nothing(width: int) -> Row:
    return [""] * width


def blank(row: Row) -> bool:
    """Whether nothing stands in a row."""
    return row.count("") == len(row)


def count(source: CalamineSheet, facts: Facts, header_row: int) -> int:
    """Rows below the header, down to the last filled one."""
    last = header_row
    for number, row in enumerate(whole(source, facts), 1):
        if not blank(row):
            last = max(last, number)
    return last - header_row


class Body:
    """Writes the rows below a header. Afterwards ``footers`` has row and text of the closing lines, ``filled`` the
    positions without a header under which something stands."""

    def __init__(self, contract: Contract, header: Header, facts: Facts) -> None:
        self.footers: list[tuple[int, str]] = []
        self.filled: set[int] = set()
        self._contract, self._header, self._facts, self._careful = contract, header, facts, False
        self._labels = {
            header.places[each.name] + 1: each.label for each in contract.columns if each.name in header.places
        }

    def write(self, source: CalamineSheet, out: Artefact, careful: bool) -> None:
        """Write every row down to the last filled one. ``Stumbled`` where the reader fails and care was not asked."""
        self._careful = careful
        rows = islice(whole(source, self._facts, self._labels, careful), self._header.row, None)
        held: list[Row] = []
        empty = 0  # rows of nothing behind those that are held
        while piece := _next(rows):
            keep = len(piece)
            while keep and blank(piece[keep - 1]):
                keep -= 1
            if keep:
                held += repeat(_nothing(len(piece[0])), empty)
                held += piece[:keep]
                empty = 0
                cut = _start_of_last(held)
                self._add(held[:cut], out)
                held = held[cut:]
            empty += len(piece) - keep
        self._add(self._without_footers(held, self._header.row + out.rows + 1), out)

    def add(self, rows: Sequence[Row], numbers: Sequence[int], out: Artefact) -> None:
        """Write chosen rows, which stand where ``numbers`` says; footers are not looked for among them."""
        self._careful = True
        for start in range(0, len(rows), _PIECE):
            self._add_piece(rows[start : start + _PIECE], out, numbers[start : start + _PIECE])

    def _without_footers(self, rows: list[Row], first: int) -> list[Row]:
        kept = []
        for number, row in enumerate(rows, first):
            texts = cells.row_texts(row)
            if any(texts) and footers.is_footer(texts, self._header.needed):
                self.footers.append((number, footers.shown(texts)))
                row = _nothing(len(row))
            kept.append(row)
        return kept

    def _add(self, rows: Sequence[Row], out: Artefact) -> None:
        for start in range(0, len(rows), _PIECE):
            self._add_piece(rows[start : start + _PIECE], out)

    def _add_piece(self, piece: Sequence[Row], out: Artefact, numbers: Sequence[int] | None = None) -> None:
        columns = list(zip(*piece, strict=True))
        found: dict[str, pa.Array] = {}
        letters: list[cells.Letters] = []
        for column in self._contract.columns:
            place = self._header.places.get(column.name)
            if place is None:
                letters.append(np.full(len(piece), ord("-"), np.uint8))
                continue
            found[column.name], kinds = cells.texts(columns[place])
            letters.append(kinds)
        first = self._header.row + out.rows + 1
        mark, text = self._marks(piece, range(first, first + len(piece)) if numbers is None else numbers)
        row = None if numbers is None else pa.array(numbers, pa.int64())
        out.add(found, mark, text, cells.joined(letters, len(piece)), len(piece), row)
        self.filled.update(place for place in self._header.unnamed if columns[place].count("") < len(piece))

    def _marks(self, piece: Sequence[Row], numbers: Sequence[int]) -> tuple[pa.Array, pa.Array]:
        """Marks of the rows, and what lacks in them. The number stands there, too: what lacks may not be the same."""
        nothing = pa.nulls(len(piece), pa.string())
        if not self._careful and not self._facts.unvalued and not self._facts.errors:
            return nothing, nothing
        marks: list[str | None] = [None] * len(piece)
        texts: list[str | None] = [None] * len(piece)
        for index, row in enumerate(piece):
            if cells.UNREADABLE in row:
                marks[index], texts[index] = _BROKEN, f"第{numbers[index]}行"
            elif lacking := self._lacking(row):
                marks[index], texts[index] = _FORMULA, f"第{numbers[index]}行：{lacking}"
        return pa.array(marks, pa.string()), pa.array(texts, pa.string())

    def _lacking(self, row: Row) -> str:
        """The columns whose formula has no value or a broken one (#REF!). #N/A says that there is none: it is empty."""
        lost = [
            at
            for at, value in enumerate(row, 1)
            if value is cells.UNVALUED or (isinstance(value, cells.ErrorText) and value != "#N/A")
        ]
        return "、".join(self._labels[at] for at in lost if at in self._labels)


def _next(rows: Iterator[Row]) -> list[Row]:
    try:
        return list(islice(rows, _PIECE))
    except BaseException as trouble:
        if is_fault(trouble):
            raise Stumbled from None
        raise


def _start_of_last(rows: Sequence[Row]) -> int:
    """Where the last filled rows begin, among which footers are looked for."""
    filled = 0
    for index in range(len(rows) - 1, -1, -1):
        filled += not blank(rows[index])
        if filled == footers.LAST:
            return index
    return 0
