"""What the doorbell looks at: inboxes on SFTP servers, and the ledger. No Airflow in here, blocking calls only."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.errors import HubError, Unforeseen
from hub.settings import SftpServer

if TYPE_CHECKING:
    from hub.line import Hub
    from hub.stages.collect import Looked, Seen

log = logging.getLogger(__name__)

LONGEST_PAUSE = 300.0  # seconds; no pause between two attempts or two rings grows beyond


def growing(first: float, times: int) -> float:
    """Seconds to wait after so many attempts: ``first``, twice that, four times that, ... up to five minutes."""
    return min(LONGEST_PAUSE, first * 2.0 ** min(max(times - 1, 0), 20))


class Attempts:
    """When to try again: growing pauses while attempts fail, with jitter so that many hubs do not return at once."""

    def __init__(self, first: float) -> None:
        self._first = first
        self._failures = 0
        self._until = 0.0

    def due(self, now: float) -> bool:
        """Whether it is time for the next attempt."""
        return now >= self._until

    def failed(self, now: float) -> None:
        """The attempt failed."""
        self._failures += 1
        self._until = now + growing(self._first, self._failures) * random.uniform(0.5, 1.0)

    def succeeded(self, now: float, pause: float = 0.0) -> None:
        """The attempt succeeded; the next one after ``pause`` seconds."""
        self._failures = 0
        self._until = now + pause


class Reminder:
    """One thing that waits: rings at once, then with growing pauses while it stays."""

    def __init__(self, first: float) -> None:
        self._first = first
        self._rings = 0
        self._last = 0.0

    def ring(self, now: float) -> bool:
        """Whether to ring now; counts as rung when so."""
        if self._rings and now - self._last < growing(self._first, self._rings):
            return False
        self._rings += 1
        self._last = now
        return True


@dataclass
class _Face:
    size: int
    modified: int
    since: float  # when it was first seen like this, by our clock
    reminder: Reminder


class ServerWatch:
    """The inboxes of one server over one connection that stays open.

    ``settle``: seconds that size and time must stay the same before the first ring, unless a manifest says that the
    file is complete; ``rering``: seconds until the second ring, the later ones come ever more slowly.
    """

    def __init__(
        self, name: str, server: SftpServer, departments: Callable[[], Sequence[str]], *, settle: float, rering: float
    ) -> None:
        self.name = name
        self._server = server
        self._departments = departments
        self._settle = settle
        self._rering = rering
        self._attempts = Attempts(first=2.0)
        self._lists: Iterator[Looked] | None = None
        self._unreadable: frozenset[str] = frozenset()
        self._faces: dict[str, _Face] = {}

    def look(self) -> int:
        """List every inbox once; the number of settled files to ring for, 0 while the server is unreachable."""
        if not self._attempts.due(time.monotonic()):
            return 0
        looked = None
        try:
            with Unforeseen() as unforeseen:
                if self._lists is None:
                    self._lists = self._open()
                looked = next(self._lists)
        except HubError as error:  # its message names no host, no account and no path
            log.warning("server %s: %s: %s", self.name, type(error).__name__, error)
        if unforeseen.told is not None:
            log.error("server %s: %s", self.name, unforeseen.told)
        if looked is None:
            self._lists = None
            self._attempts.failed(time.monotonic())
            return 0
        now = time.monotonic()
        self._attempts.succeeded(now)
        self._tell(looked)
        return self._due(looked.files, now)

    def _tell(self, looked: Looked) -> None:
        """Say once which departments' inboxes cannot be listed; the others are served."""
        from hub.stages.link import error_of

        for department, fault in looked.unreadable.items():
            if department not in self._unreadable:
                error = error_of(fault)
                log.warning("server %s: inbox of %s: %s: %s", self.name, department, type(error).__name__, error)
        self._unreadable = frozenset(looked.unreadable)

    def _open(self) -> Iterator[Looked]:
        # paramiko is slow to import: only here, in the thread that looks.
        from hub.stages.collect import look
        from hub.stages.link import session

        departments = self._departments()
        with session(self._server) as opened:
            while True:
                yield look(opened, self._server.root, departments)

    def _due(self, files: Sequence[Seen], now: float) -> int:
        faces = {}
        due = 0
        for file in files:
            entry = file.entry
            face = self._faces.get(entry.path)
            if face is None or (face.size, face.modified) != (entry.size, entry.modified):
                face = _Face(entry.size, entry.modified, since=now, reminder=Reminder(self._rering))
            faces[entry.path] = face
            vouched = file.manifest is not None and file.manifest.modified >= entry.modified
            settled = vouched or now - face.since >= self._settle
            due += settled and face.reminder.ring(now)
        self._faces = faces
        return due


class LedgerWatch:
    """The deliveries that wait in the ledger: after a crash nobody else knows of them.

    Looks every ``every`` seconds. The first look rings for whatever waits; later ones for a dataset that has not become
    less since the look before, with growing pauses, for it may just be busy.
    """

    def __init__(self, hub: Callable[[], Hub], *, every: float) -> None:
        self._open_hub = hub
        self._every = every
        self._attempts = Attempts(first=every)
        self._last: dict[str, int] | None = None
        self._reminder = Reminder(every)

    def look(self) -> int:
        """The number of waiting deliveries to ring for."""
        if not self._attempts.due(time.monotonic()):
            return 0
        waiting = None
        try:
            with Unforeseen() as unforeseen:
                waiting = {dataset: count for dataset, count in self._open_hub().waiting().items() if count}
        except HubError as error:
            log.warning("ledger: %s: %s", type(error).__name__, error)
        if unforeseen.told is not None:
            log.error("ledger: %s", unforeseen.told)
        if waiting is None:
            self._attempts.failed(time.monotonic())
            return 0
        now = time.monotonic()
        self._attempts.succeeded(now, self._every)
        last, self._last = self._last, waiting
        stuck = [count for dataset, count in waiting.items() if last is None or count >= last.get(dataset, count + 1)]
        if not stuck:
            self._reminder = Reminder(self._every)
            return 0
        return sum(stuck) if self._reminder.ring(now) else 0


class SourceClock:
    """Databases and APIs tell nobody that rows wait: rings every ``every`` seconds, for as many as there are."""

    def __init__(self, sources: int, *, every: float) -> None:
        self._sources = sources
        self._every = every
        self._next = 0.0

    def look(self) -> int:
        """The number of sources when it is time to ask them, else 0."""
        now = time.monotonic()
        if now < self._next:
            return 0
        self._next = now + self._every
        return self._sources
