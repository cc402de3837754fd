"""Events and rule book to lines and totals (积分计算). Every number is a whole number of hundredths until the end.

One frame, sorted once by household, day and event; a line that does not count adds nothing to any sum. So a cap is a
running sum, cut off: what an event adds is the difference of two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from hub.contract.points import Edition
from hub.points.events import HUNDRED, hundredths, rule_table, step_points, with_rules
from hub.points.standing import awarded, notice_ends, quantity, reason
from hub.points.telling import ALONE, BASE, BELOW, told, under

POINTS = pl.Decimal(18, 2)
# The caps in the order in which they hold, with what they run over: each looks at what the narrower ones have left.
CAPS: dict[str, tuple[str, ...]] = {
    "member": ("of_year", "who"),
    "month": ("of_month",),
    "quarter": ("of_quarter",),
    "year": ("of_year",),
}
_YEAR, _MEMBER = ("home", "year"), ("of_year", "who")
_NOTHING = ("withdrawn", "to_come", "wrong_village")  # an event that is none of the household's in that year
_LOSS, _LIVE = pl.col("kind") == "loss", pl.col("reason") == 0
LINES = ("household", "event", "village", "rule", "number", "label", "edition", "day", "year", "raw", "counted")
_MORE = ("reasons", "same_as", "notice_ends", "grade_drop")


@dataclass(frozen=True, slots=True)
class Computed:
    """``lines``: one an event, by household, day and event. ``totals``: one a household and year of a rule book.

    ``reasons`` of a line: why it counts less than its ``raw`` points, or nothing; empty where it counts in full.
    ``total`` of a household is ``base + earned - lost``, never less than the base.
    """

    lines: pl.DataFrame
    totals: pl.DataFrame


def compute(events: pl.DataFrame, editions: Sequence[Edition], day: date) -> Computed:
    """Lines and totals as they stand on a day. ``events`` is a frame of ``EVENTS``, each event once."""
    rows = _first_of_twins(_invented(_sorted(events, editions, day)))
    rows = _losses(_capped(_scored(rows, editions)))
    return Computed(_lines(rows, editions), _totals(rows, editions))


def _sorted(events: pl.DataFrame, editions: Sequence[Edition], day: date) -> pl.DataFrame:
    """What of the events matters, with the first reason and the numbers of the groups that caps run over."""
    credited = pl.when((pl.col("beneficiary") == "named") & pl.col("named").is_not_null()).then("named")
    rows = with_rules(events, editions, rule_table(editions)).with_columns(
        household=credited.otherwise("household"),
        reason=reason(day),
        quantity=quantity(),
        awarded=awarded(),
        notice_ends=notice_ends(),
        year=pl.col("day").dt.year().cast(pl.Int64),
        month=pl.col("day").dt.month().cast(pl.Int64),
        present=~pl.col("withdrawn").fill_null(False),
    )
    unused = ("named", "actor", "adult", "passed", "reviewed", "noticed", "notice_until", "appealed", "annulled")
    rows = _numbered(_numbered(rows, "actor", "who"), "rule", "code")
    rows = rows.drop(*unused, "withdrawn", "proven", "beneficiary", "notice_days", "low", "high")
    rows = rows.sort("household", "day", "event").with_columns(home=pl.col("household").rle_id().cast(pl.Int64))
    codes = rows["rule"].n_unique() + 1
    of_year = (pl.col("home") * codes + pl.col("code")) * 10_000 + pl.col("year")
    return rows.with_columns(
        of_year=of_year,
        of_quarter=of_year * 4 + (pl.col("month") - 1) // 3,
        of_month=of_year * 12 + pl.col("month") - 1,
    ).drop("code", "month")


def _numbered(rows: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    """The rows with a small number for each text of a column: groups of numbers are found several times faster."""
    numbers = rows.select(column).unique().with_row_index(name).cast({name: pl.Int64})
    return rows.join(numbers, on=column, how="left", nulls_equal=True)


def _invented(rows: pl.DataFrame) -> pl.DataFrame:
    """A loss must be about an event of the household; where it counts, that event counts no more."""
    losses = rows.filter(_LOSS)
    if losses.is_empty():
        return rows
    there = rows.filter(_LOSS.not_().fill_null(True), "present").select("home", about="event")
    named = losses.join(there, on=["home", "about"], how="semi")["event"]
    found = pl.col("event").is_in(named.implode())
    nothing = _LOSS.fill_null(False) & ~found & _LIVE
    rows = rows.with_columns(reason=pl.when(nothing).then(ALONE["about_nothing"]).otherwise("reason"))
    taken = rows.filter(_LOSS, _LIVE).select("home", event="about", made_up=pl.lit(True)).unique()
    rows = rows.join(taken, on=["home", "event"], how="left", maintain_order="left")
    made_up = pl.col("made_up").fill_null(False) & _LIVE
    return rows.with_columns(reason=pl.when(made_up).then(ALONE["invented"]).otherwise("reason")).drop("made_up")


def _first_of_twins(rows: pl.DataFrame) -> pl.DataFrame:
    """One deed that was entered twice counts once: the entry with the lower number."""
    alike = ["of_year", "who", "day"]
    again = rows.filter(_LIVE).select("event", *alike, "of_number", "evidence", "about")
    again = again.filter(pl.len().over(alike) > 1)  # few: only of them the texts are compared
    again = again.with_columns(same_as=pl.col("event").first().over(*alike, "of_number", "evidence", "about"))
    twins = again.filter(pl.col("same_as") != pl.col("event")).select("event", "same_as")
    rows = rows.join(twins, on="event", how="left", maintain_order="left").drop("evidence", "about", "of_number")
    twin = pl.col("same_as").is_not_null()
    return rows.with_columns(reason=pl.when(twin).then(ALONE["duplicate"]).otherwise("reason"))


def _scored(rows: pl.DataFrame, editions: Sequence[Edition]) -> pl.DataFrame:
    """``raw``: what the rule gives before any cap; null where that cannot be told.

    Steps over the year give what the event adds to what its member has reached.
    """
    kind, points, amount = pl.col("kind"), pl.col("points"), pl.col("quantity")
    steps, over_year = kind == "steps", pl.col("over") == "year"
    rows = rows.with_columns(upto=pl.when(_LIVE & steps & over_year).then(amount).otherwise(0))
    rows = rows.with_columns(upto=pl.col("upto").cum_sum().over(_MEMBER))
    rose = step_points(editions, pl.col("upto")) - step_points(editions, pl.col("upto") - amount)
    raw = (
        pl.when(kind == "fixed")
        .then(points)
        .when(kind == "each")
        .then(amount // pl.col("per") * points)
        .when(kind == "range")
        .then("awarded")
        .when(kind == "loss")
        .then(-points)
        .when(steps & over_year & _LIVE)
        .then(rose)
        .when(steps & ~over_year & amount.is_not_null())
        .then(step_points(editions, amount))
    )
    unused = ("upto", "quantity", "awarded", "points", "per", "over")
    return rows.with_columns(raw=raw).drop(unused)


def _capped(rows: pl.DataFrame) -> pl.DataFrame:
    """``counted`` after every cap; ``flags`` remember which of them cut something off."""
    whole = pl.when(_LIVE & ~_LOSS).then("raw").otherwise(0)
    once = pl.min_horizontal(whole, "cap_event")
    flags = (_LIVE & (pl.col("raw") == 0)).cast(pl.Int64) * BELOW + (once < whole).cast(pl.Int64) * under("event")
    rows = rows.with_columns(counted=once, flags=flags)
    for name, keys in CAPS.items():
        cap, counted = pl.col(f"cap_{name}"), pl.col("counted")
        upto = counted.cum_sum().over(keys)
        left = pl.min_horizontal(upto, cap) - pl.min_horizontal(upto - counted, cap)
        rows = rows.with_columns(left=pl.when(cap.is_not_null()).then(left).otherwise(counted))
        cut = (pl.col("left") < counted).cast(pl.Int64) * under(name)
        rows = rows.with_columns(counted="left", flags=pl.col("flags") + cut)
    return rows.drop("left", *(f"cap_{name}" for name in ("event", *CAPS)))


def _losses(rows: pl.DataFrame) -> pl.DataFrame:
    """What is lost ends at what the year has earned: nobody falls below the base."""
    loss = (_LOSS & _LIVE).fill_null(False)
    earned = pl.col("counted").sum().over(_YEAR)
    lost = pl.when(loss).then(-pl.col("raw")).otherwise(0)
    upto = lost.cum_sum().over(_YEAR)
    taken = pl.min_horizontal(upto, earned) - pl.min_horizontal(upto - lost, earned)
    return rows.with_columns(
        counted=pl.when(loss).then(-taken).otherwise("counted"),
        flags=pl.col("flags") + (loss & (taken < lost)).cast(pl.Int64) * BASE,
        grade_drop=pl.when(_LIVE).then("grade_drop").otherwise(0),
    )


def _lines(rows: pl.DataFrame, editions: Sequence[Edition]) -> pl.DataFrame:
    rows = rows.with_columns(**_points("raw", "counted"), edition=_edition_ids(editions))
    return told(rows).select(*LINES, *_MORE)


def _totals(rows: pl.DataFrame, editions: Sequence[Edition]) -> pl.DataFrame:
    counted = pl.col("counted")
    nothing = pl.col("reason").is_in([ALONE[code] for code in _NOTHING])
    sums = rows.filter(pl.col("edition").is_not_null() & ~nothing).group_by("home", "year", "edition")
    totals = sums.agg(
        household=pl.col("household").first(),
        earned=counted.filter(counted > 0).sum(),
        lost=-counted.filter(counted < 0).sum(),
        drop=pl.col("grade_drop").sum(),
    )
    base = pl.lit(0, pl.Int64)
    for number, edition in enumerate(editions):
        base = pl.when(pl.col("edition") == number).then(hundredths(edition.base)).otherwise(base)
    totals = totals.with_columns(base=base).with_columns(total=pl.col("base") + pl.col("earned") - pl.col("lost"))
    points = _points("base", "earned", "lost", "total")
    totals = totals.with_columns(grade=_grade(editions), **points, edition=_edition_ids(editions))
    return totals.sort("home", "year").select("household", "year", "edition", *points, "grade")


def _grade(editions: Sequence[Edition]) -> pl.Expr:
    """The grade of a total, less what was lost of it, never below the last."""
    grade = pl.lit(None, pl.String)
    for number, edition in enumerate(editions):
        above = [(pl.col("total") < hundredths(one.least)).cast(pl.Int64) for one in edition.grades]
        place = pl.min_horizontal(pl.sum_horizontal(above) + pl.col("drop"), pl.lit(len(edition.grades) - 1))
        named = place.replace_strict(
            dict(enumerate(one.name for one in edition.grades)), return_dtype=pl.String, default=None
        )
        grade = pl.when(pl.col("edition") == number).then(named).otherwise(grade)
    return grade


def _points(*names: str) -> dict[str, pl.Expr]:
    return {name: (pl.col(name).cast(pl.Decimal(18, 2)) / HUNDRED).cast(POINTS) for name in names}


def _edition_ids(editions: Sequence[Edition]) -> pl.Expr:
    names = {number: edition.id for number, edition in enumerate(editions)}
    if not names:
        return pl.lit(None, pl.String)
    return pl.col("edition").replace_strict(names, default=None, return_dtype=pl.String)
