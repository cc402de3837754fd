"""Which header is which column: by any name that the contract knows, in any order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.contract.model import Contract
from hub.findings import Finding
from hub.stages.formats.outcome import Refused

_EDGES = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b\"'“”‘’"
_LONGEST_NAME = 30  # characters of a foreign header that are repeated to the sender
_MOST_NAMES = 20
_MOST_HEADERS = 512  # headers beyond four times the contract's columns and this are no table of ours


@dataclass(frozen=True, slots=True)
class Header:
    """Where each column of the contract stands in the file."""

    places: Mapping[str, int]  # column name -> position from 0; optional columns may be missing
    unnamed: tuple[int, ...]  # positions without a header; told only when cells stand under them
    unknown: tuple[str, ...]  # headers that no column knows, as they are told to the sender
    width: int

    def findings(self, filled: Sequence[int]) -> tuple[Finding, ...]:
        """HDR-UNKNOWN for what was not read; ``filled`` are the unnamed positions under which cells stand."""
        names = [*self.unknown, *(f"第{place + 1}列（没有列名）" for place in filled)]
        return (Finding("HDR-UNKNOWN", detail=_list(names)),) if names else ()


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


def match(headers: Sequence[str], contract: Contract, row: int) -> Header:
    """Map the headers that stand on ``row``; ``Refused`` with HDR-MISSING, HDR-DUP, FIL-TOOBIG."""
    if len(headers) > max(_MOST_HEADERS, 4 * len(contract.columns)):
        raise Refused(Finding("FIL-TOOBIG", row=row, detail=f"表头有{len(headers)}列。"))
    spellings = known(contract)
    places: dict[str, list[int]] = {}
    unknown: list[str] = []
    unnamed: list[int] = []
    for place, header in enumerate(headers):
        folded = fold(header)
        if not folded:
            unnamed.append(place)
        elif folded in spellings:
            places.setdefault(spellings[folded], []).append(place)
        else:
            unknown.append(_shown(header, place))
    result = Header({name: where[0] for name, where in places.items()}, tuple(unnamed), tuple(unknown), len(headers))
    faults = _faults(contract, places, row)
    if faults:
        raise Refused(*faults, *(result.findings(()) if places else ()))
    return result


def _faults(contract: Contract, places: Mapping[str, list[int]], row: int) -> list[Finding]:
    faults = []
    missing = [column.label for column in contract.columns if column.required and column.name not in places]
    if missing or not places:
        detail = _list(missing or [column.label for column in contract.columns])
        if not places:
            detail += f"（第{row}行没有一个认得的列名，表头必须是第一行，上面不能有标题）"
        faults.append(Finding("HDR-MISSING", row=row, detail=detail))
    doubled = [
        f"{contract.column(name).label}（第{'、'.join(str(place + 1) for place in where)}列）"
        for name, where in places.items()
        if len(where) > 1
    ]
    if doubled:
        faults.append(Finding("HDR-DUP", row=row, detail=_list(doubled)))
    return faults


def _shown(header: str, place: int) -> str:
    """A foreign header for the receipt; where data stands in its place, digits may be somebody's number: hide it."""
    text = "".join(character for character in header.strip(_EDGES) if character.isprintable())
    if not text or re.search(r"\d{6}", text):
        return f"第{place + 1}列"
    return text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…"


def _list(names: Sequence[str]) -> str:
    more = f"等{len(names)}列" if len(names) > _MOST_NAMES else ""
    return "、".join(names[:_MOST_NAMES]) + more
