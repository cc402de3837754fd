"""Last step at the inbox: the file that was answered goes to the department's archive."""

from __future__ import annotations

from connectors.sftp import Session


def clear(session: Session, path: str, size: int, modified: int, archive: str, batch_no: str) -> bool:
    """Move the file, and its manifest, to the folder ``archive``; False when another file stands at its place by now."""
    entry = session.stat(path)
    if entry is None:
        return True
    if (entry.size, entry.modified) != (size, modified):
        return False
    name = path.rpartition("/")[2]
    session.move(path, f"{archive}/{batch_no}__{name}")
    if session.stat(f"{path}.ok") is not None:
        session.move(f"{path}.ok", f"{archive}/{batch_no}__{name}.ok")
    return True
