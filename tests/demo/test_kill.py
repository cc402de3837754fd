"""kill -9 of the line at random moments, then a rerun: as if nothing had happened."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.sftp import connect
from hub.demo.province import SimulatedProvince

KILLS = 10  # at least
LONG = 300.0  # seconds, much more than the work takes
MANY = 1_000_000  # moves, many more than the work takes
MOVES = 200  # at most in the life of a child that dies at one; the whole work takes a few thousand
REPEATED = "行政许可_重报.csv"  # behind the original and its correction in the order of names


class Worker:
    """Starts the line in a process of its own, again and again."""

    def __init__(self, state: Any, port: int) -> None:
        told = {name: str(value) for name, value in state.grounds.environment(port).items()}
        told |= {"HUB_SETTLE_SECONDS": "0.2", "HUB_PATIENCE_SECONDS": "1.0", "GX_ANALYTICS_ENABLED": "false"}
        script = Path(__file__).with_name("line_process.py")
        self._process = subprocess.Popen(
            (sys.executable, str(script)),
            env=state.environment(**told),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def work(self, seconds: float = LONG, moves: int = MANY) -> int:
        """Let it work for so long or so many moves, then kill it: minus the signal, or 0 when it had ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{seconds} {moves}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def county(state: Any) -> Iterator[Worker]:
    """The other sides of a county, with every delivery in its inbox, and a worker that has not begun."""
    with state.grounds.sftp_server() as server, state.grounds.governance(), state.grounds.bank(state.hub):
        province = SimulatedProvince(
            state.hub.settings.province_url, state.hub.outlet("province"), state.hub.contracts.values(), delay=0.3
        )
        province.start()
        worker = Worker(state, server.port)
        try:
            for department, file in state.small_deliveries():
                drop(state, server, department, file.name, file.read_bytes())
                if file.name == original(state):
                    drop(state, server, department, REPEATED, file.read_bytes())
            yield worker
        finally:
            worker.close()
            province.stop()


def drop(state: Any, server: Any, department: str, name: str, content: bytes) -> None:
    key = state.grounds.key_file(department)
    with connect("127.0.0.1", server.port, department, key, server.host_key) as session:
        session.put(f"/inbox/{name}", content)


def original(state: Any) -> str:
    """The file that a later one corrects."""
    return next(name for name in state.drops() if name.startswith("行政许可_2"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, state_of: Callable[..., Any]) -> tuple[Any, float]:
    """A county whose line nobody disturbed, and the seconds that it worked."""
    state = state_of(tmp_path_factory.mktemp("undisturbed"))
    with county(state) as worker:
        began = time.monotonic()
        assert worker.work() == 0
        seconds = time.monotonic() - began
    return state, seconds


@pytest.mark.timeout(600)
def test_the_undisturbed_line_leaves_nothing_wrong(undisturbed: tuple[Any, float]) -> None:
    state, _ = undisturbed
    assert state.wrong() == []
    verdicts = {one["file_name"]: one["verdict"] for one in state.deliveries()}
    assert verdicts[REPEATED] == "DUPLICATE"
    assert list(verdicts.values()).count("REJECTED") == sum(
        1 for each in state.drops().values() if each.refused is not None
    )


@pytest.mark.timeout(600)
def test_a_line_that_is_killed_at_random_moments_ends_as_one_that_never_was(
    undisturbed: tuple[Any, float],
    tmp_path: Path,
    state_of: Callable[..., Any],
) -> None:
    other, seconds = undisturbed
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"KILL_SEED={seed}; undisturbed the line works {seconds:.1f} s")
    rng = random.Random(seed)
    state = state_of(tmp_path / "killed")
    shutil.copytree(other.home / "deliveries", state.home / "deliveries")
    answered = []  # deliveries, at each kill

    def life() -> tuple[float, int]:
        """At what a life ends: in turn at any moment of the work, and at a move, where a crash hurts."""
        if len(answered) % 2:
            return LONG, rng.randint(1, MOVES)
        return rng.uniform(0.0, seconds / 4), MANY

    with county(state) as worker:
        while worker.work(*life()) == -signal.SIGKILL:
            answered.append(sum(one["state"] == "answered" for one in state.deliveries()))
            assert len(answered) < 10 * KILLS
        assert worker.work() == 0
    print(f"deliveries answered at each kill: {answered}")
    assert len(answered) >= KILLS
    assert state.wrong() == []
    assert {one["file_name"]: one["verdict"] for one in state.deliveries()} == {
        one["file_name"]: one["verdict"] for one in other.deliveries()
    }
    assert state.records() == other.records()
    assert [row[1] for table in contents(state) for row in table] == [
        row[1] for table in contents(other) for row in table
    ]
    assert state.feed() == other.feed()


def contents(state: Any) -> list[list[tuple[str, tuple[Any, ...]]]]:
    """What the province's tables hold by key, the sequences left out."""
    return [sorted((key, cells) for key, (_, cells) in table.items()) for _, table in sorted(state.front_end().items())]
