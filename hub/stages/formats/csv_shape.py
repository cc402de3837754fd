"""Whether the lines of a CSV have the cells that its header says, taken over the whole file."""

from __future__ import annotations

from collections import Counter

from hub.findings import Finding
from hub.stages.formats.csv_block import Parsed
from hub.stages.formats.outcome import Refused

_NEARLY_ALL = 0.95  # share of the filled lines; with so many the header is at fault, not the lines
_FEWEST = 3  # fewer lines than this say nothing about the header


class Misfit(Exception):
    """The lines are not as wide as was supposed; read the file by the width of its header."""


class Shape:
    """Watches the widths of lines. ``written``: cells of the header; ``supposed``: cells that lines are read with.

    They differ when the lines end in delimiters without anything behind, or the header does. That moves no cell only
    if it is so on every line, and if nothing could be moved: when the first column is empty everywhere, too, the
    surplus delimiter may as well stand at the beginning.
    """

    def __init__(self, written: int, supposed: int) -> None:
        self.surplus = range(written, supposed)
        self.watched = (0, *self.surplus) if self.surplus else ()  # positions that ``add`` needs
        self._written, self._supposed = written, supposed
        self._first_filled = False
        self._filled = 0
        self._others: Counter[int] = Counter()

    def add(self, parsed: Parsed) -> None:
        """Take in one block; ``Misfit`` when it denies what was supposed."""
        self._others.update(parsed.widths)
        self._filled += parsed.filled
        if self._supposed != self._written:
            standing = {place for place in self.watched if parsed.cells[place].null_count < parsed.rows}
            self._first_filled |= 0 in standing
            if self._others[self._written] or standing.intersection(self.surplus):
                raise Misfit

    def judge(self, row: int) -> None:
        """``Refused`` with HDR-SHIFT when nearly all lines have the same other number of cells than the header."""
        if self.surplus and not self._first_filled:
            raise Misfit
        width, lines = max(self._others.items(), key=lambda item: item[1], default=(0, 0))
        if lines >= max(_FEWEST, _NEARLY_ALL * self._filled):
            detail = f"表头有{self._written}列，数据有{width}列。"
            raise Refused(Finding("HDR-SHIFT", row=row, detail=detail))
