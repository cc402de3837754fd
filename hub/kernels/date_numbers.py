"""Numbers that stand for days: Excel's serial numbers and the instants of programs.

| serial | day |
|---|---|
| ``"1"``, ``"59"``, ``"61"`` | 1900-01-01, 1900-02-28, 1900-03-01 |
| ``"44931"``, ``"44931.75"`` | 2023-01-05 |
| ``"0"``, ``"60"`` | none: Excel shows 1900-01-00, and 1900-02-29, which never was |

| instant | day in China |
|---|---|
| ``"1672848000"`` seconds, ``"1672848000000"`` milliseconds | 2023-01-05 |
| ``"1672848001"`` seconds | none: no midnight, so it was no day |

Ten digits of seconds begin in September 2001, after China's last summer time (1991): midnight is always 16:00 UTC.
"""

from __future__ import annotations

import datetime

import polars as pl

SERIAL = r"^[0-9]{1,5}(?:\.[0-9]+)?$"  # 99999 is a day in 2173
EPOCH = r"^(?:[0-9]{10}|[0-9]{13})$"
_DIGITS = {"s": 10, "ms": 13}
_DAY = 86_400
_CHINA = 8 * 3_600
_LEAP_THAT_NEVER_WAS = 60
_BEFORE_IT = datetime.date(1899, 12, 31)


def from_serial(numbers: pl.Series) -> pl.Series:
    """Days of Excel's 1900 system; the time of day behind the point is dropped. Null for 0 and 60."""
    days = numbers.str.extract(r"^([0-9]+)").cast(pl.Int32)
    later = (days > _LEAP_THAT_NEVER_WAS).cast(pl.Int32)
    real = pl.when((days != 0) & (days != _LEAP_THAT_NEVER_WAS)).then(days - later)
    since = pl.lit(_BEFORE_IT).cast(pl.Int32)
    return pl.select((real + since).cast(pl.Date)).to_series()


def from_epoch(numbers: pl.Series, unit: str) -> pl.Series:
    """Days whose midnight in China the instants are; null for another time, another unit or number of digits."""
    seconds = numbers.cast(pl.Int64)
    whole = numbers.str.len_bytes() == _DIGITS.get(unit, 0)
    if unit == "ms":
        whole, seconds = whole & (seconds % 1_000 == 0), seconds // 1_000
    local = seconds + _CHINA
    days = pl.when(whole & (local % _DAY == 0)).then(local // _DAY)
    return pl.select(days.cast(pl.Int32).cast(pl.Date)).to_series()
