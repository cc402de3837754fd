"""Watermarks of an API (取数水位): texts that are whole numbers or moments, compared by what they mean.

They go back to the API in the form in which it gave them.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_FRACTION = re.compile(r"\.([0-9]+)", re.ASCII)

Level = tuple[str, float | int]  # kind, and what is compared


def level(text: object) -> Level | None:
    """What a watermark means; None when it is neither a whole number nor a moment of ISO 8601 (date, or date and time).

    Moments with a zone and without one are two kinds: they cannot be compared.
    """
    if not isinstance(text, str):
        return None
    if _NUMBER.fullmatch(text):
        return "number", int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    fraction = _FRACTION.search(text)
    if fraction is not None and len(fraction[1]) > 6:
        return None  # finer than can be compared
    if moment.tzinfo is None:
        return "local", (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    return "instant", (moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) // timedelta(microseconds=1)


def earlier(text: str, overlap: float) -> str:
    """The watermark so many seconds, or units, below ``text``."""
    if not overlap:
        return text
    if _NUMBER.fullmatch(text):
        return str(int(text) - math.ceil(overlap))
    if len(text) <= 10:  # a date has no seconds: whole days, rather one too many
        return (datetime.fromisoformat(text) - timedelta(days=math.ceil(overlap / 86_400))).date().isoformat()
    moment = datetime.fromisoformat(text) - timedelta(seconds=overlap)
    fraction = _FRACTION.search(text)
    told = moment.isoformat(sep=text[10], timespec="microseconds" if fraction else "seconds")
    if fraction is not None:
        told = _FRACTION.sub(lambda found: f".{found[1][: len(fraction[1])]}", told)
    return told.replace("+00:00", "Z") if text.endswith("Z") else told
