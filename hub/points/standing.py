"""Why an event does not count, as far as its own row tells (为什么不计分). The first reason that applies is given."""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.kernels.full_age import of_full_age
from hub.points.events import HUNDRED, MILLION
from hub.points.telling import ALONE

LARGEST = 10_000  # a quantity beyond it is a slip of the pen


def quantity() -> pl.Expr:
    """Millionths; null where there is none that can be."""
    cell = pl.col("quantity")
    return pl.when((cell > 0) & (cell <= LARGEST)).then((cell.cast(pl.Decimal(38, 6)) * MILLION).cast(pl.Int64))


def awarded() -> pl.Expr:
    """What the panel decided, in hundredths; null where it says more decimals than two."""
    cell = pl.col("awarded")
    exact = (cell.cast(pl.Decimal(38, 6)) * MILLION).cast(pl.Int64)
    fine = (cell <= LARGEST) & (exact % (MILLION // HUNDRED) == 0)
    return pl.when(fine).then(exact // (MILLION // HUNDRED))


def notice_ends() -> pl.Expr:
    """The first day on which the notice is over."""
    least = pl.col("noticed") + pl.duration(days=pl.col("notice_days"))
    return pl.max_horizontal(least, pl.col("notice_until") + pl.duration(days=1))


def reason(day: date) -> pl.Expr:
    """The number of the reason in ``ALONE``, or 0; of rows that have their rule beside them."""
    grown, answered = of_full_age(pl.col("actor"), pl.col("day")), of_full_age(pl.col("adult"), pl.col("day"))
    named = pl.col("named")
    elsewhere = named.is_not_null() & (named != pl.col("household"))
    kind, decided = pl.col("kind"), pl.col("reviewed").is_between(pl.col("day"), day)
    checks: list[tuple[str, pl.Expr]] = [
        ("withdrawn", pl.col("withdrawn")),
        ("to_come", pl.col("day") > day),
        ("wrong_village", pl.col("household").str.slice(0, 12) != pl.col("village")),
        ("no_edition", pl.col("edition").is_null()),
        ("no_rule", kind.is_null()),
        ("not_reviewed", ~(pl.col("passed").is_not_null() & decided.fill_null(False))),
        ("refused", ~pl.col("passed")),
        ("not_noticed", ~(pl.col("noticed") >= pl.col("reviewed")).fill_null(False) | (pl.col("noticed") > day)),
        ("notice_running", notice_ends() > day),
        ("annulled", pl.col("annulled")),
        ("appealed", pl.col("appealed")),
        ("age_unknown", grown.is_null() & ~answered.fill_null(False)),
        ("minor_alone", ~grown.fill_null(True) & ~answered.fill_null(False)),
        ("no_evidence", pl.col("proven") & pl.col("evidence").is_null()),
        ("wrong_household", (pl.col("beneficiary") == "own") & elsewhere),
        ("wrong_household", (pl.col("beneficiary") == "named") & ~elsewhere),
        ("no_quantity", kind.is_in(["each", "steps"]) & quantity().is_null()),
        ("not_awarded", (kind == "range") & pl.col("awarded").is_null()),
        ("out_of_range", (kind == "range") & ~awarded().is_between(pl.col("low"), pl.col("high")).fill_null(False)),
    ]
    found = pl.lit(0, pl.UInt8)
    for code, holds in reversed(checks):
        found = pl.when(holds.fill_null(False)).then(pl.lit(ALONE[code], pl.UInt8)).otherwise(found)
    return found
