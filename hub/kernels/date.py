"""Calendar dates in the spellings that departments send.

| cell | value | mark |
|---|---|---|
| ``"2023-01-05"``, ``"2023/1/5"``, ``"2023.1.5"``, ``"20230105"``, ``"2023年1月5日"`` | 2023-01-05 | "" |
| ``"2023-01-05 00:00:00"``, ``"2023/1/5 00:00;00"``, ``"2023-01-05T00:00:00"`` | 2023-01-05 | "" |
| ``"2023-02-30"``, ``"1900-01-01"``, ``"1899-12-31"`` | null | DAT-IMPOSSIBLE |
| ``"44931"`` | null | DAT-SERIAL |
| ``"202301"``, ``"明天"`` | null | DAT-FORMAT |
| ``"长期"``, ``"9999-09-09"`` with ``open_end`` | 2099-12-31 | "" |
| ``"无处罚期限"`` | null | null |

Settings: ``open_end`` true (有效期至 and the like); ``first_year`` and ``last_year``, by default 1949 and 2100: a
column of birth dates needs an earlier first year.
"""

from __future__ import annotations

import datetime

import polars as pl

from hub.kernels.cells import folded, marked, patched, repaired, same_for_all, trimmed
from hub.kernels.reading import Kernel, Options, Reading

OPEN_END = datetime.date(2099, 12, 31)
_PLAIN = r"^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}|[0-9]{8})$"
_POINTS = r"^([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})$"
_WORDS = r"^([0-9]{4}) ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?[日号]?$"
_TIME = r"([0-9日号])(?:T|\s+)[0-9]{1,2}[:;][0-9]{1,2}(?:[:;][0-9]{1,2}(?:\.[0-9]+)?)?Z?$"
_SERIAL = r"^[0-9]{5}(?:\.[0-9]+)?$"
_ENDLESS = ("长期", "长期有效", "永久", "永久有效", "无固定期限")
_NO_TERM = ("无处罚期限", "无期限", "无有效期")


def _plain(cells: pl.Series) -> pl.Series:
    """Half width, without the time of day; years, months and days joined by dashes. A file has few distinct dates."""
    distinct = cells.unique()
    bare = folded(distinct).str.strip_chars().str.replace(_TIME, "${1}")
    plain = bare.str.replace(_POINTS, "${1}-${2}-${3}").str.replace(_WORDS, "${1}-${2}-${3}")
    return cells.replace_strict(distinct, plain, return_dtype=pl.String)


def _parsed(text: pl.Series) -> pl.Series:
    """Dates of the cells in plain form; null where the calendar has no such day."""
    compact = ~text.str.contains("[-/]", literal=False)
    dates = text.set(compact, None).str.replace_many(["/"], ["-"]).str.to_date("%Y-%m-%d", strict=False)
    if not compact.any():
        return dates
    return patched(dates, compact.fill_null(False), text.filter(compact).str.to_date("%Y%m%d", strict=False))


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of dates."""
    bare = trimmed(cells)
    values = repaired(bare, bare.str.contains(_PLAIN), _plain)
    plain = values.str.contains(_PLAIN).fill_null(False)
    none = values.is_in(list(_NO_TERM)).fill_null(False)
    dates = _parsed(values.set(~plain, None))
    years = dates.dt.year()
    outside = (years < options.number("first_year", 1949)) | (years > options.number("last_year", 2100))
    endless = same_for_all(cells, False)
    if options.flag("open_end"):
        endless = (plain & values.str.starts_with("9999") | values.is_in(list(_ENDLESS))).fill_null(False)
    troubles = {
        "DAT-SERIAL": values.str.contains(_SERIAL),
        "DAT-FORMAT": ~plain & ~endless,
        "DAT-IMPOSSIBLE": plain & ~endless & (dates.is_null() | outside.fill_null(False)),
    }
    marks = marked(values.is_not_null() & ~none, troubles)
    if endless.any():
        dates = dates.set(endless, OPEN_END)
    return Reading(pl.select(pl.when(marks == "").then(dates)).to_series(), marks)


KERNEL = Kernel("date", read, "date", ("DAT-SERIAL", "DAT-FORMAT", "DAT-IMPOSSIBLE"), "CHG-DATE")
