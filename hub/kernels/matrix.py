"""The bytes of a column without Python objects: numpy reads Arrow's buffer. Strings of one length become a matrix."""

from __future__ import annotations

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
