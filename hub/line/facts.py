"""What a delivery is held against beside its contract (批次事实与引用核对): earlier batches, and what the ledger holds.

Gathered after the stage normalise and before the stage check, from the ledger's current state. A precheck has no
ledger: the rules that need any of this are then left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.marks import REPORTED
from hub.ledger import lookups, sealed
from hub.ledger.connect import reading
from hub.line import timeliness
from hub.stages import known
from hub.stages.job import Job

if TYPE_CHECKING:
    import sqlalchemy as sa

    from hub.line.hub import Hub

RECENT = 5  # deliveries looked back at
ENOUGH = 3  # of them, before anything is said of what is usual
USUAL_ROWS = 50  # fewer rows than that vary too much


def gather(hub: Hub, delivery: Mapping[str, Any], job: Job) -> Job:
    """The same job with its facts and references."""
    found: dict[str, tuple[str, pl.Series]] = {}
    with reading(hub.ledger) as connection:
        facts: dict[str, object] = {} if job.returned.exists() else {**_recent(connection, delivery)}
        for column, records in _unknown(hub, connection, job):
            found[column] = ("REF-UNKNOWN", records)
        for column, records in _otherwise_named(hub, connection, job):
            found[column] = ("CON-NAME-USCC", records)
        if (reported := timeliness.reported_before(hub, connection, job)) is not None:
            found[reported[0]] = (REPORTED, reported[1])
    facts = {**job.facts, **facts}
    if not found:
        return replace(job, facts=facts)
    path = job.folder / "references.parquet"
    known.write(path, found)
    return replace(job, facts=facts, references=path)


def _recent(connection: sa.Connection, delivery: Mapping[str, Any]) -> dict[str, float]:
    if delivery["mode"] != "original":  # a correction is of any size, and so is a workbook that comes back
        return {}
    rows = lookups.recent_rows(connection, delivery["department"], delivery["dataset"], delivery["id"], RECENT)
    usual = median(rows) if len(rows) >= ENOUGH else 0
    return {"recent_rows_median": usual} if usual >= USUAL_ROWS else {}


def _unknown(hub: Hub, connection: sa.Connection, job: Job) -> Iterator[tuple[str, pl.Series]]:
    """Columns that refer to another dataset, with the records whose value it does not hold."""
    for column in job.contract.columns:
        target = column.refers_to
        if target is None:
            continue
        shape = hub.shape(hub.contract(target.dataset))
        if not sealed.holds(connection, shape, target.column):
            continue  # nothing was reported yet: every value would be unknown
        rows = pl.scan_parquet(job.normalised, glob=False).select("record", column.name).drop_nulls()
        values = rows.select(pl.col(column.name).unique(maintain_order=True)).collect().to_series()
        there = sealed.known(connection, shape, target.column, values)
        unknown = values.filter(~values.is_in(there.implode()))
        yield column.name, rows.filter(pl.col(column.name).is_in(unknown.implode())).collect()["record"]


def _otherwise_named(hub: Hub, connection: sa.Connection, job: Job) -> Iterator[tuple[str, pl.Series]]:
    """The name of the subject, with the records whose credit code the ledger knows under other names only.

    What the record itself was called before is no contradiction: this delivery may correct it.
    """
    subject = job.contract.subject
    if subject.organisation_id is None or subject.name is None or subject.always == "person":
        return
    tables = [
        (hub.shape(other).name, other.subject.organisation_id, other.subject.name)
        for other in hub.contracts.values()
        if other.subject.organisation_id is not None and other.subject.name is not None
    ]
    tables = [each for each in tables if lookups.holds(connection, *each)]
    if not tables:
        return
    rows = pl.scan_parquet(job.normalised, glob=False).drop_nulls([subject.organisation_id, subject.name])
    if subject.category is not None:  # a person has no credit code, and is never told apart by name
        rows = rows.filter(~pl.col(subject.category).is_in(subject.persons).fill_null(False))
    named = rows.select("record", "record_id", code=subject.organisation_id, name=subject.name).collect()
    # In the order of the file, which is mostly that of the table: looked up at random they take three times as long.
    pairs = named.select("code", "name").unique(maintain_order=True)
    suspects = pl.concat([lookups.otherwise_named(connection, *each, pairs) for each in tables]).unique()
    held = pl.concat([lookups.names_of(connection, *each, suspects) for each in tables])
    yield subject.name, _contradicting(named, held)


def _contradicting(named: pl.DataFrame, held: pl.DataFrame) -> pl.Series:
    """Records of ``named`` (record, record_id, code, name) whose code other records have under other names only."""
    holders = held.group_by("code").agg(pl.col("records").sum(), pl.col("first").min())
    names = held.select("code", plain=_plain("held")).unique()
    others = (pl.col("records") > 1) | pl.col("first").ne_missing(pl.col("record_id"))
    return (
        named.join(holders, on="code")
        .filter(others)
        .join(names, left_on=["code", _plain("name")], right_on=["code", "plain"], how="anti")["record"]
        .sort()
    )


def _plain(column: str) -> pl.Expr:
    """A name as it is compared: width of letters and brackets, blanks and case do not count."""
    return pl.col(column).str.normalize("NFKC").str.replace_all(r"\s", "").str.to_lowercase()
