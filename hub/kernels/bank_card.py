"""Bank card number (银行卡号, ISO/IEC 7812-1): 12 to 19 digits, the last one a check digit (Luhn).

| cell | value | mark |
|---|---|---|
| ``"4111111111111111"`` | unchanged | "" |
| ``"4111 1111 1111 1111"``, ``"４１１１-1111-1111-1111"`` | ``"4111111111111111"`` | "" |
| ``"62220212345678901"`` | unchanged | ID-CARD-CHECK |
| ``"622202******0123"``, ``"0000000000000000"`` | unchanged | ID-CARD-FORM |
| ``"4111111111111110"`` in a numeric cell of a sheet, ``"4.11E+15"`` | unchanged | ID-EXCEL15 |
| ``"6222021234567890000"`` in a sheet, check digit wrong | unchanged | ID-EXCEL15 |

Accounts (账号) have no check digit and belong into a text column.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.kernels.cells import joined, marked, repaired, trimmed
from hub.kernels.excel_damage import number_troubles
from hub.kernels.matrix import Bytes, Flags, byte_matrix, spread
from hub.kernels.reading import Kernel, Options, Reading

_LONGEST = 19
_FORM = r"^[0-9]{12,19}$"
_ONLY_ZEROS = r"^0+$"
_ROUNDED = r"^[0-9]{15}0{2,4}$"  # a sheet's number of 15 digits, made text again
# What a digit counts where it is doubled: the sum of the digits of its double.
_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], dtype=np.int32)


def check_is_wrong(numbers: Bytes) -> Flags:
    """Rows of a matrix of ASCII digits whose last digit is not the check digit of those before it."""
    digits = numbers - ord("0")
    from_last = digits[:, ::-1]
    sums = from_last[:, ::2].sum(axis=1, dtype=np.int32) + _DOUBLED[from_last[:, 1::2]].sum(axis=1)
    return np.asarray(sums % 10 != 0)


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of bank card numbers."""
    bare = trimmed(cells)
    fine = bare.str.contains(_FORM)
    values = repaired(bare, fine, lambda wrong: joined(wrong, _FORM))
    formed = (fine if values is bare else values.str.contains(_FORM)).fill_null(False)
    # Zeros in front change neither the weights, which count from the end, nor the sum.
    numbers = byte_matrix(values.filter(formed).str.zfill(_LONGEST), _LONGEST)
    wrong = spread(check_is_wrong(numbers), formed)
    troubles = number_troubles(values, formed, options)
    if options.types is not None:
        troubles["ID-EXCEL15"] |= wrong & values.str.contains(_ROUNDED).fill_null(False)
    troubles |= {
        "ID-CARD-FORM": ~formed | values.str.contains(_ONLY_ZEROS),
        "ID-CARD-CHECK": wrong,
    }
    return Reading(values, marked(values.is_not_null(), troubles))


KERNEL = Kernel("bank_card", read, "text", ("ID-EXCEL15", "ID-NUMERIC", "ID-CARD-FORM", "ID-CARD-CHECK"), "CHG-NUMBER")
