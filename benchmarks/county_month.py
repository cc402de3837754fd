"""A county of real size for a month: every dataset, the whole way, and the answer key held against every verdict.

    python benchmarks/county_month.py --scale 1 --days 30

Generates the county, replays it day by day (SFTP, reading, verdicts, store, receipts, points, all outlets) with a clock
that stands on each day, and compares. The floor of the same run: the same files read by pandas and nothing else. Memory
is the largest sum over the processes of the replay.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]
PAGE = os.sysconf("SC_PAGE_SIZE")


def _family(pid: int) -> set[int]:
    """The process and all that it has started."""
    found, ask = set[int](), [pid]
    while ask:
        one = ask.pop()
        found.add(one)
        try:
            ask += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _proportional(pid: int) -> int:
    """Bytes of a process, pages that it shares counted by their share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


@contextmanager
def watched(process: subprocess.Popen[str]) -> Iterator[list[int]]:
    """The largest memory of a process and its children so far, in bytes."""
    most, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(1.0):
            most[0] = max(most[0], sum(_proportional(one) for one in _family(process.pid)))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield most
    ended.set()
    thread.join()


def _encoding(file: Path) -> str:
    try:
        file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def floor(folder: Path) -> float:
    """Seconds to read every file into memory, without judging anything."""
    import pandas as pd

    began = time.monotonic()
    for file in folder.glob("????-??-??/*/*/*"):
        try:
            if file.suffix == ".xlsx":
                pd.read_excel(file, dtype=str, engine="openpyxl")
            elif file.suffix in (".csv", ".txt"):
                pd.read_csv(file, dtype=str, encoding=_encoding(file), sep="\t" if file.suffix == ".txt" else ",")
        except (ValueError, zipfile.BadZipFile):  # files that are planted to be unreadable
            continue
    return time.monotonic() - began


def main() -> int:
    """Print the figures; 1 when the verdicts differ from the answer key."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--until", type=date.fromisoformat, default=date(2026, 11, 25))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, home = Path(place) / "county", Path(place) / "home"
        hub = [str(Path(sys.executable).with_name("hub")), "county"]
        since = asked.until - timedelta(days=asked.days)
        began = time.monotonic()
        words = ["--scale", str(asked.scale), "--since", str(since), "--until", str(asked.until), "--into", str(folder)]
        subprocess.run([*hub, *words], check=True, cwd=ROOT)
        print(f"generate   {time.monotonic() - began:8.1f} s")
        began = time.monotonic()
        words = [*hub, "replay", str(folder), "--home", str(home)]
        with subprocess.Popen(words, cwd=ROOT, text=True) as process, watched(process) as most:
            code = process.wait()
        print(f"replay     {time.monotonic() - began:8.1f} s   peak {most[0] / 1e9:.2f} GB   exit {code}")
        began = time.monotonic()
        agreed = subprocess.run([*hub, "check", str(folder), "--home", str(home)], cwd=ROOT, check=False)
        print(f"compare    {time.monotonic() - began:8.1f} s   exit {agreed.returncode}")
        print(f"floor      {floor(folder):8.1f} s   (the same files read, nothing judged)")
    return code or agreed.returncode


if __name__ == "__main__":
    sys.exit(main())
