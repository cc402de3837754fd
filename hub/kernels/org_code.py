"""Organisation code (组织机构代码, GB 11714-1997): eight digits or capital letters and a check character.

| cell | value | mark |
|---|---|---|
| ``"000000019"``, ``"MA0000015"`` | unchanged | "" |
| ``"ma000001-5"``, ``"ＭＡ０００００１－５"`` | ``"MA0000015"`` | "" |
| ``"00000001X"`` | unchanged | ID-ORG-CHECK |
| ``"00000000"``, ``"000000000"``, ``"91320830000000019L"`` | unchanged | ID-ORG-FORM |
| ``"19"`` in a numeric cell of a sheet | unchanged | ID-NUMERIC |
| ``"1.9E+07"`` | unchanged | ID-EXCEL15 |

On paper a dash stands before the check character; it is no part of the code. Nine zeros pass the check, but they are
a placeholder.
"""

from __future__ import annotations

import polars as pl

from hub.kernels.cells import joined, marked, repaired, trimmed
from hub.kernels.excel_damage import number_troubles
from hub.kernels.matrix import Flags, byte_matrix, spread
from hub.kernels.reading import Kernel, Options, Reading
from hub.kernels.uscc import inner_is_wrong

_FORM = r"^[0-9A-Z]{8}[0-9X]$"
_PLACEHOLDER = "000000000"


def _check_is_wrong(codes: pl.Series) -> Flags:
    """Codes of nine characters with the wrong last one: judged as the part of a credit code that they became."""
    return inner_is_wrong(byte_matrix("0" * 8 + codes + "0", 18))


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of organisation codes."""
    bare = trimmed(cells)
    fine = bare.str.contains(_FORM)
    values = repaired(bare, fine, lambda wrong: joined(wrong, _FORM))
    formed = (fine if values is bare else values.str.contains(_FORM)).fill_null(False)
    troubles = {
        **number_troubles(values, formed, options),
        "ID-ORG-FORM": ~formed | (values == _PLACEHOLDER),
        "ID-ORG-CHECK": spread(_check_is_wrong(values.filter(formed)), formed),
    }
    return Reading(values, marked(values.is_not_null(), troubles))


KERNEL = Kernel("org_code", read, "text", ("ID-EXCEL15", "ID-NUMERIC", "ID-ORG-FORM", "ID-ORG-CHECK"), "CHG-NUMBER")
