"""Plain text: names, titles, document numbers, free text. Trimmed, else untouched: full width and ㈱ belong to names.

| cell | value | mark |
|---|---|---|
| ``"　盱眙某某㈱ "`` | ``"盱眙某某㈱"`` | "" |
| ``"暂无"`` | null | null |
| ``"-3.5"``, ``"+86 123"`` | unchanged | "" |
| ``"=1+1"``, ``"＠SUM"`` | unchanged | TXT-FORMULA |
| ``"张\\u200b三"``, ``"上\\n下"`` | unchanged | TXT-CONTROL |
| ``"盱眙???公司"`` | unchanged | TXT-REPLACEMENT |

Setting ``multiline``: true lets line breaks and tabs stand inside a cell (XLSX).
"""

from __future__ import annotations

import polars as pl

from hub.kernels.cells import CONTROL, INVISIBLE, marked, trimmed
from hub.kernels.reading import Kernel, Options, Reading

_CONTROL_BUT_BREAKS = rf"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{{9F}}{INVISIBLE}]"
_REPLACEMENT = r"\x{FFFD}|\?\?\?"
_FORMULA = r"^[=+\-@＝＋－＠]"
_SIGNED_NUMBER = r"^[+\-＋－][0-9０-９][0-9０-９.,，． ]*[%％]?$"


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of text."""
    values = trimmed(cells)
    control = _CONTROL_BUT_BREAKS if options.flag("multiline") else CONTROL
    suspects = values.str.contains(f"{control}|{_REPLACEMENT}|{_FORMULA}").fill_null(False)
    if not suspects.any():
        return Reading(values, marked(values.is_not_null(), {}))
    return Reading(
        values,
        marked(
            values.is_not_null(),
            {
                "TXT-CONTROL": suspects & values.str.contains(control),
                "TXT-REPLACEMENT": suspects & values.str.contains(_REPLACEMENT),
                "TXT-FORMULA": suspects & values.str.contains(_FORMULA) & ~values.str.contains(_SIGNED_NUMBER),
            },
        ),
    )


KERNEL = Kernel("text", read, "text", ("TXT-CONTROL", "TXT-REPLACEMENT", "TXT-FORMULA"), "CHG-TEXT")
