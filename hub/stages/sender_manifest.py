"""What a sender's manifest (完成清单, ``<file>.ok``) says of its file: that it is complete, its hash, its rows.

An empty one says only «complete». Otherwise it is a JSON object; whatever it says must fit, or the file waits, for the
sender knows what was to come.

| Key | Says |
|---|---|
| ``name`` | name of the file |
| ``size`` | in bytes |
| ``sha256``, ``sm3`` | hash of its bytes, in hex |
| ``rows`` | rows of data in it, without titles and header |
| ``mode``, ``reason`` | original, correction, replacement or withdrawal, and why |

Other keys are left alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.errors import FixConfiguration
from hub.stages.file_names import MODES

LONGEST_REASON = 500  # characters
HASHES = ("sha256", "sm3")
MOST_ROWS = 2**62  # what the ledger can hold


@dataclass(frozen=True, slots=True)
class Said:
    """A manifest that can be read."""

    name: str | None = None
    size: int | None = None
    hashes: dict[str, str] = field(default_factory=dict)
    rows: int | None = None
    mode: str | None = None
    reason: str | None = None
    sum: str | None = None  # of a marker: a plain decimal number in the unit that was agreed

    def fits(self, name: str, size: int) -> bool:
        """Whether name and size are those of the file."""
        return self.name in (None, unicodedata.normalize("NFC", name)) and self.size in (None, size)

    def hashed(self, file: Path) -> bool:
        """Whether the bytes of the file have the hashes that are given."""
        return all(_digest(file, kind) == value for kind, value in self.hashes.items())


def read(content: bytes) -> Said | None:
    """The manifest in these bytes; None when it cannot be understood or names a mode that there is not."""
    if not content.strip():
        return Said()
    try:
        given = json.loads(_text(content))
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    try:
        name, mode, reason = (_word(given, key) for key in ("name", "mode", "reason"))
        hashes = {kind: value.lower() for kind in HASHES if (value := _word(given, kind)) is not None}
        size, rows = (_number(given, key) for key in ("size", "rows"))
    except ValueError:
        return None
    if mode not in (None, *MODES) or any(not re.fullmatch("[0-9a-f]{64}", value) for value in hashes.values()):
        return None
    named = None if name is None else unicodedata.normalize("NFC", name)
    return Said(named, size, hashes, rows, mode, None if reason is None else reason[:LONGEST_REASON])


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _word(given: dict[str, Any], key: str) -> str | None:
    value = given.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(key)
    return value or None


def _number(given: dict[str, Any], key: str) -> int | None:
    """A whole number, also one in quotes: programs that only know texts write it so."""
    value = given.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_ROWS:
        raise ValueError(key)
    return value


def _digest(file: Path, kind: str) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, kind).hexdigest()
    except ValueError:
        raise FixConfiguration(f"this machine's OpenSSL knows no {kind}, which a department's manifest gives") from None
