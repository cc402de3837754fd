"""Every request of SFTP version 3, put together by hand, so that a test can ask for what no client would ask for.

Numbers and layouts: draft-ietf-secsh-filexfer-02, OpenSSH's PROTOCOL for the extensions, and the links and locks of
later versions, which no server may take here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import paramiko

READ, WRITE, APPEND, CREATE, TRUNCATE, EXCLUSIVE = 1, 2, 4, 8, 16, 32
OK, EOF, MISSING, DENIED, FAILURE, BAD, UNSUPPORTED = 0, 1, 2, 3, 4, 5, 8
OPEN, CLOSE, READING, WRITING, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR = range(3, 13)
REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, READLINK, SYMLINK, LINK, BLOCK, UNBLOCK = range(13, 24)
EXTENDED = 200
STATUS, HANDLE, DATA, NAME, ATTRIBUTES, EXTENDED_REPLY = 101, 102, 103, 104, 105, 201
NO_ATTRIBUTES = struct.pack(">I", 0)


def mode(bits: int) -> Raw:
    """Attributes that wish for these mode bits."""
    return Raw(struct.pack(">II", 0x4, bits))


def size(length: int) -> Raw:
    """Attributes that wish for this length."""
    return Raw(struct.pack(">IQ", 0x1, length))


def owner(number: int) -> Raw:
    """Attributes that wish for this owner and group."""
    return Raw(struct.pack(">III", 0x2, number, number))


def times(moment: int) -> Raw:
    """Attributes that wish for these times of access and change."""
    return Raw(struct.pack(">III", 0x8, moment, moment))


class Raw(bytes):
    """Bytes that stand in a request as they are, without their length."""


class Long(int):
    """A number of eight bytes."""


@dataclass(frozen=True)
class Answer:
    """What the server said: the kind of packet; the status, 0 for any that is none; a handle or data, where it is."""

    kind: int
    status: int
    body: bytes

    @property
    def done(self) -> bool:
        return self.status in (OK, EOF)


class Requests:
    """One SFTP channel of a transport. Paths are bytes."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self._channel = transport.open_session(timeout=20)
        self._channel.settimeout(20)
        self._channel.invoke_subsystem("sftp")
        self._number = 0
        self._send(Raw(struct.pack(">BI", 1, 3)))
        kind, version = self._receive()
        assert (kind, version[:4]) == (2, struct.pack(">I", 3))
        self.extensions = version[4:]

    def ask(self, kind: int, *fields: bytes | int) -> Answer:
        """Send one request and wait for its answer."""
        self._number += 1
        self._send(Raw(struct.pack(">BI", kind, self._number)), *fields)
        number = 0
        while number != self._number:
            said, body = self._receive()
            (number,) = struct.unpack(">I", body[:4])
        if said == STATUS:
            return Answer(said, struct.unpack(">I", body[4:8])[0], b"")
        if said in (HANDLE, DATA):
            return Answer(said, OK, body[8:])
        return Answer(said, OK, body[4:])

    def unanswered(self, kind: int, *fields: bytes | int) -> Answer:
        """Send what OpenSSH does not know and leaves without an answer; the answer is to a request behind it."""
        self._number += 1
        self._send(Raw(struct.pack(">BI", kind, self._number)), *fields)
        assert self.ask(REALPATH, b"/").kind == NAME
        return Answer(STATUS, UNSUPPORTED, b"")

    def extended(self, name: bytes, *fields: bytes | int) -> Answer:
        """An extension by its name."""
        return self.ask(EXTENDED, name, *fields)

    def open(self, path: bytes, flags: int, wished: bytes = NO_ATTRIBUTES) -> Answer:
        """Open a file, and close it again."""
        answer = self.handle(path, flags, wished)
        if answer.kind == HANDLE:
            self.ask(CLOSE, answer.body)
        return answer

    def handle(self, path: bytes, flags: int, wished: bytes = NO_ATTRIBUTES) -> Answer:
        """Open a file; the handle is the answer's body."""
        return self.ask(OPEN, path, flags, Raw(wished))

    def write(self, path: bytes, content: bytes, flags: int = WRITE | CREATE | EXCLUSIVE) -> Answer:
        """Make a file with this content."""
        opened = self.handle(path, flags)
        if opened.kind != HANDLE:
            return opened
        written = self.ask(WRITING, opened.body, Long(0), content)
        closed = self.ask(CLOSE, opened.body)
        return closed if written.done else written

    def read(self, path: bytes) -> Answer:
        """The first bytes of a file."""
        opened = self.handle(path, READ)
        if opened.kind != HANDLE:
            return opened
        answer = self.ask(READING, opened.body, Long(0), 4096)
        self.ask(CLOSE, opened.body)
        return answer

    def names(self, path: bytes) -> Answer:
        """The folder's first names, as the server sends them; all of them in a small folder."""
        opened = self.ask(OPENDIR, path)
        if opened.kind != HANDLE:
            return opened
        answer = self.ask(READDIR, opened.body)
        self.ask(CLOSE, opened.body)
        return answer

    def close(self) -> None:
        self._channel.close()

    def _send(self, *fields: bytes | int) -> None:
        packet = b"".join(map(_packed, fields))
        self._channel.sendall(struct.pack(">I", len(packet)) + packet)

    def _receive(self) -> tuple[int, bytes]:
        (length,) = struct.unpack(">I", self._exactly(4))
        packet = self._exactly(length)
        return packet[0], packet[1:]

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            piece = self._channel.recv(count - len(found))
            if not piece:
                raise EOFError("the server closed the channel")
            found += piece
        return found


def _packed(field: bytes | int) -> bytes:
    if isinstance(field, Raw):
        return field
    if isinstance(field, Long):
        return struct.pack(">Q", field)
    if isinstance(field, int):
        return struct.pack(">I", field)
    return struct.pack(">I", len(field)) + field
