"""The pages of a pull that is not at its end (续取): each lies in a folder of home as it came, under its SHA-256.

A run that ends on the way leaves them, and the next one goes on behind the last page. They are gone once the delivery
is open, and where another thing is asked for, or too much time has passed, they are thrown away: all can be had again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.http_paging import Ask
from hub.failpoints import reached
from hub.store import sync_folder

LONGEST = timedelta(hours=1)  # since the last page: what is older no longer belongs together
_ASKED = "asked.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """A page that lies in the folder, what it said about all pages, and which one comes next; None: it is the last."""

    file: Path
    sha256: str
    size: int
    next: Ask | None
    total: int | None
    snapshot: str | None
    as_of: str | None


class PageFolder:
    """The folder of what ``asked`` says, plain JSON."""

    def __init__(self, folder: Path, asked: Mapping[str, Any], now: datetime) -> None:
        self._folder, self._asked, self._now = folder, json.dumps(asked, sort_keys=True), now

    def kept(self) -> list[Kept]:
        """The pages of an earlier run, from the first to the last that is whole; none where they are of no use."""
        if not self._is_ours():
            self.begin()
            return []
        found: list[Kept] = []
        last = self._now
        while (said := self._file(len(found) + 1, "said")).exists():
            facts = json.loads(said.read_text(encoding="utf-8"))
            page = self._file(len(found) + 1, facts["sha256"])
            if not page.exists() or hashlib.sha256(page.read_bytes()).hexdigest() != facts["sha256"]:
                break
            ask, last = facts.pop("next"), datetime.fromisoformat(facts.pop("at"))
            if ask is not None:
                ask = Ask(tuple((key, text) for key, text in ask["parameters"]), ask["url"], ask["place"])
            found.append(Kept(page, next=ask, **facts))
        if not timedelta(0) <= self._now - last < LONGEST:
            self.begin()
            return []
        return found

    def begin(self) -> None:
        """With an empty folder."""
        self.remove()
        self._folder.mkdir(parents=True, mode=0o700)
        self._write(self._folder / _ASKED, self._asked.encode("utf-8"))
        sync_folder(self._folder)

    def keep(
        self, number: int, body: bytes, ask: Ask | None, total: int | None, snapshot: str | None, as_of: str | None
    ) -> Kept:
        """Let a page lie, so that a run that ends right behind this does not ask for it again."""
        sha256 = hashlib.sha256(body).hexdigest()
        page = self._file(number, sha256)
        self._write(page, body)
        kept = Kept(page, sha256, len(body), ask, total, snapshot, as_of)
        facts = {name: value for name, value in asdict(kept).items() if name != "file"}
        facts["at"] = self._now.isoformat()
        reached("page.before_rename")
        self._write(self._file(number, "said"), json.dumps(facts).encode("utf-8"))
        sync_folder(self._folder)
        return kept

    def remove(self) -> None:
        """Throw everything away."""
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def _is_ours(self) -> bool:
        try:
            return (self._folder / _ASKED).read_text(encoding="utf-8") == self._asked
        except FileNotFoundError:
            return False

    def _file(self, number: int, name: str) -> Path:
        return self._folder / f"{number:06d}.{name}"

    def _write(self, place: Path, content: bytes) -> None:
        temporary = place.with_name(f".{place.name}.part")
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(place)
