"""Grouped counts and sums (汇总): the only form in which a sensitive dataset leaves. Small groups are not shown at all.

Nothing that can be computed from all figures ever shown is about fewer than ``k`` records (小单元格). Only months that
have ended are shown, and there is no total beside the groups. Where the hidden groups of a month are few records
together, the next smallest is hidden with them. A figure is shown anew only when at least ``k`` records are in it that
were in no figure of the month before: so none can be taken from another so that a few are left. Until then the old one
stays, unless its group has become too small: then it goes. What was shown is remembered, for all outlets together,
since one reader may see them all; a dataset has one grouping, for two would be two views of the same few records.

A sum of which one amount is nearly all is not shown, nor one that tells such an amount by its difference from an
earlier one. What is hidden and what is empty look the same.

Who knows every other record of a group learns the last one from any exact figure; that is not prevented here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from hub.contract.model import Aggregate, Contract
from hub.outlets.cells import DOMINANT, NAMELESS, OF_AMOUNTS, OF_RECORD, Cell, counted, ids, together

# What was shown, one row for each version of a cell. ``shown`` false: it was, and is not any more.
MEMORY: Mapping[str, Any] = {
    "by": pl.String,
    "month": pl.String,
    "cell": pl.String,
    "version": pl.Int64,
    "shown": pl.Boolean,
    "count": pl.Int64,
    "sums": pl.String,  # JSON: column -> amount, or null where it is not shown
    "largest": pl.String,  # JSON: column -> size of the largest amount
    "records": pl.String,  # SHA-256 over the marks of its records
    "members": pl.String,  # marks of those that were in no figure before
}
_SIZE = OF_RECORD + OF_AMOUNTS
_MONEY = pl.Decimal(38, 6)


@dataclass(frozen=True, slots=True)
class _Row:
    by: str
    month: str
    cell: str
    version: int
    shown: bool
    count: int
    sums: Mapping[str, Decimal | None]
    largest: Mapping[str, Decimal]
    records: str
    members: frozenset[str]


def release(
    records: pl.DataFrame,
    contract: Contract,
    today: date,
    before: pl.DataFrame | None = None,
    frozen: date | None = None,
) -> pl.DataFrame:
    """What is remembered after today's release of a dataset's aggregates; ``table`` shows it.

    ``records``: ``record_id`` and the columns that the rules name. ``before``: what is remembered of earlier days
    (``MEMORY``), None at the first time. ``frozen``: what could be shown up to this day may have been shown without
    being remembered (a restore): nothing of it is shown anew.
    """
    k = max(rule.minimum for rule in contract.aggregates)
    days = max(rule.days for rule in contract.aggregates)
    ended = (today - timedelta(days=days)).replace(day=1)
    here: dict[str, dict[tuple[str, str], Cell]] = {}
    for by in sorted({rule.by for rule in contract.aggregates}):
        mine = [rule for rule in contract.aggregates if rule.by == by]
        sums = tuple(dict.fromkeys(name for rule in mine for name in rule.sums))
        for month, cells in counted(records, mine[0].month_of, by, sums, ended).items():
            here.setdefault(month, {}).update({(by, cell): facts for cell, facts in cells.items()})
    past: dict[str, dict[tuple[str, str], list[_Row]]] = {}
    for row in _read(before):
        past.setdefault(row.month, {}).setdefault((row.by, row.cell), []).append(row)
    rows: list[_Row] = []
    for month in sorted(here.keys() | past.keys()):
        thawed = frozen is None or _opened(month, days) > frozen
        rows += _Month(month, here.get(month, {}), past.get(month, {}), k, thawed).rows()
    return _written(rows)


def table(memory: pl.DataFrame, contract: Contract, rule: Aggregate) -> pl.DataFrame:
    """What one rule shows of what is remembered.

    Columns ``month`` (YYYY-MM), the grouping code, its ``label``, ``count`` and a sum for each money column, null where
    it is not shown.
    """
    labels = {code.code: code.label for code in contract.column(rule.by).codes}
    mine = memory.filter(pl.col("by") == rule.by).with_columns(pl.lit("").alias("members"))
    last = {(row.month, row.cell): row for row in _read(mine)}
    shown = [row for _, row in sorted(last.items()) if row.shown]
    return pl.DataFrame(
        {
            "month": [row.month for row in shown],
            rule.by: [row.cell for row in shown],
            "label": [labels.get(row.cell) for row in shown],
            "count": [row.count for row in shown],
            **{f"sum_{name}": [row.sums.get(name) for row in shown] for name in rule.sums},
        },
        schema={"month": pl.String, rule.by: pl.String, "label": pl.String, "count": pl.Int64}
        | {f"sum_{name}": _MONEY for name in rule.sums},
    )


def _opened(month: str, days: int) -> date:
    """The first day on which a month may be shown."""
    first = date.fromisoformat(f"{month}-01")
    return (first + timedelta(days=31)).replace(day=1) + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class _Month:
    """One month of a dataset: its cells as they stand, as they were shown, and the least size."""

    month: str
    here: Mapping[tuple[str, str], Cell]
    known: Mapping[tuple[str, str], Sequence[_Row]]
    k: int
    thawed: bool  # whether anything may be shown anew

    def rows(self) -> list[_Row]:
        """What is remembered afterwards."""
        rows = [row for each in self.known.values() for row in each]
        told = frozenset[str]().union(*(row.members for row in rows))
        for by in sorted({by for by, _ in self.here.keys() | self.known.keys()}):
            keys = sorted(key for key in self.here.keys() | self.known.keys() if key[0] == by)
            known = ids(told)
            new = [key for key in keys if self.thawed and self._may_be_shown(key, told, known)]
            fresh = sorted((key for key in new if not self._is_shown(key)), key=lambda key: (self._count(key), key))
            hidden = [key for key in keys if key in self.here and key not in new and not self._is_shown(key)]
            while fresh and 0 < sum(self._count(key) for key in hidden) < self.k:
                hidden.append(fresh.pop(0))
            new = [key for key in new if key not in hidden]
            sums = {key: {name: self._sum(key, name) for name in self.here[key].sums} for key in new}
            self._hide_sums(sums, hidden)
            found = [self._next(key, sums[key], told) for key in new]
            told = told.union(*(row.members for row in found))
            rows += found + [self._gone(key) for key in keys if self._fell(key)]
        return rows

    def _may_be_shown(self, key: tuple[str, str], told: frozenset[str], known: frozenset[str]) -> bool:
        """Whether enough of its records were in no figure before, or enough amounts where the records are the same."""
        cell, last = self.here.get(key), self._last(key)
        if cell is None or cell.count < self.k or key[1] == NAMELESS:
            return False
        if len(cell.ids - known) >= self.k:
            return True
        same = last is not None and last.shown and (last.records, last.sums.keys()) == (_all(cell), cell.sums.keys())
        return same and len(cell.members - told) >= self.k

    def _sum(self, key: tuple[str, str], name: str) -> Decimal | None:
        """A sum that tells nobody's amount, neither by itself nor by its difference from an earlier one."""
        now = self.here[key].sums[name]
        if not now.safe(self.k):
            return None
        for row in self.known.get(key, ()):
            then = row.sums.get(name)
            if then is not None and max(now.largest, row.largest[name]) > DOMINANT * abs(now.total - then):
                return None
        return now.total

    def _hide_sums(
        self, sums: Mapping[tuple[str, str], dict[str, Decimal | None]], hidden: Sequence[tuple[str, str]]
    ) -> None:
        """As long as the hidden sums of a month together tell an amount, the next smallest is hidden, too."""
        for name in {name for one in sums.values() for name in one}:
            size = {key: self.here[key].sums[name].weight for key in sums}
            left = sorted((key for key in sums if sums[key][name] is not None), key=lambda key: (size[key], key))
            unseen = [*hidden, *(key for key in sums if key not in left)]
            while left and unseen and not together(self.here[key].sums[name] for key in unseen).safe(self.k):
                sums[left[0]][name] = None
                unseen.append(left.pop(0))

    def _next(self, key: tuple[str, str], sums: Mapping[str, Decimal | None], told: frozenset[str]) -> _Row:
        cell, last = self.here[key], self._last(key)
        version = 1 if last is None else last.version + 1
        largest = {name: one.largest for name, one in cell.sums.items()}
        facts = (cell.count, sums, largest, _all(cell), cell.members - told)
        return _Row(key[0], self.month, key[1], version, True, *facts)

    def _gone(self, key: tuple[str, str]) -> _Row:
        last = self.known[key][-1]
        nothing: dict[str, Any] = {"count": 0, "sums": {}, "largest": {}, "records": "", "members": frozenset()}
        return replace(last, version=last.version + 1, shown=False, **nothing)

    def _fell(self, key: tuple[str, str]) -> bool:
        last = self._last(key)
        return last is not None and last.shown and self._count(key) < self.k

    def _is_shown(self, key: tuple[str, str]) -> bool:
        last = self._last(key)
        return last is not None and last.shown and self._count(key) >= self.k

    def _last(self, key: tuple[str, str]) -> _Row | None:
        return self.known[key][-1] if key in self.known else None

    def _count(self, key: tuple[str, str]) -> int:
        return self.here[key].count if key in self.here else 0


def _all(cell: Cell) -> str:
    return hashlib.sha256("".join(sorted(cell.ids)).encode()).hexdigest()


def _read(memory: pl.DataFrame | None) -> list[_Row]:
    if memory is None:
        return []
    rows = []
    for row in memory.sort("by", "month", "cell", "version").iter_rows(named=True):
        marks: str = row.pop("members")
        members = frozenset(marks[at : at + _SIZE] for at in range(0, len(marks), _SIZE))
        sums = {name: None if one is None else Decimal(one) for name, one in json.loads(row.pop("sums")).items()}
        largest = {name: Decimal(one) for name, one in json.loads(row.pop("largest")).items()}
        rows.append(_Row(**row, sums=sums, largest=largest, members=members))
    return rows


def _written(rows: Iterable[_Row]) -> pl.DataFrame:
    def amounts(given: Mapping[str, Decimal | None]) -> str:
        return json.dumps({name: None if one is None else str(one) for name, one in given.items()})

    cells = [
        (
            *(row.by, row.month, row.cell, row.version, row.shown, row.count),
            *(amounts(row.sums), amounts(row.largest), row.records, "".join(sorted(row.members))),
        )
        for row in sorted(rows, key=lambda row: (row.by, row.month, row.cell, row.version))
    ]
    return pl.DataFrame(cells, schema=dict(MEMORY), orient="row")
