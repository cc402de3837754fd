"""Grouped counts and sums: the only form in which a sensitive dataset leaves. Small groups are not shown at all.

There is no total beside the groups, and only months that have ended are shown, so that a hidden group cannot be
computed from its neighbours.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.contract.model import Aggregate, Contract


def aggregate(records: pl.DataFrame, contract: Contract, rule: Aggregate, today: date) -> pl.DataFrame:
    """Columns ``month`` (YYYY-MM), the grouping code, its ``label``, ``count`` and a sum for each money column.

    Groups of fewer than ``rule.minimum`` records are left out (minimum cell size).
    """
    labels = {code.code: code.label for code in contract.column(rule.by).codes}
    first = today.replace(day=1)
    return (
        records.filter(pl.col(rule.month_of) < first, pl.col(rule.by).is_not_null())
        .group_by(pl.col(rule.month_of).dt.strftime("%Y-%m").alias("month"), pl.col(rule.by))
        .agg(pl.len().alias("count"), *(pl.col(name).sum().alias(f"sum_{name}") for name in rule.sums))
        .filter(pl.col("count") >= rule.minimum)
        .with_columns(pl.col(rule.by).replace_strict(labels, default=None, return_dtype=pl.String).alias("label"))
        .select("month", rule.by, "label", "count", *(f"sum_{name}" for name in rule.sums))
        .sort("month", rule.by)
    )
