"""OLE compound files (MS-CFB): the small file system in which an old .xls lies, read strictly.

Only what is needed to name the streams and to put one of them together.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_ORDER = 0xFFFE
_LAST_REGULAR = 0xFFFFFFFA
_END = 0xFFFFFFFE
_NOBODY = 0xFFFFFFFF
_ENTRY = 128
_STORAGE, _STREAM, _ROOT = 1, 2, 5


class Foreign(Exception):
    """The magic stands there, but no compound file behind it."""


class Broken(Exception):
    """A sector that should be there is missing, or a chain of sectors ends nowhere."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream or storage of the directory."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """``top``: streams and storages at the top, by name; ``entries``: all of them, in the order of the directory."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(MAGIC) or len(content) < _HEADER:
            raise Broken if content.startswith(MAGIC) else Foreign
        order, shift, mini_shift = struct.unpack_from("<HHH", content, 28)
        if order != _ORDER or shift not in (9, 12) or mini_shift != 6:
            raise Foreign
        self._content, self._sector = content, 1 << shift
        _, directory, _, self._cutoff, mini, _, more, _ = struct.unpack_from("<8I", content, 44)
        self._next = self._table(struct.unpack_from("<109I", content, 76), more)
        self.entries = tuple(self._directory(self._chain(directory)))
        if not self.entries or self.entries[0].kind != _ROOT:
            raise Broken
        self._small = self._words(self._chain(mini)) if mini <= _LAST_REGULAR else ()
        self.top: Mapping[str, Entry] = {entry.name: entry for entry in self._children(self.entries[0].child)}

    def stream(self, entry: Entry) -> bytes:
        """The bytes of a stream. ``Broken`` when some are missing."""
        if entry.size < self._cutoff and entry.kind != _ROOT:
            data = self._small_chain(entry.start)
        else:
            data = self._chain(entry.start)
        if len(data) < entry.size:
            raise Broken
        return data[: entry.size]

    def _table(self, first: tuple[int, ...], more: int) -> tuple[int, ...]:
        """Which sector follows which: the sectors of the table are listed in the header and, beyond it, in a chain."""
        listed = list(first)
        for _ in range(len(self._content) // self._sector):
            if more > _LAST_REGULAR:
                break
            *numbers, more = self._words(self._read(more))
            listed += numbers
        return tuple(word for number in listed if number <= _LAST_REGULAR for word in self._words(self._read(number)))

    def _read(self, number: int) -> bytes:
        start = (number + 1) * self._sector
        if start >= len(self._content):
            raise Broken
        return self._content[start : start + self._sector]  # the last one may be short: the size of a stream decides

    @staticmethod
    def _words(data: bytes) -> tuple[int, ...]:
        return struct.unpack_from(f"<{len(data) // 4}I", data)

    def _chain(self, start: int) -> bytes:
        parts: list[bytes] = []
        number = start
        while number != _END:
            if number >= len(self._next) or len(parts) > len(self._next):
                raise Broken
            parts.append(self._read(number))
            number = self._next[number]
        return b"".join(parts)

    def _small_chain(self, start: int) -> bytes:
        holder = self._chain(self.entries[0].start)
        parts: list[bytes] = []
        number = start
        while number != _END:
            if number >= len(self._small) or len(parts) > len(self._small):
                raise Broken
            parts.append(holder[number << 6 : (number + 1) << 6])
            number = self._small[number]
        return b"".join(parts)

    def _directory(self, data: bytes) -> Iterator[Entry]:
        for at in range(0, len(data) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", data, at + 64)
            left, right, child = struct.unpack_from("<III", data, at + 68)
            start, size = struct.unpack_from("<II", data, at + 116)
            name = data[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            yield Entry(name, kind, left, right, child, start, size)

    def _children(self, first: int) -> Iterator[Entry]:
        """The members of a storage: a tree of siblings."""
        seen: set[int] = set()
        waiting = [first]
        while waiting:
            number = waiting.pop()
            if number == _NOBODY:
                continue
            if number >= len(self.entries) or number in seen:
                raise Broken
            seen.add(number)
            entry = self.entries[number]
            if entry.kind in (_STORAGE, _STREAM):
                yield entry
            waiting += (entry.left, entry.right)
