"""Meanings of the expectations on the batch as a whole: counts, shares, what occurs in it and what is absent."""

from __future__ import annotations

import polars as pl

from hub.rules.figures import Counts, Figures
from hub.rules.meaning import Kwargs, Meaning, Schema, bounds, column, text, whole_bounds
from hub.rules.of_rows import set_of

NAMED = 5  # runs of absent numbers that a person is told
# A number at the end of a series, such as 45 in （2026）第00045号: what stands before and after it names the series.
SERIAL = r"^(?s:(.*?))([0-9]{1,15})([^0-9]*)$"


def row_count(kwargs: Kwargs, schema: Schema) -> Meaning:
    """So many rows."""
    whole_bounds(kwargs)
    return Meaning(())


def repeated_share(kwargs: Kwargs, schema: Schema) -> Meaning:
    """Of all rows, so large a share repeats earlier ones (own expectation); rows judged are those that do not."""
    repeated = kwargs.get("repeated_rows")
    if isinstance(repeated, bool) or not isinstance(repeated, int) or repeated < 0:
        raise ValueError("repeated_rows must be a count")
    bounds(kwargs)
    return Meaning(())


def filled_share(kwargs: Kwargs, schema: Schema) -> Meaning:
    """So large a share of the cells is filled."""
    name, _ = column(kwargs, schema)
    bounds(kwargs)
    return Meaning((name,), present=pl.col(name).is_not_null(), figures=_filled)


def _filled(counts: Counts, kept: pl.Series) -> Figures:
    share = counts.considered / counts.inside if counts.inside else 0
    return Figures({"column.non_null_count": counts.considered, "column.non_null_proportion": share})


def distinct_count(kwargs: Kwargs, schema: Schema) -> Meaning:
    """So many different values."""
    name, _ = column(kwargs, schema)
    whole_bounds(kwargs)

    def figures(counts: Counts, kept: pl.Series) -> Figures:
        return Figures({"column.distinct_values.count": kept.len()})

    return Meaning((name,), present=pl.col(name).is_not_null(), kept=pl.col(name), figures=figures)


def contain_set(kwargs: Kwargs, schema: Schema) -> Meaning:
    """Each of some values occurs, such as every town."""
    name, dtype = column(kwargs, schema)
    values = kwargs.get("value_set")
    if not isinstance(values, list | tuple):
        raise ValueError("value_set must be a list")
    wanted = set_of(values, dtype).unique(maintain_order=True)

    def figures(counts: Counts, kept: pl.Series) -> Figures:
        absent = (wanted.filter(~wanted.is_in(kept.implode())) if kept.len() else wanted).to_list()
        metrics = {
            "column.distinct_values.missing_from_column.count": len(absent),
            "column.distinct_values.missing_from_column": absent,
        }
        return Figures(metrics, tuple(str(value) for value in absent))

    found = pl.col(name).filter(pl.col(name).is_in(wanted.implode()))
    return Meaning((name,), present=pl.col(name).is_not_null(), kept=found, figures=figures)


def no_gaps(kwargs: Kwargs, schema: Schema) -> Meaning:
    """The numbers of each series run on, but for so many that are absent (own expectation)."""
    whole_bounds(kwargs)
    numbers = text(kwargs, schema)
    name = str(kwargs["column"])
    return Meaning((name,), present=numbers.is_not_null(), kept=numbers, figures=_gaps)


def _gaps(counts: Counts, kept: pl.Series) -> Figures:
    parts = kept.rename("number").str.extract_groups(SERIAL).struct.unnest()
    before, serial, after = parts.columns
    steps = (
        parts.select(before, after, pl.col(serial).cast(pl.Int64))
        .drop_nulls()
        .unique()
        .sort(before, after, serial)
        .with_columns(pl.col(serial).diff().over(before, after).alias("step"))
        .filter(pl.col("step") > 1)
    )
    absent = int((steps["step"] - 1).sum())
    first = (_run(*row) for row in steps.head(NAMED).iter_rows())
    return Figures({"column.sequence_gaps": absent}, tuple(first))


def _run(before: str, after: str, serial: int, step: int) -> str:
    """``（2026）第45号``, or ``（2026）第45至50号``: numbers that are not there."""
    first, last = serial - step + 1, serial - 1
    return f"{before}{first if first == last else f'{first}至{last}'}{after}"
