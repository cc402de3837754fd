"""Whether a citizen id (GB 11643) tells that somebody is of full age (成年) on a day.

Full age is 18 (Civil Code art. 17) and begins on the day after the birthday. A number that tells no birth (15 digits,
a passport) tells no age: the answer is null, and unknown is never yes.
"""

from __future__ import annotations

import polars as pl

FULL_AGE = 18  # years
WITH_BIRTH = "^[0-9]{17}[0-9X]$"  # the day of birth stands in places 7 to 14


def of_full_age(number: pl.Expr, day: pl.Expr) -> pl.Expr:
    """True, false, or null where the number does not tell. ``day`` is a column of dates."""
    born = pl.when(number.str.contains(WITH_BIRTH)).then(number.str.slice(6, 8)).cast(pl.Int64, strict=False)
    # As numbers YYYYMMDD: who was born on 29 February is of full age on 1 March, as the law counts.
    today = day.dt.year().cast(pl.Int64) * 10_000 + day.dt.month().cast(pl.Int64) * 100 + day.dt.day().cast(pl.Int64)
    return born + FULL_AGE * 10_000 < today
