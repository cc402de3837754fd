"""Extracts of a front-end database (前置库取数): Parquet that the hub itself wrote, each value exact and with its kind.

What the pull found out about the source stands in the file, so that reading it again tells the same.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.database_extract import about, batches, kinds
from hub.contract.model import Contract, Intake
from hub.findings import Finding, notice
from hub.stages.formats.artefact import artefact
from hub.stages.formats.cells import Letters, joined, number_texts
from hub.stages.formats.outcome import Read

_PIECE = 20_000
_LETTERS = {"text": "s", "number": "n", "moment": "d", "truth": "b"}


def read(source: Path, contract: Contract, intake: Intake | None, target: Path, chunk_rows: int) -> Read:
    """Read an extract into ``target``; a row's number is its place in the extract, from 1."""
    asked = about(source)
    rows = pq.read_metadata(source).num_rows
    findings = tuple(Finding(code, detail=detail) for code, detail in asked["findings"])
    if not rows:
        findings = (Finding("FIL-EMPTY"), *findings)
    if any(notice(one.code).cls == "S" for one in findings):
        return Read(rows, findings, "extract", header_row=0)
    places: dict[str, str] = asked["columns"]
    kind_of = kinds(pq.read_schema(source))
    with artefact(target, contract, 0, chunk_rows) as out:
        for batch in batches(source, _PIECE):
            count = batch.num_rows
            cells: dict[str, pa.Array] = {}
            letters: list[Letters] = []
            for column in contract.columns:
                name = places.get(column.name)
                if name is None:
                    letters.append(np.full(count, ord("-"), np.uint8))
                    continue
                texts = _texts(batch.column(name))
                cells[column.name] = texts
                letter = ord(_LETTERS[kind_of[name]])
                letters.append(np.where(texts.is_valid().to_numpy(zero_copy_only=False), letter, ord("-")).astype("u1"))
            nothing = pa.nulls(count, pa.string())
            out.add(cells, nothing, nothing, joined(letters, count), count, size=batch.nbytes)
    return Read(rows, findings, "extract", header_row=0)


def _texts(column: pa.Array) -> pa.Array:
    """The texts of a column, null where it is empty."""
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "TRUE", "FALSE")
    if pa.types.is_floating(column.type):
        found = number_texts(column.fill_null(0.0).to_numpy(zero_copy_only=False))
    else:
        found = column.cast(pa.string())
    empty = pc.or_(column.is_null(), pc.equal(pc.binary_length(found).fill_null(0), 0))
    return pc.if_else(empty, pa.scalar(None, pa.string()), found)
