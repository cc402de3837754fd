"""Runs the line in child processes that may be killed at any moment. Not a test: test_kill starts it.

Every line on stdin starts one. On stdout stand its process id and, when it has ended, its exit status as ``wait`` gives
it. What the line needs is imported here, once, so that a child begins to work at once, as Airflow's tasks do.
"""

from __future__ import annotations

import os
import sys
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


for _ in sys.stdin:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # a child must never come back into the loop of its parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
