"""Private-use characters (专用区字符): old GB 18030 files carry a few in place of characters that have a standard code.

| text | standard | left |
|---|---|---|
| U+E81E (bytes FE 59) | U+9FB4 龴 | |
| U+E78E (bytes A6 DA) | U+FE12 ︒ | |
| U+E816 (bytes FE 51) | U+20087 𠂇 | |
| U+E000 | unchanged | yes: only one office's fonts know it |

Python's codec ``gb18030`` (3.11 to 3.14) is the mapping of the year 2000. GB 18030-2022 moved 18 of its code points out
of the private area. Six more kept their place there, but the national source of Unicode (Unihan, kIRG_GSource G9-FE51
and so on) names their ideographs, and the year 2005 had moved one letter already. Each line was compared with what
glibc 2.36, OpenJDK 17.0.15 and ICU 78.2 make of the bytes; ICU and OpenJDK leave the six where they were. U+FE12 stands
before U+FE11, as in the standard: the order of the bytes is not that of the characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import polars as pl

from hub.kernels.cells import patched, same_for_all
from hub.kernels.matrix import utf8_bytes

# For the inside of a class of characters in a regular expression: all three private areas.
PRIVATE = r"\x{E000}-\x{F8FF}\x{F0000}-\x{10FFFF}"

STANDARD: Mapping[str, str] = MappingProxyType(
    {
        # GB 18030-2022 against GB 18030-2005: presentation forms for vertical text.
        "\ue78d": "\ufe10",  # A6D9
        "\ue78e": "\ufe12",  # A6DA
        "\ue78f": "\ufe11",  # A6DB
        "\ue790": "\ufe13",  # A6DC
        "\ue791": "\ufe14",  # A6DD
        "\ue792": "\ufe15",  # A6DE
        "\ue793": "\ufe16",  # A6DF
        "\ue794": "\ufe17",  # A6EC
        "\ue795": "\ufe18",  # A6ED
        "\ue796": "\ufe19",  # A6F3
        # GB 18030-2022 against GB 18030-2005: components of ideographs.
        "\ue81e": "\u9fb4",  # FE59
        "\ue826": "\u9fb5",  # FE61
        "\ue82b": "\u9fb6",  # FE66
        "\ue82c": "\u9fb7",  # FE67
        "\ue832": "\u9fb8",  # FE6D
        "\ue843": "\u9fb9",  # FE7E
        "\ue854": "\u9fba",  # FE90
        "\ue864": "\u9fbb",  # FEA0
        # In the private area to this day; the ideographs are those of the source G9.
        "\ue816": "\U00020087",  # FE51
        "\ue817": "\U00020089",  # FE52
        "\ue818": "\U000200cc",  # FE53
        "\ue831": "\U000215d7",  # FE6C
        "\ue83b": "\U0002298f",  # FE76
        "\ue855": "\U000241fe",  # FE91
        # GB 18030-2005 against GB 18030-2000.
        "\ue7c7": "\u1e3f",  # A8BC
    }
)


class Standardised(NamedTuple):
    """Texts with standard characters; which of them changed; which still hold private-use characters."""

    texts: pl.Series
    changed: pl.Series
    left: pl.Series


def standardised(texts: pl.Series) -> Standardised:
    """Put standard characters in the place of private ones, where it is known which. A clean column costs one look."""
    nowhere = same_for_all(texts, False)
    if not holds_any(texts):
        return Standardised(texts, nowhere, nowhere)
    where = texts.str.contains(f"[{PRIVATE}]").fill_null(False)
    before = texts.filter(where)
    after = before.str.replace_many(list(STANDARD), list(STANDARD.values()))
    changed = patched(nowhere, where, before != after)
    left = patched(nowhere, where, after.str.contains(f"[{PRIVATE}]"))
    return Standardised(patched(texts, where, after), changed, left)


def holds_any(texts: pl.Series) -> bool:
    """Is there a private-use character in any of the texts?

    Told by the first bytes of a character in UTF-8: EE begins U+E000 to U+EFFF, EF 80 to EF A3 U+F000 to U+F8FF,
    F3 B0 to F3 BF and F4 the planes 15 and 16.
    """
    data = utf8_bytes(texts)
    leads = np.flatnonzero(data >= 0xEE)
    if not len(leads):
        return False
    first, second = data[leads], data[leads + 1]
    private = (first == 0xEE) | ((first == 0xEF) & (second <= 0xA3)) | ((first == 0xF3) & (second >= 0xB0))
    return bool((private | (first == 0xF4)).any())
