"""The sheet ``_meta`` of a workbook (批次标识): whose rows it lists, signed, so that it is known when it comes back.

Lines of text, each at most four cells: who and what, then a line for each row that can be answered, then a keyed hash
over all of them. The record id of a row stands there, never a cell of it. Needs nothing but the standard library: it is
read where bytes of departments are parsed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SHEET = "_meta"
SCHEMA = "receipt-workbook.v1"
MEND, QUERY, BATCH = "待更正", "请核实", "整批"  # two sheets, and questions about the whole batch on the second
LONGEST = 200  # characters of a cell
MOST = 20_050  # lines
Line = tuple[str, ...]
_FACTS = ("receipt", "batch", "dataset", "contract", "ruleset", "department")


@dataclass(frozen=True, slots=True)
class Key:
    """One row that can come back. ``row`` as it stands in 原行号; a question about the batch has a code instead."""

    sheet: str
    row: str
    record: int | None
    record_id: str | None  # None: its natural key could not be told
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Meta:
    """What a workbook says of itself."""

    receipt: str
    batch: str
    dataset: str
    contract: str  # version
    ruleset: str  # fingerprint
    department: str
    keys: tuple[Key, ...]

    def by_row(self, *sheets: str) -> Mapping[str, Key]:
        """The rows of some sheets by their 原行号."""
        return {key.row: key for key in self.keys if key.sheet in sheets}


def key_of(record_key: bytes) -> bytes:
    """The key that signs workbooks, from the one that keys record ids; neither tells anything of the other."""
    return hashlib.blake2b(SCHEMA.encode(), key=hashlib.sha256(record_key).digest(), digest_size=32).digest()


def lines(meta: Meta, key: bytes) -> list[Line]:
    """The sheet, row by row."""
    said: list[Line] = [("schema", SCHEMA), *((name, str(getattr(meta, name))) for name in _FACTS)]
    for one in meta.keys:
        said.append(
            (one.sheet, one.row, "" if one.record is None else str(one.record), one.record_id or one.code or "")
        )
    return [*said, ("hmac", _mac(said, key))]


def read(said: Sequence[Line], key: bytes | None) -> Meta | None:
    """What the lines say; None when they are not what the hub wrote. Without a key their form alone is looked at."""
    if not said or said[-1][0] != "hmac" or len(said[-1]) < 2 or said[0][:2] != ("schema", SCHEMA):
        return None
    if key is not None and not hmac.compare_digest(
        _mac(said[:-1], key).encode(), said[-1][1].encode("utf-8", "replace")
    ):
        return None
    facts = {line[0]: line[1] for line in said[1 : 1 + len(_FACTS)] if len(line) > 1}
    keys = [_key(line) for line in said[1 + len(_FACTS) : -1]]
    if tuple(facts) != _FACTS or None in keys:
        return None
    return Meta(**facts, keys=tuple(one for one in keys if one is not None))


def _key(line: Line) -> Key | None:
    sheet, row, record, name = (*line, "", "", "", "")[:4]
    if sheet == BATCH:
        return Key(BATCH, row, None, None, name)
    if sheet not in (MEND, QUERY) or not record.isascii() or not record.isdecimal():
        return None
    return Key(sheet, row, int(record), name or None)


def _mac(said: Iterable[Line], key: bytes) -> str:
    """Blank cells at the end of a line do not count: programs drop them."""
    text = "\n".join("\t".join(line).rstrip("\t") for line in said)
    return hmac.new(key, text.encode("utf-8", "replace"), "sha256").hexdigest()
