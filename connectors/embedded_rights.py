"""What an account of the embedded server may do with files."""

from __future__ import annotations

import os
import posixpath
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import asyncssh
from asyncssh.constants import (
    FXF_APPEND,
    FXF_CREAT,
    FXF_EXCL,
    FXF_TRUNC,
    FXF_WRITE,
)
from asyncssh.sftp import SFTPServerHandler

WRITABLE = ("inbox", "precheck")
WRITING = FXF_WRITE | FXF_APPEND | FXF_CREAT | FXF_TRUNC

# asyncssh asks nobody before it copies within the server, for as long as the source has bytes. Nobody here needs it.
SFTPServerHandler._packet_handlers.pop(b"copy-data", None)


class HubFiles(asyncssh.SFTPServer):
    """Everything below one folder, but no links: neither made nor followed out of the folder."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], folder: Path) -> None:
        super().__init__(channel, chroot=os.fsencode(folder.resolve()))
        self._folder = os.fsencode(folder.resolve())

    def map_path(self, path: bytes) -> bytes:
        """The local path. Raises SFTPPermissionDenied when a link on the way leads out of the folder."""
        local = super().map_path(path)
        above = os.path.realpath(os.path.dirname(local)) if local != self._folder else self._folder
        if above != self._folder and not above.startswith(self._folder + b"/"):
            raise _denied()
        return local

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        self._must_be_no_link(path)
        return super().open(path, pflags, asyncssh.SFTPAttrs(permissions=0o640))

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: asyncssh.SFTPAttrs) -> object:
        raise asyncssh.SFTPOpUnsupported("not supported")

    def stat(self, path: bytes) -> os.stat_result:
        return os.lstat(self.map_path(path))

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        self._must_be_no_link(path)
        async for name in super().scandir(path):
            yield name

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Awaitable[None] | None:
        self._must_be_no_link(path)
        return super().setstat(path, attrs)

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        raise _denied()

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        raise _denied()

    def readlink(self, path: bytes) -> bytes:
        raise _denied()

    def _must_be_no_link(self, path: bytes) -> None:
        if os.path.islink(self.map_path(path)):
            raise _denied()


class DepartmentFiles(HubFiles):
    """A department: makes, renames and removes files in its inbox and precheck folder, reads the rest.

    What is allowed is what ``docker/sftp`` allows (tests/connectors/test_department_rights.py): a file is written once,
    through the handle that made it. No folders, no owner, mode or times.
    """

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], folder: Path, *, read_only: bool = False) -> None:
        super().__init__(channel, folder)
        self._writable = () if read_only else WRITABLE

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if not pflags & WRITING:
            return super().open(path, pflags, attrs)
        self._must_be_writable(path)
        if not pflags & FXF_CREAT:
            raise _denied()
        try:
            return super().open(path, pflags | FXF_EXCL, attrs)
        except FileExistsError:
            raise _denied() from None

    def remove(self, path: bytes) -> Awaitable[None] | None:
        self._must_be_writable(path)
        return super().remove(path)

    def rename(self, oldpath: bytes, newpath: bytes) -> Awaitable[None] | None:
        self._must_be_writable(oldpath, newpath)
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Awaitable[None] | None:
        self._must_be_writable(oldpath, newpath)
        return super().posix_rename(oldpath, newpath)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        raise _denied()

    def rmdir(self, path: bytes) -> None:
        raise _denied()

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        raise _denied()

    def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        raise _denied()

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        raise _denied()

    def statvfs(self, path: bytes) -> os.statvfs_result:
        raise _denied()

    def fstatvfs(self, file_obj: object) -> os.statvfs_result:
        raise _denied()

    def _must_be_writable(self, *paths: bytes) -> None:
        for path in paths:
            parts = posixpath.normpath(posixpath.join(b"/", path)).strip(b"/").split(b"/")
            # Two parts: a file right in the folder. The folder itself may not be renamed away.
            if len(parts) != 2 or os.fsdecode(parts[0]) not in self._writable:
                raise _denied()


def _denied() -> asyncssh.SFTPPermissionDenied:
    return asyncssh.SFTPPermissionDenied("not allowed")
