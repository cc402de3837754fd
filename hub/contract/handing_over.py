"""How a sender hands a file over (报送约定), from ``servers[]``: the marker, the totals line, encryption and signature.

Names and places only. Keys come from the settings, never from a contract.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from hub.contract.document import Place

Content = Literal["empty", "lines", "columns", "pairs", "json"]
Encryption = Literal["age", "sm4"]
Signature = Literal["ed25519", "sm2"]

PROPERTIES = ("marker", "totals", "encryption", "signature")
CONTENTS = ("empty", "lines", "columns", "pairs", "json")
HASHES = ("md5", "sha256", "sm3")
FIELDS = ("file", "size", "rows", "sum", *HASHES)
PASSED_OVER = "-"  # a part of a marker that says nothing to the hub
FACTORS = {"fen": 1, "yuan": 100, "wanyuan": 1_000_000}  # in 分
_SUFFIX = re.compile(r"\.[a-z0-9]{1,4}")
_TAKEN = (".ok", ".sig", ".age", ".sm4", ".part", ".tmp", ".filepart", ".uploading", ".crdownload")
_MOST_DECIMALS = 6
_AMOUNT = ("column", "decimals", "unit")


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum that a sender tells: of which column of money, and how it is written."""

    column: str
    decimals: int  # implied: so many of the last digits stand behind a point that is not written
    factor: int  # its unit in 分


@dataclass(frozen=True, slots=True)
class Marker:
    """The marker (完成标志) without which a file is never complete: ``data.txt.flg``, or ``data.flg``."""

    suffix: str  # .flg
    content: Content
    fields: Mapping[str, str]  # of FIELDS -> the key of a pair; the place, from 0, of a line or a column
    delimiter: str = "|"  # of columns
    amount: Amount | None = None  # what ``sum`` is the sum of


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part of a line stands: bytes from 1 of a fixed line; of a delimited one the cell from 1, length 0."""

    start: int
    length: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals line (合计行): how it is told from data, where it has the number of rows and the sum of a column."""

    at: Literal["first", "last"]
    words: tuple[str, ...]  # what stands in ``word``: T, 合计
    word: Part
    count: Part
    sum: Part | None
    amount: Amount | None  # what ``sum`` is the sum of


@dataclass(frozen=True, slots=True)
class HandingOver:
    """All of it, for one way in."""

    marker: Marker | None = None
    totals: Totals | None = None
    encryption: Encryption | None = None
    signature: Signature | None = None


def read_handing_over(
    own: Mapping[str, Place], form: str | None, delimiter: str | None, units: Mapping[str, str | None]
) -> HandingOver:
    """Read the custom properties of a server. ``units``: columns of money with their unit; other columns with None."""
    return HandingOver(
        _marker(own["marker"], units) if "marker" in own else None,
        _totals(own["totals"], form, delimiter, units) if "totals" in own else None,
        cast("Encryption | None", _one_of(own.get("encryption"), ("age", "sm4"))),
        cast("Signature | None", _one_of(own.get("signature"), ("ed25519", "sm2"))),
    )


def _one_of(place: Place | None, known: Collection[str]) -> str | None:
    if place is None or place.value == "none":
        return None
    if place.value not in known:
        place.wrong(f"it must be {', '.join(known)} or none")
        return None
    return str(place.value)


def _marker(place: Place, units: Mapping[str, str | None]) -> Marker | None:
    if isinstance(place.value, str):
        return Marker(_suffix(place, place.value), "empty", {})
    place.mapping(("suffix", "content", "fields", "delimiter", *_AMOUNT))
    suffix, content = _suffix(place, place.text("suffix")), place.text("content", "empty")
    if content not in CONTENTS:
        place.child("content").wrong(f"content must be one of {', '.join(CONTENTS)}")
        return None
    named = content in ("pairs", "json")
    fields = place.child("fields")
    found: dict[str, str] = {}
    if named:
        fields.mapping(FIELDS)
        found = {name: fields.text(name) for name in fields.keys}
    elif content != "empty":
        names = fields.members()
        for name in names:
            if name not in (*FIELDS, PASSED_OVER) or (name != PASSED_OVER and names.count(name) > 1):
                fields.wrong(f"fields: {name!r} is none of {', '.join(FIELDS)} or {PASSED_OVER}, or stands twice")
        found = {name: str(number) for number, name in enumerate(names) if name in FIELDS}
    if bool(found) != (content != "empty") or (content == "empty" and fields.given):
        place.wrong("an empty marker has no fields; any other one needs them")
    if place.child("delimiter").given and content != "columns":
        place.child("delimiter").wrong("a delimiter belongs to the content columns")
    amount = _amount(place, "sum" in found, units)
    return Marker(suffix, cast(Content, content), found, place.text("delimiter", "|"), amount)


def _suffix(place: Place, suffix: str) -> str:
    if not _SUFFIX.fullmatch(suffix) or suffix in _TAKEN:
        place.wrong("the suffix of a marker is like .flg: a point, small letters and digits, not one that is in use")
    return suffix


def _totals(place: Place, form: str | None, delimiter: str | None, units: Mapping[str, str | None]) -> Totals | None:
    place.mapping(("at", "words", "word", "count", "sum", *_AMOUNT))
    if form not in ("csv", "fixed") or (form == "csv" and delimiter is None):
        place.wrong("totals need format: fixed, or format: csv and a delimiter")
        return None
    at = place.text("at", "last")
    if at not in ("first", "last"):
        place.child("at").wrong("at must be first or last")
    words = place.texts("words")
    if not words:
        place.wrong("words is missing: what the totals line has where rows of data have something else")
    summed = place.child("sum").given
    amount = _amount(place, summed, units)
    fixed = form == "fixed"
    word = _part(place.child("word"), fixed) if fixed or place.child("word").given else Part(1)
    count, total = _part(place.child("count"), fixed), _part(place.child("sum"), fixed) if summed else None
    if word is None or count is None or (summed and total is None):
        return None
    return Totals(cast(Literal["first", "last"], at), words, word, count, total, amount)


def _amount(place: Place, summed: bool, units: Mapping[str, str | None]) -> Amount | None:
    """Column, decimals and unit of a sum; they stand where there is one, and nowhere else."""
    if not summed:
        for name in _AMOUNT:
            if place.child(name).given:
                place.child(name).wrong(f"{name} belongs to a sum, and there is none")
        return None
    column = place.text("column")
    unit = units.get(column)
    if column and unit is None:
        place.child("column").wrong(f"column: {column!r} is no column of money with a unit")
    decimals = place.number("decimals", 0) or 0
    if decimals != int(decimals) or not 0 <= decimals <= _MOST_DECIMALS:
        place.child("decimals").wrong(f"decimals must be a whole number up to {_MOST_DECIMALS}")
        return None
    said = place.text("unit", unit or "yuan")
    if said not in FACTORS:
        place.child("unit").wrong(f"unit must be one of {', '.join(FACTORS)}")
    return Amount(column, int(decimals), FACTORS.get(said, 1))


def _part(place: Place, fixed: bool) -> Part | None:
    """``{start, length}`` in bytes of a fixed line; the number of a cell of a delimited one."""
    if fixed:
        place.mapping(("start", "length"))
        numbers = (place.number("start"), place.number("length"))
    else:
        numbers = (place.value if isinstance(place.value, int) else None, 1)
    if any(isinstance(one, bool) or one is None or one < 1 or one != int(one) for one in numbers):
        place.wrong("totals: bytes as {start, length} of a fixed line, the number of the cell of another one, from 1")
        return None
    return Part(int(numbers[0] or 1), int(numbers[1] or 1) if fixed else 0)
