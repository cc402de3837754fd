"""Rows on their way from the process that reads them to the stage that normalises them, before the artefact is whole.

Reading and normalising cost about the same, in two processes: side by side they take half the time. The reader lays
every row group into a folder as an Arrow file, beside writing it to ``read.parquet``, and waits while ``AHEAD`` of them
lie there; the follower maps them in order and removes them. Only the artefact counts: what was followed is thrown away
when the reading is refused or begins anew with another encoding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

AHEAD = 2  # row groups that may lie ready
PAUSE = 0.004  # seconds between two looks
_STOP = "stop"


class Restarted(Exception):
    """The reader has begun anew: what was followed so far belongs to no artefact. Never leaves the line."""


class Announcer:
    """The reader's side. ``begin`` for every attempt at the file, ``put`` for every row group."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._attempt = self._number = 0

    def begin(self) -> None:
        """A new attempt: row groups announced before do not count."""
        self._attempt, self._number = self._attempt + 1, 0

    def put(self, group: pa.Table) -> None:
        """Lay a row group down, unless nobody wants it any more."""
        while len(list(self._folder.glob("*.arrow"))) >= AHEAD and not (self._folder / _STOP).exists():
            time.sleep(PAUSE)
        if (self._folder / _STOP).exists():
            return
        self._number += 1
        file = self._folder / f"{self._attempt:03d}-{self._number:06d}.arrow"
        part = file.with_suffix(".part")
        with pa.OSFile(str(part), "wb") as target, pa.ipc.new_file(target, group.schema) as writer:
            writer.write_table(group)
        part.replace(file)


@contextmanager
def followed(folder: Path) -> Iterator[Path]:
    """An empty folder below ``folder`` for the row groups of one reading; it goes with the block."""
    made = folder / "following"
    if made.exists():  # of a run that was killed
        _remove(made)
    made.mkdir()
    try:
        yield made
    finally:
        _remove(made)


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def stop(folder: Path) -> None:
    """Nobody follows any more: the reader goes on by itself."""
    (folder / _STOP).touch()


def groups(folder: Path, ended: Callable[[], bool]) -> Iterator[pa.Table]:
    """Row groups in order as they come, until the reading has ``ended``; ``Restarted`` when they are void."""
    wanted = 1
    while True:
        over = ended()  # asked first: nothing comes after a yes
        there = sorted(folder.glob("*.arrow"))
        if there:
            if there[0].name != f"001-{wanted:06d}.arrow":
                raise Restarted
            with pa.memory_map(str(there[0])) as source:
                group = pa.ipc.open_file(source).read_all()
            there[0].unlink()
            wanted += 1
            yield group
        elif over:
            return
        else:
            time.sleep(PAUSE)
