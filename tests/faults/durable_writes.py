"""Sees every durable write of a process: which were not directly preceded by a fail point.

What lasts is a commit, a change in a folder, a file opened for writing, a request that changes an SFTP server, a change
of the province's tables. Scratch does not count: whatever is thrown away and made anew by the next run. Loaded into a
child before it works (``task: watched``).
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connectors.database import FrontEnd
from connectors.sftp import Session

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink"}  # of which all others are made
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# Below home. The ledger's own files are written by SQLite: of them the commits count.
SCRATCH = ("work/", "incoming/", "store/tmp/", "feed/staging", "feed/discarded/", "ledger.db")
OTHERS = "hub.demo."  # the province on the other side


class Watch:
    """Names of durable writes without a fail point before them, in ``bare``; ``home`` is the hub's."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bare: list[str] = []
        self.writes = 0
        self._announced = False
        self._within = 0  # a connector's call: what it does inside is one write
        sys.addaudithook(self._on_disk)
        sa.event.listen(sa.Engine, "commit", lambda connection: self.wrote("commit"))
        for owner, names in ((Session, ("put", "replace", "move", "make_folder")), (FrontEnd, ("upsert", "delete"))):
            for name in names:
                setattr(owner, name, self._one_write(getattr(owner, name), f"{owner.__name__}.{name}"))
        FrontEnd.read = self._no_write(FrontEnd.read)  # type: ignore[method-assign]

    def reached(self, name: str) -> None:
        """A fail point."""
        self._announced = True

    def wrote(self, what: str) -> None:
        """Something of the hub's lasts from now on."""
        if self._within or (place := _place()) is None or place.startswith(OTHERS):
            return
        self.writes += 1
        if not self._announced:
            self.bare.append(f"{what} at {place}")
        self._announced = False

    def _one_write(self, method: Callable[..., Any], what: str) -> Callable[..., Any]:
        @functools.wraps(method)
        def watched(*words: Any, **named: Any) -> Any:
            self.wrote(what)
            return self._no_write(method)(*words, **named)

        return watched

    def _no_write(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def quiet(*words: Any, **named: Any) -> Any:
            self._within += 1
            try:
                return method(*words, **named)
            finally:
                self._within -= 1

        return quiet

    def _on_disk(self, event: str, words: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = words
            if isinstance(path, int) or not isinstance(flags, int) or not flags & WRITING:
                return
            self._changed("open", path)
        elif event in CHANGES:
            two = event in ("os.rename", "os.link", "os.symlink")  # of two places the second is what lasts
            self._changed(event, words[1 if two else 0], words[-1])

    def _changed(self, event: str, path: Any, folder: int = -1) -> None:
        above = os.readlink(f"/proc/self/fd/{folder}") if folder >= 0 else os.getcwd()
        place = Path(os.path.abspath(os.path.join(above, os.fsdecode(path))))
        if place.is_relative_to("/dev"):
            return
        told = str(place)
        if place.is_relative_to(self.home):
            told = str(place.relative_to(self.home))
            if f"{told}/".startswith(SCRATCH) or told == "feed/.current":
                return
        if event == "open" and place.name.startswith(".") and place.suffix == ".part":
            return  # a temporary name; its rename is what counts
        self.wrote(f"{event} {told}")


def _place() -> str | None:
    """Where in the hub it happened; None when others did it."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith("hub.") and name not in ("hub.ledger.connect", "hub.failpoints"):
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return None
