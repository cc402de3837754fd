"""Read a delivery in a confined process (隔离读取): a bomb ends the child, and that is a finding with a receipt."""

from __future__ import annotations

import atexit
import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import IO, Any

from hub import errors
from hub.contract.model import Contract, Intake
from hub.errors import CallOperator
from hub.findings import Finding
from hub.receipts.meta import Line, Meta
from hub.stages.formats.outcome import Read, Told
from hub.stages.parser_process import LENGTH, LONGEST_ANSWER, Limits, Request, here

__all__ = ["Limits", "run"]

_REASONS = {
    "memory": "读取时占用的内存超过了上限。",
    "output": "读出的内容超过了上限。",
    "time": "读取时间超过了上限。",
}


def run(
    source: Path,
    contract: Contract,
    target: Path,
    *,
    chunk_rows: int = 200_000,
    intake: Intake | None = None,
    limits: Limits | None = None,
    follow: Path | None = None,
    meta: Meta | None = None,
) -> Read:
    """``hub.stages.read.run``, in a child with limits on memory, time, output and open files.

    A child that breaks its limits or dies gives FIL-BROKEN (S); one that was killed from outside is tried once more. An
    error of the hub's own classes is raised here as it was there. ``follow``: an empty folder in which row groups are
    announced as they are read (``hub.stages.following``).
    """
    request = Request(source.absolute(), contract, target.absolute(), chunk_rows, intake, limits or Limits(), follow)
    request = replace(request, meta=meta)
    try:
        answer = _ask(request)
        if answer.get("broken") == "signal 9":  # the system was short of memory, or somebody did it by hand
            answer = _ask(replace(request, follow=None))
    finally:
        for left in target.parent.glob(f".{target.name}.*.part"):
            left.unlink()
    if "read" in answer:
        return _outcome(answer["read"])
    if "error" in answer:
        kind = getattr(errors, answer["error"])
        raise kind(answer["message"])
    reason = str(answer["broken"])
    target.unlink(missing_ok=True)
    return Read(0, (Finding("FIL-BROKEN", detail=_REASONS.get(reason, f"读取程序中途停止，代号“{reason}”。")),))


def mark(source: Path, limits: Limits | None = None) -> list[Line] | None:
    """``hub.stages.formats.returned_workbook.mark``, in a child; what ends the child has no mark."""
    answer = _ask(Request(source.absolute(), None, source.absolute(), 1, None, limits or Limits()))
    said = answer.get("mark")
    return None if said is None else [tuple(line) for line in said]


def _outcome(found: dict[str, Any]) -> Read:
    findings = tuple(Finding(**finding) for finding in found.pop("findings"))
    footers = tuple((row, text) for row, text in found.pop("footers"))
    totals = found.pop("totals")
    return Read(**found, findings=findings, footers=footers, totals=None if totals is None else Told(**totals))


class _Server:
    """One parser process of this process, started when it is first needed."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        # Nothing of the hub's environment: settings hold secrets that a parser has no use for.
        told = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1"}
        alone = ("-S", "-s") if sys.flags.no_site else ()  # as this process: no packages of the machine
        self.process = subprocess.Popen(
            (sys.executable, *alone, "-m", "hub.stages.parser_process"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=told,
            cwd="/",
        )

    def ask(self, request: Request) -> dict[str, Any] | None:
        """The answer, or None when the server has died."""
        content = pickle.dumps(request)
        talk, listen = _pipe(self.process.stdin), _pipe(self.process.stdout)
        try:
            talk.write(len(content).to_bytes(LENGTH, "big") + content)
            talk.flush()
        except BrokenPipeError:
            return None
        head = listen.read(LENGTH)
        size = int.from_bytes(head, "big")
        if len(head) < LENGTH or size > 2 * LONGEST_ANSWER:
            return None
        found: dict[str, Any] = json.loads(listen.read(size))
        return found

    def close(self) -> None:
        """End it; a fork of the owner must leave it alone."""
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
            _pipe(self.process.stdin).close()
            _pipe(self.process.stdout).close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise CallOperator("the parser process has no pipes")
    return stream


_server: _Server | None = None
_one_at_a_time = Lock()


def _ask(request: Request) -> dict[str, Any]:
    global _server
    if not hasattr(os, "fork"):  # the kit on a clerk's Windows, whose own file it is
        return here(request)
    with _one_at_a_time:
        for _ in range(2):
            if _server is None or _server.owner != os.getpid():
                _server = _Server()
            answer = _server.ask(request)
            if answer is not None:
                return answer
            _server.close()
            _server = None
    raise CallOperator("the parser process cannot be started, or dies at once")


@atexit.register
def _end() -> None:
    if _server is not None:
        _server.close()
