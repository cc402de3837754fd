"""What a stage is given: one delivery, its contract and the folder in which its artefacts lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import polars as pl
import pyarrow.parquet as pq

from hub.contract.model import Contract, Suite
from hub.stages.file_names import Mode
from hub.stages.parser_process import Limits

if TYPE_CHECKING:
    from hub.stages.sealed_files import Opener


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery in work. ``source`` is a local copy of the landed bytes, checked against their SHA-256."""

    delivery: int
    contract: Contract
    suite: Suite
    source: Path
    folder: Path
    record_key: bytes  # keys record ids and salts (BLAKE2b)
    mode: Mode = "original"  # of the delivery
    chunk_rows: int = 200_000
    limits: Limits = field(default_factory=Limits)  # of the process that parses the bytes
    facts: Mapping[str, object] = field(default_factory=dict)  # of the calendar, and of earlier deliveries
    department: str | None = None  # the sender; None: unknown
    workbook_key: bytes | None = None  # signs workbooks that come back; None: their form is all that can be looked at
    references: Path | None = None  # artefact of ``hub.stages.known``; None: nothing was looked up
    declared_sum: str | None = None  # what the marker says, in its own unit
    opener: Opener | None = None  # how ``source`` is opened, which is as it came; None: it is plain

    @property
    def read(self) -> Path:
        """Artefact of ``read``: raw text with source line numbers."""
        return self.folder / "read.parquet"

    @property
    def normalised(self) -> Path:
        """Artefact of ``normalise``: typed values with marks."""
        return self.folder / "normalised.parquet"

    @property
    def returned(self) -> Path:
        """Artefact of ``returned``, beside that of ``read``: what a workbook of ours says that has come back."""
        return self.folder / "returned.parquet"


PLAIN_AMOUNT = r"^-?[0-9]+(\.[0-9]+)?$"  # money so written is no change when it gets its six decimals
T = TypeVar("T")


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made in another thread while the caller works on the one before."""
    source = iter(items)
    with ThreadPoolExecutor(max_workers=1) as pool:

        def step() -> Future[tuple[T, ...]]:
            return pool.submit(lambda: tuple(item for _, item in zip(range(1), source, strict=False)))

        coming = step()
        while made := coming.result():
            coming = step()
            yield made[0]


def chunks(path: Path, rows: int, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    """Read an artefact piece by piece, in order; memory is bounded by ``rows``."""
    whole = pl.scan_parquet(path, glob=False)
    chosen = whole if columns is None else whole.select(columns)
    for start in range(0, pq.read_metadata(path).num_rows, rows):
        yield chosen.slice(start, rows).collect()
