"""A text file that was refused: its sampled lines, and a door to read changed lines as the hub would."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from hub.contract.model import Contract
from hub.stages.causes.attempt import Attempt
from hub.stages.causes.bench import Bench, Judge
from hub.stages.causes.garble import UNREADABLE

TITLES = 21  # lines among which the header is looked for
Reread = Callable[[bytes], pl.DataFrame | None]  # UTF-8 with commas -> rows as read, None when refused


@dataclass(frozen=True)
class File:
    """What the reader said of the file, and lines of it. ``raw`` are undecoded and without their ends."""

    contract: Contract
    judge: Judge
    codes: frozenset[str]  # for which it was refused
    encoding: str | None  # as the reader took it, or as agreed
    agreed_delimiter: str | None
    head: bytes
    raw: Sequence[bytes]
    reread: Reread

    @cached_property
    def attempted(self) -> frozenset[str]:
        """Encodings that the reader has tried."""
        return frozenset({self.encoding} if self.encoding else {"utf-8", "gb18030"})

    @cached_property
    def lines(self) -> list[str]:
        """The lines as the reader decodes them; U+FFFD where it cannot."""
        encoding = self.encoding or "utf-8"
        return [line.removeprefix(b"\xef\xbb\xbf").decode(encoding, "replace") for line in self.raw]

    @cached_property
    def delimiter(self) -> str:
        """The delimiter of the reader; a comma where it found none."""
        return self.agreed_delimiter or ","

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every header that the contract knows."""
        return tuple(
            dict.fromkeys(
                name
                for column in self.contract.columns
                for name in (column.label, column.physical_name, column.name, *column.synonyms)
            )
        )

    @cached_property
    def folded(self) -> frozenset[str]:
        """The same as they are compared."""
        return frozenset(map(fold, self.names))

    def known(self, lines: Iterable[str]) -> int:
        """How many names of the contract stand in the first lines."""
        text = fold("\n".join(line for line, _ in zip(lines, range(TITLES), strict=False)))
        return sum(name in text for name in self.folded)

    def headers(self, cells: Iterable[str]) -> int:
        """How many of the cells are names of the contract."""
        return len({fold(cell) for cell in cells} & self.folded)

    def tried(self, code: str, said: str, lines: Iterable[str | None], *, gaps: bool = False) -> Iterator[Attempt]:
        """Read and judge other lines; nothing when the hub would refuse them, too. None: a line that is lost.

        ``gaps``: U+FFFD in a cell is known to be lost, and what is wrong with such a cell does not count.
        """
        kept = [line for line in lines if line is not None]
        rows = self.reread(("\n".join(kept) + "\n").encode("utf-8", "replace"))
        if rows is None or rows.is_empty():
            return
        bench = Bench(self.judge, filled(self.contract, rows))
        missing = sum(line is None for line in lines)
        passing = bench.passing({}, excused=_gaps(bench) if gaps else None)
        yield Attempt(code, said, passing, bench.height + missing, passing)


def fold(header: str) -> str:
    """A header as it is compared: width and case unified, blanks and quotes at the edges dropped."""
    return unicodedata.normalize("NFKC", header.strip(" \t\r\n\u3000\ufeff\"'")).strip().casefold()


def filled(contract: Contract, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in which something stands, repetitions left out."""
    names = [column.name for column in contract.columns]
    somewhere = pl.any_horizontal(pl.col(*names, "row__text").is_not_null())
    return rows.filter(somewhere).unique([*names, "row__text"], keep="first", maintain_order=True)


def written(rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a CSV with commas, one for each row; line breaks in cells become blanks."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([" ".join(cell.splitlines()) for cell in row] for row in rows)
    return out.getvalue().splitlines()


def _gaps(bench: Bench) -> pl.DataFrame:
    found = [
        bench.rows.filter(cells.text.str.contains(UNREADABLE, literal=True).fill_null(False)).select(
            "record", column=pl.lit(name)
        )
        for name, cells in bench.cells.items()
    ]
    return pl.concat(found)
