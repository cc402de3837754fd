"""Dates with day, month and year in another order (23/11/2026, 2026-23-11), or as Excel's serial numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import polars as pl

from hub.stages.causes.attempt import Attempt, Case

_LAST = r"^\s*([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})(\s.*)?$"
_FIRST = r"^\s*([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})[日号]?(\s.*)?$"
_LAST_SOLID = r"^([0-9]{2})([0-9]{2})([0-9]{4})$"
_FIRST_SOLID = r"^([0-9]{4})([0-9]{2})([0-9]{2})$"
# How the date is written, the forms that it may have, and where its year, month and day stand in them.
_ORDERS = (
    ("日/月/年", (_LAST, _LAST_SOLID), "$3-$2-$1"),
    ("月/日/年", (_LAST, _LAST_SOLID), "$3-$1-$2"),
    ("年-日-月", (_FIRST, _FIRST_SOLID), "$1-$3-$2"),
)
_SERIAL = r"^\s*[0-9]{5}(?:\.[0-9]+)?\s*$"
_DAY_ZERO = date(1899, 12, 30)  # of Excel's calendar, so that day 61 is 1900-03-01


def attempts(case: Case) -> Iterator[Attempt]:
    """The best order of day, month and year; serial numbers."""
    names = [column.name for column in case.contract.columns if column.kernel == "date"]
    troubled = [name for name in names if (case.failing.marks(name) != "").any()]
    if not troubled:
        return
    columns = [names] if names == troubled else [names, troubled]
    found = []
    for order in _ORDERS:  # a file mostly has one way of writing, but a column may have been pasted from another
        tried = [_in_order(case, some, *order) for some in columns]
        found += sorted((one for one in tried if one is not None), key=lambda one: -one.gained)[:1]
    found.sort(key=lambda one: -one.gained)
    if len(found) > 1 and found[0].gained == found[1].gained:  # no day beyond 12: it cannot be told
        yield replace(found[0], note="月和日谁在前，从文件里看不出来。")
    else:
        yield from found[:1]
    yield from _serials(case, names)


def _in_order(case: Case, names: list[str], written: str, forms: tuple[str, ...], meant: str) -> Attempt | None:
    meant = meant.replace("$1", "${1}").replace("$2", "${2}").replace("$3", "${3}")
    changes = {}
    for name in names:
        cells = case.failing.cells[name]
        for form in forms:
            fits = cells.text.str.contains(form).fill_null(False)
            if fits.any():
                cells = cells.where(fits, cells.text.str.replace(form, meant))
                changes[name] = cells
    if not changes:
        return None
    columns = [name for name in changes if (case.failing.marks(name) != "").any()]
    return case.tried(
        "CAU-DATES", f"日期按“{written}”读以后", changes, columns=columns, note=_unsure(case, columns, written)
    )


def _unsure(case: Case, names: list[str], written: str) -> str:
    """How many rows pass as they are although their dates may be read both ways."""
    if not written.startswith("年"):
        return ""
    passing = ~case.whole.failing
    both = pl.repeat(False, case.whole.height, dtype=pl.Boolean, eager=True)
    for name in names:
        parts = case.whole.cells[name].text.str.extract_groups(_FIRST.replace("([0-9]{1,2})", "(0?[1-9]|1[0-2])"))
        month, day = parts.struct.field("2").cast(pl.Int8), parts.struct.field("3").cast(pl.Int8)
        both |= (month != day).fill_null(False)
    count = int((both & passing).sum())
    return f"另有 {count} 行现在能通过，月和日也可能写反了。" if count else ""


def _serials(case: Case, names: list[str]) -> Iterator[Attempt]:
    changes = {}
    for name in names:
        cells = case.failing.cells[name]
        serial = cells.text.str.contains(_SERIAL).fill_null(False) & (case.failing.marks(name) != "").fill_null(False)
        if serial.any():
            days = cells.text.set(~serial, None).str.strip_chars().cast(pl.Float64).floor().cast(pl.Int64)
            dates = pl.select(pl.lit(_DAY_ZERO) + pl.duration(days=pl.lit(days))).to_series().dt.strftime("%Y-%m-%d")
            changes[name] = cells.where(serial, dates)
    if changes:
        yield case.tried("CAU-SERIAL", f"把{case.labels(list(changes))}的序号换成日期后", changes)
