"""What the ledger says of cells (引用核对): marks that stand beside the normalised columns while rules are judged.

``references.parquet`` in the job's folder has ``record`` and a column ``<name>__known`` for everything that was looked
up; it lists the records with a trouble only, each with its code. Without the file nothing was looked up, and the rules
that ask about it are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hub.contract.marks import KNOWN


@dataclass(frozen=True, slots=True)
class Known:
    """The marks of one delivery. ``marks`` is None when nothing was looked up."""

    marks: pl.DataFrame | None

    @classmethod
    def read(cls, path: Path | None) -> Known:
        """From the artefact, if there is one."""
        return cls(None if path is None else pl.read_parquet(path))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that ``add`` can give."""
        return () if self.marks is None else tuple(self.marks.columns[1:])

    def stored(self, wanted: Sequence[str]) -> list[str]:
        """What to read from the normalised table so that ``add`` can give ``wanted``."""
        own = [name for name in wanted if name not in self.columns]
        return list(dict.fromkeys([*own, *(_of(name) for name in wanted if name in self.columns)]))

    def add(self, frame: pl.DataFrame, wanted: Sequence[str]) -> pl.DataFrame:
        """``frame`` with the marks among ``wanted``: null where the cell is empty, "" where nothing was found."""
        asked = [name for name in wanted if name in self.columns]
        if self.marks is None or not asked:
            return frame
        if self.marks.is_empty():
            joined = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in asked)
        else:
            joined = frame.join(self.marks.select("record", *asked), on="record", how="left", maintain_order="left")
        marks = (
            pl.when(pl.col(_of(name)).is_not_null()).then(pl.col(name).fill_null("")).alias(name) for name in asked
        )
        return joined.with_columns(marks).select(wanted)


def _of(name: str) -> str:
    return name.removesuffix(KNOWN)


def write(path: Path, found: Mapping[str, tuple[str, pl.Series]]) -> None:
    """Write the artefact. ``found`` by column: the code, and the records (Int64) that deserve it, perhaps none."""
    marks = pl.DataFrame(schema={"record": pl.Int64})
    for name, (code, records) in found.items():
        column = pl.DataFrame({"record": records.unique()}, schema={"record": pl.Int64})
        column = column.with_columns(pl.lit(code, dtype=pl.String).alias(f"{name}{KNOWN}"))
        marks = marks.join(column, on="record", how="full", coalesce=True)
    temporary = path.with_name(f".{path.name}")
    marks.sort("record").write_parquet(temporary)
    temporary.replace(path)
