"""An extract (取数): rows of a foreign table as one Parquet file, the same bytes for the same rows.

Each column carries its kind and its type in the database's own words; the file carries what it was asked for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.database_source import Row, Snapshot
from connectors.database_values import arrow_type
from connectors.faults import RowRefused

ABOUT, KIND, TYPE = b"extract", b"kind", b"type"


def write(
    file: Path,
    snapshot: Snapshot,
    names: Sequence[str],
    pages: Iterable[Sequence[Row]],
    about: Callable[[int], Mapping[str, Any]],
) -> int:
    """Write rows, one row group a page, and flush them to the disk; gives how many.

    ``about``: what is to be known of so many rows, plain JSON.
    """
    schema, rows = pa.schema([_field(snapshot, name) for name in names]), 0
    with file.open("wb") as target:
        settings: dict[str, Any] = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
        with pq.ParquetWriter(target, schema, **settings) as writer:
            for page in pages:
                rows += len(page)
                writer.write_table(_table(page, schema))
            told = json.dumps(about(rows), ensure_ascii=False, sort_keys=True)
            writer.add_key_value_metadata({ABOUT: told.encode("utf-8")})
        target.flush()
        os.fsync(target.fileno())
    return rows


def _field(snapshot: Snapshot, name: str) -> pa.Field:
    kind = str(snapshot.kind(name))
    described = {KIND: kind.encode(), TYPE: snapshot.type_of(name).encode()}
    return pa.field(name, arrow_type(snapshot.column(name)), metadata=described)


def _table(page: Sequence[Row], schema: pa.Schema) -> pa.Table:
    try:
        columns = [pa.array(cells, field.type) for cells, field in zip(zip(*page, strict=True), schema, strict=True)]
    except (pa.ArrowException, ValueError, TypeError) as error:  # it quotes the value
        raise RowRefused(f"extract: a value does not fit its column ({type(error).__name__})") from None
    return pa.Table.from_arrays(columns, schema=schema)


def about(file: Path) -> dict[str, Any]:
    """What an extract was asked for."""
    found: dict[str, Any] = json.loads(pq.read_metadata(file).metadata[ABOUT])
    return found


def kinds(schema: pa.Schema) -> dict[str, str]:
    """Kind of each column: text, number, moment, truth."""
    return {field.name: field.metadata[KIND].decode() for field in schema}


def batches(file: Path, size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of an extract, piece by piece."""
    with pq.ParquetFile(file) as opened:
        yield from opened.iter_batches(size, columns=list(columns) if columns is not None else None, use_threads=False)
