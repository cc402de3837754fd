"""What the scheduler imports for its tasks survives the fork."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

PROGRAM = """
import os, sys
sys.argv = ["airflow", sys.argv[1]]
import airflow_local_settings
threads = len(os.listdir("/proc/self/task"))
heavy = [name for name in ("great_expectations", "polars", "hub.line") if name in sys.modules]
if heavy:
    import polars
    child = os.fork()
    if child == 0:
        table = polars.DataFrame({"a": range(100_000), "b": [1, 2] * 50_000})
        os._exit(0 if table.group_by("b").agg(polars.col("a").sum()).height == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
print(len(heavy), threads)
"""


@pytest.mark.parametrize(
    ("process", "switch", "heavy"), [("scheduler", "1", 3), ("scheduler", "", 0), ("triggerer", "1", 0)]
)
def test_only_what_forks_tasks_preloads_and_its_children_can_work(process: str, switch: str, heavy: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, process],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(PROJECT), str(PROJECT / "config"))),
            "HUB_PRELOAD": switch,
            "GX_ANALYTICS_ENABLED": "false",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout.split()[0]) == heavy
