"""Groups of records by month and code as they stand (分组): how many, their sums, and by marks which records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

OF_RECORD, OF_AMOUNTS = 16, 8  # characters of a mark: which record, and with which amounts
DOMINANT = Decimal("0.85")  # share of a sum above which it tells the largest of its amounts
NAMELESS = ""  # the cell of records without a code; it is never shown


@dataclass(frozen=True, slots=True)
class Summed:
    """Amounts of one column: their sum, the sum of their sizes, the largest size, and how many are not zero."""

    total: Decimal
    weight: Decimal
    largest: Decimal
    contributors: int

    def safe(self, k: int) -> bool:
        """Whether the sum tells nobody's amount: enough amounts, none of which is nearly all of it."""
        return self.contributors >= k and self.largest <= DOMINANT * self.weight


@dataclass(frozen=True, slots=True)
class Cell:
    """One group of one month. ``members``: a mark of each record, the first part of which tells the record alone."""

    count: int
    sums: Mapping[str, Summed]
    members: frozenset[str]

    @property
    def ids(self) -> frozenset[str]:
        """Marks of the records, whatever their amounts are."""
        return ids(self.members)


def ids(members: Iterable[str]) -> frozenset[str]:
    """The marks of records without those of their amounts."""
    return frozenset(one[:OF_RECORD] for one in members)


def together(parts: Iterable[Summed]) -> Summed:
    """Several groups as one."""
    given = list(parts)
    return Summed(
        sum((one.total for one in given), Decimal()),
        sum((one.weight for one in given), Decimal()),
        max((one.largest for one in given), default=Decimal()),
        sum(one.contributors for one in given),
    )


def counted(
    records: pl.DataFrame, month_of: str, by: str, sums: Sequence[str], before: date
) -> dict[str, dict[str, Cell]]:
    """By month (YYYY-MM) and code the groups of the records that are of a day before ``before``."""
    chosen = records.filter(pl.col(month_of) < before)
    amounts = [pl.col(name).cast(pl.String).fill_null("") for name in sums]
    texts = chosen.select(pl.concat_str([*amounts, pl.lit("")], separator="\x1f").alias("amounts"))["amounts"]
    digests = {text: hashlib.blake2b(text.encode(), digest_size=OF_AMOUNTS // 2).hexdigest() for text in texts.unique()}
    of_amounts = texts.replace_strict(digests, return_dtype=pl.String)
    groups = (
        # An id is a keyed hash; half of it is enough.
        chosen.with_columns(
            (pl.col("record_id").str.head(OF_RECORD).str.pad_end(OF_RECORD) + of_amounts).alias("members")
        )
        .group_by(pl.col(month_of).dt.strftime("%Y-%m").alias("month"), pl.col(by).fill_null(NAMELESS).alias("cell"))
        .agg("members", *(each for name in sums for each in _facts(name)))
    )
    found: dict[str, dict[str, Cell]] = {}
    for row in groups.iter_rows(named=True):
        facts = {
            name: Summed(*(row[f"{kind} {name}"] for kind in ("total", "weight", "largest", "contributors")))
            for name in sums
        }
        which = frozenset(row["members"])
        found.setdefault(row["month"], {})[row["cell"]] = Cell(len(which), facts, which)
    return found


def _facts(name: str) -> tuple[pl.Expr, ...]:
    amount = pl.col(name)
    return (
        amount.sum().alias(f"total {name}"),
        amount.abs().sum().alias(f"weight {name}"),
        amount.abs().max().fill_null(0).alias(f"largest {name}"),
        (amount != 0).sum().alias(f"contributors {name}"),
    )
