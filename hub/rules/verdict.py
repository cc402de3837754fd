"""The verdict over a delivery: exact counts per rule and one bit mask per bad row, from frames that stream by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import polars as pl

from hub.contract.model import Suite
from hub.rules.compile import CompiledRule, Plan
from hub.rules.repeats import Repeats, find_repeats

Chunks = Callable[[Sequence[str] | None], Iterable[pl.DataFrame]]


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one rule: inside its row condition, considered (inside, less nulls or ignored rows), violated."""

    inside: int
    considered: int
    violated: int

    @property
    def element_count(self) -> int:
        """What Great Expectations calls the rows inside."""
        return self.inside

    @property
    def missing(self) -> int:
        """Rows inside that the rule does not consider."""
        return self.inside - self.considered

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.inside + other.inside, self.considered + other.considered, self.violated + other.violated)


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
    that need be in them (``record`` Int64, unique in the delivery, is always the first). It is called once, and up to
    twice more when the suite has uniqueness rules. Memory grows with the bad rows, not with the delivery (uniqueness: 8
    bytes a row).
    """
    repeats = find_repeats(plan, chunks)
    total, row_count = [Counts(0, 0, 0)] * len(plan.rules), 0
    bad = []
    for frame in chunks(tuple(dict.fromkeys(("record", *plan.columns)))):
        counts, rows = _judge_frame(plan, frame, repeats)
        total = [before + more for before, more in zip(total, counts, strict=True)]
        row_count += frame.height
        bad.append(rows)
    schema = {"record": pl.Int64, **dict.fromkeys(plan.masks, pl.UInt64)}
    return Verdict(
        plan=plan,
        row_count=row_count,
        counts=tuple(total),
        bad=pl.concat([pl.DataFrame(schema=schema), *bad]).rechunk(),
    )


def _judge_frame(plan: Plan, frame: pl.DataFrame, repeats: Mapping[int, Repeats]) -> tuple[list[Counts], pl.DataFrame]:
    shared = _Shared()
    inside = {rule.number: shared.name(rule.inside) for rule in plan.rules}
    considered = {rule.number: shared.name(rule.considered) for rule in plan.rules}
    violated = {}
    for rule in plan.rules:
        if rule.kind == "row":
            broken = repeats[rule.number].among(frame) if rule.whole else _broken(rule)
            violated[rule.number] = broken.alias(f"violated_{rule.number}")
    judged = frame.select("record", *shared.expressions(), *violated.values())
    sums = judged.select(pl.exclude("record").sum().cast(pl.Int64)).row(0, named=True) if judged.width > 1 else {}

    def rows(name: str | None) -> int:
        return frame.height if name is None else int(sums[name])

    counts = [
        Counts(
            inside=rows(inside[rule.number]),
            considered=rows(considered[rule.number]),
            violated=rows(f"violated_{rule.number}") if rule.kind == "row" else 0,
        )
        for rule in plan.rules
    ]
    return counts, _masks(plan, judged, [rule for rule in plan.rules if counts[rule.number].violated])


def _broken(rule: CompiledRule) -> pl.Expr:
    broken = ~rule.holds.fill_null(False) if rule.holds is not None else pl.lit(False)
    return broken if rule.considered is None else rule.considered & broken


def _masks(plan: Plan, judged: pl.DataFrame, violated: list[CompiledRule]) -> pl.DataFrame:
    """The bad rows alone. Masks are computed for them only: they are few, and sums over all rows are not cheap."""
    words: dict[str, list[pl.Expr]] = {mask: [] for mask in plan.masks}
    for rule in violated:
        bit = pl.col(f"violated_{rule.number}").cast(pl.UInt64) * pl.lit(rule.bit, dtype=pl.UInt64)
        words[plan.masks[rule.word]].append(bit)
    none = pl.lit(0, dtype=pl.UInt64)
    any_violated = pl.any_horizontal(f"violated_{rule.number}" for rule in violated) if violated else pl.lit(False)
    return judged.filter(any_violated).select(
        "record", **{mask: reduce(add, bits) if bits else none for mask, bits in words.items()}
    )


def _violates(rule: CompiledRule) -> pl.Expr:
    return (pl.col(f"mask_{rule.word}") & pl.lit(rule.bit, dtype=pl.UInt64)) != 0


class _Shared:
    """Expressions that several rules have in common, each computed once. Names follow the expression's own bytes."""

    def __init__(self) -> None:
        self._known: dict[bytes, pl.Expr] = {}

    def name(self, expression: pl.Expr | None) -> str | None:
        if expression is None:
            return None
        key = expression.meta.serialize()
        if key not in self._known:
            self._known[key] = expression.alias(f"shared_{len(self._known)}")
        return self._known[key].meta.output_name()

    def expressions(self) -> list[pl.Expr]:
        return list(self._known.values())
