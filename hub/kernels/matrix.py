"""Strings of one length as a matrix of bytes, for check digits: numpy reads Arrow's buffer, without Python objects."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


def byte_matrix(cells: pl.Series, width: int) -> Bytes:
    """Shape (rows, width). Every cell must be ASCII, present and ``width`` bytes long; ``ValueError`` otherwise."""
    array = cells.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    buffers = array.buffers()
    offset_type = np.int64 if str(array.type).startswith("large") else np.int32
    offsets = np.frombuffer(buffers[1], dtype=offset_type)[array.offset : array.offset + len(array) + 1]
    if len(array) == 0:
        return np.empty((0, width), dtype=np.uint8)
    if not bool((np.diff(offsets) == width).all()):
        raise ValueError(f"cells of another length than {width}")
    data = np.frombuffer(buffers[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    return data.reshape(len(array), width)


def spread(flags: Flags, where: pl.Series) -> pl.Series:
    """Flags of the rows in ``where``, put back among all rows; False elsewhere."""
    out = np.zeros(len(where), dtype=np.bool_)
    out[where.to_numpy()] = flags
    return pl.Series(out)
