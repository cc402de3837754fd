"""``hub api`` as people start it: a process of its own on a free port, and what it writes into its log."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HUB = "from hub.cli import main; main()"


@dataclass(frozen=True)
class Process:
    """A server that runs: its address and its log."""

    url: str
    log: Path


@contextmanager
def api(home: Path, log: Path) -> Iterator[Process]:
    """One on the repository's own contracts; killed at the end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    ours = {"HUB_HOME": home, "HUB_SCHEMAS": ROOT / "schemas", "HUB_EXPECTATIONS": ROOT / "expectations"}
    with log.open("wb") as sink:
        running = subprocess.Popen(
            [sys.executable, "-c", HUB, "api", "--port", "0"],
            env=clean | {name: str(value) for name, value in ours.items()},
            cwd=ROOT,
            stdout=sink,
            stderr=sink,
        )
        try:
            until = time.monotonic() + 120
            while not (found := re.search(r"running on (http://[0-9.:]+)", log.read_text())):
                assert running.poll() is None and time.monotonic() < until, log.read_text()
                threading.Event().wait(0.05)
            yield Process(found[1], log)
        finally:
            running.kill()
            running.wait()
