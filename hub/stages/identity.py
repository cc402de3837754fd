"""Who a record is and what it says (记录标识与内容摘要): ids, salts, canonical texts and their hashes.

| of a row | made from |
|---|---|
| ``record_id`` | first 16 bytes of the keyed BLAKE2b (RFC 7693) of dataset and natural key, 32 hex |
| salt (盐) | its last 16 bytes; of a row whose key cannot be told: those of the dataset's name alone |
| canonical text | every column's typed value as text, then the raw line of a row that has no columns |
| ``content_hash`` | first 32 hex of SHA-256 of salt and canonical text |

A plain hash could be turned back by trying all document numbers of a county; the key prevents it, for ids and for
contents. Equal rows of one record have equal hashes in every delivery. Who is shown the salt of one record can verify
what that record says, and learns nothing about another.
"""

from __future__ import annotations

import hashlib
from binascii import hexlify
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from hub.contract.model import Contract

SEPARATOR = "\x1f"
EMPTY = "\x00"  # an empty cell in a canonical text
_ID = 16  # bytes of an id, of a salt and of a hash
_ROWS = 2_048  # hashed at a time: their memory is used again, and stays in the cache of the processor


@dataclass(frozen=True, slots=True)
class Commitment:
    """What shows that one row said something: SHA-256 of ``salt`` and ``text`` begins with its content hash."""

    record_id: str | None
    salt: str  # hex
    text: str

    @property
    def content_hash(self) -> str:
        """As it stands in the ledger."""
        return hashlib.sha256(bytes.fromhex(self.salt) + self.text.encode()).hexdigest()[: 2 * _ID]


def commitments(contract: Contract, record_key: bytes, raw: pl.DataFrame, normalised: pl.DataFrame) -> list[Commitment]:
    """One for each row. ``raw`` and ``normalised`` hold the same rows of ``read.parquet`` and ``normalised.parquet``.

    Take only the rows that are asked about: ``pl.scan_parquet(job.read).filter(pl.col("record") == 7).collect()``.
    """
    ids, salts = ids_and_salts(contract, record_key, normalised)
    cells = [
        canonical(raw[column.name], normalised[column.name], normalised[f"{column.name}__mark"])
        for column in contract.columns
    ]
    if contract.operation is not None:
        place = contract.columns.index(contract.column(contract.operation))
        cells[place] = withdrawing(cells[place])
    texts = canonical_texts([*cells, raw["row__text"].fill_null("")], normalised.height)
    return [Commitment(name, salt.hex(), text) for name, salt, text in zip(ids, salts, texts, strict=True)]


def identifying(contract: Contract) -> tuple[str, ...]:
    """The columns that ``ids_and_salts`` needs, beside ``row__mark``."""
    return tuple(dict.fromkeys((*contract.key, *_required(contract))))


def _required(contract: Contract) -> tuple[str, ...]:
    return tuple(column.name for column in contract.columns if column.primary_key and column.required)


def ids_and_salts(contract: Contract, record_key: bytes, frame: pl.DataFrame) -> tuple[pl.Series, list[bytes]]:
    """The id (null where the key cannot be told) and the salt of every row of ``frame``, which has typed values."""
    usable = pl.all_horizontal(
        pl.col("row__mark").is_null(),
        pl.any_horizontal(*(pl.col(name).is_not_null() for name in contract.key)),
        *(pl.col(name).is_not_null() for name in _required(contract)),
    )
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in contract.key]
    key = pl.when(usable).then(pl.concat_str(parts, separator=SEPARATOR))
    keys = frame.select(key.cast(pl.Binary).alias("key"))["key"]
    keyed = hashlib.blake2b(contract.dataset.encode(), key=hashlib.sha256(record_key).digest(), digest_size=2 * _ID)
    nameless = keyed.digest()
    keyed.update(SEPARATOR.encode())
    begun = keyed.copy  # what all rows begin with is hashed once
    digests: list[bytes] = []
    for text in keys.to_list():
        if text is None:
            digests.append(nameless)
        else:
            state = begun()
            state.update(text)
            digests.append(state.digest())
    ids = _hex(digests)
    told = keys.is_not_null()
    if not told.all():
        ids = pl.select(pl.when(told).then(ids)).to_series()
    return ids.alias("record_id"), [digest[_ID:] for digest in digests]


def content_hashes(salts: Sequence[bytes], texts: pl.Series) -> pl.Series:
    """The hash of every row's salt and canonical text, 32 hex."""
    sha256 = hashlib.sha256
    pairs = zip(salts, texts.cast(pl.Binary).to_list(), strict=True)
    return _hex([sha256(salt + text).digest() for salt, text in pairs]).alias("content_hash")


def ids_and_hashes(
    contract: Contract, record_key: bytes, frame: pl.DataFrame, cells: Sequence[pl.Series | str | None]
) -> tuple[pl.Series, pl.Series]:
    """Ids and content hashes of many rows: ``frame`` as in ``ids_and_salts``, ``cells`` as in ``canonical_texts``."""
    ids, hashes = [], []
    for start in range(0, max(frame.height, 1), _ROWS):
        some, salts = ids_and_salts(contract, record_key, frame.slice(start, _ROWS))
        piece = [cell.slice(start, _ROWS) if isinstance(cell, pl.Series) else cell for cell in cells]
        ids.append(some)
        hashes.append(content_hashes(salts, canonical_texts(piece, len(salts))))
    return pl.concat(ids, rechunk=True), pl.concat(hashes, rechunk=True)


def _hex(digests: Sequence[bytes]) -> pl.Series:
    """The first half of every digest of 32 bytes, as hex."""
    halves = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 2 * _ID)[:, :_ID]
    offsets = np.arange(0, 2 * _ID * len(digests) + 1, 2 * _ID, dtype=np.int64)
    text = pa.py_buffer(hexlify(halves.tobytes()))
    return pl.Series(pa.LargeStringArray.from_buffers(len(digests), pa.py_buffer(offsets), text), dtype=pl.String)


def canonical(before: pl.Series, values: pl.Series, marks: pl.Series) -> pl.Series:
    """A column's values as text; the sender's own where a cell is filled and has none."""
    if values.dtype == pl.String:  # texts keep what was written
        return values
    texts = values.cast(pl.String)
    unread = values.is_null() & marks.is_not_null()
    return pl.select(pl.when(unread).then(before).otherwise(texts)).to_series() if unread.any() else texts


def withdrawing(cells: pl.Series) -> pl.Series:
    """The column that says what a row asks for, as content: a correction says what a first row would have said.

    A withdrawal does not: beside the row that it withdraws it is no repetition.
    """
    return pl.select(pl.when(cells == "W").then(cells)).to_series()


def canonical_texts(cells: Sequence[pl.Series | str | None], rows: int) -> pl.Series:
    """The canonical text of every row. A column is a series, or the one text (None: empty) that all its cells have."""
    parts: list[pl.Series | str] = []
    for cell in cells:
        if isinstance(cell, pl.Series):
            parts.append(cell.fill_null(EMPTY) if cell.null_count() else cell)
            continue
        text = EMPTY if cell is None else cell
        last = parts[-1] if parts else None
        if isinstance(last, str):  # texts that never change are joined once
            parts[-1] = last + SEPARATOR + text
        else:
            parts.append(text)
    joined = pl.concat_str([pl.lit(part, dtype=pl.String) for part in parts], separator=SEPARATOR)
    texts = pl.select(joined).to_series()
    return texts if len(texts) == rows else texts.new_from_index(0, rows)
