"""What the computation takes: events as a frame, and the rules of all editions as another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from hub.contract.points import Edition

HUNDRED = 100  # points are counted in hundredths, as whole numbers
MILLION = 1_000_000  # quantities in millionths

EVENTS: dict[str, Any] = {
    "event": pl.String,  # 事件编号
    "household": pl.String,  # of the actor
    "named": pl.String,  # 受益家庭, where it is another
    "village": pl.String,
    "rule": pl.String,
    "number": pl.String,  # of a village's own item
    "day": pl.Date,
    "quantity": pl.Decimal(18, 6),
    "actor": pl.String,  # citizen id
    "adult": pl.String,  # citizen id of the adult member who answers for a minor
    "evidence": pl.String,
    "about": pl.String,  # of a loss: the event that was made up
    "passed": pl.Boolean,  # what the village panel said; null: nothing yet
    "reviewed": pl.Date,
    "awarded": pl.Decimal(18, 6),  # by the panel, where the rule gives a range
    "noticed": pl.Date,  # first day of the public notice
    "notice_until": pl.Date,  # its last day, as the village says; never shorter than the rule book wants
    "appealed": pl.Boolean,
    "annulled": pl.Boolean,
    "withdrawn": pl.Boolean,
}

_RULES: dict[str, Any] = {
    "edition": pl.Int32,
    "rule": pl.String,
    "of_village": pl.String,
    "of_number": pl.String,
    "place": pl.Int32,
    "label": pl.String,
    "kind": pl.String,
    "over": pl.String,
    "points": pl.Int64,
    "per": pl.Int64,
    "low": pl.Int64,
    "high": pl.Int64,
    "beneficiary": pl.String,
    "proven": pl.Boolean,
    "grade_drop": pl.Int64,
    "notice_days": pl.Int64,
    **{f"cap_{name}": pl.Int64 for name in ("event", "member", "month", "quarter", "year")},
}


def hundredths(points: Decimal) -> int:
    """Points as a whole number of hundredths."""
    return int(points * HUNDRED)


def rule_table(editions: Sequence[Edition]) -> pl.DataFrame:
    """Every rule of every edition; ``place`` numbers them."""
    rows: list[dict[str, Any]] = []
    for number, edition in enumerate(editions):
        for rule in edition.rules:
            award, caps = rule.award, rule.caps
            row: dict[str, Any] = {
                "edition": number,
                "rule": rule.code,
                "of_village": rule.village,
                "of_number": rule.number,
                "place": len(rows),
                "label": rule.label,
                "kind": award.kind,
                "over": award.over,
                "points": hundredths(award.points),
                "per": int(award.per * MILLION),
                "low": hundredths(award.low),
                "high": hundredths(award.high),
                "beneficiary": rule.beneficiary,
                "proven": rule.evidence is not None,
                "grade_drop": rule.grade_drop,
                "notice_days": edition.notice_days,
            }
            for name in ("event", "member", "month", "quarter", "year"):
                cap: Decimal | None = getattr(caps, name)
                row[f"cap_{name}"] = None if cap is None else hundredths(cap)
            rows.append(row)
    return pl.DataFrame(rows, schema=_RULES)


def step_points(editions: Iterable[Edition], quantity: pl.Expr) -> pl.Expr:
    """Points (hundredths) of the highest step that a quantity (millionths) reaches, by the rule in ``place``."""
    found = pl.lit(0, pl.Int64)
    for place, rule in enumerate(rule for edition in editions for rule in edition.rules):
        reached, before = pl.lit(0, pl.Int64), 0
        for least, points in rule.award.steps:
            more, before = hundredths(points) - before, hundredths(points)
            reached = reached + (quantity >= int(least * MILLION)).cast(pl.Int64) * more
        if rule.award.steps:
            found = pl.when(pl.col("place") == place).then(reached).otherwise(found)
    return found


def with_rules(events: pl.DataFrame, editions: Sequence[Edition], rules: pl.DataFrame) -> pl.DataFrame:
    """The events with the edition of their day and its rule; nulls where there is none."""
    edition = pl.lit(None, pl.Int32)
    for number, one in enumerate(editions):
        within = pl.col("day").is_between(one.valid_from, one.valid_to or date.max)
        edition = pl.when(within).then(pl.lit(number, pl.Int32)).otherwise(edition)
    general = rules.filter(pl.col("of_village") == "").select("edition", "rule", "place")
    own = rules.filter(pl.col("of_village") != "").select(
        "edition", "rule", village="of_village", number="of_number", of_own="place"
    )
    found = events.with_columns(edition=edition).join(general, on=["edition", "rule"], how="left")
    found = found.join(own, on=["edition", "rule", "village", "number"], how="left")
    found = found.with_columns(place=pl.coalesce("place", "of_own")).drop("of_own")
    return found.join(rules.drop("edition", "rule", "of_village"), on="place", how="left")
