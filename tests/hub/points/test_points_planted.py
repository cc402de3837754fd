"""Bugs that are planted in the computation, one at a time: the comparison with the slow reference finds every one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest
from corpus import slow_points
from corpus.point_events import BOOK, at_random, frame

from hub.kernels import full_age
from hub.points import Computed, computing, events, standing, telling

PLANTED: list[tuple[ModuleType, str, str]] = [
    (computing, '"month": ("of_month",),', '"month": ("of_quarter",),'),
    (computing, '"quarter": ("of_quarter",),', '"quarter": ("of_year",),'),
    (computing, '"member": ("of_year", "who"),', '"member": ("of_year",),'),
    (computing, '.sort("household", "day", "event")', '.sort("household", "event")'),
    (computing, 'pl.col("month") - 1) // 3', 'pl.col("month")) // 3'),
    (computing, '.then(amount // pl.col("per") * points)', ".then(amount * points // 1_000_000)"),
    (computing, 'pl.min_horizontal(whole, "cap_event")', "whole"),
    (computing, "pl.min_horizontal(upto, earned) - pl.min_horizontal(upto - lost, earned)", "lost"),
    (computing, 'named = losses.join(there, on=["home", "about"]', 'named = losses.join(there, on=["about"]'),
    (computing, 'pl.when(twin).then(ALONE["duplicate"])', 'pl.when(twin & False).then(ALONE["duplicate"])'),
    (computing, '.over(*alike, "of_number", "evidence", "about")', '.over(*alike, "of_number", "about")'),
    (computing, 'pl.col("total") < hundredths(one.least)', 'pl.col("total") <= hundredths(one.least)'),
    (computing, '+ pl.col("drop"), pl.lit', ", pl.lit"),
    (computing, "_LIVE & steps & over_year", "steps & over_year"),
    (standing, 'answered.fill_null(False)),\n        ("minor', 'pl.lit(True)),\n        ("minor'),
    (
        standing,
        '("notice_running", notice_ends() > day)',
        '("notice_running", notice_ends() > day + pl.duration(days=1))',
    ),
    (standing, '("refused", ~pl.col("passed"))', '("refused", pl.lit(False))'),
    (standing, '("appealed", pl.col("appealed"))', '("appealed", pl.lit(False))'),
    (standing, '.is_between(pl.col("day"), day)', ".is_between(date.min, day)"),
    (standing, 'is_between(pl.col("low"), pl.col("high"))', 'is_between(0, pl.col("high"))'),
    (standing, '(pl.col("beneficiary") == "named") & ~elsewhere', "pl.lit(False)"),
    (full_age, "10_000 < today", "10_000 <= today"),
    (full_age, "FULL_AGE * 10_000", "(FULL_AGE - 1) * 10_000"),
    (events, ">= int(least * MILLION)", "> int(least * MILLION)"),
    (telling, "return 1 << _BITS.index", "return 0 << _BITS.index"),
]


@pytest.fixture(scope="module")
def examples() -> list[tuple[list[dict[str, Any]], date, Any]]:
    """Events at random, the same every time, with what the clerk finds."""
    drawn = [at_random(seed) for seed in range(300)]
    return [(some, day, slow_points.count(some, BOOK, day)) for some, day in drawn]


def _same(found: Computed, wanted: Any) -> bool:
    lines = {row["event"]: (row["raw"], row["counted"], tuple(row["reasons"])) for row in found.lines.rows(named=True)}
    sums = {
        (r["household"], r["year"]): (r["earned"], r["lost"], r["total"], r["grade"])
        for r in found.totals.rows(named=True)
    }
    return (lines, sums) == wanted


def _with(module: ModuleType, before: str, after: str, patch: pytest.MonkeyPatch) -> Callable[..., Computed]:
    """``compute`` with one module changed, and everything that takes a name from it."""
    source = inspect.getsource(module)
    assert source.count(before) == 1, f"{module.__name__} has not once {before!r}"
    changed = dict(vars(module))
    exec(compile(source.replace(before, after), module.__name__, "exec"), changed)
    for user in (standing, computing):
        for name, value in vars(user).items():
            if callable(value) and getattr(value, "__module__", None) == module.__name__ and name in changed:
                patch.setattr(user, name, changed[name])
    if module is not computing:
        return computing.compute
    planted: Callable[..., Computed] = changed["compute"]
    return planted


def test_without_a_bug_nothing_is_found(examples: Any) -> None:
    assert all(_same(computing.compute(frame(drawn), BOOK, day), wanted) for drawn, day, wanted in examples[:80])


@pytest.mark.parametrize(("module", "before", "after"), PLANTED)
def test_a_planted_bug_is_found(
    module: ModuleType, before: str, after: str, examples: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = _with(module, before, after, monkeypatch)
    assert not all(_same(compute(frame(drawn), BOOK, day), wanted) for drawn, day, wanted in examples)
