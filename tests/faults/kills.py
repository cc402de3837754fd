"""Where counties are killed, and whether they end as one that never was; points at random, or all with FULL=1."""

from __future__ import annotations

import os
import random
from typing import Any

from faults.lives import FULL, Lives

REPEATED = "309087"
PICKS = 60  # of all (point, nth, database), in a run that is not FULL
KEEPING_PICKS = 5  # of them on each database, at points that only keeping, erasing and restoring come to
KILLED = -9


def reaches(trace: list[str]) -> list[tuple[str, int]]:
    """Every point and which time it is reached, in the order of a run."""
    seen: dict[str, int] = {}
    found = []
    for name in trace:
        seen[name] = seen.get(name, 0) + 1
        found.append((name, seen[name]))
    return found


def picked(space: list[tuple[str, int]], count: int) -> tuple[int, list[tuple[str, int]]]:
    """A seed and what it picks, or all of it; ``FAULT_SEED`` gives the seed of an earlier run.

    Where nobody looks on (``CI``) the seed stands still, so that a run can be repeated; everywhere else it is drawn.
    """
    told = os.environ.get("FAULT_SEED") or (REPEATED if os.environ.get("CI") else None)
    seed = int(told or random.SystemRandom().randrange(1_000_000))
    return seed, space if FULL else random.Random(seed).sample(space, min(count, len(space)))


def killed_at_random(lives: Lives) -> list[str]:
    """Kill counties at the points of the line, and at those that only keeping comes to; what is wrong then."""
    wrong, seen = [], set[str]()
    for keeping, count in ((False, PICKS // 2 - KEEPING_PICKS), (True, KEEPING_PICKS)):
        county, trace = lives.undisturbed(keeping=keeping)
        expected = county.ending()
        seed, points = picked([each for each in reaches(trace) if each[0] not in seen], count)
        print(f"FAULT_SEED={seed}: {len(points)} of {len(trace)} points")
        seen |= set(trace)
        found = [each for point, nth in points for each in killed_twice(lives, expected, point, nth, keeping=keeping)]
        wrong += [f"FAULT_SEED={seed}", *found] if found else []
    return wrong


def killed_twice(lives: Lives, expected: dict[str, Any], point: str, nth: int, **changed: Any) -> list[str]:
    """Kill a county at a point, kill its rerun where it comes there first, let it end; what is wrong then."""
    county = lives.county(**changed)
    first = lives.live(county, point=point, nth=nth)
    second = lives.live(county, point=point, nth=1)
    last = lives.live(county)
    if first[0] != KILLED or second not in ((KILLED, ""), (0, "")) or last != (0, ""):
        return [f"{point} {nth}: lives ended with {first}, {second}, {last}"]
    try:
        return [f"{point} {nth}: {difference}" for difference in differences(expected, county.ending())]
    except AssertionError as broken:
        return [f"{point} {nth}: {broken}"]


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """In words, without content."""
    told = []
    for part, wanted in expected.items():
        if found[part] == wanted:
            continue
        if isinstance(wanted, dict):
            names = {*wanted, *found[part]}
            differing = sorted(str(name) for name in names if wanted.get(name) != found[part].get(name))
            told.append(f"{part} differ in {differing}")
        else:
            told.append(f"{part}: {found[part]}, not {wanted}")
    return told
