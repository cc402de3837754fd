"""Uniqueness: the only rules that need the whole delivery. Which records hold a key that occurs more than once?

First pass: 64-bit hashes of the keys, 8 bytes a row; hashes that occur twice are candidates. Second pass, only if there
are any: the keys of the candidates themselves, compared exactly, so that a collision of hashes accuses nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from hub.rules.compile import CompiledRule, Plan

_HASH = "__hash"


@dataclass(frozen=True, slots=True)
class Repeats:
    """Records (Int64, sorted) that repeat a key of one rule."""

    records: pl.Series

    def among(self, frame: pl.DataFrame) -> pl.Expr:
        """Boolean expression over ``frame``: does the row repeat a key? Looks only at the records of the frame."""
        if not frame.height or not self.records.len():
            return pl.lit(False)
        span = frame.get_column("record")
        near = self.records.filter(self.records.is_between(span.min(), span.max()))
        return pl.col("record").is_in(near.implode()) if near.len() else pl.lit(False)


def find_repeats(plan: Plan, chunks: Callable[[Sequence[str]], Iterable[pl.DataFrame]]) -> Mapping[int, Repeats]:
    """Repeats by rule number, for the uniqueness rules of ``plan``; ``chunks`` as in ``judge``."""
    if not plan.unique:
        return {}
    columns = tuple(dict.fromkeys(("record", *(name for rule in plan.unique for name in rule.columns))))
    hashes: dict[int, list[pl.Series]] = {rule.number: [] for rule in plan.unique}
    for frame in chunks(columns):
        for rule in plan.unique:
            hashes[rule.number].append(_keys(frame, rule).get_column(_HASH))
    candidates = {rule.number: twice(hashes.pop(rule.number)) for rule in plan.unique}
    suspects: dict[int, list[pl.DataFrame]] = {rule.number: [] for rule in plan.unique}
    if any(found.len() for found in candidates.values()):
        for frame in chunks(columns):
            for rule in plan.unique:
                if candidates[rule.number].len():
                    keys = _keys(frame, rule).filter(pl.col(_HASH).is_in(candidates[rule.number].implode()))
                    suspects[rule.number].append(_copied(keys.drop(_HASH)))
    return {rule.number: Repeats(_repeating(suspects[rule.number], rule)) for rule in plan.unique}


def _keys(frame: pl.DataFrame, rule: CompiledRule) -> pl.DataFrame:
    rows = frame if rule.considered is None else frame.filter(rule.considered)
    return rows.select(pl.struct(rule.whole).hash().alias(_HASH), *dict.fromkeys(("record", *rule.whole)))


def _copied(keys: pl.DataFrame) -> pl.DataFrame:
    """The same rows in memory of their own: a filtered text column keeps the buffers of its whole frame alive."""
    return pl.DataFrame(keys.to_arrow(compat_level=pl.CompatLevel.oldest()), schema=keys.schema)


def twice(parts: Sequence[pl.Series]) -> pl.Series:
    """The hashes (UInt64) that stand more than once in all parts together."""
    ordered = pl.concat(parts).sort() if parts else pl.Series(dtype=pl.UInt64)
    return ordered.filter(ordered == ordered.shift(1)).unique()


def _repeating(parts: list[pl.DataFrame], rule: CompiledRule) -> pl.Series:
    if not parts:
        return pl.Series("record", dtype=pl.Int64)
    keys = pl.concat(parts)
    return keys.filter(pl.struct(rule.whole).is_duplicated()).get_column("record").sort()
