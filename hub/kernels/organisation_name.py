"""Names of organisations (单位名称), as registered. Nothing is folded: full width and ㈱ belong to names.

| cell | value | mark |
|---|---|---|
| ``"盱眙某某（江苏）有限公司"`` | unchanged | "" |
| ``"盱眙某某(江苏)有限公司"``, ``"盱眙 某某（ 江苏 ）有限公司"`` | ``"盱眙某某（江苏）有限公司"`` | "" |
| ``"Ａ某某㈱"``, ``"ABC (China) Ltd."`` | unchanged | "" |
| ``"某某店"`` | unchanged | NAM-SHORT |
| ``"盱眙???公司"``, ``"=盱眙"`` | unchanged | TXT-REPLACEMENT, TXT-FORMULA |
| a character of the private use area | unchanged | TXT-PUA |

Brackets of a Chinese name are full-width round ones (企业名称登记管理规定 and the registers); a name without Chinese
characters keeps its own. A name of fewer than four characters is more likely a short form than the registered one.
"""

from __future__ import annotations

import polars as pl

from hub.kernels import text
from hub.kernels.cells import judged, marked, repaired, trimmed
from hub.kernels.private_use import standardised
from hub.kernels.reading import Kernel, Options, Reading

_SHORTEST = 4
_SURE = rf"^[\p{{Han}}（）]{{{_SHORTEST},}}$"
_CHINESE = r"\p{Han}"
_INNER_BLANKS = rf"([{_CHINESE}（）])\p{{Zs}}+([{_CHINESE}（）])"


def _canonical(cells: pl.Series) -> pl.Series:
    """Chinese names with full-width brackets and without blanks between their characters."""
    standard = cells.str.replace_many(["(", ")"], ["（", "）"])
    # Twice: of two blanks with one character between them the first takes the character.
    for _ in range(2):
        standard = standard.str.replace_all(_INNER_BLANKS, "${1}${2}")
    return trimmed(pl.select(pl.when(cells.str.contains(_CHINESE)).then(standard).otherwise(cells)).to_series())


def _judge(names: pl.Series) -> pl.Series:
    troubles = {
        **text.troubles(names),
        "NAM-SHORT": names.str.len_chars() < _SHORTEST,
    }
    return marked(names.is_not_null(), troubles)


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of names of organisations."""
    bare, replaced, _ = standardised(trimmed(cells))
    fine = bare.str.contains(_SURE)
    values = repaired(bare, fine, _canonical)
    marks = judged(values, fine if values is bare else values.str.contains(_SURE), _judge)
    return Reading(values, marks, {"CHG-PUA": replaced} if replaced.any() else {})


KERNEL = Kernel("organisation_name", read, "text", (*text.CODES, "NAM-SHORT"), "CHG-NAME", ("CHG-PUA",))
