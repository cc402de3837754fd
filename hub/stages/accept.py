"""Stage accept (入库): the rows as the ledger takes them in, each with its one fate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from hub.stages.file_names import Mode
from hub.stages.job import Job, chunks

# What a row asks for where it does not say so itself; in a replacement every row takes the place of an earlier one.
OPERATIONS: Mapping[Mode, str] = {"original": "O", "correction": "C", "replacement": "C", "withdrawal": "W"}


def run(job: Job, states: pl.DataFrame, refused_by: str | None) -> Iterator[pl.DataFrame]:
    """Rows with ``record, row, state, code, record_id, content_hash, operation`` and the contract's columns, in pieces.

    ``states`` names the rows that are not plainly accepted. ``refused_by``: the code for which the whole delivery is
    refused, or None. Only accepted rows keep their values; a rejected row's content stays in the landed bytes, and its
    hash tells whether it comes again.
    """
    names = [column.name for column in job.contract.content]
    wanted = ["record", "row", "record_id", "content_hash", *names]
    operation = pl.lit(OPERATIONS[job.mode])
    if (said := job.contract.operation) is not None:
        wanted.append(said)
        operation = pl.coalesce(pl.col(said), operation)
    for chunk in chunks(job.normalised, job.chunk_rows, wanted):
        frame = chunk.join(states, on="record", how="left").with_columns(pl.col("state").fill_null("accepted"))
        if refused_by is not None:
            taken = pl.col("state").is_in(["accepted", "accepted_query"])
            frame = frame.with_columns(
                pl.when(taken).then(pl.lit("rejected")).otherwise("state").alias("state"),
                pl.when(taken).then(pl.lit(refused_by)).otherwise("code").alias("code"),
            )
        keep = pl.col("state").is_in(["accepted", "accepted_query"])
        yield frame.with_columns(
            *(pl.when(keep).then(pl.col(name)).otherwise(None).alias(name) for name in names),
            pl.when(pl.col("state") != "blank").then("content_hash").otherwise(None).alias("content_hash"),
            operation.alias("operation"),
        ).sort("record")


def run_refused(job: Job, rows: int, header_row: int, code: str) -> Iterator[pl.DataFrame]:
    """The fates of a file that could not be read: every physical data row is rejected for the same reason."""
    kinds: dict[str, Any] = {"text": pl.String, "date": pl.Date, "decimal": pl.Decimal(18, 6)}
    for start in range(0, max(rows, 1), job.chunk_rows):
        count = min(job.chunk_rows, rows - start)
        record = pl.int_range(start + 1, start + 1 + count, eager=True, dtype=pl.Int64).alias("record")
        yield pl.DataFrame([record, (record + header_row).alias("row")]).with_columns(
            pl.lit("rejected").alias("state"),
            pl.lit(code).alias("code"),
            pl.lit(None, pl.String).alias("record_id"),
            pl.lit(None, pl.String).alias("content_hash"),
            pl.lit(OPERATIONS[job.mode]).alias("operation"),
            *(pl.lit(None, kinds[column.storage]).alias(column.name) for column in job.contract.content),
        )
