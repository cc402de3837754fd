"""Numbers of decisions and licences (决定文书号): natural keys, so one number must have one spelling.

| cell | value | mark |
|---|---|---|
| ``"盱市监罚〔2026〕12号"`` | unchanged | "" |
| ``"盱市监罚(２０２６) 12 号"``, ``"盱市监罚【2026】12号"`` | ``"盱市监罚〔2026〕12号"`` | "" |
| ``"盱公(治)行罚决字[2026]第0012号"`` | ``"盱公（治）行罚决字〔2026〕第0012号"`` | "" |
| ``"JY13208300012345"``, ``"ＪＹ13208300012345"`` (a plain licence number) | ``"JY13208300012345"`` | "" |
| ``"许可证 第12号（换）"`` (no such form) | unchanged | "" |
| ``"盱市监罚〔2026 12号"``, ``"盱市监罚〔2206〕12号"``, ``"见附件"`` | unchanged | DOC-FORMAT |
| ``"2026"`` in a numeric cell of a sheet | unchanged | ID-NUMERIC |

Where agency word (机关代字), bracketed year, serial and 号 are there, the year stands in the brackets of GB/T 9704,
blanks go and other brackets are full-width round ones. Zeros before the serial stay: they may tell two series apart.
Any other text is the sender's own, but for full-width letters and digits. How agencies number is their own affair, so
DOC-FORMAT only asks.
"""

from __future__ import annotations

import polars as pl

from hub.kernels import text
from hub.kernels.cells import judged, marked, repaired, trimmed
from hub.kernels.excel_damage import number_troubles
from hub.kernels.private_use import standardised
from hub.kernels.reading import Kernel, Options, Reading

_OPENING, _CLOSING = "(（[［〔﹝【〖{｛「『〈《", ")）]］〕﹞】〗}｝」』〉》"
_YEAR = r"(?:1949|19[5-9][0-9]|20[0-9]{2}|2100)"
_WORD = r"[\p{Han}A-Za-z0-9]"
_SERIAL = r"第?[A-Za-z]{0,3}[0-9]{1,12}(?:-[0-9]{1,6}){0,2}号(?:之[一二三四五六七八九十0-9]{1,3})?"
# Every bracket is round; the last one before the serial holds the year.
_FORM = rf"^({_WORD}(?:{_WORD}|（{_WORD}+）){{0,40}})（([0-9]{{4}})）({_SERIAL})$"
_SURE = rf"^(?:{_WORD}{{1,30}}〔{_YEAR}〕第?[0-9]{{1,12}}号|[A-Za-z]{{0,6}}[0-9]{{1,24}})$"
_DASHES = list("‐‑‒–—―－")


def _canonical(cells: pl.Series) -> pl.Series:
    """One spelling for what has the form; for the rest the sender's text with letters and digits of half width."""
    narrow = text.half_width(cells)
    one = (
        narrow.str.replace_all(r"\p{Zs}", "")
        .str.replace_many([*_OPENING, *_CLOSING], ["（"] * len(_OPENING) + ["）"] * len(_CLOSING))
        .str.replace_many(_DASHES, ["-"] * len(_DASHES))
    )
    formed = one.str.contains(_FORM)
    numbers = pl.when(formed).then(one.str.replace(_FORM, "${1}〔${2}〕${3}")).otherwise(narrow)
    return trimmed(pl.select(numbers).to_series())


def _judge(values: pl.Series) -> pl.Series:
    opening, closing = "|".join(map(_escaped, _OPENING)), "|".join(map(_escaped, _CLOSING))
    unpaired = values.str.count_matches(opening) != values.str.count_matches(closing)
    year = values.str.contains(r"〔[0-9]{4}〕") & ~values.str.contains(rf"〔{_YEAR}〕")
    broken = unpaired | year | ~values.str.contains("[0-9]")
    return marked(values.is_not_null(), {**text.troubles(values), "DOC-FORMAT": broken})


def _escaped(bracket: str) -> str:
    return rf"\x{{{ord(bracket):X}}}"


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of document numbers."""
    bare, replaced, _ = standardised(trimmed(cells))
    fine = bare.str.contains(_SURE)
    values = repaired(bare, fine, _canonical)
    sure = fine if values is bare else values.str.contains(_SURE)
    marks = judged(values, sure, _judge)
    for code, where in reversed(number_troubles(values, sure.fill_null(False), options).items()):
        if where.any():
            marks = marks.set(where & values.is_not_null(), code)
    return Reading(values, marks, {"CHG-PUA": replaced} if replaced.any() else {})


KERNEL = Kernel(
    "document_number",
    read,
    "text",
    ("ID-EXCEL15", "ID-NUMERIC", *text.CODES, "DOC-FORMAT"),
    "CHG-DOCUMENT",
    ("CHG-PUA",),
)
