"""Looks at one inbox and takes from it as the line does, on a clock that the test moves; keeps whatever was taken."""

from __future__ import annotations

from pathlib import Path

from connectors.faults import Missing
from connectors.sftp import Session
from hub.stages.collect import Taken, Wait, look, take

NEVER = float("inf")
LIMIT = 1 << 30
SETTLE = 2.0


class Poller:
    """``taken``: bytes by name, in order. ``waits``: why a file was not taken by the last round that saw it."""

    def __init__(self, session: Session, root: str, scratch: Path, patience: float = NEVER) -> None:
        self.session, self.root, self.scratch, self.patience = session, root, scratch, patience
        self.now = 0.0
        self.taken: dict[str, list[bytes]] = {}
        self.rows: dict[str, int | None] = {}
        self.waits: dict[str, Wait] = {}
        self._since: dict[tuple[str, int, int], float] = {}
        self._done: set[tuple[str, int, int]] = set()

    def round(self, seconds: float = 3.0) -> None:
        """One look, so many seconds after the last one by this clock."""
        self.now += seconds
        looked = look(self.session, self.root, ["market"])
        self.waits = {seen.entry.name: why for seen, why in looked.left}
        faces = {(seen.entry.path, seen.entry.size, seen.entry.modified): seen for seen in looked.files}
        self._since = {face: self._since.get(face, self.now) for face in faces}
        self._done &= set(faces)
        for face, seen in faces.items():
            if face in self._done:
                continue
            still = self.now - self._since[face]
            told = {"settle": SETTLE, "patience": self.patience}
            try:
                got = take(self.session, seen, still, self.scratch, limit=LIMIT, **told)
            except Missing:
                raise AssertionError("a file that goes away meanwhile is no error") from None
            if isinstance(got, Taken):
                self._done.add(face)
                self.taken.setdefault(seen.entry.name, []).append(got.file.read_bytes())
                self.rows[seen.entry.name] = got.said.rows
                got.file.unlink()
            else:
                self.waits[seen.entry.name] = got
        assert not list(self.scratch.iterdir()), "no copy of a file that waits is left"

    def rounds(self, count: int = 4, seconds: float = 3.0) -> None:
        """Several looks."""
        for _ in range(count):
            self.round(seconds)
