"""The cells of one DBF field as text, each with the letter of its type.

| type | cell | letter |
|---|---|---|
| C | text without the blanks behind it | s |
| N, F | the number as it is written | n |
| D | 20261123, empty when blank or 00000000 | d |
| L | TRUE, FALSE, empty when not set | b |
| I, B, Y, T (Visual FoxPro) | whole number, binary number, amount with four decimals, date and time | n, d |
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from hub.stages.formats.cells import number_text

_JULIAN = 1_721_425  # Julian day of the day before 1 January of the year 1
_PADDING = b" \0"
_TRUTH = {b"T": "TRUE", b"t": "TRUE", b"Y": "TRUE", b"y": "TRUE"} | dict.fromkeys((b"F", b"f", b"N", b"n"), "FALSE")

Cell = Callable[[bytes, str], str]  # raw bytes, encoding -> text, "" when empty; ValueError when it cannot be read


def _text(raw: bytes, encoding: str) -> str:
    return raw.rstrip(_PADDING).decode(encoding)


def _number(raw: bytes, encoding: str) -> str:
    return raw.strip(_PADDING).decode("ascii")


def _date(raw: bytes, encoding: str) -> str:
    text = raw.strip(_PADDING).decode("ascii")
    return "" if text == "00000000" else text


def _truth(raw: bytes, encoding: str) -> str:
    bare = raw.strip(_PADDING)
    if bare in (b"", b"?"):
        return ""
    if bare not in _TRUTH:
        raise ValueError("no truth value")
    return _TRUTH[bare]


def _integer(raw: bytes, encoding: str) -> str:
    return str(int.from_bytes(raw, "little", signed=True))


def _double(raw: bytes, encoding: str) -> str:
    (value,) = struct.unpack("<d", raw)
    if not math.isfinite(value):
        raise ValueError("not finite")
    return number_text(value)


def _currency(raw: bytes, encoding: str) -> str:
    return f"{Decimal(int.from_bytes(raw, 'little', signed=True)).scaleb(-4):f}"


def _moment(raw: bytes, encoding: str) -> str:
    day, milliseconds = struct.unpack("<II", raw)
    if not day:
        return ""
    if milliseconds >= 86_400_000 or not 0 < day - _JULIAN <= date.max.toordinal():
        raise ValueError("no moment")
    seconds = timedelta(seconds=round(milliseconds / 1000))
    said = date.fromordinal(day - _JULIAN).isoformat()
    return f"{said} {int(seconds.total_seconds()) // 3600:02}:{seconds.seconds // 60 % 60:02}:{seconds.seconds % 60:02}"


READERS: Mapping[str, tuple[Cell, str, int | None]] = {  # reader, letter, length that it must have
    "C": (_text, "s", None),
    "N": (_number, "n", None),
    "F": (_number, "n", None),
    "D": (_date, "d", 8),
    "L": (_truth, "b", 1),
    "I": (_integer, "n", 4),
    "B": (_double, "n", 8),
    "Y": (_currency, "n", 8),
    "T": (_moment, "d", 8),
}
