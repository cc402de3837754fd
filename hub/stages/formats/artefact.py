"""Writing ``read.parquet``: bounded memory, row groups of one size, and never half a file under its name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hub.contract.model import Contract


def schema(contract: Contract) -> pa.Schema:
    """Columns of the artefact: record, row, one text column per contract column, mark, raw line, cell types."""
    return pa.schema(
        [
            ("record", pa.int64()),
            ("row", pa.int64()),
            *((column.name, pa.string()) for column in contract.columns),
            ("row__mark", pa.string()),
            ("row__text", pa.string()),
            ("row__types", pa.string()),
        ]
    )


class Artefact:
    """Collects record batches of any size and writes row groups of ``chunk_rows`` rows (the last may be smaller)."""

    def __init__(self, file: pa.NativeFile, contract: Contract, header_row: int, chunk_rows: int) -> None:
        self.schema = schema(contract)
        self.rows = 0
        self._header_row, self._chunk_rows = header_row, chunk_rows
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        # Text of identifiers and names hardly repeats: dictionaries only cost time here.
        self._writer = pq.ParquetWriter(file, self.schema, compression="lz4", use_dictionary=False)

    def add(
        self,
        cells: Mapping[str, pa.Array | pa.ChunkedArray],
        mark: pa.Array,
        text: pa.Array,
        types: pa.Array,
        rows: int,
        row: pa.Array | None = None,
    ) -> None:
        """Append ``rows`` records in order; columns that ``cells`` lacks are null.

        ``row``: Int64, where each record stands as the sender sees it; without it record ``r`` stands on row
        ``header_row + r``.
        """
        numbers = np.arange(self.rows + 1, self.rows + rows + 1, dtype=np.int64)
        record = pa.array(numbers)
        row = pa.array(numbers + self._header_row) if row is None else row
        fixed = {"record": record, "row": row, "row__mark": mark, "row__text": text, "row__types": types}
        columns = [
            fixed[name] if name in fixed else cells.get(name, pa.nulls(rows, pa.string())) for name in self.schema.names
        ]
        self._waiting.append(pa.Table.from_arrays(columns, schema=self.schema))
        self._waiting_rows += rows
        self.rows += rows
        if self._waiting_rows >= self._chunk_rows:
            self._write(last=False)

    def _write(self, last: bool) -> None:
        table = pa.concat_tables(self._waiting) if self._waiting else self.schema.empty_table()
        start = 0
        while table.num_rows - start >= self._chunk_rows or (last and start < table.num_rows):
            self._writer.write_table(table.slice(start, self._chunk_rows), row_group_size=self._chunk_rows)
            start += self._chunk_rows
        rest = table.slice(start)
        self._waiting, self._waiting_rows = [rest], rest.num_rows

    def finish(self) -> None:
        """Write the rows that still wait."""
        self._write(last=True)

    def close(self) -> None:
        """Write the footer, also of a file that will be thrown away: an open writer would complain later."""
        self._writer.close()


@contextmanager
def artefact(target: Path, contract: Contract, header_row: int, chunk_rows: int) -> Iterator[Artefact]:
    """An ``Artefact`` that stands under ``target`` when the block ends well, and leaves nothing when it does not."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with pa.OSFile(str(temporary), "wb") as file:
            writing = Artefact(file, contract, header_row, chunk_rows)
            try:
                yield writing
                writing.finish()
            finally:
                writing.close()
        _sync(temporary)
        temporary.replace(target)
        _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
