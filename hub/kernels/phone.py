"""Telephone numbers of contacts (联系电话): mobile, landline with area code and extension, 400 and 800 numbers.

| cell | value | mark |
|---|---|---|
| ``"13800000000"``, ``"+86 138-0000-0000"``, ``"８６１３８００００００００"`` | ``"13800000000"`` | "" |
| ``"0517-88800000"``, ``"(0517)8880 0000"``, ``"051788800000"``, ``"+86-517-88800000"`` | ``"0517-88800000"`` | "" |
| ``"010-88800000转123"``, ``"01088800000-123"`` | ``"010-88800000-123"`` | "" |
| ``"400-800-0000"`` | ``"4008000000"`` | "" |
| ``"88800000"`` (no area code), ``"1380000000"``, ``"见附件"`` | unchanged | PHN-FORM |
| ``"13800000000/13900000000"`` (two numbers) | unchanged | PHN-FORM |
| ``"=1+1"``, ``"138\\u200b0000"`` | unchanged | TXT-FORMULA, TXT-CONTROL |

Forms from the numbering plan (电信网编号计划): area codes 010, 02X and 0XXX, local numbers of 7 or 8 digits that begin
with neither 0 nor 1. Which series are in use is not judged: they grow every year.
"""

from __future__ import annotations

import polars as pl

from hub.kernels import text
from hub.kernels.cells import folded, judged, marked, repaired, same_for_all, trimmed
from hub.kernels.reading import Kernel, Options, Reading

_AREA, _EXTENSION = "10|2[0-9]|[3-9][0-9]{2}", "-[0-9]{1,6}"
_FORM = rf"^(?:1[3-9][0-9]{{9}}|0(?:{_AREA})-[2-9][0-9]{{6,7}}(?:{_EXTENSION})?|[48]00[0-9]{{7}}(?:{_EXTENSION})?)$"
_JOINTS = r"[-‐‑‒–—―－]+"
_TO_EXTENSION = r"(?i)-?(?:转|分机号?|ext\.?|x|#)[:：]?"
_ABROAD = r"(?:\+|00)86-?"
# What is left without blanks and round brackets, and the form that it stands for.
_SPELLINGS = (
    (rf"^(?:(?:{_ABROAD}|86-?))?(1[3-9][0-9])-?([0-9]{{4}})-?([0-9]{{4}})$", "${1}${2}${3}"),
    (rf"^0({_AREA})-?([2-9][0-9]{{2,3}})-?([0-9]{{4}})({_EXTENSION})?$", "0${1}-${2}${3}${4}"),
    (rf"^{_ABROAD}0?({_AREA})-?([2-9][0-9]{{2,3}})-?([0-9]{{4}})({_EXTENSION})?$", "0${1}-${2}${3}${4}"),
    (rf"^([48]00)-?([0-9]{{3}})-?([0-9]{{4}})({_EXTENSION})?$", "${1}${2}${3}${4}"),
    (rf"^([48]00)-?([0-9]{{4}})-?([0-9]{{3}})({_EXTENSION})?$", "${1}${2}${3}${4}"),
)


def _canonical(cells: pl.Series) -> pl.Series:
    """The standard spelling of every cell that is one number; else the sender's own text."""
    bare = (
        folded(cells).str.replace_all(r"[\p{Zs}()]", "").str.replace(_TO_EXTENSION, "-").str.replace_all(_JOINTS, "-")
    )
    for spelling, form in _SPELLINGS:
        bare = bare.str.replace(spelling, form)
    return pl.select(pl.when(bare.str.contains(_FORM)).then(bare).otherwise(cells)).to_series()


def _judge(unreadable: pl.Series) -> pl.Series:
    troubles = {**text.troubles(unreadable), "PHN-FORM": same_for_all(unreadable, True)}
    return marked(unreadable.is_not_null(), troubles)


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of telephone numbers."""
    bare = trimmed(cells)
    fine = bare.str.contains(_FORM)
    values = repaired(bare, fine, _canonical)
    return Reading(values, judged(values, fine if values is bare else values.str.contains(_FORM), _judge))


KERNEL = Kernel("phone", read, "text", (*text.CODES, "PHN-FORM"), "CHG-NUMBER")
