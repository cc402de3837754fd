"""Last step at the inbox: the file that was answered goes to the department's archive."""

from __future__ import annotations

from connectors.sftp import Session
from hub.failpoints import reached

LONGEST_NAME = 250  # bytes: file systems allow 255, and the manifest's suffix must still fit


def clear(session: Session, path: str, size: int, modified: int, archive: str, batch_no: str) -> bool:
    """Move the file and its manifest to the folder ``archive``; False when another file stands at its place by now."""
    entry = session.stat(path)
    if entry is None:
        return True
    if (entry.size, entry.modified) != (size, modified):
        return False
    target = f"{archive}/{_named(batch_no, path.rpartition('/')[2])}"
    # The manifest goes first: alone in the inbox it would be taken for a file of its own.
    if session.stat(f"{path}.ok") is not None:
        reached("archive.before_manifest")
        session.move(f"{path}.ok", f"{target}.ok")
    reached("archive.before_move")
    session.move(path, target)
    return True


def _named(batch_no: str, name: str) -> str:
    """The batch number before the sender's own name, of which only the end is kept when it is too long."""
    while len(f"{batch_no}__{name}".encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        name = name[1:]
    return f"{batch_no}__{name}"
