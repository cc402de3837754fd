"""What a sender says of a whole file against what was read (合计核对): the number of rows exactly, and the sum."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl

from hub.contract.handing_over import FACTORS, Amount, Totals
from hub.contract.model import Contract
from hub.findings import Finding
from hub.stages.job import chunks

Told = tuple[int, str | None]
_PIECE = 200_000
_WIDE = pl.Decimal(38, 6)
_UNITS = {"fen": "分", "yuan": "元", "wanyuan": "万元"}


def of_line(normalised: Path, contract: Contract, totals: Totals, rows: int, told: Told) -> tuple[Finding, ...]:
    """Findings about the totals line: TOT-COUNT, TOT-SUM (S), or TOT-PARTLY (M) where an amount cannot be read.

    ``rows``: filled rows of data. ``told``: number and sum of the line.
    """
    count, summed = told
    found = [] if count == rows else [Finding("TOT-COUNT", detail=f"合计行写{count}笔，实收{rows}笔。")]
    if totals.amount is not None and summed is not None:
        found += of_sum(normalised, contract, totals.amount, summed, "TOT-SUM", "合计行")
    return tuple(found)


def of_sum(
    normalised: Path, contract: Contract, amount: Amount, told: str, code: str, where: str
) -> tuple[Finding, ...]:
    """A finding with ``code`` where the sum ``told`` is not that of the column, or TOT-PARTLY; ``where`` it stands.

    Sums of a whole file say nothing of a single person, so both are named.
    """
    column = contract.column(amount.column)
    total, unreadable = _sum(normalised, column.name)
    if unreadable:
        detail = f"有{unreadable}笔的“{column.label}”读不出来。"
        return (Finding("TOT-PARTLY", column=column.name, detail=detail),)
    unit = str(column.options["unit"])
    declared = Decimal(told) * amount.factor / FACTORS[unit]  # exact: the factors are powers of ten
    if declared == total:
        return ()
    said = f"{where}写{_shown(declared)}{_UNITS[unit]}，实收{_shown(total)}{_UNITS[unit]}。"
    return (Finding(code, column=column.name, detail=said),)


def _sum(normalised: Path, column: str) -> tuple[Decimal, int]:
    """The sum of a column, an empty cell being nothing; and how many cells, or whole rows, could not be read."""
    total, unreadable = Decimal(0), 0
    for piece in chunks(normalised, _PIECE, ["row__mark", "blank", column, f"{column}__mark"]):
        broken = pl.col("row__mark").is_not_null() | (
            pl.col(column).is_null() & (pl.col(f"{column}__mark").fill_null("") != "")
        )
        filled = piece.filter(~pl.col("blank"))
        unreadable += filled.select(broken.sum()).item()
        total += filled.select(pl.col(column).cast(_WIDE).sum()).item() or Decimal(0)
    return total, unreadable


def _shown(amount: Decimal) -> str:
    """
    >>> _shown(Decimal("200000.000000")), _shown(Decimal("12.500000"))
    ('200000.00', '12.50')
    """
    cents = amount.quantize(Decimal("0.01"))
    return f"{cents:f}" if cents == amount else f"{amount.normalize():f}"
