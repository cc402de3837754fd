"""Which spelling means which code: exact code, then label, then synonym, compared without width, blanks and case.

A spelling that could mean two codes means none: guessing would put a household into the wrong village.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date

import polars as pl

from hub.kernels.reading import CodeLike, Options


def plain(text: str) -> str:
    """The form in which spellings are compared: NFKC, without blanks at the ends, case folded."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def spellings(codes: Iterable[CodeLike], more: Callable[[CodeLike], Iterable[str]] = lambda code: ()) -> dict[str, str]:
    """Every spelling in compared form, with the code that it means. ``more`` names further spellings of a code."""
    codes = tuple(codes)
    table: dict[str, str] = {}
    levels: tuple[Callable[[CodeLike], Iterable[str]], ...] = (
        lambda code: (*code.synonyms, *more(code)),
        lambda code: (code.label,),
        lambda code: (code.code,),
    )
    for level in levels:  # weakest first: a code always means itself
        meanings: dict[str, set[str]] = {}
        for code in codes:
            for spelling in level(code):
                meanings.setdefault(plain(spelling), set()).add(code.code)
        for spelling, found in meanings.items():
            if len(found) == 1:
                table[spelling] = next(iter(found))
            else:
                table.pop(spelling, None)
    table.pop("", None)
    return table


def in_force(options: Options) -> tuple[CodeLike, ...]:
    """The codes that are valid on the day in setting ``on`` (ISO date, inclusive bounds); all of them without it."""
    on = options.settings.get("on")
    if not isinstance(on, str):
        return options.codes
    day = date.fromisoformat(on)
    return tuple(
        code
        for code in options.codes
        if (code.valid_from is None or code.valid_from <= day) and (code.valid_to is None or day <= code.valid_to)
    )


def expired(
    cells: pl.Series,
    unknown: pl.Series,
    options: Options,
    meaning: Callable[[str, Mapping[str, str]], str | None],
    more: Callable[[CodeLike], Iterable[str]] = lambda code: (),
) -> pl.Series | None:
    """Of the cells that are ``unknown`` on the day in setting ``on``, the code that they mean on another day.

    Null for all other cells; None where the setting is not given or no cell has one: a clean column costs nothing.
    """
    if not isinstance(options.settings.get("on"), str) or not unknown.any():
        return None
    table = spellings(options.codes, more)
    found = looked_up(cells.set(~unknown, None), lambda cell: meaning(cell, table))
    return found if found.null_count() < len(found) else None


def one(cell: str, table: Mapping[str, str]) -> str | None:
    """The code that a cell means, or None."""
    return table.get(plain(cell))


def several(cell: str, table: Mapping[str, str]) -> str | None:
    """The codes that a cell with separators means, in the order written, once each, joined by 、; or None.

    The longest run of parts that has a meaning wins: 警告、通报批评 may be one kind of penalty.
    """
    whole = one(cell, table)
    if whole is not None:
        return whole
    parts = [part for part in re.split("[、;,]", plain(cell.replace("，", ",").replace("；", ";"))) if part.strip()]
    found: list[str] = []
    start = 0
    while start < len(parts):
        for end in range(len(parts), start, -1):
            code = table.get("、".join(part.strip() for part in parts[start:end]))
            if code is not None:
                found.append(code)
                start = end
                break
        else:
            return None
    return "、".join(dict.fromkeys(found)) or None


def looked_up(cells: pl.Series, meaning: Callable[[str], str | None]) -> pl.Series:
    """``meaning`` of every cell, asked once for each distinct cell; null where it has none."""
    distinct = cells.drop_nulls().unique()
    codes = pl.Series([meaning(cell) for cell in distinct], dtype=pl.String)
    if len(distinct) == 0:
        return pl.repeat(None, len(cells), dtype=pl.String, eager=True)
    return cells.replace_strict(distinct, codes, default=None, return_dtype=pl.String)
