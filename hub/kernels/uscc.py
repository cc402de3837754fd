"""Unified social credit code (统一社会信用代码, GB 32100-2015), 18 characters.

| cell | value | mark |
|---|---|---|
| ``"91320830000000019L"`` | unchanged | "" |
| ``"９１３２０８３０-00000001 9l"`` | ``"91320830000000019L"`` | "" |
| ``"913208300000000191"`` | unchanged | ID-USCC-CHECK |
| ``"000000000000000000"``, ``"9132"`` | unchanged | ID-USCC-FORM |
| ``"320830188001010168"`` | unchanged (a resident id) | ID-USCC-ORG |
| ``"9.13208E+17"``, ``"913208300000001000"`` (rounded) | unchanged | ID-EXCEL15 |
| ``"320830"`` in a numeric cell of a sheet | unchanged | ID-NUMERIC |

Layout: 1 registry, 1 type, 6 division, 9 organisation code (GB 11714), 1 check character. The outer check character
decides; the inner digit, the registry and the division only ask, because genuine codes break them. Setting ``allow``:
genuine codes whose outer check character is wrong; nothing is asked about them (a contract may name a list of them in
``allow_list``, which ends up here).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from hub.kernels.cells import joined, marked, repaired, trimmed
from hub.kernels.excel_damage import number_troubles, rounded
from hub.kernels.matrix import Bytes, Flags, byte_matrix, pair_tables, spread, weighted_sums
from hub.kernels.reading import Kernel, Options, Reading

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FORM = r"^[1-9ANY][0-9A-HJ-NPQRTUWXY]{17}$"
_WEIGHTS = [*(pow(3, i, 31) for i in range(17)), 1]  # the check character makes the sum a multiple of 31
_INNER_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]
_PROVINCES = (
    *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46),
    *(50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82),
)
_NATIONAL = 10
# Types that a registry gives out; a registry that is not named here is not judged (its types are not published).
_TYPES = {"1": "1239", "3": "123459", "5": "123459", "9": "1239"}


def _values(alphabet: str) -> Bytes:
    table = np.zeros(256, dtype=np.uint8)
    table[np.frombuffer(alphabet.encode(), dtype=np.uint8)] = np.arange(len(alphabet))
    return table


_OUTER = pair_tables(_values(ALPHABET), _WEIGHTS)
_INNER = pair_tables(_values("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), _INNER_WEIGHTS)
_INNER_CHECK = np.frombuffer(b"0X987654321", dtype=np.uint8)  # by sum mod 11


def _among(pairs: Iterable[str]) -> Flags:
    """Table of all pairs of bytes: is it one of these?"""
    table = np.zeros(1 << 16, dtype=np.bool_)
    table[np.frombuffer("".join(pairs).encode(), dtype=np.uint16)] = True
    return table


_KINDS = _among(registry + kind for registry in "123456789ANY" for kind in _TYPES.get(registry, "123456789"))
_REGIONS = _among(map(str, (*_PROVINCES, _NATIONAL)))
_DIGITS = _among(f"{number:02}" for number in range(100))


def outer_is_wrong(codes: Bytes) -> Flags:
    """Rows of an (n, 18) matrix whose last character is not the check character of the first 17."""
    return np.asarray(weighted_sums(codes, _OUTER) % 31 != 0)


def inner_is_wrong(codes: Bytes) -> Flags:
    """Rows whose 17th character is not the check character of the organisation code before it."""
    return np.asarray(_INNER_CHECK[weighted_sums(codes[:, 8:16], _INNER) % 11] != codes[:, 16])


def head_is_unusual(codes: Bytes) -> Flags:
    """Rows with a registry, type or province that the standard does not know."""
    kind, region, *division = np.ascontiguousarray(codes[:, :8]).view(np.uint16).T
    return np.asarray(~(_KINDS[kind] & _REGIONS[region] & _DIGITS[division[0]] & _DIGITS[division[1]]))


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of unified social credit codes."""
    bare = trimmed(cells)
    fine = bare.str.contains(_FORM)
    values = repaired(bare, fine, lambda wrong: joined(wrong, _FORM))
    formed = (fine if values is bare else values.str.contains(_FORM)).fill_null(False)
    codes = byte_matrix(values if formed.all() else values.filter(formed), 18)
    outer = spread(outer_is_wrong(codes), formed)
    troubles = number_troubles(values, formed, options)
    troubles["ID-EXCEL15"] |= rounded(values, outer)
    genuine = values.is_in(options.words("allow")).fill_null(False) if options.words("allow") else None
    for code, rows in {
        "ID-USCC-FORM": ~formed,
        "ID-USCC-CHECK": outer,
        "ID-USCC-ORG": spread(inner_is_wrong(codes), formed),
        "ID-USCC-REGION": spread(head_is_unusual(codes), formed),
    }.items():
        troubles[code] = rows if genuine is None else rows & ~genuine
    return Reading(values, marked(values.is_not_null(), troubles))


KERNEL = Kernel(
    "uscc",
    read,
    "text",
    ("ID-EXCEL15", "ID-NUMERIC", "ID-USCC-FORM", "ID-USCC-CHECK", "ID-USCC-ORG", "ID-USCC-REGION"),
    "CHG-ID",
)
