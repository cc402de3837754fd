"""Listing many folders of an SFTP server at once: one pass over hundreds of inboxes costs a few round trips.

A folder takes four requests (open, names, end of names, close), each of which needs the answer before it. Folders are
independent of each other, so the requests of many are under way together, one for each of them at any moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import paramiko
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_HANDLE,
    CMD_NAME,
    CMD_OPENDIR,
    CMD_READDIR,
    CMD_STATUS,
    SFTP_EOF,
    SFTP_OK,
    SFTPError,
)

from connectors.sftp_wire import Answers, Status, Wire, status_of

AT_ONCE = 64  # folders under way: each costs the server an open handle

Listed = list[tuple[bytes, paramiko.SFTPAttributes]]


class _Folder:
    def __init__(self, path: bytes) -> None:
        self.path = path
        self.handle: bytes | None = None
        self.closing = False
        self.found: Listed = []
        self.failed: Status | None = None

    def asks(self) -> tuple[int, bytes]:
        """The next request."""
        if self.handle is None:
            return CMD_OPENDIR, self.path
        return (CMD_CLOSE if self.closing else CMD_READDIR), self.handle

    def takes(self, kind: int, message: Any) -> bool:
        """Take the answer in; whether there is more to ask."""
        if kind == CMD_STATUS:
            return self._status(status_of(message))
        if self.handle is None and kind == CMD_HANDLE:
            self.handle = message.get_binary()
        elif self.handle is not None and kind == CMD_NAME and not self.closing:
            self.found += _names(message)
        else:
            raise SFTPError("another answer than was asked for")
        return True

    def _status(self, code: int) -> bool:
        if self.closing:
            return False  # the names are there; whether the server could close it is its own affair
        if self.handle is None or code not in (SFTP_EOF, SFTP_OK):
            self.failed = Status(code)
        self.closing = True
        return self.handle is not None


def listings(wire: Wire, folders: Sequence[bytes]) -> list[Listed | Status]:
    """Names and attributes (of a link: its own) in each folder, in the server's order, without ``.`` and ``..``.

    A folder that the server would not list has the status instead.
    """
    answers = Answers()
    made = [_Folder(path) for path in folders]
    waiting, asked = deque(made), dict[int, _Folder]()
    while waiting or asked:
        while waiting and len(asked) < AT_ONCE:
            folder = waiting.popleft()
            asked[wire.ask(answers, *folder.asks())] = folder
        wire.wait()
        for number in [number for number in answers.come if number in asked]:
            folder = asked.pop(number)
            if folder.takes(*answers.come.pop(number)):
                asked[wire.ask(answers, *folder.asks())] = folder
    return [folder.failed or folder.found for folder in made]


def _names(message: Any) -> Listed:
    found: Listed = []
    for _ in range(message.get_int()):
        name = message.get_string()
        message.get_string()  # the long name is meant for eyes; its layout differs between servers
        attributes = paramiko.SFTPAttributes._from_msg(message)  # type: ignore[attr-defined]
        if name not in (b".", b".."):
            found.append((name, attributes))
    return found
