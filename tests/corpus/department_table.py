"""The contract of both departments' servers: each request, and the folders in which it is allowed.

Everywhere else it is denied. ``test_department_rights.py`` holds both servers against it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from corpus import sftp_requests as sftp
from corpus.sftp_requests import APPEND, CREATE, EXCLUSIVE, READ, TRUNCATE, WRITE, Answer, Long, Raw, Requests

FOLDERS = ("inbox", "precheck", "outbox", "templates", "archive")
WRITABLE = frozenset(("inbox", "precheck"))
EVERYWHERE = frozenset(FOLDERS)
NOWHERE: frozenset[str] = frozenset()
STANDING = "standing.csv"
CONTENT = b"standing"
_names = itertools.count(1)


def new(folder: str) -> bytes:
    """A path of a file that is not there."""
    return f"/{folder}/new_{next(_names)}.csv".encode()


def standing(requests: Requests, folder: str) -> bytes:
    """A file in the folder; where the department may write, one of its own that may be spoilt."""
    if folder not in WRITABLE:
        return f"/{folder}/{STANDING}".encode()
    path = new(folder)
    assert requests.write(path, CONTENT).done
    return path


Act = Callable[[Requests, str, bytes], Answer]  # the channel, the folder, a file that stands in it


def on_handle(act: Callable[[Requests, bytes], Answer], flags: int = READ) -> Act:
    """What is done with an open file."""

    def with_handle(requests: Requests, folder: str, path: bytes) -> Answer:
        opened = requests.handle(path, flags)
        assert opened.kind == sftp.HANDLE
        answer = act(requests, opened.body)
        requests.ask(sftp.CLOSE, opened.body)
        return answer

    return with_handle


def on_new_handle(act: Callable[[Requests, bytes], Answer]) -> Act:
    """What is done with a file that is just being written, or with an open one where there can be none."""

    def with_handle(requests: Requests, folder: str, path: bytes) -> Answer:
        if folder not in WRITABLE:
            return on_handle(act)(requests, folder, path)
        opened = requests.handle(path + b".part", WRITE | CREATE | EXCLUSIVE)
        assert opened.kind == sftp.HANDLE
        answer = act(requests, opened.body)
        requests.ask(sftp.CLOSE, opened.body)
        assert requests.ask(sftp.REMOVE, path + b".part").done
        return answer

    return with_handle


def copied(requests: Requests, folder: str, path: bytes) -> Answer:
    """The server is to copy a file by itself."""
    source = requests.handle(path, READ)
    target = requests.handle(b"/inbox/copy.csv", WRITE | CREATE | EXCLUSIVE)
    answer = requests.extended(b"copy-data", source.body, Long(0), Long(0), target.body, Long(0))
    for handle in (source, target):
        requests.ask(sftp.CLOSE, handle.body)
    assert requests.ask(sftp.REMOVE, b"/inbox/copy.csv").done
    return answer


def renamed(kind: str, source: bytes, target: bytes) -> Callable[[Requests], Answer]:
    """One of the two ways to rename."""
    if kind == "rename":
        return lambda requests: requests.ask(sftp.RENAME, source, target)
    return lambda requests: requests.extended(b"posix-rename@openssh.com", source, target)


def into(kind: str) -> Act:
    """A file of the inbox is renamed into the folder."""

    def act(requests: Requests, folder: str, path: bytes) -> Answer:
        source = b"/inbox/moving.csv"
        assert requests.write(source, CONTENT).done
        answer = renamed(kind, source, new(folder))(requests)
        if not answer.done:
            assert requests.ask(sftp.REMOVE, source).done
        return answer

    return act


def over(requests: Requests, folder: str, path: bytes) -> Answer:
    """A file of the inbox takes the place of one in the folder."""
    source = b"/inbox/moving.csv"
    assert requests.write(source, CONTENT).done
    answer = renamed("posix", source, path)(requests)
    if not answer.done:
        assert requests.ask(sftp.REMOVE, source).done
    return answer


@dataclass(frozen=True)
class Operation:
    """One thing to try, and the folders in which it is allowed."""

    name: str
    allowed: frozenset[str]
    act: Act


TABLE = (
    Operation("list", EVERYWHERE, lambda r, f, p: r.names(f"/{f}".encode())),
    Operation("stat", EVERYWHERE, lambda r, f, p: r.ask(sftp.STAT, p)),
    Operation("lstat", EVERYWHERE, lambda r, f, p: r.ask(sftp.LSTAT, p)),
    Operation("fstat", EVERYWHERE, on_handle(lambda r, h: r.ask(sftp.FSTAT, h))),
    Operation("read", EVERYWHERE, lambda r, f, p: r.read(p)),
    Operation("realpath", EVERYWHERE, lambda r, f, p: r.ask(sftp.REALPATH, p)),
    Operation("limits", EVERYWHERE, lambda r, f, p: r.extended(b"limits@openssh.com")),
    Operation("create", WRITABLE, lambda r, f, p: r.open(new(f), WRITE | CREATE | TRUNCATE)),
    Operation("create only", WRITABLE, lambda r, f, p: r.open(new(f), WRITE | CREATE | EXCLUSIVE)),
    Operation("create to append", WRITABLE, lambda r, f, p: r.open(new(f), WRITE | APPEND | CREATE)),
    Operation("create for both", WRITABLE, lambda r, f, p: r.open(new(f), READ | WRITE | CREATE)),
    Operation("write and flush", WRITABLE, lambda r, f, p: r.write(new(f), CONTENT)),
    Operation("fsync", EVERYWHERE, on_new_handle(lambda r, h: r.extended(b"fsync@openssh.com", h))),
    Operation("remove", WRITABLE, lambda r, f, p: r.ask(sftp.REMOVE, p)),
    Operation("rename within", WRITABLE, lambda r, f, p: renamed("rename", p, p + b"x")(r)),
    Operation("posix-rename within", WRITABLE, lambda r, f, p: renamed("posix", p, p + b"x")(r)),
    Operation("rename out", WRITABLE, lambda r, f, p: renamed("rename", p, new("inbox"))(r)),
    Operation("posix-rename out", WRITABLE, lambda r, f, p: renamed("posix", p, new("inbox"))(r)),
    Operation("rename in", WRITABLE, into("rename")),
    Operation("posix-rename in", WRITABLE, into("posix")),
    Operation("posix-rename over", WRITABLE, over),
    # A file is written once, through the handle that made it.
    Operation("write to what stands", NOWHERE, lambda r, f, p: r.open(p, WRITE)),
    Operation("read and write", NOWHERE, lambda r, f, p: r.open(p, READ | WRITE)),
    Operation("append", NOWHERE, lambda r, f, p: r.open(p, WRITE | APPEND)),
    Operation("append or create", NOWHERE, lambda r, f, p: r.open(p, WRITE | APPEND | CREATE)),
    Operation("truncate", NOWHERE, lambda r, f, p: r.open(p, WRITE | CREATE | TRUNCATE)),
    Operation("create what stands", NOWHERE, lambda r, f, p: r.open(p, WRITE | CREATE | EXCLUSIVE)),
    Operation("write by a reading handle", NOWHERE, on_handle(lambda r, h: r.ask(sftp.WRITING, h, Long(0), b"x"))),
    Operation("setstat mode", NOWHERE, lambda r, f, p: r.ask(sftp.SETSTAT, p, sftp.mode(0o777))),
    Operation("setstat size", NOWHERE, lambda r, f, p: r.ask(sftp.SETSTAT, p, sftp.size(0))),
    Operation("setstat owner", NOWHERE, lambda r, f, p: r.ask(sftp.SETSTAT, p, sftp.owner(0))),
    Operation("setstat times", NOWHERE, lambda r, f, p: r.ask(sftp.SETSTAT, p, sftp.times(1))),
    Operation("lsetstat", NOWHERE, lambda r, f, p: r.extended(b"lsetstat@openssh.com", p, sftp.mode(0o777))),
    Operation("fsetstat", NOWHERE, on_new_handle(lambda r, h: r.ask(sftp.FSETSTAT, h, sftp.mode(0o777)))),
    Operation("fsetstat size", NOWHERE, on_new_handle(lambda r, h: r.ask(sftp.FSETSTAT, h, sftp.size(9)))),
    Operation("setstat of the folder", NOWHERE, lambda r, f, p: r.ask(sftp.SETSTAT, b"/" + f.encode(), sftp.mode(0))),
    Operation("mkdir", NOWHERE, lambda r, f, p: r.ask(sftp.MKDIR, new(f), Raw(sftp.NO_ATTRIBUTES))),
    Operation("rmdir", NOWHERE, lambda r, f, p: r.ask(sftp.RMDIR, f"/{f}".encode())),
    Operation("remove the folder", NOWHERE, lambda r, f, p: r.ask(sftp.REMOVE, f"/{f}".encode())),
    Operation("rename the folder", NOWHERE, lambda r, f, p: renamed("rename", f"/{f}".encode(), b"/other")(r)),
    Operation("move the folder", NOWHERE, lambda r, f, p: renamed("posix", f"/{f}".encode(), b"/inbox/other")(r)),
    Operation("symlink here", NOWHERE, lambda r, f, p: r.ask(sftp.SYMLINK, b"/etc/passwd", new(f))),
    Operation("symlink to it", NOWHERE, lambda r, f, p: r.ask(sftp.SYMLINK, p, new("inbox"))),
    Operation("readlink", NOWHERE, lambda r, f, p: r.ask(sftp.READLINK, p)),
    Operation("hardlink here", NOWHERE, lambda r, f, p: r.extended(b"hardlink@openssh.com", p, new(f))),
    Operation("hardlink to it", NOWHERE, lambda r, f, p: r.extended(b"hardlink@openssh.com", p, new("inbox"))),
    Operation("link of version 6", NOWHERE, lambda r, f, p: r.unanswered(sftp.LINK, new("inbox"), p, Raw(b"\0"))),
    Operation(
        "lock of version 6", NOWHERE, on_handle(lambda r, h: r.unanswered(sftp.BLOCK, h, Long(0), Long(1), 0x40))
    ),
    Operation("copy-data", NOWHERE, copied),
    Operation("statvfs", NOWHERE, lambda r, f, p: r.extended(b"statvfs@openssh.com", p)),
    Operation("fstatvfs", NOWHERE, on_handle(lambda r, h: r.extended(b"fstatvfs@openssh.com", h))),
    Operation("expand-path", NOWHERE, lambda r, f, p: r.extended(b"expand-path@openssh.com", b"~root")),
    Operation("home-directory", NOWHERE, lambda r, f, p: r.extended(b"home-directory", b"root")),
    Operation(
        "users-groups-by-id",
        NOWHERE,
        lambda r, f, p: r.extended(b"users-groups-by-id@openssh.com", b"\0\0\0\0", b"\0\0\0\0"),
    ),
    Operation("an extension that nobody knows", NOWHERE, lambda r, f, p: r.extended(b"unknown@example.org", p)),
)
