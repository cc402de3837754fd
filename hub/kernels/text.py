"""Plain text: names, titles, document numbers, free text. Trimmed, else untouched: full width and ㈱ belong to names.

| cell | value | mark |
|---|---|---|
| ``"　盱眙某某㈱ "`` | ``"盱眙某某㈱"`` | "" |
| ``"暂无"`` | null | null |
| ``"-3.5"``, ``"+86 123"`` | unchanged | "" |
| ``"=1+1"``, ``"＠SUM"``, ``"\\t=1"`` | trimmed | TXT-FORMULA |
| ``"张\\u200b三"``, ``"上\\n下"``, ``"\\x00=1"`` | unchanged | TXT-CONTROL |
| ``"盱眙???公司"`` | unchanged | TXT-REPLACEMENT |
| ``"张\\ue81e"`` (bytes FE 59 of an old GB 18030) | ``"张\\u9fb4"``, told as CHG-PUA | "" |
| ``"张\\ue000"`` | unchanged | TXT-PUA |
| ``"第　１２号Ａ座㈱（甲）"`` with ``half_width`` | ``"第 12号A座㈱（甲）"`` | "" |

Settings: ``multiline`` true lets line breaks and tabs stand inside a cell (XLSX); ``half_width`` true makes full-width
letters, digits and blanks half width, and nothing else: brackets, ㈱, Ⅷ and ① stay (NFKC would change them).
"""

from __future__ import annotations

import string

import polars as pl

from hub.kernels.cells import CONTROL, INVISIBLE, marked, patched, trimmed
from hub.kernels.private_use import PRIVATE, standardised
from hub.kernels.reading import Kernel, Options, Reading

CODES = ("TXT-CONTROL", "TXT-REPLACEMENT", "TXT-FORMULA", "TXT-PUA")
_CONTROL_BUT_BREAKS = rf"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{{9F}}{INVISIBLE}]"
_REPLACEMENT = r"\x{FFFD}|\?\?\?"
_FORMULA = r"^[=+\-@＝＋－＠]"
_SIGNED_NUMBER = r"^[+\-＋－][0-9０-９][0-9０-９.,，． ]*[%％]?$"
_WIDE = "[Ａ-Ｚａ-ｚ０-９\u3000]"
_WIDE_AND_NARROW = {
    "\u3000": " ",
    **{chr(ord(narrow) + 0xFEE0): narrow for narrow in string.ascii_letters + string.digits},
}


def troubles(values: pl.Series, multiline: bool = False) -> dict[str, pl.Series]:
    """What is wrong with trimmed texts, worst first; for every kernel that keeps the sender's own words."""
    control = _CONTROL_BUT_BREAKS if multiline else CONTROL
    suspects = values.str.contains(f"{control}|{_REPLACEMENT}|{_FORMULA}|[{PRIVATE}]").fill_null(False)
    if not suspects.any():
        return {}
    return {
        "TXT-CONTROL": suspects & values.str.contains(control),
        "TXT-REPLACEMENT": suspects & values.str.contains(_REPLACEMENT),
        "TXT-FORMULA": suspects & values.str.contains(_FORMULA) & ~values.str.contains(_SIGNED_NUMBER),
        "TXT-PUA": suspects & values.str.contains(f"[{PRIVATE}]"),
    }


def half_width(values: pl.Series) -> pl.Series:
    """Full-width ASCII letters and digits and U+3000 as half width; every other character as it is."""
    wide = values.str.contains(_WIDE).fill_null(False)
    if not wide.any():
        return values
    narrow = values.filter(wide).str.replace_many(list(_WIDE_AND_NARROW), list(_WIDE_AND_NARROW.values()))
    return trimmed(patched(values, wide, narrow))  # ＮＵＬＬ has become a placeholder


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of text."""
    values, multiline = trimmed(cells), options.flag("multiline")
    if options.flag("half_width"):
        values = half_width(values)
    changes: dict[str, pl.Series] = {}
    found = troubles(values, multiline)
    if found and found["TXT-PUA"].any():
        values, replaced, _ = standardised(values)
        if replaced.any():
            changes["CHG-PUA"] = replaced
            found = troubles(values, multiline)
    return Reading(values, marked(values.is_not_null(), found), changes)


KERNEL = Kernel("text", read, "text", CODES, "CHG-TEXT", ("CHG-PUA",))
