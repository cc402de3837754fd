"""Holds other processes and lets none of them outlive the one that started it.

Run as ``python -m hub.demo.keeper``. The first line on stdin is the plan (JSON, see ``Plan``); the pipe stays open.
When it closes, for whatever reason, kill -9 of the other end included, everything that was started is ended. Every
process of the family carries a token in its environment, so a leftover of an earlier start can be recognised without
ever hitting a stranger who got the same process id.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

TOKEN = "EXCHANGE_FAMILY"  # variable that every process of the family inherits
GRACE_SECONDS = 8.0  # between the request to end and the end
SERVER_GRACE_SECONDS = 1.5  # the same for the first process, when all that it served has ended
LOOK_SECONDS = 0.2
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Command:
    """One process: its name, its words, the file that takes what it prints."""

    name: str
    words: tuple[str, ...]
    log: str


@dataclass(frozen=True)
class Plan:
    """What to start: ``first`` one after another to their end, then ``lasting`` side by side."""

    token: str
    pids: str  # file that records the family while it lives
    first: tuple[Command, ...]
    lasting: tuple[Command, ...]

    def line(self) -> bytes:
        """The plan as one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Plan:
        """The plan from its line."""
        told = json.loads(line)
        first, lasting = (
            tuple(Command(name=c["name"], words=tuple(c["words"]), log=c["log"]) for c in told[part])
            for part in ("first", "lasting")
        )
        return cls(token=told["token"], pids=told["pids"], first=first, lasting=lasting)


def family(token: str) -> list[int]:
    """Process ids that carry the token in their environment, the own process excepted."""
    sign = f"{TOKEN}={token}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue  # gone meanwhile, or somebody else's
        if sign in environment.split(b"\0"):
            found.append(int(entry.name))
    return found


def sweep(token: str, seconds: float = 10.0) -> int:
    """Kill the whole family and wait until it is gone; returns how many were hit. ``TimeoutError`` if one stays."""
    hit: set[int] = set()
    end = time.monotonic() + seconds
    while pids := family(token):
        if time.monotonic() > end:
            raise TimeoutError(f"{len(pids)} processes do not end")
        for pid in pids:
            hit.add(pid)
            _signal(pid, signal.SIGKILL)
        time.sleep(0.05)
    return len(hit)


def sweep_leftovers(pids: Path) -> int:
    """Kill what an earlier start left behind, by the token in its record; then remove the record."""
    try:
        token = str(json.loads(pids.read_text())["token"])
    except FileNotFoundError:
        return 0
    hit = sweep(token)
    pids.unlink(missing_ok=True)  # the old keeper may have been about to end by itself
    return hit


def record(path: Path, token: str, processes: dict[str, int]) -> None:
    """Write down the family, in one move: a reader sees the old record or the new one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps({"token": token, "pids": processes}))
    draft.replace(path)


class Keeper:
    """The running plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._asked = False
        self._die_with_me = _die_with_parent()
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the starter, who closes the pipe

    def run(self) -> int:
        """Start everything and hold it until the pipe closes (0) or a child fails or ends (1)."""
        try:
            for command in self._plan.first:
                self._start(command)
                code = self._wait(self._children[command.name].poll)
                if code is None:
                    return 0
                if code:
                    return 1
                del self._children[command.name]
            for command in self._plan.lasting:
                self._start(command)
            return 0 if self._wait(self._any_ended) is None else 1
        finally:
            self._end()

    def _start(self, command: Command) -> None:
        log = os.open(command.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._children[command.name] = subprocess.Popen(
                command.words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=self._die_with_me,
            )
        finally:
            os.close(log)
        record(Path(self._plan.pids), self._plan.token, {n: c.pid for n, c in self._children.items()})

    def _any_ended(self) -> int | None:
        codes = (child.poll() for child in self._children.values())
        return next((code for code in codes if code is not None), None)

    def _wait(self, happened: Callable[[], int | None]) -> int | None:
        """What happened, or None when we are asked to end first."""
        while not self._asked:
            ready, _, _ = select.select([0], [], [], LOOK_SECONDS)
            if ready and not os.read(0, 4096):
                return None
            if (code := happened()) is not None:
                return code
        return None

    def _end(self) -> None:
        # The first process serves the others, which still finish their work: it is asked when they have gone.
        children = list(self._children.values())
        for group, grace in ((children[1:], GRACE_SECONDS), (children[:1], SERVER_GRACE_SECONDS)):
            for child in group:
                if child.poll() is None:
                    _signal(child.pid, signal.SIGTERM)
            end = time.monotonic() + grace
            while time.monotonic() < end and any(child.poll() is None for child in group):
                time.sleep(0.05)
        late = [name for name, child in self._children.items() if child.poll() is None]
        if late:
            print(f"did not end when asked: {', '.join(late)}", file=sys.stderr)
        sweep(self._plan.token)
        Path(self._plan.pids).unlink(missing_ok=True)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True


def _die_with_parent() -> Callable[[], None]:
    """A function for the child, between fork and exec: the kernel kills it when the keeper dies."""
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has just ended by itself


def read_line() -> bytes:
    """One line from stdin, byte by byte: nothing behind it may stay in a buffer where ``select`` cannot see it."""
    line = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return line


def main(words: Sequence[str] = ()) -> int:
    """Read the plan, hold it."""
    line = read_line()
    return Keeper(Plan.parse(line)).run() if line else 0


if __name__ == "__main__":
    sys.exit(main())
