"""Writing ``read.parquet``: bounded memory, row groups of one size, and never half a file under its name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hub.contract.model import Contract
from hub.stages.following import Announcer

_ROOM = 1 << 26  # bytes that must be free before anything is read
_MOST_WAITING = 1 << 28  # bytes held for a row group; rows of megabytes make smaller groups


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


_announcer: Announcer | None = None  # of this process, which reads one file and ends


def announce_to(announcer: Announcer) -> None:
    """Tell of every row group from now on, so that the next stage can begin."""
    global _announcer
    _announcer = announcer


class Artefact:
    """Collects record batches of any size and writes row groups of ``chunk_rows`` rows.

    The last may be smaller, and so are those of which so many rows would take hundreds of megabytes.
    """

    def __init__(self, file: pa.NativeFile, contract: Contract, header_row: int, chunk_rows: int) -> None:
        self.schema = schema(contract)
        self._file = file
        # MemoryError here: a thread that finds no room while it starts is waited for in vain.
        pa.allocate_buffer(_ROOM, memory_pool=pa.system_memory_pool())
        self.rows = 0
        self._header_row, self._chunk_rows = header_row, chunk_rows
        self._waiting: list[pa.Table] = []
        self._waiting_rows = self._waiting_bytes = 0
        self._hand = ThreadPoolExecutor(1, "parquet")  # writes one row group while the caller makes the next
        self._written: Future[None] | None = None
        self._writer: pq.ParquetWriter | None = None

    def add(
        self,
        cells: Mapping[str, pa.Array | pa.ChunkedArray],
        mark: pa.Array,
        text: pa.Array,
        types: pa.Array,
        rows: int,
        row: pa.Array | None = None,
        size: int = 0,
    ) -> None:
        """Append ``rows`` records in order; columns that ``cells`` lacks are null.

        ``row``: Int64, where each record stands as the sender sees it; without it record ``r`` stands on row
        ``header_row + r``. Columns that come with a dictionary in the first row group are stored with one throughout.
        ``size``: bytes of the records as they were written, because a dictionary tells less than its rows will need.
        """
        numbers = np.arange(self.rows + 1, self.rows + rows + 1, dtype=np.int64)
        record = pa.array(numbers)
        row = pa.array(numbers + self._header_row) if row is None else row
        fixed = {"record": record, "row": row, "row__mark": mark, "row__text": text, "row__types": types}
        columns = [
            fixed[name] if name in fixed else cells.get(name, pa.nulls(rows, pa.string())) for name in self.schema.names
        ]
        table = pa.Table.from_arrays(columns, names=self.schema.names)
        self._waiting.append(table)
        self._waiting_rows += rows
        self._waiting_bytes += max(table.nbytes, size)
        self.rows += rows
        if self._waiting_rows >= self._chunk_rows or self._waiting_bytes >= _MOST_WAITING:
            self._write(last=self._waiting_bytes >= _MOST_WAITING)

    def _write(self, last: bool) -> None:
        writer = self._writer or self._opened()
        table = pa.concat_tables([_as(self.schema, each) for each in self._waiting] or [self.schema.empty_table()])
        start = 0
        while table.num_rows - start >= self._chunk_rows or (last and start < table.num_rows):
            self._wait()
            group = table.slice(start, self._chunk_rows).unify_dictionaries()
            self._written = self._hand.submit(writer.write_table, group, row_group_size=self._chunk_rows)
            if _announcer is not None:
                _announcer.put(group)
            start += self._chunk_rows
        rest = table.slice(start)
        self._waiting, self._waiting_rows = [rest], rest.num_rows
        self._waiting_bytes = self._waiting_bytes * rest.num_rows // max(table.num_rows, 1)

    def _opened(self) -> pq.ParquetWriter:
        """Begin to write, with a dictionary for the columns that have come with one: elsewhere it only costs time."""
        for place, name in enumerate(self.schema.names):
            kinds = (table.schema.field(name).type for table in self._waiting)
            kind = next(filter(pa.types.is_dictionary, kinds), None)
            if kind is not None:
                self.schema = self.schema.set(place, pa.field(name, kind))
        self._writer = pq.ParquetWriter(
            self._file,
            self.schema,
            compression="lz4",
            use_dictionary=[field.name for field in self.schema if pa.types.is_dictionary(field.type)],
            write_statistics=False,
            store_schema=False,  # readers are given texts
        )
        return self._writer

    def _wait(self) -> None:
        if self._written is not None:
            self._written.result()

    def finish(self) -> None:
        """Write the rows that still wait."""
        self._write(last=True)
        self._wait()

    def close(self) -> None:
        """Write the footer, also of a file that will be thrown away: an open writer would complain later."""
        self._hand.shutdown()
        (self._writer or self._opened()).close()


def _as(schema: pa.Schema, table: pa.Table) -> pa.Table:
    """The same rows in the types of ``schema``: texts as they are, or by place in a dictionary."""
    columns = []
    for field, column in zip(schema, table.columns, strict=True):
        if pa.types.is_dictionary(field.type) and not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        columns.append(column if column.type == field.type else column.cast(field.type))
    return pa.Table.from_arrays(columns, schema=schema)


@contextmanager
def artefact(target: Path, contract: Contract, header_row: int, chunk_rows: int) -> Iterator[Artefact]:
    """An ``Artefact`` that stands under ``target`` when the block ends well, and leaves nothing when it does not."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with pa.OSFile(str(temporary), "wb") as file:
            if _announcer is not None:
                _announcer.begin()
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
