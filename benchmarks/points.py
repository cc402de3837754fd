"""How long the points of the whole county take: a rule book, 190,000 households, two million events of a year.

    python benchmarks/points.py [events]

Prints the seconds of the computation beside those of a floor on the same rows in the same run: sorting them once by
household, day and event, which any way of counting caps has to do.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hub.contract import load
from hub.points import EVENTS, compute

HOUSEHOLDS, VILLAGES = 190_000, 156
ROOT = Path(__file__).resolve().parents[1]
TODAY = date(2026, 12, 31)


def events(number: int, rules: list[str], division: str) -> pl.DataFrame:
    """Events at random, most of them reviewed and noticed; people are born in the 1880s."""
    chance = np.random.default_rng(7)
    household = chance.integers(0, HOUSEHOLDS, number)
    day = pl.Series(chance.integers(0, 330, number)).cast(pl.Int64)
    frame = pl.DataFrame(
        {
            "serial": np.arange(number),
            "village": household % VILLAGES,
            "place": household // VILLAGES,
            "member": chance.integers(0, 4, number),
            "rule": pl.Series(rules).gather(chance.integers(0, len(rules), number)),
            "days": day,
            "quantity": chance.integers(1, 9, number),
            "passed": chance.random(number) < 0.95,
            "minor": chance.random(number) < 0.02,
            "doubt": chance.random(number) < 0.01,
        }
    )
    home = pl.format(
        "{}{}-{}",
        pl.lit(f"{division}101"),
        (pl.col("village") + 200).cast(pl.String),
        (pl.col("place") + 1).cast(pl.String).str.zfill(4),
    )
    born = pl.when("minor").then(pl.lit("20100101")).otherwise(pl.lit("18800101"))
    happened = pl.lit(date(2026, 1, 1)) + pl.duration(days=pl.col("days"))
    made = frame.select(
        event=pl.format("JTJF-{}", pl.col("serial").cast(pl.String).str.zfill(8)),
        household=home,
        named=pl.when(pl.col("rule") == "表彰奖励").then(home.str.slice(0, 12) + "-0001"),
        village=home.str.slice(0, 12),
        rule="rule",
        number=pl.lit("1"),
        day=happened,
        quantity=pl.col("quantity"),
        actor=pl.format(
            "{}{}{}X", pl.lit(division), born, (pl.col("place") % 200 * 4 + pl.col("member") + 100).cast(pl.String)
        ),
        adult=pl.lit(None),
        evidence=pl.format("PZ{}", pl.col("serial") // 2),
        about=pl.lit(None),
        passed="passed",
        reviewed=happened + pl.duration(days=2),
        awarded=pl.when(pl.col("rule").is_in(["见义勇为", "表彰奖励"])).then(pl.lit(Decimal("5.5"))),
        noticed=happened + pl.duration(days=3),
        notice_until=pl.lit(None),
        appealed="doubt",
        annulled=pl.lit(False),
        withdrawn=pl.lit(False),
    )
    return made.select(pl.col(name).cast(kind) for name, kind in EVENTS.items())


def _timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    began, worked = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - began, time.process_time() - worked, found


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    editions = load.points(ROOT / "schemas")
    rules = [rule.code for rule in editions[-1].rules if rule.award.kind != "loss" and not rule.village]
    frame = events(number, rules, load.county(ROOT / "schemas").division)
    floor, _, _ = _timed(lambda: frame.sort("household", "day", "event"))
    took, worked, found = _timed(lambda: compute(frame, editions, TODAY))
    counted = found.lines.filter(pl.col("counted") > 0).height
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{number:,} events, {found.totals.height:,} households, {counted:,} count")
    print(f"computed in {took:.1f} s, {worked:.1f} s of processors; floor {floor:.1f} s, ratio {took / floor:.1f}")
    print(f"peak memory {peak:,} MiB")


if __name__ == "__main__":
    main()
