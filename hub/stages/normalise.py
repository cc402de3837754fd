"""Stage normalise (归一): every column through the kernel that its semanticType names; every change is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hub.kernels.cells import same_for_all
from hub.stages import changes, identity, sealing
from hub.stages.changes import Change
from hub.stages.job import Job, ahead
from hub.stages.read_column import ReadColumn, read_column

_TECHNICAL = ["record", "row", "row__mark", "row__text", "row__types"]
LINES = ("row",)
MADE = ("row", "record_id", "content_hash")
__all__ = ["LINES", "MADE", "Change", "Normalised", "of_footers", "run"]


@dataclass(frozen=True, slots=True)
class Normalised:
    """Outcome: how many rows, how many of them blank, what was changed; and seals (``hub.stages.sealing``)."""

    rows: int
    blank: int
    changes: tuple[Change, ...]
    taken: int  # seal of the rows as they came: ``LINES``
    made: int  # seal of ``MADE``, of a blank row without its content hash: as the rows go to the ledger
    seal: int = field(compare=False)  # of the artefact: its pieces may be of any size


def run(job: Job, groups: Iterable[pa.Table] | None = None) -> Normalised:
    """Write ``normalised.parquet``. Pure in its input: the same read artefact gives the same bytes.

    ``groups``: the row groups of the read artefact as they come, where it is not whole yet.
    """
    target = job.normalised
    temporary = target.with_name(f".{target.name}")
    noted: dict[tuple[str, str], Change] = {}
    rows = blank = taken = made = 0
    texts: frozenset[str] | None = None
    writer: pq.ParquetWriter | None = None
    written: Future[None] | None = None
    # Three hands: one reads and runs the kernels, one hashes, one writes.
    with ThreadPoolExecutor(max_workers=2) as kernels, ThreadPoolExecutor(max_workers=1) as hand:
        groups = _row_groups(job.read) if groups is None else groups
        for raw, columns in ahead(_columns(job, kernels, groups)):
            if texts is None:  # the first rows show which texts repeat
                texts = frozenset(one.column.name for one in columns if one.repeated and one.column.storage == "text")
            empty = _blank(raw, columns)
            rows += raw.height
            blank += int(empty.sum())
            for one in columns:
                changes.note(noted, raw["row"], one)
            table = _table(job, raw, columns, empty, texts)
            taken = sealing.add(taken, sealing.of_rows(raw, LINES))
            made = sealing.add(made, _seal(table))
            writer = writer or _writer(temporary, table.schema, texts)
            if written is not None:
                written.result()
            written = hand.submit(writer.write_table, table)
        if written is not None:
            written.result()
    if writer is None:
        _write_empty(job, temporary)
    else:
        writer.close()
    seal = sealing.of_file(temporary)
    temporary.replace(target)
    ordered = sorted(noted.values(), key=lambda change: (-change.count, change.column or "", change.code))
    return Normalised(rows, blank, tuple(ordered), taken, made, seal)


def _writer(path: Path, schema: pa.Schema, texts: Iterable[str]) -> pq.ParquetWriter:
    """Dictionaries where texts repeat; no statistics, which nobody asks for; readers are given texts, not places."""
    marks = [name for name in schema.names if name.endswith("__mark") and name != "row__mark"]
    hashes = ("record_id", "content_hash")  # they cannot be made smaller
    return pq.ParquetWriter(
        path,
        schema,
        compression={name: "none" if name in hashes else "lz4" for name in schema.names},
        use_dictionary=[*texts, *marks],
        write_statistics=False,
        store_schema=False,
    )


def of_footers(footers: Sequence[tuple[int, str]]) -> tuple[Change, ...]:
    """The change that closing lines (``Read.footers``) are: they count as blank rows, and the sender sees which."""
    if not footers:
        return ()
    examples = tuple((row, text, None) for row, text in footers)
    return (Change("CHG-FOOTER", None, None, len(footers), examples),)


def _row_groups(path: Path) -> Iterator[pa.Table]:
    """The row groups of a read artefact, with the dictionaries that they were written with."""
    about = pq.read_metadata(path)
    chunks = [about.row_group(0).column(place) for place in range(about.num_columns)] if about.num_row_groups else []
    coded = [chunk.path_in_schema for chunk in chunks if chunk.has_dictionary_page]
    with pq.ParquetFile(path, read_dictionary=coded) as file:
        for number in range(about.num_row_groups):
            yield file.read_row_group(number)


def _columns(
    job: Job, pool: ThreadPoolExecutor, groups: Iterable[pa.Table]
) -> Iterator[tuple[pl.DataFrame, list[ReadColumn]]]:
    """For every group what is not a column of the contract, and the columns as their kernels read them."""
    columns = job.contract.columns
    for group in groups:
        rows = group.unify_dictionaries()
        raw = pl.DataFrame(pl.from_arrow(rows.select(_TECHNICAL)))
        read = partial(read_column, rows, raw["row__types"])
        yield raw, list(pool.map(read, range(len(columns)), columns))


def _blank(raw: pl.DataFrame, columns: Sequence[ReadColumn]) -> pl.Series:
    """Rows with nothing in them; where one column is filled throughout there are none."""
    if any(not column.reading.marks.null_count() for column in columns):
        return same_for_all(raw["record"], False)
    empty = [column.by_row(column.reading.marks.is_null()) for column in columns]
    return pl.select(pl.all_horizontal(raw["row__mark"].is_null(), *empty)).to_series()


def _identities(job: Job, raw: pl.DataFrame, columns: Sequence[ReadColumn]) -> tuple[pl.Series, pl.Series]:
    """Record ids and content hashes."""
    key = identity.identifying(job.contract)
    known = [one.by_row(one.reading.values).alias(one.column.name) for one in columns if one.column.name in key]
    lines = raw["row__text"]
    cells = [*(_said(job, column) for column in columns), lines.fill_null("") if lines.count() else ""]
    return identity.ids_and_hashes(job.contract, job.record_key, pl.DataFrame([raw["row__mark"], *known]), cells)


def _said(job: Job, column: ReadColumn) -> pl.Series | str | None:
    """A column's part of what a row says."""
    if column.column.name != job.contract.operation:
        return column.canonical()
    return identity.withdrawing(column.by_row(column.reading.values))


def _table(
    job: Job, raw: pl.DataFrame, columns: Sequence[ReadColumn], blank: pl.Series, texts: frozenset[str]
) -> pa.Table:
    """The rows of the artefact; ``texts`` are the columns that are stored by dictionary."""
    made = {name: raw[name].to_arrow() for name in ("record", "row", "row__mark")}
    for one in columns:
        made[one.column.name] = one.values_to_arrow(one.column.name in texts)
        made[f"{one.column.name}__mark"] = one.marks_to_arrow()
    ids, hashes = _identities(job, raw, columns)
    return pa.table(made | {"blank": blank.to_arrow(), "record_id": ids.to_arrow(), "content_hash": hashes.to_arrow()})


def _seal(table: pa.Table) -> int:
    rows = pl.DataFrame(pl.from_arrow(table.select(["record", "blank", *MADE])))
    said = pl.when(~pl.col("blank")).then("content_hash").alias("content_hash")
    return sealing.of_rows(rows.with_columns(said) if rows["blank"].any() else rows, MADE)


def _write_empty(job: Job, path: Path) -> None:
    kinds = {"text": pa.string(), "date": pa.date32(), "decimal": pa.decimal128(18, 6)}
    fields = [("record", pa.int64()), ("row", pa.int64()), ("row__mark", pa.string())]
    for column in job.contract.columns:
        fields += [(column.name, kinds[column.storage]), (f"{column.name}__mark", pa.string())]
    fields += [("blank", pa.bool_()), ("record_id", pa.string()), ("content_hash", pa.string())]
    pq.write_table(pa.schema(fields).empty_table(), path, compression="lz4")
