"""Records whose cells come with names (JSON, XML): names are matched like headers, in any order, record by record.

A name that stands in some records only leaves an empty cell in the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pyarrow as pa

from hub.contract.model import Contract
from hub.findings import Finding
from hub.stages.formats import headers
from hub.stages.formats.artefact import Artefact
from hub.stages.formats.attempts import Progress
from hub.stages.formats.outcome import Refused

BROKEN = "ROW-BROKEN"
_PIECE = 20_000  # records turned into columns at a time
_PIECE_BYTES = 64 << 20
_MOST_NAMES = 512  # different names beyond four times the contract's columns and this are no table of ours
_FOREIGN = -1


class NumberText(str):
    """A number as it was written, kept apart from a text that reads the same."""

    __slots__ = ()


NESTED: tuple[()] = ()  # a value that is itself made of parts; its parts are never looked at


class Keyed:
    """Collects records of named cells and hands them to the artefact column by column.

    A cell is a ``str``, a ``NumberText``, a ``bool``, None, or a list or tuple where it is made of parts.
    ``typed``: write the letters of the cells' types.
    """

    def __init__(self, out: Artefact, contract: Contract, progress: Progress, *, typed: bool) -> None:
        self._out, self._contract, self._progress, self._typed = out, contract, progress, typed
        self._spellings = headers.known(contract)
        self._place_of = {column.name: place for place, column in enumerate(contract.columns)}
        self._labels = [column.label for column in contract.columns]
        self._places: dict[str, int] = {}  # every name that has been seen -> place of its column, or _FOREIGN
        self._cells: list[list[object]] = []
        self._rows: list[int] = []
        self._marks: dict[int, str] = {}  # index in the piece -> text of a broken record
        self._bytes = 0
        self._any_broken = False
        self._by_record: bool | None = None

    def add(self, row: int, pairs: Iterable[tuple[str, object]], raw: Callable[[], str], size: int) -> None:
        """Append the record that begins on line ``row``; ``raw`` gives its text, ``size`` is about its bytes.

        A column named twice, and a value with parts in a column of ours, break the record.
        """
        cells: list[object] = [None] * len(self._labels)
        taken, reason = 0, ""
        for name, value in pairs:
            place = self._places.get(name)
            if place is None:
                place = self.meet(name)
            if place < 0:
                continue
            if taken >> place & 1:
                reason = reason or f"“{self._labels[place]}”出现了不止一次"
            elif isinstance(value, list | tuple):
                reason = reason or f"“{self._labels[place]}”里面还有一层内容"
            taken |= 1 << place
            cells[place] = value
        if reason:
            self.broken(row, reason, raw(), size)
        else:
            self._append(row, cells, size)

    def broken(self, row: int, reason: str, text: str, size: int) -> None:
        """Append a record that cannot be read, with the reason before its text."""
        self._any_broken = True
        self._marks[len(self._cells)] = f"（{reason}）{text}"
        self._append(row, [None] * len(self._labels), size)

    def blank(self, row: int) -> None:
        """Append a record without cells."""
        self._append(row, [None] * len(self._labels), 1)

    def meet(self, name: str) -> int:
        """Place of the column that goes by ``name``, below 0 when there is none; the name counts as seen."""
        column = self._spellings.get(headers.fold(name))
        place = _FOREIGN if column is None else self._place_of[column]
        self._places[name] = place
        if len(self._places) > max(_MOST_NAMES, 4 * len(self._labels)):
            raise Refused(Finding("FIL-TOOBIG", detail=f"各条数据里共有{len(self._places)}个以上不同的名称。"))
        return place

    def _append(self, row: int, cells: list[object], size: int) -> None:
        self._cells.append(cells)
        self._rows.append(row)
        self._bytes += size
        self._progress.rows += 1
        if len(self._cells) >= _PIECE or self._bytes >= _PIECE_BYTES:
            self._flush()

    def _flush(self) -> None:
        count = len(self._cells)
        if not count:
            return
        cells: dict[str, pa.Array] = {}
        letters: list[Iterable[str]] = []
        for column, values in zip(self._contract.columns, zip(*self._cells, strict=True), strict=True):
            found, kinds = _texts(values)
            cells[column.name] = pa.array(found, pa.string())
            letters.append(kinds)
        types = pa.nulls(count, pa.string())
        if self._typed:
            types = pa.array(list(map("".join, zip(*letters, strict=True))), pa.string())
        mark = pa.array([BROKEN if index in self._marks else None for index in range(count)], pa.string())
        text = pa.array([self._marks.get(index) for index in range(count)], pa.string())
        self._out.add(cells, mark, text, types, count, self._row_numbers(count))
        self._cells, self._rows, self._marks, self._bytes = [], [], {}, 0

    def _row_numbers(self, count: int) -> pa.Array | None:
        """Lines of the file; None (count the records) where several records share the first of them."""
        if self._by_record is None:
            self._by_record = count > 1 and self._rows[0] == self._rows[-1]
        return None if self._by_record else pa.array(np.array(self._rows, np.int64))

    def finish(self) -> tuple[Finding, ...]:
        """Write the rest; the findings about names. ``Refused``: HDR-MISSING, HDR-REFUSED, or FIL-EMPTY."""
        self._flush()
        if not self._places and not self._any_broken:
            raise Refused(Finding("FIL-EMPTY"))
        return match(self._places_once(), self._contract).findings(())

    def _places_once(self) -> list[str]:
        """Names that were seen, one for each column: different records may call it differently."""
        ours = {place: name for name, place in reversed(self._places.items()) if place >= 0}
        return [name for name, place in self._places.items() if place < 0 or ours[place] == name]


def match(names: Sequence[str], contract: Contract) -> headers.Header:
    """``headers.match`` for a format whose names stand beside the cells, not on a line of their own."""
    spellings = headers.known(contract)
    if not any(headers.fold(name) in spellings for name in names):
        labels = "、".join(column.label for column in contract.columns if column.required)
        raise Refused(Finding("HDR-MISSING", detail=f"{labels}（没有一个认得的名称）"))
    return headers.match([name or "（空）" for name in names], contract, 1)


def _texts(values: Sequence[object]) -> tuple[list[str | None], Sequence[str]]:
    """Texts (None where empty) and type letters of one column."""
    kinds = set(map(type, values))
    if kinds == {type(None)}:
        return [None] * len(values), "-" * len(values)
    if kinds == {str} and "" not in values:
        return list(values), "s" * len(values)  # type: ignore[arg-type]
    found: list[str | None] = []
    letters: list[str] = []
    for value in values:
        if type(value) is str:
            found.append(value or None)
            letters.append("s" if value else "-")
        elif value is None:
            found.append(None)
            letters.append("-")
        elif isinstance(value, NumberText):
            found.append(value)
            letters.append("n")
        else:
            found.append("TRUE" if value else "FALSE")
            letters.append("b")
    return found, letters
