"""One frame of a delivery judged: counts, bad rows with their masks, and what rules on the batch keep of it.

Most rules are broken by few rows. So a rule may name its suspects, a cheap test that several rules share, and is judged
in these rows alone; and masks are made for the bad rows only, since sums over all rows are not cheap. Many columns hold
the same few texts throughout, such as the name of an authority: there each text is searched once and not each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

import polars as pl

from hub.rules.compile import CompiledRule, Plan
from hub.rules.figures import Counts
from hub.rules.repeats import Repeats

_SAMPLE, _FEW = 1_000, 100  # rows looked at, and different texts among them, for a column to be one of few texts


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one frame. ``bad`` has ``record`` and the masks; ``kept`` values by number of the rule."""

    counts: list[Counts]
    bad: pl.DataFrame
    kept: Mapping[int, pl.Series]


class Frames:
    """A plan made ready for frame after frame: expressions that rules have in common are computed once."""

    def __init__(self, plan: Plan) -> None:
        shared = _Shared()
        self._plan = plan
        self._inside = {rule.number: shared.name(rule.inside) for rule in plan.rules}
        self._considered = {rule.number: shared.name(rule.considered) for rule in plan.rules}
        self._suspected: dict[str, list[CompiledRule]] = {}
        self._searched: dict[str, str] = {}  # the columns of suspects that are searched for
        self._direct: list[CompiledRule] = []
        for rule in plan.rules:
            suspect = shared.name(rule.suspect) if rule.kind == "row" else None
            if suspect is not None:
                self._suspected.setdefault(suspect, []).append(rule)
                if rule.searched is not None:
                    self._searched[suspect] = rule.searched
            elif rule.kind == "row":
                self._direct.append(rule)
        self._shared = shared.expressions()

    def judge(self, frame: pl.DataFrame, repeats: Mapping[int, Repeats]) -> Judged:
        """Judge one frame; ``repeats`` are those of the whole delivery."""
        broken = [
            (repeats[rule.number].among(frame) if rule.whole else _broken(rule)).alias(_name(rule))
            for rule in self._direct
        ]
        shared = (
            _found(frame[self._searched[name]], expression).alias(name) if name in self._searched else expression
            for name, expression in self._shared.items()
        )
        judged = frame.select("record", *shared, *broken)
        sums = _sums(judged)
        parts = [(judged, self._direct)]
        for suspect, rules in self._suspected.items():
            if sums[suspect]:
                read = dict.fromkeys(("record", *(name for rule in rules for name in rule.columns)))
                few = frame.select(*read).filter(judged[suspect])
                few = few.select("record", *(_broken(rule).alias(_name(rule)) for rule in rules))
                sums |= _sums(few)
                parts.append((few, rules))

        def rows(name: str | None) -> int:
            return frame.height if name is None else sums[name]

        counts = [
            Counts(
                inside=rows(self._inside[rule.number]),
                considered=rows(self._considered[rule.number]),
                violated=sums.get(_name(rule), 0) if rule.kind == "row" else 0,
            )
            for rule in self._plan.rules
        ]
        return Judged(counts, self._bad(parts, counts), self._kept(frame))

    def _bad(self, parts: Iterable[tuple[pl.DataFrame, list[CompiledRule]]], counts: list[Counts]) -> pl.DataFrame:
        found = []
        for judged, rules in parts:
            violated = [rule for rule in rules if counts[rule.number].violated]
            if violated:
                found.append(_masks(self._plan, judged, violated))
        if not found:
            return pl.DataFrame(schema={"record": pl.Int64, **dict.fromkeys(self._plan.masks, pl.UInt64)})
        if len(found) == 1:
            return found[0]
        # A rule stands in one part only, so that no bit is added twice.
        return pl.concat(found).group_by("record").agg(pl.col(self._plan.masks).sum()).sort("record")

    def _kept(self, frame: pl.DataFrame) -> dict[int, pl.Series]:
        kept = {}
        for rule in self._plan.rules:
            if rule.kept is not None:
                rows = frame if rule.considered is None else frame.filter(rule.considered)
                kept[rule.number] = rows.select(rule.kept.unique()).to_series()
        return kept


def _name(rule: CompiledRule) -> str:
    return f"violated_{rule.number}"


def _found(texts: pl.Series, search: pl.Expr) -> pl.Expr:
    """``search`` for the rows of ``texts``; done here already where they are the same few texts again and again."""
    if texts.null_count() == texts.len():
        return pl.lit(False)
    if texts.gather_every(texts.len() // _SAMPLE + 1).n_unique() > _FEW:
        return search
    found = texts.unique().to_frame().filter(search).to_series()
    return pl.col(texts.name).is_in(found.implode()) if found.len() else pl.lit(False)


def _sums(judged: pl.DataFrame) -> dict[str, int]:
    if judged.width == 1:
        return {}
    return {
        name: int(count or 0) for name, count in judged.select(pl.exclude("record").sum()).row(0, named=True).items()
    }


def _broken(rule: CompiledRule) -> pl.Expr:
    broken = ~rule.holds.fill_null(False) if rule.holds is not None else pl.lit(False)
    return broken if rule.considered is None else rule.considered & broken


def _masks(plan: Plan, judged: pl.DataFrame, violated: list[CompiledRule]) -> pl.DataFrame:
    words: dict[str, list[pl.Expr]] = {mask: [] for mask in plan.masks}
    for rule in violated:
        bit = pl.col(_name(rule)).cast(pl.UInt64) * pl.lit(rule.bit, dtype=pl.UInt64)
        words[plan.masks[rule.word]].append(bit)
    none = pl.lit(0, dtype=pl.UInt64)
    return judged.filter(pl.any_horizontal(_name(rule) for rule in violated)).select(
        "record", **{mask: reduce(add, bits) if bits else none for mask, bits in words.items()}
    )


class _Shared:
    """Expressions that several rules have in common. Names follow the expression's own bytes."""

    def __init__(self) -> None:
        self._known: dict[bytes, pl.Expr] = {}

    def name(self, expression: pl.Expr | None) -> str | None:
        if expression is None:
            return None
        key = expression.meta.serialize()
        if key not in self._known:
            self._known[key] = expression.alias(f"shared_{len(self._known)}")
        return self._known[key].meta.output_name()

    def expressions(self) -> dict[str, pl.Expr]:
        return {expression.meta.output_name(): expression for expression in self._known.values()}
