"""The verdict over a delivery: exact counts per rule and one bit mask per bad row, from frames that stream by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from hub.contract.model import Suite
from hub.rules.compile import CompiledRule, Plan
from hub.rules.figures import Counts, Figures
from hub.rules.frames import Frames
from hub.rules.repeats import find_repeats

Chunks = Callable[[Sequence[str]], Iterable[pl.DataFrame]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who violates what. ``counts`` in the suite's order (a table rule counts its rows inside as considered).

    ``bad``: ``record`` Int64 and ``mask_0``, ``mask_1``, ... UInt64, one row for every row that violates a row rule, in
    order of arrival; bit ``n % 63`` of word ``n // 63`` is rule ``n``. Holds no value of any cell.
    """

    plan: Plan
    row_count: int
    counts: tuple[Counts, ...]
    bad: pl.DataFrame
    figures: Mapping[int, Figures]  # of rules on the batch, by number

    @property
    def suite(self) -> Suite:
        """The suite that was judged."""
        return self.plan.suite

    def records(self, number: int) -> pl.Series:
        """Records (Int64) that violate rule ``number``."""
        return self.bad.filter(_violates(self.plan.rules[number])).get_column("record")

    def violations(self) -> pl.DataFrame:
        """One row for every violated rule of every bad row: ``record`` Int64, ``rule`` Int32; sorted by both."""
        parts = [
            self.bad.lazy().filter(_violates(rule)).select("record", rule=pl.lit(rule.number, dtype=pl.Int32))
            for rule in self.plan.rules
            if rule.kind == "row" and self.counts[rule.number].violated
        ]
        if not parts:
            return pl.DataFrame(schema={"record": pl.Int64, "rule": pl.Int32})
        return pl.concat(parts).sort("record", "rule").collect()

    def by_severity(self) -> pl.DataFrame:
        """Every bad row: ``record`` Int64, ``critical`` Boolean, ``warning`` Boolean (each: violates at least one).

        A row is to be rejected when ``critical``, to be asked about when only ``warning``.
        """
        return self.bad.select("record", **{severity: self._any_of(severity) for severity in ("critical", "warning")})

    def _any_of(self, severity: str) -> pl.Expr:
        rules = [rule for rule in self.plan.rules if rule.kind == "row" and rule.rule.severity == severity]
        bits: dict[int, int] = {}
        for rule in rules:
            bits[rule.word] = bits.get(rule.word, 0) | rule.bit
        words = [(pl.col(f"mask_{word}") & pl.lit(mask, dtype=pl.UInt64)) != 0 for word, mask in bits.items()]
        return pl.any_horizontal(words) if words else pl.lit(False)


def judge(plan: Plan, chunks: Chunks) -> Verdict:
    """Judge a delivery that streams by in frames.

    ``chunks(columns)`` yields the same frames, in the same order, each time it is called; ``columns`` are the only ones
    that need be in them (``record`` Int64, ascending and unique in the delivery, is always the first). It is called
    once, and up to twice more when the suite has uniqueness rules. Memory grows with the bad rows, not with the
    delivery (uniqueness: 8 bytes a row; rules on what occurs in a column: its different values).
    """
    repeats = find_repeats(plan, chunks)
    frames = Frames(plan)
    total, row_count = [Counts(0, 0, 0)] * len(plan.rules), 0
    bad: list[pl.DataFrame] = []
    kept: dict[int, pl.Series] = {}
    for frame in chunks(tuple(dict.fromkeys(("record", *plan.columns)))):
        judged = frames.judge(frame, repeats)
        total = [before + more for before, more in zip(total, judged.counts, strict=True)]
        row_count += frame.height
        bad.append(judged.bad)
        for number, values in judged.kept.items():
            kept[number] = pl.concat([kept[number], values]).unique() if number in kept else values
    schema = {"record": pl.Int64, **dict.fromkeys(plan.masks, pl.UInt64)}
    return Verdict(
        plan=plan,
        row_count=row_count,
        counts=tuple(total),
        bad=pl.concat([pl.DataFrame(schema=schema), *bad]).rechunk(),
        figures={
            rule.number: rule.figures(total[rule.number], kept.get(rule.number, _NOTHING))
            for rule in plan.rules
            if rule.figures is not None
        },
    )


_NOTHING = pl.Series([], dtype=pl.String)  # of a delivery without a frame


def _violates(rule: CompiledRule) -> pl.Expr:
    return (pl.col(f"mask_{rule.word}") & pl.lit(rule.bit, dtype=pl.UInt64)) != 0
