"""Stage accept (入库): the rows as the ledger takes them in, each with its one fate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from hub.stages.job import Job, chunks


def run(job: Job, states: pl.DataFrame, refused_by: str | None) -> Iterator[pl.DataFrame]:
    """Rows with ``record, row, state, code, record_id, content_hash`` and the contract's columns, in pieces.

    ``states`` names the rows that are not plainly accepted. ``refused_by``: the code for which the whole delivery is
    refused, or None. Only accepted rows keep their values; a rejected row's content stays in the landed bytes.
    """
    names = [column.name for column in job.contract.columns]
    wanted = ["record", "row", "record_id", "content_hash", *names]
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
            pl.when(keep).then("record_id").otherwise(None).alias("record_id"),
            pl.when(keep).then("content_hash").otherwise(None).alias("content_hash"),
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
            *(pl.lit(None, kinds[column.storage]).alias(column.name) for column in job.contract.columns),
        )
