"""Decoding, strictly: byte order mark, then UTF-8, then GB18030, or not at all.

Charset guessers call GBK a printer's alphabet; a wrong guess is worse than a refusal. UTF-8 goes first because the
GB18030 decoder turns UTF-8 bytes into nonsense without complaint.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from hub.errors import FixConfiguration

BOM = b"\xef\xbb\xbf"
CHUNK = 1 << 20  # bytes decoded at a time; more fall out of the cache of the processor
# GB18030 reads every text of the older sets, and departments say GBK for all three.
_SUPERSET = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "utf-8-sig": "utf-8", "ascii": "utf-8"}
_FASTER = {"gb18030": "gbk"}  # the same characters for the same bytes, sooner, as far as it goes
_CERTAINTY = 8  # so many three-byte characters before the first bad byte: it is UTF-8, and damaged


class Undecodable(Exception):
    """The file is not text of ``encoding``: first bad byte at ``offset``; ``certain`` that it was meant to be."""

    def __init__(self, encoding: str, offset: int, certain: bool) -> None:
        self.encoding, self.offset, self.certain = encoding, offset, certain
        super().__init__(f"{encoding}, byte {offset}")


def has_bom(source: Path) -> bool:
    """Whether the file begins with the UTF-8 byte order mark."""
    with source.open("rb") as file:
        return file.read(3) == BOM


def canonical(declared: str) -> str:
    """``utf-8``, ``gb18030`` or another codec for the name in a contract; ``FixConfiguration`` for an unknown name."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        raise FixConfiguration(f"unknown encoding in a contract: {declared}") from None
    return _SUPERSET.get(name, name)


def transcoded(source: Path, encoding: str) -> Iterator[bytes]:
    """The file as chunks of valid UTF-8 (cut between characters), without its byte order mark.

    Bounded memory; ``Undecodable`` at the first byte that strict decoding refuses.
    """
    faster = encoding in _FASTER
    decoder = codecs.getincrementaldecoder(_FASTER.get(encoding, encoding))("strict")
    meant = False
    with source.open("rb") as file:
        start = 3 if encoding == "utf-8" and file.read(3) == BOM else 0
        file.seek(start)
        base = start
        while True:
            chunk = file.read(CHUNK)
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                if faster:  # these bytes again, and what comes behind them, with the codec that knows all
                    decoder, faster = codecs.getincrementaldecoder(encoding)("strict"), False
                    base -= len(pending)
                    file.seek(base)
                    continue
                valid = bytes(error.object[: error.start])
                certain = encoding == "utf-8" and (meant or _is_surely_utf8(valid))
                raise Undecodable(encoding, base - len(pending) + error.start, certain) from None
            base += len(chunk)
            meant = meant or not text.isascii()
            if text:
                yield text.encode()
            if not chunk:
                return


def _is_surely_utf8(valid: bytes) -> bool:
    """GB18030 text passes as UTF-8 for a character or two by chance, hardly for this many."""
    return sum(character >= "\u0800" for character in valid.decode("utf-8", "ignore")) >= _CERTAINTY


def line_at(source: Path, offset: int) -> int:
    """Physical line (from 1) on which the byte at ``offset`` stands.

    Counted on the raw bytes: in UTF-8 and GB18030 line feed and carriage return are never part of another character.
    """
    return _breaks(source, offset) + 1


def physical_lines(source: Path) -> int:
    """Physical lines of the file; a last line without a line break counts, nothing after a final break does."""
    size = source.stat().st_size
    with source.open("rb") as file:
        start = 3 if file.read(3) == BOM else 0
        if size <= start:
            return 0
        file.seek(size - 1)
        ends = file.read(1) in b"\r\n"
    return _breaks(source, size) + (0 if ends else 1)


def _breaks(source: Path, stop: int) -> int:
    total, after_return, left = 0, False, stop
    with source.open("rb") as file:
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            total += chunk.count(b"\n") + chunk.count(b"\r") - chunk.count(b"\r\n")
            if after_return and chunk.startswith(b"\n"):
                total -= 1
            after_return = chunk.endswith(b"\r")
    return total
