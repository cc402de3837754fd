"""Make the kit: one zip that Python starts. The same contracts, code, packages and day give the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import sysconfig
import zipfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from hub.contract import kit_files
from hub.errors import NotFound
from hub.kit import packages
from hub.line.hub import Hub

BEGINNING = b"#!/usr/bin/env python3\n"  # lets a Linux run the file by its name
_SAME_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can name
_NOT_TAKEN = ("hub/demo/", "hub/ledger/migrations/", "hub/cli/", "hub/kit/making.py", "hub/kit/packages.py")


def make(hub: Hub, department: str | None, wheels: Path | None = None, level: int = 9) -> tuple[bytes, dict[str, Any]]:
    """The kit of a department, or of all of them, and what its list says of it.

    ``wheels``: a folder of wheels instead of this installation's packages. ``level``: of the compression, 1 to 9.
    ``NotFound`` for a department that delivers no files, and for a folder without wheels.
    """
    chosen = kit_files.of_department(hub.contracts.values(), department)
    if not chosen:
        raise NotFound("no contract has a way in for files of this department")
    contents: dict[str, bytes] = {"run.py": files("hub.kit").joinpath("inside.py").read_bytes()}
    contents |= kit_files.files_of(chosen, hub.contracts, hub.settings.schemas, hub.settings.expectations)
    theirs = packages.installed() if wheels is None else packages.from_wheels(wheels)
    for path, content in (*_ours(), *packages.stand_ins(), *theirs):
        contents[f"lib/{path}"] = content
    listed = {
        "made": hub.today().isoformat(),
        "department": department,
        "python": packages.python_of(wheels) if wheels else "{}.{}".format(*sys.version_info[:2]),
        "platform": packages.platform_of(wheels) if wheels else _here(),
        "contracts": {one.dataset: {"title": one.title, "version": one.version} for one in chosen},
        "calendar_end": _calendar_end(hub, chosen),
        "files": {path: [len(contents[path]), hashlib.sha256(contents[path]).hexdigest()] for path in sorted(contents)},
    }
    return _zip(contents, listed, level), listed


def _here() -> str:
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


def _calendar_end(hub: Hub, chosen: tuple[Any, ...]) -> str | None:
    return hub.calendar.last.isoformat() if any(one.working_days is not None for one in chosen) else None


def _ours() -> Iterator[tuple[str, bytes]]:
    for package in ("hub", "connectors"):
        for path, file in _walk(files(package), f"{package}/"):
            if not path.startswith(_NOT_TAKEN):
                yield path, file.read_bytes()


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for one in folder.iterdir():
        if one.is_dir():
            if one.name != "__pycache__":
                yield from _walk(one, f"{path}{one.name}/")
        elif not one.name.endswith(".pyc"):
            yield f"{path}{one.name}", one


def _zip(contents: Mapping[str, bytes], listed: Mapping[str, Any], level: int) -> bytes:
    out = io.BytesIO()
    out.write(BEGINNING)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=level) as kit:
        start = files("hub.kit").joinpath("start.py").read_bytes()
        catalogue = json.dumps(listed, ensure_ascii=False, sort_keys=True).encode()
        for path, content in (("__main__.py", start), ("kit.json", catalogue), *sorted(contents.items())):
            entry = zipfile.ZipInfo(path, _SAME_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            kit.writestr(entry, content, compresslevel=level)
    return out.getvalue()


def checksum(content: bytes, name: str) -> str:
    """The line of ``sha256sum`` for the file that lies beside the kit."""
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n"
