"""Whether rows were reported in time (是否按时报送), by the working-day calendar and the contract's latency.

A rule of the suite says it (TIM-LATE): a decision before the first day that is still in time is late. That day is a
fact of the delivery, told from the calendar and the day of receipt alone, so a precheck judges it as the hub does. What
the ledger holds already is not called late again; a row that was rejected keeps the day on which it first came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from hub.contract.calendar import earliest_on_time
from hub.contract.marks import REPORTED
from hub.contract.model import Contract
from hub.contract.parameters import EARLIEST
from hub.ledger import lookups, returns
from hub.line import returning
from hub.line.hub import ZONE
from hub.stages import known
from hub.stages.job import Job

if TYPE_CHECKING:
    import sqlalchemy as sa

    from hub.line.course import Course
    from hub.line.hub import Hub


def facts_of(hub: Hub, contract: Contract, received_at: datetime) -> dict[str, object]:
    """The fact that the rule needs; none where the contract promises no time."""
    if contract.working_days is None:
        return {}
    received = received_at.astimezone(ZONE).date()
    return {EARLIEST: earliest_on_time(hub.calendar, received, contract.working_days).isoformat()}


def unknown_rows(job: Job) -> Job:
    """The same job where no ledger can be asked: every row counts as reported for the first time."""
    column = job.contract.order_by
    if EARLIEST not in job.facts or column is None:
        return job
    path = job.folder / "references.parquet"
    known.write(path, {column: (REPORTED, pl.Series(dtype=pl.Int64))})
    return replace(job, references=path)


def reported_before(hub: Hub, connection: sa.Connection, job: Job) -> tuple[str, pl.Series] | None:
    """The date column, with the records that are not late although their date is old; None where no rule asks."""
    column, days = job.contract.order_by, job.contract.working_days
    if EARLIEST not in job.facts or column is None or days is None:
        return None
    earliest = pl.lit(job.facts[EARLIEST]).str.to_date()
    suspects = (
        pl.scan_parquet(job.normalised, glob=False)
        .select("record", "record_id", day=column)
        .filter(pl.col("day") < earliest)
        .drop_nulls()
        .collect()
    )
    ids = suspects["record_id"].unique(maintain_order=True)
    held = lookups.held(connection, hub.shape(job.contract).name, ids)
    came = lookups.first_rejected(connection, job.contract.dataset, ids, job.delivery)
    came = came.with_columns(first=pl.col("first").dt.convert_time_zone(str(ZONE)).dt.date())
    mended = suspects.join(came, on="record_id")
    yesterday = mended.select(pl.col("first").dt.offset_by("-1d")).to_series().to_numpy()
    passed = hub.calendar.between(mended["day"].to_numpy(), yesterday)
    in_time = mended.filter(pl.Series(passed < days, dtype=pl.Boolean))["record"]
    in_time = pl.concat([in_time, _came_back(hub, connection, job, suspects, days)])
    stored = suspects.filter(pl.col("record_id").is_in(held.implode()))["record"]
    return column, pl.concat([stored, in_time]).unique().sort()


def _came_back(hub: Hub, connection: sa.Connection, job: Job, suspects: pl.DataFrame, days: int) -> pl.Series:
    """Of rows that came back in a workbook, those whose first rows had come in time, under whatever key."""
    if (came := returning.of_job(job)) is None:
        return pl.Series(dtype=pl.Int64)
    of = returns.batch(connection, came.meta.batch, came.meta.department, job.contract.dataset)
    ties = {one["record"]: one["of_record"] for one in came.lines if one["record"] and one["of_record"]}
    first = {} if of is None else returns.came_first(connection, of, list(ties.values()))
    in_time = []
    for record, day in suspects.select("record", "day").iter_rows():
        moment = first.get(ties.get(record, 0))
        if moment is not None:
            received = moment.astimezone(ZONE).date()
            if earliest_on_time(hub.calendar, received, days) <= day:
                in_time.append(record)
    return pl.Series(in_time, dtype=pl.Int64)


def told(course: Course, counts: Mapping[str, int | None]) -> tuple[int, int] | None:
    """Rows in time and rows late among the records that are new with this delivery; None where nobody counts them.

    A record counts once, with the delivery that first brought it: not when it is corrected or comes again.
    """
    if course.late is None or course.decision != "accept":
        return None
    new = counts.get("inserted")
    if new is None:  # a precheck: nothing was stored
        new = counts["accepted"] or 0
    late = min(course.late, new)
    return new - late, late
