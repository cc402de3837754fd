"""Paramiko's SFTP client with names kept as bytes and statuses kept as numbers.

Paramiko decodes every name and every message of the server as strict UTF-8, so that one file whose name is GBK bytes
makes the whole folder unreadable. Here a name stays bytes until somebody asks for it, and the server's message is
dropped: it may repeat a path.
"""

from __future__ import annotations

import logging
import unicodedata
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paramiko
from paramiko.sftp import (
    CMD_DATA,
    CMD_READ,
    SFTP_BAD_MESSAGE,
    SFTP_EOF,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_OP_UNSUPPORTED,
    SFTP_PERMISSION_DENIED,
    SFTPError,
    int64,
)

from connectors.faults import Failed, Fault, Missing, Refused, Unreachable

# What it says of single requests, when somebody wants to hear all, are names of files, and these may name persons.
logging.getLogger("paramiko.transport.sftp").setLevel(logging.WARNING)

PIECE = 32 * 1024  # the largest answer that every server gives
WINDOW = 64  # requests under way, as OpenSSH's own client does: two megabytes


class Status(OSError):
    """The server answered a request with an error status (numbers of draft-ietf-secsh-filexfer-02 §7)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"status {code}")
        self.code = code


class Answers:
    """Where paramiko puts answers as they come, in any order."""

    def __init__(self) -> None:
        self.come: dict[int, tuple[int, Any]] = {}

    def _async_response(self, kind: int, message: Any, number: int) -> None:
        self.come[number] = (kind, message)


class Wire(paramiko.SFTPClient):
    """One SFTP channel. Paths are bytes."""

    def ask(self, answers: Answers, *request: object) -> int:
        """Send a request without waiting; its answer comes to ``answers`` under the number that this gives."""
        number: int = self._async_request(answers, *request)  # type: ignore[attr-defined]
        return number

    def wait(self) -> None:
        """Take in one more answer, whichever it is."""
        self._read_response()  # type: ignore[attr-defined]

    def download(self, handle: object, size: int) -> Iterator[bytes]:
        """The first ``size`` bytes of an open file in pieces, in order; fewer when the file has become shorter.

        Keeps a window of requests under way. Paramiko's own prefetch asks from a second thread, which outlives an
        aborted transfer, and loses its way in a file that shrinks.
        """
        answers = Answers()
        waiting: deque[tuple[int, int, int]] = deque()
        offset = 0
        while waiting or offset < size:
            while offset < size and len(waiting) < WINDOW:
                length = min(PIECE, size - offset)
                waiting.append((self._read_from(answers, handle, offset, length), offset, length))
                offset += length
            number, start, length = waiting.popleft()
            # A server may answer with less than was asked for.
            while piece := self._piece(answers, number):
                yield piece
                start, length = start + len(piece), length - len(piece)
                if length <= 0:
                    break
                number = self._read_from(answers, handle, start, length)
            else:
                return

    def _read_from(self, answers: Answers, handle: object, offset: int, length: int) -> int:
        return self.ask(answers, CMD_READ, handle, int64(offset), length)

    def _piece(self, answers: Answers, number: int) -> bytes:
        while number not in answers.come:
            self.wait()
        kind, message = answers.come.pop(number)
        if kind == CMD_DATA:
            piece: bytes = message.get_string()
            return piece
        try:
            self._convert_status(message)
        except EOFError:
            return b""
        raise SFTPError("no data")

    def _convert_status(self, message: Any) -> None:
        code = status_of(message)
        if code == SFTP_OK:
            return
        if code == SFTP_EOF:
            raise EOFError
        raise Status(code)


def status_of(message: Any) -> int:
    """The number in an answer that is a status; the words behind it are dropped."""
    code: int = message.get_int()
    return code


@contextmanager
def faults(doing: str) -> Iterator[None]:
    """Turn what paramiko raises into a fault. ``doing`` is one of our own words for the operation.

    A bare failure (status 4: disk full, busy, quota) is a kind of Unreachable, because trying again is what helps.
    """
    try:
        yield
    except Fault:
        raise
    except Status as error:
        if error.code == SFTP_NO_SUCH_FILE:
            raise Missing(f"{doing}: no such file or folder") from None
        if error.code in (SFTP_PERMISSION_DENIED, SFTP_BAD_MESSAGE, SFTP_OP_UNSUPPORTED):
            raise Refused(f"{doing}: the server does not allow it (status {error.code})") from None
        raise Failed(f"{doing}: the server could not do it (status {error.code})") from None
    except (OSError, EOFError, paramiko.SSHException, SFTPError) as error:
        raise Unreachable(f"{doing}: the connection broke or timed out ({type(error).__name__})") from None


def to_bytes(path: str) -> bytes:
    """The bytes of a path as the server knows it."""
    return path.encode("utf-8", "surrogateescape")


def to_path(name: bytes) -> str:
    """A name that ``to_bytes`` turns into the same bytes again. May hold lone surrogates: use it, do not print it."""
    return name.decode("utf-8", "surrogateescape")


def to_display(name: bytes) -> str:
    """A name that can be printed and stored: UTF-8, else GB18030 (what Windows clients here send), else escapes."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return _printable(name.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _printable(name.decode("utf-8", "backslashreplace"))


def _printable(text: str) -> str:
    # The ideographic space is "not printable" for Python but common in Chinese file names.
    return "".join(
        letter if letter.isprintable() or unicodedata.category(letter) == "Zs" else ascii(letter)[1:-1]
        for letter in text
    )
