"""System calls that fail (EIO, ENOSPC) at the Nth write, flush, rename: a clear error or success, never a false one.

strace makes them fail. Whatever the run then says, a run on a sound disk ends as if nothing had ever failed.
"""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from faults.kills import differences, picked
from faults.lives import FULL, Lives

FAULTS = {"fsync": "EIO", "fdatasync": "EIO", "rename": "EIO", "write": "ENOSPC", "pwrite64": "ENOSPC", "unlink": "EIO"}
PICKS = 5
SWEEP = 25  # calls of a kind, of all that a run makes, in a run that is FULL
# A source that fails keeps no other waiting: files may be landed in another order, and are numbered by it.
NUMBERED = ("deliveries", "receipts", "told", "outboxes", "archives", "reports")
VERDICT = ("file_name", "verdict", "rows", "accepted", "rejected", "duplicate", "blank")
CLEAR = ("TryAgain: ", "CallOperator: ", "VerificationFailed: ")
SQLITE = re.compile(r"\.db(-wal|-journal)?>$")
CALL = re.compile(r"^(?P<pid>\d+) +(?P<name>\w+)\((?P<first>[^,)]*)")


class Traced:
    """Lives under strace, each with a process of its own."""

    def __init__(self, lives: Lives, log: Path) -> None:
        self.lives, self.log = lives, log
        self.strace = shutil.which("strace")
        assert self.strace is not None, "Debian's package: strace"

    def live(self, county: Any, *inject: str) -> tuple[tuple[int, str], list[str]]:
        """How the life ended, and the lines that strace wrote."""
        calls = f"trace={','.join((*FAULTS, 'close'))}"
        words = (self.strace, "-f", "--seccomp-bpf", "-qq", "-y", "-o", str(self.log), "-e", calls, *inject)
        process = self.lives.start(*words)
        try:
            ended = self.lives.live(county, process)
        finally:
            process.kill()
            process.communicate()
        return ended, self.log.read_text(errors="replace").splitlines()


def _counted(lines: list[str]) -> Counter[str]:
    """Calls of each kind that the busiest process or thread made: strace counts them one by one."""
    each = Counter((found["pid"], found["name"]) for line in lines if (found := CALL.match(line)))
    most: Counter[str] = Counter()
    for (_, name), times in each.items():
        most[name] = max(most[name], times)
    return most


def _flushed_again(lines: list[str]) -> list[str]:
    """Flushes of a handle on which one has failed and that was not closed since.

    SQLite's files are its own affair: it keeps its log until the pages of it are flushed and writes them all again,
    frames of a commit that failed never count, and closing flushes what is left.
    """
    failed: set[tuple[str, str]] = set()
    found = []
    for line in lines:
        call = CALL.match(line)
        if call is None or call["name"] not in ("fsync", "fdatasync", "close"):
            continue
        handle = (call["pid"], call["first"])
        if SQLITE.search(call["first"]):
            continue
        if call["name"] == "close":
            failed.discard(handle)
        elif handle in failed:
            found.append(line)
        elif "(INJECTED)" in line:
            failed.add(handle)
    return found


def _unlike(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """As ``differences``; where other files were landed first, without the numbers that follow from that."""
    first, second = ([one["file_name"] for one in ending["deliveries"]] for ending in (expected, found))
    if first == second or sorted(first) != sorted(second):
        return differences(expected, found)

    def numberless(ending: dict[str, Any]) -> dict[str, Any]:
        verdicts = sorted(tuple(one[name] for name in VERDICT) for one in ending["deliveries"])
        counts = {part: len(ending[part]) for part in NUMBERED}
        return {part: value for part, value in ending.items() if part not in NUMBERED} | {
            "verdicts": verdicts,
            "counts": counts,
        }

    return differences(numberless(expected), numberless(found))


@pytest.mark.timeout(7200)
def test_a_system_call_that_fails_is_told_clearly_and_mended_by_the_next_run(lives: Lives, tmp_path: Path) -> None:
    traced = Traced(lives, tmp_path / "calls")
    undisturbed, _ = lives.undisturbed()
    expected = undisturbed.ending()
    ended, lines = traced.live(lives.county())
    assert ended == (0, "")
    counts = _counted(lines)
    assert all(counts[name] > 5 for name in FAULTS), counts
    seed = picked([], 0)[0]
    rng = random.Random(seed)
    space = [(name, n) for name in FAULTS for n in rng.sample(range(2, counts[name]), min(SWEEP, counts[name] - 2))]
    points = space if FULL else rng.sample(space, PICKS)
    print(f"FAULT_SEED={seed}: {dict(counts)}")
    wrong, hit = [], 0
    for name, nth in points:
        county = lives.county()
        fault = f"{name} {nth} {FAULTS[name]}"
        (status, error), lines = traced.live(county, "-e", f"inject={name}:error={FAULTS[name]}:when={nth}")
        hit += any("(INJECTED)" in line for line in lines)
        print(f"{fault}: {status} {error}")
        if status and not error.startswith((*CLEAR, "others: ")):
            wrong.append(f"{fault}: ended with {status}, {error}")
        wrong += [f"{fault}: flushed again: {line}" for line in _flushed_again(lines)]
        if status == 0:
            wrong += [f"{fault}: said to be done, but {one}" for one in _unlike(expected, county.ending())]
        after = lives.live(county)
        if after != (0, ""):
            wrong.append(f"{fault}: the next run ended with {after}")
            continue
        wrong += [f"{fault}: in the end {one}" for one in _unlike(expected, county.ending())]
    assert hit, "no fault was injected"
    assert not wrong, "\n".join([f"FAULT_SEED={seed}", *wrong])
