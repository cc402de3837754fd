"""Stage normalise (归一): every column through the kernel that its semanticType names; every change is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hub.contract.model import Column, Contract
from hub.kernels import KERNELS, Options, Reading
from hub.kernels.masking import mask_by_class
from hub.stages.job import PLAIN_AMOUNT, Job, ahead, chunks

EXAMPLES = 3
SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change that the hub made by itself, with the first examples (masked). Of whole rows: no column."""

    code: str
    column: str | None
    name: str | None
    count: int
    examples: tuple[tuple[int, str | None, str | None], ...]  # row, before, after


@dataclass(frozen=True, slots=True)
class Normalised:
    """Outcome: how many rows, how many of them blank, what was changed."""

    rows: int
    blank: int
    changes: tuple[Change, ...]


def run(job: Job, groups: Iterable[pl.DataFrame] | None = None) -> Normalised:
    """Write ``normalised.parquet``. Pure in its input: the same read artefact gives the same bytes.

    ``groups``: the row groups of the read artefact as they come, where it is not whole yet.
    """
    target = job.normalised
    temporary = target.with_name(f".{target.name}")
    changes: dict[tuple[str, str], Change] = {}
    rows = blank = 0
    writer: pq.ParquetWriter | None = None
    written: Future[None] | None = None
    # Three hands: one reads and runs the kernels, one hashes, one writes.
    with ThreadPoolExecutor(max_workers=2) as kernels, ThreadPoolExecutor(max_workers=1) as hand:
        groups = chunks(job.read, job.chunk_rows) if groups is None else groups
        for raw, readings in ahead(_readings(job, kernels, groups)):
            frame = _frame(job, raw, readings)
            rows += frame.height
            blank += int(frame["blank"].sum())
            _note_changes(changes, job.contract, raw, readings)
            table = frame.to_arrow()
            writer = writer or pq.ParquetWriter(temporary, table.schema, compression="lz4", use_dictionary=False)
            if written is not None:
                written.result()
            written = hand.submit(writer.write_table, table)
        if written is not None:
            written.result()
    if writer is None:
        _write_empty(job, temporary)
    else:
        writer.close()
    temporary.replace(target)
    ordered = sorted(changes.values(), key=lambda change: (-change.count, change.column or "", change.code))
    return Normalised(rows=rows, blank=blank, changes=tuple(ordered))


def of_footers(footers: Sequence[tuple[int, str]]) -> tuple[Change, ...]:
    """The change that closing lines (``Read.footers``) are: they count as blank rows, and the sender sees which."""
    if not footers:
        return ()
    examples = tuple((row, text, None) for row, text in footers)
    return (Change("CHG-FOOTER", None, None, len(footers), examples),)


def _readings(
    job: Job, pool: ThreadPoolExecutor, groups: Iterable[pl.DataFrame]
) -> Iterator[tuple[pl.DataFrame, dict[str, Reading]]]:
    for raw in groups:
        read = partial(_read, raw)
        made = pool.map(read, range(len(job.contract.columns)), job.contract.columns)
        yield raw, dict(zip((column.name for column in job.contract.columns), made, strict=True))


def _read(raw: pl.DataFrame, position: int, column: Column) -> Reading:
    types = raw["row__types"]
    letters = None if types.null_count() == len(types) else types.str.slice(position, 1)
    options = Options(settings=column.options, codes=column.codes, types=letters)
    return KERNELS[column.kernel].read(raw[column.name], options)


def _frame(job: Job, raw: pl.DataFrame, readings: dict[str, Reading]) -> pl.DataFrame:
    series = [raw["record"], raw["row"], raw["row__mark"]]
    for name, reading in readings.items():
        series += [reading.values.alias(name), reading.marks.alias(f"{name}__mark")]
    frame = pl.DataFrame(series)
    marks = [pl.col(f"{name}__mark").is_null() for name in readings]
    frame = frame.with_columns(pl.all_horizontal(*marks, pl.col("row__mark").is_null()).alias("blank"))
    return frame.with_columns(_record_ids(job, frame), _content_hashes(raw, frame, list(readings)))


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String)


def _record_ids(job: Job, frame: pl.DataFrame) -> pl.Series:
    """Keyed BLAKE2b (RFC 7693) of dataset and natural key, 32 hex; null where the key cannot be told.

    A plain hash could be reversed by trying all document numbers of a county; the key prevents it.
    """
    key = job.contract.key
    required = [column.name for column in job.contract.columns if column.primary_key and column.required]
    usable = pl.all_horizontal(
        pl.col("row__mark").is_null(),
        pl.any_horizontal(*(pl.col(name).is_not_null() for name in key)),
        *(pl.col(name).is_not_null() for name in required),
    )
    joined = pl.concat_str(
        pl.lit(job.contract.dataset), *(_text(name).fill_null("") for name in key), separator=SEPARATOR
    )
    texts = frame.select(pl.when(usable).then(joined).alias("record_id"))["record_id"]
    keyed = partial(hashlib.blake2b, key=hashlib.sha256(job.record_key).digest(), digest_size=16)
    ids = [None if text is None else keyed(text).hexdigest() for text in texts.cast(pl.Binary).to_list()]
    return pl.Series("record_id", ids, dtype=pl.String)


def _content_hashes(raw: pl.DataFrame, frame: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """SHA-256 of the canonical values, 32 hex. A cell that could not be read counts with its raw text."""
    cells = [_canonical(raw[name], frame[name], frame[f"{name}__mark"]) for name in names]
    parts = [_filled(cell, "\x00") for cell in (*cells, raw["row__text"].fill_null(""))]
    texts = pl.select(pl.concat_str(parts, separator=SEPARATOR)).to_series()
    sha256 = hashlib.sha256
    hashes = [sha256(text).hexdigest()[:32] for text in texts.cast(pl.Binary).to_list()]
    return pl.Series("content_hash", hashes, dtype=pl.String)


def _canonical(before: pl.Series, values: pl.Series, marks: pl.Series) -> pl.Series:
    """The value as text; the sender's own where the cell is filled and has none."""
    if values.dtype == pl.String:  # texts keep what was written
        return values
    texts = values.cast(pl.String)
    unread = values.is_null() & marks.is_not_null()
    return pl.select(pl.when(unread).then(before).otherwise(texts)).to_series() if unread.any() else texts


def _filled(cells: pl.Series, empty: str) -> pl.Expr:
    """The cells with ``empty`` for null; most columns are filled or empty throughout, and those cost nothing."""
    missing = cells.null_count()
    if missing == len(cells):
        return pl.lit(empty)
    return pl.lit(cells.fill_null(empty) if missing else cells)


def _note_changes(
    changes: dict[tuple[str, str], Change], contract: Contract, raw: pl.DataFrame, readings: dict[str, Reading]
) -> None:
    for column in contract.columns:
        reading, before = readings[column.name], raw[column.name]
        if before.null_count() == len(before):
            continue
        if reading.values.dtype == pl.String and before.equals(reading.values):
            continue
        gone = before.is_not_null() & reading.marks.is_null() & (before.str.strip_chars() != "")
        fine = (reading.marks == "").fill_null(False)
        if column.storage == "decimal":
            moved = fine & ~before.str.contains(PLAIN_AMOUNT).fill_null(True)
        else:
            moved = fine & (before != reading.values.cast(pl.String)).fill_null(False)
        for named in reading.changes.values():
            moved = moved & ~named
        for code, where in (("CHG-NULL", gone), *reading.changes.items(), (KERNELS[column.kernel].change, moved)):
            count = int(where.sum())
            if not count:
                continue
            known = changes.get((code, column.name)) or Change(code, column.name, column.label, 0, ())
            examples = known.examples
            if len(examples) < EXAMPLES:
                some = pl.DataFrame(
                    [
                        raw["row"],
                        mask_by_class(before, column.classification).alias("before"),
                        mask_by_class(reading.values.cast(pl.String), column.classification).alias("after"),
                    ]
                ).filter(where)
                examples = (*examples, *some.head(EXAMPLES - len(examples)).rows())
            changes[code, column.name] = Change(code, column.name, column.label, known.count + count, examples)


def _write_empty(job: Job, path: Path) -> None:
    kinds = {"text": pa.string(), "date": pa.date32(), "decimal": pa.decimal128(18, 6)}
    fields = [("record", pa.int64()), ("row", pa.int64()), ("row__mark", pa.string())]
    for column in job.contract.columns:
        fields += [(column.name, kinds[column.storage]), (f"{column.name}__mark", pa.string())]
    fields += [("blank", pa.bool_()), ("record_id", pa.string()), ("content_hash", pa.string())]
    pq.write_table(pa.schema(fields).empty_table(), path, compression="lz4")
