"""Cells of a workbook as text, and one letter for what each was: s text, n number, d date, b bool, e error, - empty.

By whole columns: a column of one kind, with or without gaps, never meets Python code cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Letters = npt.NDArray[np.uint8]
_TEXT, _EMPTY = ord("s"), ord("-")
_PLAIN = 16  # characters of a number that has at most 15 digits, for sure


class ErrorText(str):
    """The text of an error cell (#N/A, #REF!), kept apart from a text cell that reads the same."""

    __slots__ = ()


class Unvalued:
    """A formula without a stored value. Not empty, so that its row is not lost."""

    __slots__ = ()


class Unreadable(Unvalued):
    """A cell of a row over which the reader fails."""

    __slots__ = ()


UNVALUED, UNREADABLE = Unvalued(), Unreadable()


def number_text(value: float) -> str:
    """As Excel shows it: 15 significant digits, no exponent, no decimals where there are none.

    >>> number_text(0.1 + 0.2), number_text(913208300000000190.0), number_text(1e-7), number_text(-0.0)
    ('0.3', '913208300000000000', '0.0000001', '0')
    """
    return f"{value:.0f}" if value.is_integer() and 0 < abs(value) < 1e15 else f"{Decimal(f'{value + 0:.15g}'):f}"


def _moment_text(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")


def _span_text(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_READERS: Mapping[type, tuple[Callable[..., str | None], str]] = {
    str: (lambda value: value, "s"),
    float: (number_text, "n"),
    int: (str, "n"),
    bool: (lambda value: "TRUE" if value else "FALSE", "b"),
    datetime: (_moment_text, "d"),
    date: (date.isoformat, "d"),
    time: (time.isoformat, "d"),
    timedelta: (_span_text, "d"),
    ErrorText: (str, "e"),
    Unvalued: (lambda value: None, "-"),
    Unreadable: (lambda value: None, "-"),
}


def texts(values: Sequence[object]) -> tuple[pa.Array, Letters]:
    """Texts (null where empty) and type letters of one column. ``KeyError`` for a type that no workbook gives."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return _of_texts(values)
    if kinds == {float}:
        return number_texts(np.array(values, np.float64)), np.full(len(values), ord("n"), np.uint8)
    if kinds == {date}:
        return pa.array(values, pa.date32()).cast(pa.string()), np.full(len(values), ord("d"), np.uint8)
    if kinds in ({str, float}, {str, date}):
        gaps = np.fromiter((value == "" for value in values), np.bool_, len(values))
        rest = [value for value in values if value != ""]
        if len(set(map(type, rest))) == 1:
            found, letters = texts(rest)
            return _with_gaps(found, letters, gaps)
    return _one_by_one(values)


def _of_texts(values: Sequence[object]) -> tuple[pa.Array, Letters]:
    found = pa.array(values, pa.string())
    gaps = pc.binary_length(found).to_numpy() == 0
    letters = np.where(gaps, np.uint8(_EMPTY), np.uint8(_TEXT))
    return (pc.if_else(pa.array(gaps), pa.scalar(None, pa.string()), found) if gaps.any() else found), letters


def _with_gaps(found: pa.Array, letters: Letters, gaps: npt.NDArray[np.bool_]) -> tuple[pa.Array, Letters]:
    spread = np.full(len(gaps), _EMPTY, np.uint8)
    spread[~gaps] = letters
    return found.take(pa.array(np.cumsum(~gaps) - 1, mask=gaps)), spread


def number_texts(values: npt.NDArray[np.float64]) -> pa.Array:
    """``number_text`` of all values."""
    whole = np.abs(values) < 1e15
    whole &= np.trunc(values) == values
    integers = pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
    if whole.all():
        return integers
    # The shortest text that gives the same number is the one with 15 digits, when it has no more than those.
    shortest = pc.if_else(pa.array(whole), integers, pa.array(values).cast(pa.string()))
    odd = (pc.binary_length(shortest).to_numpy() > _PLAIN) | ~np.isfinite(values)
    odd |= pc.match_substring(shortest, "e").to_numpy(zero_copy_only=False)
    if not odd.any():
        return shortest
    found = shortest.to_pylist()
    for index in np.flatnonzero(odd).tolist():
        found[index] = number_text(float(values[index]))
    return pa.array(found, pa.string())


def _one_by_one(values: Sequence[object]) -> tuple[pa.Array, Letters]:
    found: list[str | None] = []
    letters = bytearray()
    for value in values:
        reader, letter = _READERS[type(value)]
        text = reader(value)
        found.append(text or None)
        letters.append(ord(letter) if text else _EMPTY)
    return pa.array(found, pa.string()), np.frombuffer(bytes(letters), np.uint8)


def row_texts(row: Sequence[object]) -> list[str | None]:
    """The texts of one row."""
    return [_READERS[type(value)][0](value) or None for value in row]


def joined(letters: Sequence[Letters], rows: int) -> pa.Array:
    """Letters of all columns, row by row."""
    width = len(letters)
    side_by_side = np.ascontiguousarray(np.stack(letters, axis=1)) if width else np.zeros((rows, 0), np.uint8)
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32) if width else np.zeros(rows + 1, np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(side_by_side.tobytes()))
