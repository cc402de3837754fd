"""One row of a read artefact for a person: its cells and what the kernels make of them, masked by classification."""

from __future__ import annotations

from typing import Any

import polars as pl

from hub.kernels import KERNELS, Options
from hub.kernels.masking import mask_by_class
from hub.stages.job import PLAIN_AMOUNT, Job, chunks


def row(job: Job, number: int) -> dict[str, Any] | None:
    """The row that the sender sees as ``number``: ``cells`` by Chinese name, ``changes``; None when there is none."""
    for chunk in chunks(job.read, job.chunk_rows):
        found = chunk.filter(pl.col("row") == number)
        if found.height:
            return _shown(job, found)
    return None


def _shown(job: Job, found: pl.DataFrame) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    changes: list[dict[str, Any]] = []
    types = found["row__types"]
    for position, column in enumerate(job.contract.columns):
        letters = None if types.null_count() else types.str.slice(position, 1)
        options = Options(settings=column.options, codes=column.codes, types=letters)
        after = KERNELS[column.kernel].read(found[column.name], options).values.cast(pl.String)
        before = found[column.name]
        shown = mask_by_class(before, column.classification)[0]
        if before[0] is not None:
            cells[column.label] = shown
        plain = column.storage == "decimal" and before.str.contains(PLAIN_AMOUNT)[0]
        if before[0] is not None and after[0] is not None and before[0] != after[0] and not plain:
            changes.append(
                {"column": column.label, "before": shown, "after": mask_by_class(after, column.classification)[0]}
            )
    return {"cells": cells, "changes": changes, "text": None if found["row__mark"][0] is None else "（无法分列）"}
