"""Calendar dates in the spellings that departments send.

| cell | value | mark |
|---|---|---|
| ``"2023-01-05"``, ``"2023/1/5"``, ``"2023.1.5"``, ``"20230105"``, ``"2023年1月5日"`` | 2023-01-05 | "" |
| ``"二〇二三年一月五日"``, ``"贰零贰叁年零壹月零伍日"`` | 2023-01-05 | "" |
| ``"2023-01-05 00:00:00"``, ``"2023/1/5 00:00;00"``, ``"2023年1月5日10时30分"`` | 2023-01-05 | "" |
| ``"2023-01-05T09:00:00Z"``, ``"2023-01-05T00:00:00+08:00"`` | 2023-01-05 | "" |
| ``"2023-02-30"``, ``"1900-01-01"``, ``"1899-12-31"`` | null | DAT-IMPOSSIBLE |
| ``"44931"``; any number of days in a numeric cell of a sheet | null | DAT-SERIAL |
| ``"44931"`` with ``serial`` | 2023-01-05 | "" |
| ``"1672848000000"`` | null | DAT-EPOCH |
| ``"1672848000000"`` with ``epoch: ms``, ``"1672848000"`` with ``epoch: s`` | 2023-01-05 | "" |
| ``"1672876800"`` with ``epoch: s`` (no midnight in China) | null | DAT-EPOCH |
| ``"202301"``, ``"23-1-5"``, ``"05/01/2023"``, ``"明天"`` | null | DAT-FORMAT |
| ``"2023-01-05T16:00:00Z"`` (the 5th as written, the 6th in China), ``"2023-01-05 25:00"`` | null | DAT-FORMAT |
| ``"长期"``, ``"9999-09-09"`` with ``open_end`` | 2099-12-31 | "" |
| ``"2099-12-31"``, ``"2099-01-31"``, ``"9999-09-09"`` without ``open_end`` | null | DAT-IMPOSSIBLE |
| ``"无处罚期限"`` | null | null |

Settings: ``open_end`` true (有效期至 and the like); ``first_year`` and ``last_year``, by default 1949 and 2100: a
column of birth dates needs an earlier first year; ``serial`` true: numbers are days of Excel's 1900 system;
``epoch``: ``s`` or ``ms`` since 1970. The days by which Excel shows 0 and 1 are never meant.
"""

from __future__ import annotations

import datetime

import polars as pl

from hub.kernels.cells import folded, marked, of_type, patched, repaired, same_for_all, trimmed
from hub.kernels.chinese_numerals import date_in_digits
from hub.kernels.date_numbers import EPOCH, SERIAL, from_epoch, from_serial
from hub.kernels.reading import Kernel, Options, Reading

OPEN_END = datetime.date(2099, 12, 31)
_PLACEHOLDERS = (OPEN_END, datetime.date(2099, 1, 31))  # seen for "no end"
_EXCEL_ZERO = (datetime.date(1899, 12, 30), datetime.date(1899, 12, 31), datetime.date(1900, 1, 1))
_PLAIN = r"^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}|[0-9]{8})$"
_POINTS = r"^([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})$"
_AROUND = r"\s*([年月日号])\s*"
_WORDS = r"^([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})[日号]?$"
_AFTER_DATE = r"(?:([0-9])(?:T|\s+)|([日号])T?)"
_CLOCK = r"(?:[01]?[0-9]|2[0-3])[:;][0-5]?[0-9](?:[:;][0-5]?[0-9](?:\.[0-9]+)?)?"
_CLOCK_IN_WORDS = r"(?:[01]?[0-9]|2[0-3])[时点](?:[0-5]?[0-9]分(?:[0-5]?[0-9]秒)?)?"
_SAME_DAY_IN_CHINA = r"(?:0?[0-9]|1[0-5]):[0-5]?[0-9](?::[0-5]?[0-9](?:\.[0-9]+)?)?Z"
_TIME = rf"{_AFTER_DATE}(?:{_CLOCK}(?:\s?\+08:?00)?|{_CLOCK_IN_WORDS}|{_SAME_DAY_IN_CHINA})$"
_YEAR_MONTH = r"^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])$"
_TEXT_SERIAL = r"^[0-9]{5}(?:\.[0-9]+)?$"
_NUMBER_OF_DAYS = r"^[0-9]{1,7}(?:\.[0-9]+)?$"
_ENDLESS = ("长期", "长期有效", "永久", "永久有效", "无固定期限")
_NO_TERM = ("无处罚期限", "无期限", "无有效期")


def _plain(cells: pl.Series) -> pl.Series:
    """Half width, without the time of day; years, months and days joined by dashes. A file has few distinct dates."""
    distinct = cells.unique()
    bare = folded(distinct).str.strip_chars().str.replace_all(_AROUND, "${1}").str.replace(_TIME, "${1}${2}")
    plain = bare.str.replace(_POINTS, "${1}-${2}-${3}").str.replace(_WORDS, "${1}-${2}-${3}")
    words = plain.str.contains("年", literal=True).fill_null(False)
    if words.any():
        read = [date_in_digits(text) or text for text in plain.filter(words)]
        plain = patched(plain, words, pl.Series(read, dtype=pl.String))
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
    fine = bare.str.contains(_PLAIN)
    values = repaired(bare, fine, _plain)
    plain = (fine if values is bare else values.str.contains(_PLAIN)).fill_null(False)
    dates = _parsed(values.set(~plain, None))
    present, known = values.is_not_null(), plain
    odd = present & ~plain
    troubles: dict[str, pl.Series] = {}
    if odd.any():
        dates, converted, troubles = _numbers(values, odd, dates, options)
        present = present & ~values.is_in(list(_NO_TERM)).fill_null(False)
        known = known | converted
    endless = same_for_all(cells, False)
    if options.flag("open_end"):
        endless = (plain & values.str.starts_with("9999") | values.is_in(list(_ENDLESS))).fill_null(False)
    troubles["DAT-FORMAT"] = ~known & ~endless
    troubles["DAT-IMPOSSIBLE"] = known & ~endless & _unreal(dates, options)
    marks = marked(present, troubles)
    if endless.any():
        dates = dates.set(endless, OPEN_END)
    return Reading(pl.select(pl.when(marks == "").then(dates)).to_series(), marks)


def _unreal(dates: pl.Series, options: Options) -> pl.Series:
    """No day of the calendar, or none that can be meant."""
    years = dates.dt.year()
    wrong = (years < options.number("first_year", 1949)) | (years > options.number("last_year", 2100))
    never = _EXCEL_ZERO if options.flag("open_end") else (*_EXCEL_ZERO, *_PLACEHOLDERS)
    for day in never:
        wrong = wrong | (dates == day)
    return wrong.fill_null(True)


def _numbers(
    values: pl.Series, odd: pl.Series, dates: pl.Series, options: Options
) -> tuple[pl.Series, pl.Series, dict[str, pl.Series]]:
    """Dates with those that the contract lets us convert from numbers, which these are, and marks of the others."""
    converted = same_for_all(values, False)
    if options.flag("serial"):
        converted = odd & values.str.contains(SERIAL)
        dates = patched(dates, converted, from_serial(values.filter(converted)))
    instant = odd & values.str.contains(EPOCH)
    unit = options.settings.get("epoch")
    if isinstance(unit, str) and instant.any():
        days = patched(dates, instant, from_epoch(values.filter(instant), unit))
        midnight = instant & days.is_not_null()
        dates, converted, instant = days, converted | midnight, instant & ~midnight
    number = of_type(values, options.types, "n")
    days_in_sheet = number & values.str.contains(_NUMBER_OF_DAYS) & ~values.str.contains(_YEAR_MONTH)
    serial = odd & ~converted & (values.str.contains(_TEXT_SERIAL) | days_in_sheet)
    return dates, converted.fill_null(False), {"DAT-SERIAL": serial, "DAT-EPOCH": instant}


KERNEL = Kernel("date", read, "date", ("DAT-SERIAL", "DAT-EPOCH", "DAT-FORMAT", "DAT-IMPOSSIBLE"), "CHG-DATE")
