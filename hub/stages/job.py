"""What a stage is given: one delivery, its contract and the folder in which its artefacts lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from hub.contract.model import Contract, Suite


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery in work. ``source`` is a local copy of the landed bytes, checked against their SHA-256."""

    delivery: int
    contract: Contract
    suite: Suite
    source: Path
    folder: Path
    record_key: bytes  # keys the record ids (HMAC-SHA256)
    chunk_rows: int = 200_000

    @property
    def read(self) -> Path:
        """Artefact of ``read``: raw text with source line numbers."""
        return self.folder / "read.parquet"

    @property
    def normalised(self) -> Path:
        """Artefact of ``normalise``: typed values with marks."""
        return self.folder / "normalised.parquet"


def chunks(path: Path, rows: int, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    """Read an artefact piece by piece, in order; memory is bounded by ``rows``."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=rows, columns=list(columns) if columns is not None else None):
            yield pl.DataFrame(pl.from_arrow(batch))
