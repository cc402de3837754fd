"""Exceptions, sorted by who acts next.

Trouble in data is a finding (``hub.findings``), never one of these. The exit codes are those of the command ``hub``.
No message may hold an identifier, a name or a secret: errors carry delivery, row, column and code only.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from types import TracebackType


class HubError(Exception):
    """Base of every error that the hub raises on purpose."""

    exit_code = 1


class TryAgain(HubError):
    """A remote side or a resource did not answer; the same call may succeed later. Nobody acts."""

    exit_code = 4


class Locked(TryAgain):
    """Somebody else is working on the same delivery or outlet right now."""

    exit_code = 6


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration file: where it stands and what is wrong."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class FixConfiguration(HubError):
    """A data engineer must change a file or a setting. Holds every mistake found, not only the first."""

    exit_code = 3

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        self.problems = problems
        super().__init__("\n".join([message, *(str(problem) for problem in problems)]))


class CallOperator(HubError):
    """Something is broken that no retry and no configuration mends: call the operator."""

    exit_code = 5


class VerificationFailed(CallOperator):
    """Stored bytes or counts are not what the ledger says that they are."""


class NotFound(HubError):
    """The thing asked for by name or number does not exist."""

    exit_code = 7


class WrongUsage(HubError):
    """The words of a call do not fit together."""

    exit_code = 2


class Unforeseen:
    """Stops an error that nobody foresaw where its text would be printed: it may quote a cell.

    ``told`` says afterwards what was stopped, by kind and place; None when nothing was. What the hub raises on purpose
    passes, and so does whatever ends the process.
    """

    told: str | None = None

    def __enter__(self) -> Unforeseen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, HubError):
            return False
        frames = [f"{'/'.join(Path(one.filename).parts[-2:])}:{one.lineno}" for one in extract_tb(trace)[-4:]]
        self.told = f"{type(error).__name__} at {' < '.join(reversed(frames))}"
        return True


_FULL = (errno.ENOSPC, errno.EDQUOT)
_BROKEN = (errno.EIO, errno.EROFS)


@contextmanager
def disk_faults(doing: str) -> Iterator[None]:
    """A disk of this machine that is full is ``TryAgain``, one that fails ``CallOperator``; other errors pass.

    Also a decorator. The system's text is dropped: it names the file, and a sender chose its name. Whatever was being
    written is begun anew by the next run under another handle, for nothing is known of what a failed flush kept.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise TryAgain(f"{doing}: no space is left on this machine") from None
        if error.errno in _BROKEN:
            raise CallOperator(f"{doing}: this machine's disk fails ({errno.errorcode[error.errno]})") from None
        raise
