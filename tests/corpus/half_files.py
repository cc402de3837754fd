"""Files whose structure tells their end, and writers that work on the server's disk step by step."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.sftp import Session

EPOCH = 1_790_000_000
OLD = 1_700_000_000
LONG = 100.0


def workbook(rows: int) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b"".join(b"<r>%d</r>" % (row * row) for row in range(rows)))
    return memory.getvalue()


def objects(rows: int) -> bytes:
    return json.dumps([{"a": row} for row in range(rows)]).encode()


def elements(rows: int) -> bytes:
    return b"<R>" + b"".join(b"<ROW>%d</ROW>" % row for row in range(rows)) + b"</R>"


def dbase(rows: int) -> bytes:
    head = bytes([3, 126, 11, 25]) + rows.to_bytes(4, "little") + (65).to_bytes(2, "little") + (9).to_bytes(2, "little")
    field = b"CODE".ljust(11, b"\0") + b"C" + bytes(4) + bytes([8, 0]) + bytes(14)
    return head.ljust(32, b"\0") + field + b"\r" + b"".join(b" %08d" % row for row in range(rows)) + b"\x1a"


MAKING: dict[str, Callable[[int], bytes]] = {"xlsx": workbook, "json": objects, "xml": elements, "dbf": dbase}


def manifest(**said: object) -> bytes:
    """A manifest in JSON."""
    return json.dumps(said, ensure_ascii=False).encode()


def put(place: Path, content: bytes, at: float = EPOCH) -> Path:
    place.write_bytes(content)
    os.utime(place, (at, at))
    return place


@contextmanager
def while_copying(act: Callable[[], object]) -> Iterator[list[int]]:
    """Do something once, right after the first piece of the next file has come."""
    fetch, done = Session.fetch, list[int]()

    class Target:
        def __init__(self, target: Any) -> None:
            self.target = target

        def write(self, piece: bytes) -> None:
            self.target.write(piece)
            if not done:
                done.append(len(piece))
                act()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Session, "fetch", lambda self, path, target, *, limit: fetch(self, path, Target(target), limit=limit)
        )
        yield done
