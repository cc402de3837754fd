"""Handouts (下发材料) are laid into one folder of an SFTP server: what differs is replaced, what has ended goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from connectors.sftp import Session
from hub.failpoints import reached


@dataclass(frozen=True, slots=True)
class Laid:
    """How many files were written, were there already, and were taken away."""

    written: int
    unchanged: int
    removed: int


def run(session: Session, folder: str, files: Mapping[str, bytes], ended: Collection[str]) -> Laid:
    """Write ``files`` (content by name, in order) where they are not there with this content, then remove ``ended``.

    Running it again writes nothing; files of other names are not looked at. Raises the connector's faults.
    """
    there = {entry.path: entry.size for entry in session.files(folder)}
    written = removed = 0
    for name, content in files.items():
        path = f"{folder}/{name}"
        if there.get(path) == len(content) and session.read(path, len(content)) == content:
            continue
        reached("handout.before_put")
        session.replace(path, content)
        written += 1
    for name in sorted(ended):
        if f"{folder}/{name}" in there:
            reached("handout.before_removal")
            session.remove(f"{folder}/{name}")
            removed += 1
    return Laid(written, len(files) - written, removed)
