"""Business registration number (工商注册号, GS 15-2006): 15 digits, the last one a check digit (ISO 7064 MOD 11,10).

| cell | value | mark |
|---|---|---|
| ``"320830000000011"`` | unchanged | "" |
| ``"３２０８３０００００００011"``, ``"320830-00000001-1"`` | ``"320830000000011"`` | "" |
| ``"320830000000019"`` | unchanged | ID-REG-CHECK |
| ``"3208302300001"`` (13 digits), ``"企合苏淮总字第000123号"`` | unchanged | ID-REG-OLD |
| ``"320830"``, ``"91320830000000019L"`` | unchanged | ID-REG-FORM |
| ``"320830000000011"`` in a numeric cell of a sheet | unchanged | ID-NUMERIC |

Numbers given before July 2007 had 13 digits or, for foreign investors, words; whoever never changed his licence kept
them. Some registries also gave out 15 digits without the check, so a wrong one only asks.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.kernels.cells import joined, marked, repaired, trimmed
from hub.kernels.excel_damage import number_troubles
from hub.kernels.matrix import Bytes, Flags, byte_matrix, spread
from hub.kernels.reading import Kernel, Options, Reading

_FORM = r"^[0-9]{15}$"
_OLD = r"^(?:[0-9]{13}|企[合作独股]\p{Han}{1,6}字第[0-9]{4,7}号)$"
_ANY = rf"{_FORM}|{_OLD}"
_PLACEHOLDER = "0" * 15


def check_is_wrong(numbers: Bytes) -> Flags:
    """Rows of a matrix of ASCII digits whose last digit is not the check digit of those before it."""
    digits = (numbers - ord("0")).astype(np.int32)
    rest = np.full(len(digits), 10, dtype=np.int32)
    for place in range(digits.shape[1] - 1):
        total = (rest + digits[:, place]) % 10
        rest = np.where(total == 0, 10, total) * 2 % 11
    return np.asarray((rest + digits[:, -1]) % 10 != 1)


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of business registration numbers."""
    bare = trimmed(cells)
    fine = bare.str.contains(_FORM)
    values = repaired(bare, fine, lambda wrong: joined(wrong, _ANY))
    new = (fine if values is bare else values.str.contains(_FORM)).fill_null(False)
    old = ~new if new.all() else values.str.contains(_OLD).fill_null(False)
    troubles = {
        **number_troubles(values, new, options),
        "ID-REG-FORM": ~new & ~old | (values == _PLACEHOLDER),
        "ID-REG-CHECK": spread(check_is_wrong(byte_matrix(values.filter(new), 15)), new),
        "ID-REG-OLD": old,
    }
    return Reading(values, marked(values.is_not_null(), troubles))


KERNEL = Kernel(
    "business_registration",
    read,
    "text",
    ("ID-EXCEL15", "ID-NUMERIC", "ID-REG-FORM", "ID-REG-CHECK", "ID-REG-OLD"),
    "CHG-NUMBER",
)
