"""A session with an SFTP server: list, fetch, put, replace, move.

Writing follows the receipts' rule (receipts-and-reports, section 2): a hidden temporary name, a look at the size, a
rename; only ``replace`` ever overwrites what exists. Every writing call may be repeated after a crash. Symbolic links
are neither listed nor followed.
"""

from __future__ import annotations

import io
import posixpath
import stat as modes
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import paramiko
from paramiko.sftp import SFTP_NO_SUCH_FILE

from connectors.faults import Failed, Missing, Refused, TooLarge, Unreachable
from connectors.sftp_link import open_link
from connectors.sftp_listing import Listed, listings
from connectors.sftp_wire import Status, Wire, faults, to_bytes, to_display, to_path


@dataclass(frozen=True)
class Entry:
    """A regular file.

    ``path`` opens it again; undecodable bytes are lone surrogates in it, so do not print or store it. ``name`` is for
    people and can be stored. ``size`` in bytes, ``modified`` in seconds since 1970 by the server's clock.
    """

    path: str
    name: str
    size: int
    modified: int


def connect(host: str, port: int, user: str, key_file: str | Path, host_key: str, *, timeout: float = 20.0) -> Session:
    """Log in with one private key at the server whose host key is pinned ("ssh-ed25519 AAAA...").

    ``timeout`` in seconds bounds connecting as a whole and later every single answer.
    Raises Refused (no or wrong host key, account, key) or Unreachable.
    """
    return Session(*open_link(host, port, user, Path(key_file), host_key, timeout))


class Session:
    """An open session; use it in a ``with`` and from one thread. After Unreachable connect anew.

    Paths are absolute or relative to the account's folder. Every method raises Missing, Refused or Unreachable.
    """

    def __init__(self, transport: paramiko.Transport, wire: Wire) -> None:
        self._transport = transport
        self._wire = wire

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session. Never fails."""
        self._transport.close()

    @property
    def algorithms(self) -> dict[str, str]:
        """What was negotiated: cipher, mac, host_key, compression."""
        names = {
            "cipher": "remote_cipher",
            "mac": "remote_mac",
            "host_key": "host_key_type",
            "compression": "remote_compression",
        }
        return {name: str(getattr(self._transport, attribute)) for name, attribute in names.items()}

    def folders(self, path: str) -> list[str]:
        """Names of the folders in a folder, sorted. A link to a folder is none."""
        return sorted(to_path(name) for name, attributes in self._listed(path) if _is(modes.S_ISDIR, attributes))

    def files(self, path: str) -> list[Entry]:
        """The regular files in a folder, hidden ones too, sorted by path."""
        return _files(path, self._listed(path))

    def files_in(self, paths: Sequence[str]) -> dict[str, list[Entry] | Missing | Refused | Failed]:
        """The files of many folders in one pass; for a folder that cannot be listed, why.

        Raises Unreachable when the connection breaks.
        """
        with faults("list folders"):
            answers = listings(self._wire, [to_bytes(path) for path in paths])
        found: dict[str, list[Entry] | Missing | Refused | Failed] = {}
        for path, answer in zip(paths, answers, strict=True):
            try:
                found[path] = _files(path, _checked(answer))
            except (Missing, Refused, Failed) as fault:
                found[path] = fault
        return found

    def stat(self, path: str) -> Entry | None:
        """The regular file at this path, or None: nothing there, a folder, a link."""
        attributes = self._lstat(path)
        return _entry(path, attributes) if attributes is not None and _is(modes.S_ISREG, attributes) else None

    def fetch(self, path: str, target: BinaryIO, *, limit: int) -> int:
        """Copy a file into ``target`` and return the bytes copied: those that the file had when it was opened.

        A file that grows, shrinks or changes meanwhile gives no error: compare ``stat`` before and after. Raises
        TooLarge before the first byte when the file has more than ``limit`` bytes. Errors of ``target`` pass as they
        are.
        """
        copied = 0
        with closing(self._pieces(path, limit)) as pieces:
            for piece in pieces:
                target.write(piece)
                copied += len(piece)
        return copied

    def read(self, path: str, limit: int) -> bytes:
        """The whole file in memory, at most ``limit`` bytes; else like ``fetch``."""
        content = io.BytesIO()
        self.fetch(path, content, limit=limit)
        return content.getvalue()

    def put(self, path: str, content: bytes) -> None:
        """Make a file with this content, which appears whole or not at all. Zero bytes are allowed (markers).

        Done already when the file stands there with the same content; with another content, Refused.
        """
        attributes = self._lstat(path)
        if attributes is not None:
            if not _is(modes.S_ISREG, attributes):
                raise Refused("put: something that is no file has this name")
            if attributes.st_size != len(content) or self.read(path, len(content)) != content:
                raise Refused("put: another file has this name")
            return
        self._write("put", path, content)

    def replace(self, path: str, content: bytes) -> None:
        """Make a file with this content in place of whatever file has the name: the old one whole, then the new one.

        Raises Refused when something that is no file has the name.
        """
        attributes = self._lstat(path)
        if attributes is not None and not _is(modes.S_ISREG, attributes):
            raise Refused("replace: something that is no file has this name")
        self._write("replace", path, content)

    def move(self, source: str, target: str) -> None:
        """Rename a file, making the target's folder. Done already when only the target exists.

        Raises Missing when neither exists and Refused when both do: nothing is overwritten.
        """
        here, there = self._lstat(source), self._lstat(target)
        if here is None and there is None:
            raise Missing("move: no such file or folder")
        if here is None:
            return
        if there is not None:
            raise Refused("move: another file has this name")
        folder = posixpath.dirname(target)
        if folder:
            self.make_folder(folder)
        with faults("move"):
            self._wire.posix_rename(to_bytes(source), to_bytes(target))

    def remove(self, path: str) -> None:
        """Remove a file. Done already when there is none; Refused when it is no file."""
        attributes = self._lstat(path)
        if attributes is None:
            return
        if not _is(modes.S_ISREG, attributes):
            raise Refused("remove: something that is no file has this name")
        with faults("remove"):
            self._remove(to_bytes(path))

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it. Done already when it exists; Refused when a file or link stands there."""
        standing = self._lstat(path)
        if standing is not None:
            if not _is(modes.S_ISDIR, standing):
                raise Refused("make a folder: a file or a link has this name")
            return
        above = posixpath.dirname(path.rstrip("/"))
        if above not in ("", "/"):
            self.make_folder(above)
        with faults("make a folder"):
            try:
                self._wire.mkdir(to_bytes(path), 0o755)
            except Status:
                # Somebody else may have made it a moment ago; servers have no status of its own for that.
                made = self._lstat(path)
                if made is None or not _is(modes.S_ISDIR, made):
                    raise

    def _write(self, doing: str, path: str, content: bytes) -> None:
        folder, name = posixpath.split(path)
        temporary = to_bytes(posixpath.join(folder, f".{name}.part"))
        with faults(doing):
            self._remove(temporary)
            # "x" makes the server refuse a name that exists, so that a planted link is never written through.
            # Paramiko's pipelined mode is not used: it drops the errors of the last writes.
            with self._wire.open(temporary, "wx") as file:
                file.write(content)
            written = self._wire.lstat(temporary).st_size
            if written != len(content):
                raise Unreachable(f"{doing}: the server did not keep all bytes")
            self._wire.posix_rename(temporary, to_bytes(path))

    def _listed(self, path: str) -> Listed:
        with faults("list a folder"):
            (answer,) = listings(self._wire, [to_bytes(path)])
        return _checked(answer)

    def _lstat(self, path: str) -> paramiko.SFTPAttributes | None:
        try:
            with faults("look at a file"):
                return self._wire.lstat(to_bytes(path))
        except Missing:
            return None

    def _remove(self, path: bytes) -> None:
        try:
            self._wire.lstat(path)
        except Status as error:
            if error.code != SFTP_NO_SUCH_FILE:
                raise
            return
        self._wire.remove(path)

    def _pieces(self, path: str, limit: int) -> Generator[bytes, None, None]:
        attributes = self._lstat(path)
        if attributes is None:
            raise Missing("fetch: no such file or folder")
        if not _is(modes.S_ISREG, attributes):
            raise Refused("fetch: this is no regular file")
        with faults("fetch"):
            file = self._wire.open(to_bytes(path), "rb")
        with file:
            with faults("fetch"):
                size = file.stat().st_size or 0
            if size > limit:
                raise TooLarge(f"fetch: more than {limit} bytes")
            pieces = self._wire.download(file.handle, size)
            while True:
                with faults("fetch"):
                    piece = next(pieces, None)
                if piece is None:
                    return
                yield piece


def _checked(answer: Listed | Status) -> Listed:
    if isinstance(answer, Status):
        with faults("list a folder"):
            raise answer
    if any(b"/" in name or b"\0" in name or not name for name, _ in answer):
        raise Refused("list a folder: the server lists a name that is none")
    return answer


def _files(path: str, listed: Listed) -> list[Entry]:
    found = [
        _entry(posixpath.join(path, to_path(name)), attributes)
        for name, attributes in listed
        if _is(modes.S_ISREG, attributes)
    ]
    return sorted(found, key=lambda entry: entry.path)


def _is(kind: Callable[[int], bool], attributes: paramiko.SFTPAttributes) -> bool:
    if attributes.st_mode is None:
        raise Refused("the server does not tell files from links")
    return kind(attributes.st_mode)


def _entry(path: str, attributes: paramiko.SFTPAttributes) -> Entry:
    if attributes.st_size is None or attributes.st_mtime is None:
        raise Refused("the server tells no size or time")
    name = to_display(to_bytes(posixpath.basename(path)))
    return Entry(path=path, name=name, size=attributes.st_size, modified=attributes.st_mtime)
