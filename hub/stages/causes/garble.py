"""How text becomes nonsense and back: bytes of one encoding that somebody read as another and saved again.

| what was written | what came | way back |
|---|---|---|
| 行政 | è¡Œæ”¿ | Windows-1252, then UTF-8 |
| 行政 | 琛屾斂 | GB18030, then UTF-8 |
| 行政 | ÐÐÕþ | Windows-1252, then GB18030 |
| 行政 | 锟斤拷锟斤拷 | none: the text is gone |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

LOST = "锟斤拷"  # two replacement characters in UTF-8, read as GBK
UNREADABLE = "\ufffd"
_GAPS = 0.5  # share of the characters beyond ASCII that may be gone on the way back

_WESTERN = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


@dataclass(frozen=True, slots=True)
class Way:
    """A way back. ``said``: what is done, as the beginning of a sentence."""

    said: str
    back: Callable[[str], str | None]  # None: it does not lead back
    loses: bool = False  # characters that are gone come back as U+FFFD


def _western(text: str) -> bytes | None:
    """The bytes that Windows-1252 shows as ``text``; the five that it does not define stand for themselves."""
    try:
        return text.translate(_WESTERN).encode("latin-1")
    except UnicodeEncodeError:
        return None


def _decoded(content: bytes | None, encoding: str) -> str | None:
    try:
        return None if content is None else content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _from_gb(text: str) -> str | None:
    try:
        return _decoded(text.encode("gb18030"), "utf-8")
    except UnicodeEncodeError:
        return None


def _from_gb_with_gaps(text: str) -> str | None:
    """As far as it leads: what the wrong reading has already replaced stays a gap. Sound text comes back as gaps."""
    try:
        back = text.replace(UNREADABLE, "?").encode("gb18030").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return None
    foreign = [character for character in back if not character.isascii()]
    return back if not foreign or foreign.count(UNREADABLE) <= _GAPS * len(foreign) else None


WAYS = (
    Way("把转错的文字（UTF-8 被当作 GBK）转回以后", _from_gb),
    Way("把转错的文字（UTF-8 被当作西文编码）转回以后", lambda text: _decoded(_western(text), "utf-8")),
    Way("把转错的文字（GBK 被当作西文编码）转回以后", lambda text: _decoded(_western(text), "gb18030")),
    Way("从原系统按 UTF-8 重新导出后", _from_gb_with_gaps, loses=True),
)
