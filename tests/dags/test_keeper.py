"""The keeper: nothing outlives the process that started it, and no stranger is ever hit."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.demo.keeper import TOKEN, Command, Plan, family, record, sweep, sweep_leftovers

PROJECT = Path(__file__).resolve().parents[2]
SLEEP = "import time; time.sleep(100)"
# A daemon of its own session and group, whose parent ends at once: nothing but its environment tells where it belongs.
ESCAPE = f"import os, time; os.fork() and time.sleep(100); os.setsid(); os.fork() and os._exit(0); {SLEEP}"


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def program(folder: Path, name: str, code: str) -> Command:
    return Command(name, (sys.executable, "-c", code), str(folder / f"{name}.log"))


class Start:
    """A keeper, held by this process as the demo holds it."""

    def __init__(self, folder: Path, first: tuple[Command, ...], lasting: tuple[Command, ...]) -> None:
        self.token = secrets.token_hex(16)
        self.pids = folder / "pids.json"
        record(self.pids, self.token, {})
        self.process = subprocess.Popen(
            (sys.executable, "-m", "hub.demo.keeper"),
            stdin=subprocess.PIPE,
            env={"PYTHONPATH": str(PROJECT), TOKEN: self.token},
            start_new_session=True,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(Plan(self.token, str(self.pids), first, lasting).line())
        self.process.stdin.flush()

    def running(self) -> int:
        return len(set(family(self.token)) - {self.process.pid})


@pytest.fixture
def start(tmp_path: Path) -> object:
    started: list[Start] = []

    def begin(lasting: dict[str, str], first: dict[str, str] | None = None) -> Start:
        first_commands = tuple(program(tmp_path, name, code) for name, code in (first or {}).items())
        made = Start(tmp_path, first_commands, tuple(program(tmp_path, n, c) for n, c in lasting.items()))
        started.append(made)
        return made

    yield begin
    for each in started:
        sweep(each.token)
        each.process.wait(10)


Begin = Callable[..., Start]


def test_closing_the_pipe_ends_every_process(start: Begin) -> None:
    held = start({"one": SLEEP, "two": ESCAPE})
    assert until(lambda: held.running() >= 3)
    assert held.process.stdin is not None
    held.process.stdin.close()
    assert held.process.wait(20) == 0
    assert family(held.token) == [] and not held.pids.exists()


def test_a_process_that_ignores_the_request_to_end_is_killed(start: Begin, tmp_path: Path) -> None:
    held = start(
        {"one": f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); {SLEEP}"}
    )
    assert until(lambda: "on" in (tmp_path / "one.log").read_text() if (tmp_path / "one.log").exists() else False)
    assert held.process.stdin is not None
    held.process.stdin.close()
    assert held.process.wait(20) == 0
    assert family(held.token) == []


def test_one_process_that_ends_by_itself_ends_them_all(start: Begin) -> None:
    held = start({"one": SLEEP, "two": "import time; time.sleep(0.5)"})
    assert held.process.wait(20) == 1
    assert family(held.token) == []


def test_a_first_command_that_fails_starts_no_lasting_one(start: Begin, tmp_path: Path) -> None:
    held = start({"one": SLEEP}, first={"migrate": "raise SystemExit(3)"})
    assert held.process.wait(20) == 1
    assert not (tmp_path / "one.log").exists()


def test_lasting_commands_start_after_the_first_ones_have_ended(start: Begin, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    start(
        {"one": f"import pathlib; print(pathlib.Path({str(mark)!r}).exists(), flush=True); {SLEEP}"},
        first={"migrate": f"import pathlib, time; time.sleep(0.5); pathlib.Path({str(mark)!r}).touch()"},
    )
    log = tmp_path / "one.log"
    assert until(lambda: log.exists() and log.read_text() == "True\n")
    assert log.stat().st_mode & 0o077 == 0  # logs may hold secrets


def test_when_the_keeper_is_killed_its_children_die_and_the_next_start_sweeps_the_rest(start: Begin) -> None:
    held = start({"one": SLEEP, "two": ESCAPE})
    assert until(lambda: held.running() >= 3)
    held.process.send_signal(signal.SIGKILL)
    held.process.wait(10)
    assert until(lambda: held.running() == 1)  # the daemon that escaped
    assert sweep_leftovers(held.pids) == 1
    assert family(held.token) == [] and not held.pids.exists()
    assert sweep_leftovers(held.pids) == 0


def test_a_stranger_with_a_recorded_process_id_is_never_hit(tmp_path: Path) -> None:
    stranger = subprocess.Popen((sys.executable, "-c", SLEEP), env={TOKEN: "another"})
    try:
        pids = tmp_path / "pids.json"
        pids.write_text(
            json.dumps({"token": secrets.token_hex(16), "pids": {"scheduler": stranger.pid, "own": os.getpid()}})
        )
        assert sweep_leftovers(pids) == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
