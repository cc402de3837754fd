"""The header of a DBF file (dBASE III and IV, FoxPro, Visual FoxPro): how many records, which fields, what encoding."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_VERSIONS = frozenset(b"\x02\x03\x30\x31\x32\x43\x63\x83\x8b\x8e\xcb\xf5\xfb")
VISUAL_FOXPRO = frozenset(b"\x30\x31\x32")
MEMO = frozenset("MGPW")  # the text lies in another file
_TYPES = frozenset("CNFDLIBYTMGPWVQ0+@O")
_PREFIX, _FIELD, _END = 32, 32, 0x0D
# Language drivers that mean the Chinese code page, or none in particular: GB18030 reads cp936.
_CHINESE = frozenset((0x00, 0x4D, 0x57, 0x7A))


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record; ``start`` counts from the deletion mark at 0."""

    name: bytes  # at most 10 bytes
    type: str
    start: int
    length: int
    nullable: bool


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says; ``fields`` end where the record ends."""

    version: int
    records: int
    length: int  # bytes of the header
    record_length: int
    encrypted: bool
    encoding: str | None  # None: a code page that is not Chinese
    fields: tuple[Field, ...]


def is_dbf(head: bytes, size: int) -> bool:
    """Whether a file that begins with ``head`` is one; by every fact that the header repeats, not by one byte."""
    if len(head) < _PREFIX or head[0] not in _VERSIONS:
        return False
    month, day = head[2], head[3]
    length, record_length = struct.unpack_from("<HH", head, 8)
    # A text has no bytes below 9 where the month stands, and zeros where a DBF keeps room.
    if month > 12 or day > 31 or length < _PREFIX + _FIELD + 1 or record_length < 2 or any(head[12:14]):
        return False
    at, known = _PREFIX, True
    while at + 11 < min(length, len(head)) and head[at] != _END:
        known = known and chr(head[at + 11]) in _TYPES
        at += _FIELD
    return known and at > _PREFIX and (size < length or (at < len(head) and head[at] == _END))


def parse(head: bytes) -> Header | None:
    """The header that begins the file; None when ``head`` holds only part of it or when its lengths contradict."""
    if len(head) < _PREFIX:
        return None
    records, length, record_length = struct.unpack_from("<IHH", head, 4)
    if len(head) < length:
        return None
    for wide in (False, True):
        fields = _fields(head[:length], head[0], wide)
        if fields and fields[-1].start + fields[-1].length == record_length:
            encoding = "gb18030" if head[29] in _CHINESE else None
            return Header(head[0], records, length, record_length, bool(head[15] & 1), encoding, fields)
    return None


def _fields(head: bytes, version: int, wide: bool) -> tuple[Field, ...]:
    """``wide``: a text field may be longer than 255 bytes, with the high byte where others keep their decimals."""
    found: list[Field] = []
    start, at = 1, _PREFIX
    while at < len(head) and head[at] != _END:
        raw = head[at : at + _FIELD]
        if len(raw) < _FIELD or chr(raw[11]) not in _TYPES:
            return ()
        kind = chr(raw[11])
        span = raw[16] + (raw[17] << 8 if wide and kind == "C" and version not in VISUAL_FOXPRO else 0)
        if not span:
            return ()
        nullable = version in VISUAL_FOXPRO and bool(raw[18] & 0x02)
        found.append(Field(raw[:11].split(b"\0")[0].rstrip(b" "), kind, start, span, nullable))
        start += span
        at += _FIELD
    return tuple(found) if at < len(head) else ()
