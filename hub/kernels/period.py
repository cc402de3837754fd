"""Reporting periods (期间): a month, a quarter, half a year or a year.

| cell | value | mark |
|---|---|---|
| ``"2026-11"``, ``"202611"``, ``"2026/11"``, ``"2026.11"``, ``"2026年11月"``, ``"2026年11月份"`` | ``"2026-11"`` | "" |
| ``"2026Q3"``, ``"2026-q3"``, ``"2026年第三季度"``, ``"2026年3季度"`` | ``"2026-Q3"`` | "" |
| ``"2026H1"``, ``"2026年上半年"`` | ``"2026-H1"`` | "" |
| ``"2026"``, ``"2026年"``, ``"2026年度"`` | ``"2026"`` | "" |
| ``"2026-11-01"`` in a date cell of a sheet, with ``of: month`` | ``"2026-11"`` | "" |
| ``"2026-13"``, ``"2026Q5"``, ``"1026"`` | unchanged | PER-IMPOSSIBLE |
| ``"2026.1"`` (January, or October without its zero), ``"11月"``, ``"2026-11-01"`` | unchanged | PER-FORMAT |
| ``"2026年"`` with ``of: month`` | unchanged | PER-FORMAT |

Settings: ``of``, one of month, quarter, half, year: no other length counts; ``first_year`` and ``last_year``, by
default 1949 and 2100. Excel turns a month that somebody types into the first day of it.
"""

from __future__ import annotations

import polars as pl

from hub.kernels.cells import folded, marked, of_type, repaired, trimmed
from hub.kernels.reading import Kernel, Options, Reading

LENGTHS = {
    "month": r"[0-9]{4}-(?:0[1-9]|1[0-2])",
    "quarter": r"[0-9]{4}-Q[1-4]",
    "half": r"[0-9]{4}-H[12]",
    "year": r"[0-9]{4}",
}
_FORM = rf"^(?:{'|'.join(LENGTHS.values())})$"
_LOOSE = r"^[0-9]{4}(?:-(?:[0-9]{2}|[QH][0-9]))?$"  # the form, whatever the number says
_QUARTERS = ("一季", "二季", "三季", "四季"), ("1季", "2季", "3季", "4季")
# Without blanks, half width, upper case.
_SPELLINGS = (
    (r"^([0-9]{4})(?:[-/.]|年)?([0-9]{2})(?:月份?)?$", "${1}-${2}"),
    (r"^([0-9]{4})(?:[-/]([0-9])|年([0-9])月份?)$", "${1}-0${2}${3}"),
    (r"^([0-9]{4})[-/年]?([QH][0-9])$", "${1}-${2}"),
    (r"^([0-9]{4})年?第?([0-9])季度?$", "${1}-Q${2}"),
    (r"^([0-9]{4})年?上半年$", "${1}-H1"),
    (r"^([0-9]{4})年?下半年$", "${1}-H2"),
    (r"^([0-9]{4})(?:年|年度|年?全年)$", "${1}"),
)
_FIRST_DAY = r"^([0-9]{4}-[0-9]{2})-01$"


def _canonical(cells: pl.Series) -> pl.Series:
    """The standard spelling, where there is one; else the sender's own text. A file has few distinct periods."""
    distinct = cells.unique()
    bare = folded(distinct).str.replace_all(r"\p{Zs}", "").str.to_uppercase()
    bare = bare.str.replace_many(*map(list, _QUARTERS))
    for spelling, form in _SPELLINGS:
        bare = bare.str.replace(spelling, form)
    standard = pl.select(pl.when(bare.str.contains(_LOOSE)).then(bare).otherwise(distinct)).to_series()
    return cells.replace_strict(distinct, standard, return_dtype=pl.String)


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of periods."""
    bare = trimmed(cells)
    length = str(options.settings.get("of", ""))
    months = bare
    if length == "month":
        days = of_type(cells, options.types, "d") & bare.str.contains(_FIRST_DAY)
        months = repaired(bare, ~days, lambda dates: dates.str.head(7))
    values = repaired(months, months.str.contains(_FORM), _canonical)
    possible = values.str.contains(_FORM).fill_null(False)
    loose = possible | values.str.contains(_LOOSE).fill_null(False)
    years = values.set(~loose, None).str.head(4).cast(pl.Int32)
    outside = (years < options.number("first_year", 1949)) | (years > options.number("last_year", 2100))
    other_length = possible & ~values.str.contains(rf"^{LENGTHS[length]}$") if length in LENGTHS else ~loose
    marks = marked(values.is_not_null(), {"PER-FORMAT": ~loose | other_length, "PER-IMPOSSIBLE": ~possible | outside})
    return Reading(repaired(values, marks == "", lambda _: bare.filter((marks != "").fill_null(False))), marks)


KERNEL = Kernel("period", read, "text", ("PER-FORMAT", "PER-IMPOSSIBLE"), "CHG-PERIOD")
