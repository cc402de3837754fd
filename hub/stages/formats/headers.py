"""Which row is the header, and which header is which column: by any name that the contract knows, in any order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from hub.contract.model import Contract
from hub.findings import Finding
from hub.stages.formats.outcome import Refused

_EDGES = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b\"'“”‘’"
_LONGEST_NAME = 30  # characters of a foreign header that are repeated to the sender
_MOST_NAMES = 20
_LIKE = 0.7  # share of characters that a misspelt header and a name of ours have in common: 许可决定日其 0.83
_ENOUGH = 3  # known names that make a row a header
_MOST_HEADERS = 512  # headers beyond four times the contract's columns and this are no table of ours
TITLES = 20  # rows that may stand above the header


@dataclass(frozen=True, slots=True)
class Header:
    """Where each column of the contract stands in the file."""

    places: Mapping[str, int]  # column name -> position from 0; optional columns may be missing
    needed: frozenset[int]  # positions of the required columns
    unnamed: tuple[int, ...]  # positions without a header; told only when cells stand under them
    unknown: tuple[str, ...]  # headers that no column knows, as they are told to the sender
    width: int
    row: int  # where it stands, as the sender sees it
    strict: bool  # the contract refuses a file with columns that it does not know

    def findings(self, filled: Collection[int]) -> tuple[Finding, ...]:
        """HDR-UNKNOWN for what was not read; ``filled`` are the unnamed positions under which cells stand.

        ``Refused`` with HDR-REFUSED where the contract refuses unknown columns: ask before the artefact is finished.
        """
        found = self._not_read(filled)
        if found and self.strict:
            raise Refused(*found)
        return found

    def _not_read(self, filled: Collection[int]) -> tuple[Finding, ...]:
        names = [*self.unknown, *(f"第{place + 1}列（没有列名）" for place in sorted(filled))]
        if not names:
            return ()
        if self.strict:
            return (Finding("HDR-REFUSED", row=self.row, detail=_list(names)),)
        return (Finding("HDR-UNKNOWN", detail=_list(names)),)


def known(contract: Contract) -> dict[str, str]:
    """Every spelling of every header, folded for matching, to the name of its column."""
    spellings: dict[str, str] = {}
    for of_column in (lambda c: (c.name,), lambda c: (c.physical_name,), lambda c: (c.label,), lambda c: c.synonyms):
        for column in contract.columns:
            for spelling in of_column(column):
                spellings.setdefault(fold(spelling), column.name)
    return spellings


def fold(header: str) -> str:
    """A header as it is compared: width and case unified, blanks, quotes and byte order mark at the edges dropped."""
    return unicodedata.normalize("NFKC", header.strip(_EDGES)).strip(_EDGES).casefold()


def locate(rows: Sequence[Sequence[str]], contract: Contract) -> int | None:
    """Index of the header among the first rows of a table (give it ``TITLES`` and one), None when no row has a name.

    The first row that has every required column; without one, the row with most columns of the contract, the first of
    equals, where a row that has three of them, or all, or half of the required ones, goes before any that has less.
    """
    spellings = known(contract)
    required = {column.name for column in contract.columns if column.required}
    enough = min(_ENOUGH, len(contract.columns))
    best, where = (False, 0), None
    for index, row in enumerate(rows):
        found = {spellings[folded] for folded in map(fold, row) if folded in spellings}
        header = len(found) >= enough or 2 * len(found & required) >= max(len(required), 1)
        if header and required <= found:
            return index
        if found and (header, len(found)) > best:
            best, where = (header, len(found)), index
    return where


def refuse_data(above: Sequence[Sequence[str]], header: Header) -> None:
    """``Refused`` with HDR-PLACE when a row above the header may be data: most of the required cells are filled.

    So a table that somebody sorted together with its header loses no row.
    """
    needed = header.needed or range(header.width)
    for row, cells in enumerate(above, 1):
        filled = sum(bool(cell.strip()) for place, cell in enumerate(cells) if place in needed)
        if 2 * filled > len(needed):
            raise Refused(Finding("HDR-PLACE", row=row, detail=f"表头在第{header.row}行。"))


def match(headers: Sequence[str], contract: Contract, row: int) -> Header:
    """Map the headers that stand on ``row``; ``Refused`` with HDR-MISSING, HDR-DUP, HDR-REFUSED, FIL-TOOBIG."""
    if len(headers) > max(_MOST_HEADERS, 4 * len(contract.columns)):
        raise Refused(Finding("FIL-TOOBIG", row=row, detail=f"表头有{len(headers)}列。"))
    spellings = known(contract)
    places: dict[str, list[int]] = {}
    unknown: dict[int, str] = {}
    unnamed: list[int] = []
    for place, header in enumerate(headers):
        folded = fold(header)
        if not folded:
            unnamed.append(place)
        elif folded in spellings:
            places.setdefault(spellings[folded], []).append(place)
        else:
            unknown[place] = header
    absent = {spelling: contract.column(name).label for spelling, name in spellings.items() if name not in places}
    result = Header(
        places={name: where[0] for name, where in places.items()},
        needed=frozenset(
            places[column.name][0] for column in contract.columns if column.required and column.name in places
        ),
        unnamed=tuple(unnamed),
        unknown=_told(unknown, absent),
        width=len(headers),
        row=row,
        strict=contract.unknown_columns == "refuse",
    )
    faults = _faults(contract, places, row)
    if faults:
        raise Refused(*faults, *(result._not_read(()) if places else ()))
    result.findings(())
    return result


def _faults(contract: Contract, places: Mapping[str, list[int]], row: int) -> list[Finding]:
    faults = []
    missing = [column.label for column in contract.columns if column.required and column.name not in places]
    if missing or not places:
        detail = _list(missing or [column.label for column in contract.columns])
        if not places:
            detail += f"（前{TITLES + 1}行没有一个认得的列名）"
        faults.append(Finding("HDR-MISSING", row=row, detail=detail))
    doubled = [
        f"{contract.column(name).label}（第{'、'.join(str(place + 1) for place in where)}列）"
        for name, where in places.items()
        if len(where) > 1
    ]
    if doubled:
        faults.append(Finding("HDR-DUP", row=row, detail=_list(doubled)))
    return faults


def _told(unknown: Mapping[int, str], absent: Mapping[str, str]) -> tuple[str, ...]:
    """Foreign headers for the receipt, each with the missing column that it is most like, if it is like one."""
    told: list[str] = []
    for place, header in unknown.items():
        text = _shown(header, place)
        near = get_close_matches(fold(header), absent, 1, _LIKE) if len(told) < _MOST_NAMES else []
        told.append(f"{text}（像“{absent[near[0]]}”）" if near else text)
    return tuple(told)


def _shown(header: str, place: int) -> str:
    """A foreign header as it may be repeated; where data stands in its place, digits may be somebody's number."""
    text = "".join(character for character in header.strip(_EDGES) if character.isprintable())
    if not text or re.search(r"\d{6}", text):
        return f"第{place + 1}列"
    return f"“{text}”" if len(text) <= _LONGEST_NAME else f"“{text[:_LONGEST_NAME]}…”"


def _list(names: Sequence[str]) -> str:
    more = f"等{len(names)}列" if len(names) > _MOST_NAMES else ""
    return "、".join(names[:_MOST_NAMES]) + more
