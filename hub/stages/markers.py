"""Markers (完成标志) of banks: ``data.txt.flg`` or ``data.flg`` beside ``data.txt`` says that the file is complete.

Where the contract agrees on one, nothing else makes a file complete. What the marker says of it has to fit.

| ``content`` | Is |
|---|---|
| ``empty`` | nothing, or blanks |
| ``lines`` | one fact a line, in the order of ``fields`` |
| ``columns`` | one line, the facts between delimiters, in the order of ``fields`` |
| ``pairs`` | ``key=value`` a line, keys as ``fields`` says |
| ``json`` | an object, keys as ``fields`` says |
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from connectors.sftp import Entry
from hub.contract.handing_over import HASHES, HandingOver, Marker
from hub.contract.model import Contract
from hub.stages import told_amounts
from hub.stages.file_names import unsealed
from hub.stages.sender_manifest import Said

SIGNATURE = ".sig"
LONGEST_SIGNATURE = 4_096  # bytes
_LENGTHS = {"md5": 32, "sha256": 64, "sm3": 64}
_HEX = frozenset("0123456789abcdef")

Ways = Callable[[str, str], HandingOver]  # department, file name -> how such a file is handed over


def ways_of(contracts: Sequence[Contract]) -> Ways:
    """Answers from the contracts; a name that fits several datasets, or none, has no agreement."""

    def way(department: str, file_name: str) -> HandingOver:
        name = file_name.lower()
        fits = [
            intake.over
            for contract in contracts
            for intake in contract.intakes
            if intake.department == department and any(fnmatchcase(name, one.lower()) for one in intake.patterns)
        ]
        return fits[0] if len(fits) == 1 else HandingOver()

    return way


def nothing_agreed(department: str, file_name: str) -> HandingOver:
    """For those who only look whether anything lies there."""
    return HandingOver()


def marker_of(path: str, marker: Marker, entries: Mapping[str, Entry]) -> Entry | None:
    """The marker of a file; one without the file's ending counts where it can mean this file alone."""
    for suffix in (marker.suffix, marker.suffix.upper()):
        if (own := entries.get(path + suffix)) is not None:
            return own
    stem = _stem(path)
    others = [one for one in entries if one != path and _stem(one) == stem and not _beside(one, marker.suffix)]
    found = next((entries[stem + one] for one in (marker.suffix, marker.suffix.upper()) if stem + one in entries), None)
    return None if others else found


def is_marker(path: str, marker: Marker) -> bool:
    """Whether a name is that of a marker, and never of data."""
    return path.lower().endswith(marker.suffix)


def belongs(path: str, marker: Marker, entries: Mapping[str, Entry]) -> bool:
    """Whether the file that a marker speaks of is there."""
    bare = path[: -len(marker.suffix)]
    return any(one == bare or (_stem(one) == bare and not _beside(one, marker.suffix)) for one in entries)


def _beside(path: str, suffix: str) -> bool:
    return path.lower().endswith((suffix, SIGNATURE, ".ok"))


def _stem(path: str) -> str:
    """The path without its ending, and without that of a sealed file before it."""
    name = path.rpartition("/")[2]
    bare = unsealed(name)
    stem, point, _ = bare.rpartition(".")
    return path.removesuffix(name) + (stem if point else bare)


def read(content: bytes, marker: Marker) -> Said | None:
    """What a marker says; None when it cannot be understood, or lacks what was agreed."""
    if marker.content == "empty":
        return None if content.strip() else Said()
    try:
        text = _text(content).strip()
        facts = {name: value.strip() for name, value in _facts(text, marker)}
    except (ValueError, RecursionError, IndexError, KeyError):
        return None
    return _said(facts, marker)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _facts(text: str, marker: Marker) -> Iterator[tuple[str, str]]:
    """The agreed facts; raises where one is missing."""
    if marker.content in ("lines", "columns"):
        parts = text.splitlines()
        if marker.content == "columns":
            (line,) = parts
            parts = line.split(marker.delimiter)
        yield from ((name, parts[int(place)]) for name, place in marker.fields.items())
        return
    given = json.loads(text, parse_float=str) if marker.content == "json" else dict(_pairs(text))
    if not isinstance(given, dict):
        raise ValueError("no object")
    for name, key in marker.fields.items():
        value = given[key]
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError(key)
        yield name, str(value)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in filter(str.strip, text.splitlines()):
        key, sign, value = line.partition("=")
        if not sign:
            raise ValueError("no pair")
        yield key.strip(), value


def _said(facts: Mapping[str, str], marker: Marker) -> Said | None:
    numbers = {name: told_amounts.count(facts[name]) for name in ("size", "rows") if name in facts}
    hashes = {kind: facts[kind].lower() for kind in HASHES if kind in facts}
    broken = any(len(value) != _LENGTHS[kind] or not _HEX.issuperset(value) for kind, value in hashes.items())
    total = told_amounts.amount(facts["sum"], marker.amount) if "sum" in facts and marker.amount else None
    if None in numbers.values() or broken or ("sum" in facts and total is None):
        return None
    name = unicodedata.normalize("NFC", facts["file"]) if "file" in facts else None
    return Said(name, numbers.get("size"), hashes, numbers.get("rows"), sum=total)


def companions(path: str, over: HandingOver) -> Iterator[tuple[str, str]]:
    """Where what belongs to a file may lie: its path, and the ending that it has behind the file's own name."""
    yield f"{path}.ok", ".ok"
    yield path + SIGNATURE, SIGNATURE
    if over.marker is not None:
        yield path + over.marker.suffix, over.marker.suffix
        yield _stem(path) + over.marker.suffix, over.marker.suffix
