"""Runs the line in child processes and kills them in the middle of their work. Not a test: test_kill starts it.

Every line on stdin starts one and says how many seconds it has to live. Its exit status, or minus the signal, stands
on stdout when it has ended. What the line needs is imported here, once, so that a child begins to work at once, as
Airflow's tasks do.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback

import great_expectations  # noqa: F401

import hub.line.answering
import hub.line.doctor
import hub.line.intake
import hub.line.judging
import hub.line.reporting
import hub.line.sending  # noqa: F401
from hub.line import open_hub


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


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # a child must never come back into the loop of its parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(ended(child, float(line)), flush=True)
