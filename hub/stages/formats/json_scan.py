"""Where the records of a JSON list begin and end, by brackets outside of texts; nothing is parsed here.

By array, because a parser that meets one stray quote loses everything behind it without a word where.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]

_QUOTE, _BACKSLASH, _FEED, _RETURN = b'"\\\n\r'
_DELTA = np.zeros(256, np.int64)
_DELTA[[ord("{"), ord("[")]] = 1
_DELTA[[ord("}"), ord("]")]] = -1


@dataclass(frozen=True, slots=True)
class Scan:
    """What stands in one stretch of text that begins outside of every text, between two records."""

    brackets: Offsets  # every bracket that is no part of a text
    depth: Offsets  # how deep the text is behind each of them; 0 between records, -1 behind the end of the list
    ends: Offsets  # the last byte of every line break
    broken: int | None  # a line break inside a text: JSON has none, so a quote is missing on its line
    open: bool  # the stretch ends inside a text


def scan(data: bytes) -> Scan:
    """Scan ``data``."""
    raw = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(raw == _QUOTE)
    if b"\\" in data:
        quotes = np.setdiff1d(quotes, _escaped(raw), assume_unique=True)
    brackets = np.flatnonzero(_DELTA[raw])
    brackets = brackets[np.searchsorted(quotes, brackets) % 2 == 0]
    ends = line_ends(raw)
    within = ends[np.searchsorted(quotes, ends) % 2 == 1]
    return Scan(
        brackets=brackets,
        depth=np.cumsum(_DELTA[raw[brackets]]),
        ends=ends,
        broken=int(within[0]) if len(within) else None,
        open=len(quotes) % 2 == 1,
    )


def _escaped(raw: npt.NDArray[np.uint8]) -> Offsets:
    """Bytes behind an odd number of backslashes."""
    slashes = np.flatnonzero(raw == _BACKSLASH)
    first = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    length = np.diff(first, append=len(slashes))
    behind: Offsets = slashes[first] + length
    odd: Offsets = behind[length % 2 == 1]
    return odd


def line_ends(raw: npt.NDArray[np.uint8]) -> Offsets:
    """Offsets of the byte that ends each line: LF, or CR without LF behind it."""
    feeds = np.flatnonzero(raw == _FEED)
    returns = np.flatnonzero(raw == _RETURN)
    if not len(returns):
        return feeds
    alone = returns[raw[np.minimum(returns + 1, len(raw) - 1)] != _FEED]
    return np.union1d(feeds, alone)
