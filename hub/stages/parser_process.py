"""The process in which bytes of departments are parsed, so that a hostile file ends a child and not the hub.

``python -m hub.stages.parser_process`` loads the readers once and then forks a child for every request; it never looks
into a file itself. Requests come on stdin from the hub (8 bytes of length, then a pickle), answers go back on stdout (8
bytes, then JSON of at most ``LONGEST_ANSWER`` bytes, as the child wrote it). When stdin ends, all ends.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import pickle
import select
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from hub.contract.model import Contract, Intake
from hub.errors import HubError
from hub.receipts.meta import Meta

LENGTH = 8  # bytes before each message
LONGEST_ANSWER = 16 << 20  # bytes; a refusal with a thousand findings has far less
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT = 1 << 28  # bytes that the allocator may keep
_FROM_HEAP = 1 << 25  # the largest piece that it takes from what it keeps: more is not allowed


@dataclass(frozen=True, slots=True)
class Limits:
    """What one parse may use. Memory is address space, libraries included (about 1 GB before the first byte)."""

    memory_bytes: int = 4 << 30
    output_bytes: int = 16 << 30
    seconds: float = 900.0  # on the wall; the processor may be used for as long
    open_files: int = 64


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of ``hub.stages.read.run``, and the limits; without a contract: of ``returned_workbook.mark``."""

    source: Path
    contract: Contract | None
    target: Path
    chunk_rows: int
    intake: Intake | None
    limits: Limits
    follow: Path | None = None  # folder in which row groups are announced
    meta: Meta | None = None


def _confine(limits: Limits) -> None:
    """From here on this process cannot grow, write, run or live beyond its limits, nor survive its parent."""
    import resource  # not on Windows, where nothing is forked

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    seconds = max(int(limits.seconds), 1)
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


def _parse(request: Request, answer: int) -> None:
    """Read the file and write the outcome; whatever is raised reaches ``_tell`` through the hook."""
    from hub.stages.following import Announcer
    from hub.stages.formats.artefact import announce_to

    def broken(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _tell(answer, _trouble(kind, error, trace))

    sys.excepthook = broken
    _confine(request.limits)
    if request.follow is not None:
        announce_to(Announcer(request.follow))
    _tell(answer, _found(request))


def _found(request: Request) -> dict[str, Any]:
    from hub.stages import read
    from hub.stages.formats import returned_workbook

    if request.contract is None:
        return {"mark": returned_workbook.mark(request.source)}
    outcome = read.run(
        request.source,
        request.contract,
        request.target,
        chunk_rows=request.chunk_rows,
        intake=request.intake,
        meta=request.meta,
    )
    return {"read": asdict(outcome)}


class _Kept:
    """What is raised in the block becomes its answer, as the hook of a child makes it one."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}

    def __enter__(self) -> _Kept:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if kind is None or error is None or not issubclass(kind, Exception):
            return False
        self.answer = _trouble(kind, error, trace)
        return True


def here(request: Request) -> dict[str, Any]:
    """The answer from this very process, for systems that cannot fork (Windows): the same words, and no limits."""
    with _Kept() as kept:
        kept.answer = json.loads(json.dumps(_found(request), ensure_ascii=False))
    return kept.answer


def _trouble(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> dict[str, Any]:
    """What was raised, without its text: texts of libraries quote cells. Our own errors keep theirs."""
    if isinstance(error, HubError):
        return {"error": kind.__name__, "message": str(error)}
    if isinstance(error, MemoryError):
        return {"broken": "memory"}
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return {"broken": "output"}
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return {"error": "TryAgain", "message": "no space is left for the artefact of a delivery"}
    if isinstance(error, OSError) and error.errno in (errno.EIO, errno.EROFS):  # not the sender's fault
        return {"error": "CallOperator", "message": "this machine's disk fails under the artefact of a delivery"}
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return {"broken": f"{kind.__name__} at {place}"}


def _tell(answer: int, found: dict[str, Any]) -> None:
    content = json.dumps(found, ensure_ascii=False).encode("utf-8", "backslashreplace")
    while content:
        content = content[os.write(answer, content) :]
    os._exit(0)


def _serve(request: Request) -> bytes:
    """Fork, wait, give the child's own words; or what became of it when it had none."""
    mine, its = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(mine)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        _parse(request, its)
    os.close(its)
    words, late = _listen(mine, request.limits.seconds)
    os.close(mine)
    if late:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if words and not late:
        return words
    signalled = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    reason = "time" if late or signalled == signal.SIGXCPU else f"signal {signalled}" if signalled else "silence"
    return json.dumps({"broken": reason}).encode()


def _listen(pipe: int, seconds: float) -> tuple[bytes, bool]:
    """Everything that the child writes until it ends; True when it took too long or said too much."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    poll.register(0, select.POLLHUP)
    end = time.monotonic() + seconds
    words = b""
    while (left := end - time.monotonic()) > 0 and len(words) <= LONGEST_ANSWER:
        for handle, event in poll.poll(left * 1000):
            if handle == 0 and event & (select.POLLHUP | select.POLLERR):
                os._exit(0)  # the hub has gone, and the child goes with this process
            if handle == pipe:
                piece = os.read(pipe, 1 << 16)
                if not piece:
                    return words, False
                words += piece
    return b"", True


def _load() -> None:
    """Everything that a reader needs, once: also what Arrow and the codecs would fetch at their first use."""
    import codecs

    import numpy as np
    import pyarrow as pa

    import hub.stages.read  # noqa: F401

    codecs.lookup("gb18030")
    codecs.lookup("gbk")
    pa.array(np.zeros(1))


def _keep_memory() -> None:
    """Every block of a file needs the memory of the one before: to give it back and take it anew costs a tenth."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):  # glibc
        library.mallopt(_M_MMAP_THRESHOLD, _FROM_HEAP)
        library.mallopt(_M_TRIM_THRESHOLD, _KEPT)


def main() -> None:
    """Serve until stdin ends."""
    _keep_memory()
    _load()
    while len(head := sys.stdin.buffer.read(LENGTH)) == LENGTH:
        content = sys.stdin.buffer.read(int.from_bytes(head, "big"))
        words = _serve(pickle.loads(content))
        sys.stdout.buffer.write(len(words).to_bytes(LENGTH, "big") + words)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
