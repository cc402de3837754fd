"""A cell of a workbook as text, and one letter for what it was: s text, n number, d date, b bool, e error, - empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal


class ErrorText(str):
    """The text of an error cell (#N/A, #REF!), kept apart from a text cell that reads the same."""

    __slots__ = ()


def number_text(value: float) -> str:
    """As Excel shows it: 15 significant digits, no exponent, no decimals where there are none."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{Decimal(f'{value:.15g}'):f}"


def _moment_text(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")


def _span_text(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_READERS: Mapping[type, tuple[Callable[..., str], str]] = {
    float: (number_text, "n"),
    int: (str, "n"),
    bool: (lambda value: "TRUE" if value else "FALSE", "b"),
    datetime: (_moment_text, "d"),
    date: (date.isoformat, "d"),
    time: (time.isoformat, "d"),
    timedelta: (_span_text, "d"),
    ErrorText: (str, "e"),
}


def texts(values: Sequence[object]) -> tuple[list[str | None], list[str]]:
    """Texts (None where empty) and type letters of one column. ``KeyError`` for a type that no workbook gives."""
    found: list[str | None] = []
    letters: list[str] = []
    for value in values:
        if type(value) is str:
            found.append(value or None)
            letters.append("s" if value else "-")
        else:
            reader, letter = _READERS[type(value)]
            found.append(reader(value))
            letters.append(letter)
    return found, letters
