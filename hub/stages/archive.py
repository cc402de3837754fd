"""Last step at the inbox: the file that was answered goes to the department's archive."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.sftp import Session
from hub.failpoints import reached

LONGEST_NAME = 250  # bytes: file systems allow 255, and the manifest's suffix must still fit


def clear(
    session: Session,
    path: str,
    size: int,
    modified: int,
    archive: str,
    batch_no: str,
    beside: Iterable[tuple[str, str]],
) -> bool:
    """Move the file and what lies beside it to the folder ``archive``; False when another file has its place by now.

    ``beside``: where its manifest, marker and signature may lie, and the ending that each has there.
    """
    entry = session.stat(path)
    if entry is None:
        return True
    if (entry.size, entry.modified) != (size, modified):
        return False
    target = f"{archive}/{_named(batch_no, path.rpartition('/')[2])}"
    # They go first: alone in the inbox a manifest would be taken for a file of its own.
    for place, ending in beside:
        if session.stat(place) is not None:
            reached("archive.before_manifest")
            session.move(place, target + ending)
    reached("archive.before_move")
    session.move(path, target)
    return True


def _named(batch_no: str, name: str) -> str:
    """The batch number before the sender's own name, of which only the end is kept when it is too long."""
    while len(f"{batch_no}__{name}".encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        name = name[1:]
    return f"{batch_no}__{name}"
