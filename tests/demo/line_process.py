"""Runs the line in child processes and kills them in the middle of their work. Not a test: test_kill starts it.

Every line on stdin starts one and says how long it may live: how many seconds, and how many moves, whichever ends
first. A move is a request to the SFTP server, a change in a folder, the beginning and the end of a commit. On stdout
stand, when it has ended, its exit status or minus the signal. What the line needs is imported here, once, so that a
child begins to work at once, as Airflow's tasks do.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
import traceback
from typing import Any

import great_expectations  # noqa: F401
import sqlalchemy as sa

import hub.line.intake
import hub.line.judging
import hub.line.reporting
import hub.line.sending  # noqa: F401
from connectors.sftp_wire import Wire
from hub.line import open_hub

IN_FOLDERS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def work() -> None:
    """What ``hub run`` does, again and again, until there is nothing left to do."""
    hub = open_hub()
    while True:
        collected = hub.collect()
        for dataset in hub.waiting():
            hub.run_dataset(dataset)
        for outlet in hub.outlets():
            hub.drain(outlet, wait_seconds=1.0)
        hub.report()
        due = sum(hub.due(outlet) for outlet in hub.outlets())
        if not (collected.landed or collected.waiting or hub.waiting() or due):
            return


def die_at_move(last: int) -> None:
    """Kill this very process at its move number ``last``. Nothing else is changed."""
    moves = itertools.count(1)

    def move(*_: object) -> None:
        if next(moves) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_disk(event: str, words: tuple[Any, ...]) -> None:
        if event in IN_FOLDERS or (event == "open" and words[2] & WRITING):
            move()

    def request(wire: Wire, *words: Any) -> Any:
        move()
        return asked(wire, *words)

    asked = Wire._async_request  # type: ignore[attr-defined]
    Wire._async_request = request  # type: ignore[attr-defined]
    sys.addaudithook(on_disk)
    sa.event.listen(sa.Engine, "commit", move)
    sa.event.listen(sa.Pool, "checkin", move)


def ended(pid: int, seconds: float) -> int:
    """Wait for the end of a child and bring it about when its time has come."""
    end = time.monotonic() + seconds
    while True:
        late = time.monotonic() >= end
        if late:
            os.kill(pid, signal.SIGKILL)
        done, status = os.waitpid(pid, 0 if late else os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)


def main() -> None:
    """A child for every line."""
    for line in sys.stdin:
        seconds, moves = line.split()
        child = os.fork()
        if child == 0:
            try:
                die_at_move(int(moves))
                work()
            except BaseException:  # a child must never come back into the loop of its parent
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(ended(child, float(seconds)), flush=True)


if __name__ == "__main__":
    main()
