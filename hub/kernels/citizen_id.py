"""Citizen identity number (公民身份号码, GB 11643-1999), 18 characters.

| cell | value | mark |
|---|---|---|
| ``"320830188001010002"``, ``"81000018900101001X"`` (residence permit, 港澳台居民居住证) | unchanged | "" |
| ``"32083018850104003x"`` | ``"32083018850104003X"`` | "" |
| ``"320830188001010003"`` | unchanged | ID-SFZ-CHECK |
| ``"320830188001010000"`` (rounded) | unchanged | ID-EXCEL15 |
| ``"320830190002290010"`` | unchanged | ID-SFZ-DATE |
| ``"3208301880****0002"`` | unchanged | ID-SFZ-FORM |
| ``"320830800101001"`` (15 digits) | unchanged | "" |
| ``"320830801301001"`` (15 digits) | unchanged | ID-SFZ-DATE |
| ``"911124188001010015"``, ``"USA110000010101"`` (foreigners) | unchanged | ID-SFZ-FORM, with ``foreign`` "" |
| ``"E12345678"``, ``"H12345678"``, ``"12345678"`` with ``lenient`` | unchanged | "" |
| ``"320830800101001"`` in a numeric cell of a sheet | unchanged | ID-NUMERIC |

A 15-digit number has no check digit. It stays as it is and is never upgraded to 18: an upgrade would compute a valid
number from a mistyped one and so point at another living person. Births from 1850 on count as dates, because the
synthetic numbers of tests and the demo lie in the 1880s, where no living person can have them. The birthplace is not
judged: old divisions are in real numbers; but no division begins with 0, and 9 stands for foreigners.

Settings: ``foreign`` true takes foreigners' permanent residence cards (外国人永久居留身份证), new with 18 characters
from 9 on and the same check character, old with three letters and twelve digits, of which only the form is judged;
``lenient`` true lets other documents pass as plain text (passports; 港澳居民来往内地通行证, H or M and 8 or 10
digits; 台湾居民来往大陆通行证, 8 digits); ``today`` (ISO date) is the last possible birth date, by default the current
day.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from hub.kernels.cells import CONTROL, joined, marked, repaired, same_for_all, trimmed
from hub.kernels.excel_damage import number_troubles, rounded
from hub.kernels.matrix import Bytes, Flags, byte_matrix, pair_tables, spread, weighted_sums
from hub.kernels.reading import Kernel, Options, Reading

_LONG = r"^[1-8][0-9]{16}[0-9X]$"
_LONG_OR_FOREIGN = r"^[1-9][0-9]{16}[0-9X]$"
_SHORT = r"^[1-8][0-9]{14}$"
_OLD_FOREIGN = r"^[A-Z]{3}[0-9]{12}$"
_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 0]  # none for the check character
_DIGITS = pair_tables(np.clip(np.arange(256) - ord("0"), 0, 9).astype(np.uint8), _WEIGHTS)
_CHECK = np.frombuffer(b"10X98765432", dtype=np.uint8)  # by sum mod 11
_POWERS = np.array([10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1], dtype=np.int32)
_MONTH_LENGTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int32)
_FIRST_BIRTH = 1850_01_01


def check_is_wrong(ids: Bytes) -> Flags:
    """Rows of an (n, 18) matrix whose last character is not the check digit of the first 17."""
    return np.asarray(_CHECK[weighted_sums(ids, _DIGITS) % 11] != ids[:, 17])


def date_is_wrong(digits: Bytes, last: date) -> Flags:
    """Rows of an (n, 8) matrix of ASCII digits YYYYMMDD that are no date between 1850 and ``last``."""
    number = (digits - ord("0")) @ _POWERS
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    length = _MONTH_LENGTH[np.clip(month, 0, 12)] + (leap & (month == 2))
    real = (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
    within = (number >= _FIRST_BIRTH) & (number <= last.year * 10_000 + last.month * 100 + last.day)
    return np.asarray(~(real & within))


def read(cells: pl.Series, options: Options) -> Reading:
    """Read a column of citizen identity numbers."""
    today = options.settings.get("today")
    last = date.fromisoformat(today) if isinstance(today, str) else date.today()
    foreign = options.flag("foreign")
    form = _LONG_OR_FOREIGN if foreign else _LONG
    forms = f"{form}|{_SHORT}|{_OLD_FOREIGN}" if foreign else f"{form}|{_SHORT}"
    bare = trimmed(cells)
    fine = bare.str.contains(form)
    values = repaired(bare, fine, lambda wrong: joined(wrong, forms))
    long = (fine if values is bare else values.str.contains(form)).fill_null(False)
    ids = byte_matrix(values if long.all() else values.filter(long), 18)
    misformed = old = same_for_all(values, False)
    if not long.all():
        short = values.str.contains(_SHORT).fill_null(False)
        old = spread(date_is_wrong(byte_matrix("19" + values.filter(short).str.slice(6, 6), 8), last), short)
        misformed = ~(long | short)
        if foreign:
            misformed = misformed & ~values.str.contains(_OLD_FOREIGN).fill_null(False)
        if options.flag("lenient"):
            other = (values.str.len_chars() != 18) & ~values.str.contains(rf"[*＊]|{CONTROL}")
            misformed = misformed & ~other.fill_null(False)
    check = spread(check_is_wrong(ids), long)
    troubles = number_troubles(values, long, options)
    troubles["ID-EXCEL15"] |= rounded(values, check)
    troubles |= {
        "ID-SFZ-FORM": misformed,
        "ID-SFZ-CHECK": check,
        "ID-SFZ-DATE": spread(date_is_wrong(ids[:, 6:14], last), long) | old,
    }
    return Reading(values, marked(values.is_not_null(), troubles))


KERNEL = Kernel(
    "citizen_id",
    read,
    "text",
    ("ID-EXCEL15", "ID-NUMERIC", "ID-SFZ-FORM", "ID-SFZ-CHECK", "ID-SFZ-DATE"),
    "CHG-ID",
)
