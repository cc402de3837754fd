"""A suite becomes expressions of polars: for every rule who is inside, who is considered and who violates.

The meanings are those of stock Great Expectations on pandas, null by null; a test holds the two side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from hub.contract.model import Rule, Suite
from hub.contract.parameters import parameters
from hub.errors import FixConfiguration, Problem
from hub.rules.conditions import columns_of, inside
from hub.rules.figures import Counts, Figures
from hub.rules.meaning import Meaning
from hub.rules.meanings import MEANINGS
from hub.rules.patterns import either

_NOT_FOUND = "expect_column_values_to_not_match_regex"
BITS = 63  # rules in one word of the mask; the sign bit stays free


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One rule of a suite, ready to judge.

    ``inside`` is its row condition (None: every row), ``present`` says whether a row inside is considered (None: every
    one), ``holds`` whether the rule holds (null counts as no). For uniqueness ``holds`` is None and ``whole`` names the
    columns whose values must not repeat among the considered rows. A table rule has neither, but may have ``kept`` and
    ``figures``. ``suspect`` holds for every row that can violate, and several rules may share it; it is cheap, or a
    search through the texts of the column ``searched``.
    """

    number: int  # place in the suite, from 0
    rule: Rule
    kind: Literal["row", "table"]
    columns: tuple[str, ...]  # that it reads, the row condition's included
    inside: pl.Expr | None
    present: pl.Expr | None
    holds: pl.Expr | None
    whole: tuple[str, ...]
    suspect: pl.Expr | None
    searched: str | None
    kept: pl.Expr | None
    figures: Callable[[Counts, pl.Series], Figures] | None
    mostly: float

    @property
    def word(self) -> int:
        """Which mask column (``mask_0``, ``mask_1``, ...) holds the rule's bit."""
        return self.number // BITS

    @property
    def bit(self) -> int:
        """Value of the rule's bit in its mask column."""
        return 1 << self.number % BITS

    @property
    def considered(self) -> pl.Expr | None:
        """Boolean expression without nulls: the rows that the rule judges. None: every row."""
        parts = [part for part in (self.inside, self.present) if part is not None]
        return pl.all_horizontal(parts) if parts else None


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled suite. ``columns``: all that judging reads beside ``record``, so that nothing else need be loaded."""

    suite: Suite
    rules: tuple[CompiledRule, ...]
    columns: tuple[str, ...]

    @property
    def masks(self) -> tuple[str, ...]:
        """Names of the mask columns; at least one."""
        return tuple(f"mask_{word}" for word in range((max(len(self.rules), 1) - 1) // BITS + 1))

    @property
    def unique(self) -> tuple[CompiledRule, ...]:
        """The rules that need a column as a whole before the first row can be judged."""
        return tuple(rule for rule in self.rules if rule.whole)


def compile_suite(suite: Suite, schema: Mapping[str, pl.DataType]) -> Plan:
    """Compile ``suite`` for frames of ``schema`` (column name to polars type; ``record`` is not a rule's business).

    Raises ``FixConfiguration`` that names every rule which cannot be judged exactly: unknown type, argument or column,
    a value of the wrong kind, a regular expression that polars reads differently, a date in a row condition.
    """
    rules: list[CompiledRule] = []
    problems: list[Problem] = []
    for number, rule in enumerate(suite.rules):
        try:
            rules.append(_compile(number, rule, schema))
        except ValueError as error:
            problems.append(_problem(number, rule, error))
    if problems:
        raise FixConfiguration(f"suite {suite.name}: {len(problems)} rules cannot be judged", tuple(problems))
    columns = tuple(dict.fromkeys(name for rule in rules for name in rule.columns))
    return Plan(suite=suite, rules=tuple(_searched_once(rules)), columns=columns)


def _searched_once(rules: list[CompiledRule]) -> list[CompiledRule]:
    """Texts that must not be found in a column are first searched for, all together: one pass, mostly in vain."""
    patterns: dict[str, list[str]] = {}
    for rule in rules:
        if rule.rule.type == _NOT_FOUND:
            patterns.setdefault(rule.columns[0], []).append(str(rule.rule.kwargs["regex"]))
    together = {name: either(found) for name, found in patterns.items()}
    searched = []
    for rule in rules:
        pattern = together[rule.columns[0]] if rule.rule.type == _NOT_FOUND else None
        suspect = pl.col(rule.columns[0]).str.contains(pattern) if pattern is not None else rule.suspect
        searched.append(replace(rule, suspect=suspect, searched=rule.columns[0] if pattern is not None else None))
    return searched


def _compile(number: int, rule: Rule, schema: Mapping[str, pl.DataType]) -> CompiledRule:
    if rule.type not in MEANINGS:
        raise ValueError("no such expectation is known to the hub")
    arguments, meaning_of = MEANINGS[rule.type]
    unknown = sorted(set(rule.kwargs) - arguments)
    if unknown:
        raise ValueError(f"unknown arguments: {', '.join(unknown)}")
    for key, _ in parameters(rule.kwargs):
        raise ValueError(f"{key} is a parameter whose number is not known")
    mostly = rule.kwargs.get("mostly", 1)
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 <= mostly <= 1:
        raise ValueError("mostly must be a number from 0 to 1")
    condition = rule.kwargs.get("row_condition")
    rows = inside(condition, schema)
    meaning: Meaning = meaning_of(rule.kwargs, schema)
    return CompiledRule(
        number=number,
        rule=rule,
        kind="row" if meaning.holds is not None or meaning.whole else "table",
        columns=tuple(dict.fromkeys((*meaning.columns, *columns_of(condition)))),
        inside=rows,
        present=meaning.present,
        holds=meaning.holds,
        whole=meaning.whole,
        suspect=meaning.suspect,
        searched=None,
        kept=meaning.kept,
        figures=meaning.figures,
        mostly=float(mostly),
    )


def _problem(number: int, rule: Rule, error: ValueError) -> Problem:
    line = rule.meta.get("line")
    place = rule.meta.get("column") or rule.kwargs.get("column") or ""
    words = f"rule {number} {rule.type} {place}".rstrip()
    return Problem(str(rule.meta.get("source", "")), line if isinstance(line, int) else 0, f"{words}: {error}")
