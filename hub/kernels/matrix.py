"""The bytes of a column without Python objects: numpy reads Arrow's buffer. Strings of one length become a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


def utf8_bytes(cells: pl.Series) -> Bytes:
    """All texts of a column one after the other, in UTF-8; nothing for an empty cell."""
    return _data_and_offsets(cells)[0]


def byte_matrix(cells: pl.Series, width: int) -> Bytes:
    """Shape (rows, width). Every cell must be ASCII, present and ``width`` bytes long; ``ValueError`` otherwise."""
    data, offsets = _data_and_offsets(cells)
    if not bool((np.diff(offsets) == width).all()):
        raise ValueError(f"cells of another length than {width}")
    return data.reshape(len(cells), width)


def pair_tables(values: Bytes, weights: Sequence[int]) -> npt.NDArray[np.uint16]:
    """For ``weighted_sums``: what each pair of bytes adds to the sum, at each place of a pair; ``values`` by byte."""
    first, second = np.arange(1 << 16, dtype=np.uint16).view(np.uint8).reshape(-1, 2).T
    places = zip(weights[::2], weights[1::2], strict=True)
    return np.stack([values[first] * np.uint16(left) + values[second] * np.uint16(right) for left, right in places])


def weighted_sums(codes: Bytes, tables: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Sum of weight and value over the bytes of each row, two bytes at a time. Sums are below 65,536.

    >>> weighted_sums(np.array([[1, 2, 3, 4]], np.uint8), pair_tables(np.arange(256, dtype=np.uint8), [1, 10, 2, 20]))
    array([107], dtype=uint16)
    """
    pairs = np.ascontiguousarray(codes).view(np.uint16)
    sums = np.zeros(len(codes), np.uint16)
    for place, table in enumerate(tables):
        sums += table[pairs[:, place]]
    return sums


def spread(flags: Flags, where: pl.Series) -> pl.Series:
    """Flags of the rows in ``where``, put back among all rows; False elsewhere."""
    out = np.zeros(len(where), dtype=np.bool_)
    out[where.to_numpy()] = flags
    return pl.Series(out)


def _data_and_offsets(cells: pl.Series) -> tuple[Bytes, npt.NDArray[Any]]:
    array = cells.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    buffers = array.buffers()
    if len(array) == 0 or buffers[2] is None:
        return np.empty(0, dtype=np.uint8), np.zeros(len(array) + 1, dtype=np.int64)
    offset_type = np.int64 if str(array.type).startswith("large") else np.int32
    offsets = np.frombuffer(buffers[1], dtype=offset_type)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(buffers[2], dtype=np.uint8)[offsets[0] : offsets[-1]], offsets
