"""Forms and explanations go into the departments' ``templates`` folders, and follow their contracts (下发材料).

A folder is compared by content, so that running it again writes nothing. ``handouts.json`` in home remembers by server
what was put where: what a department has no use for any more is taken away, and nothing that others laid there is
touched. When the file is lost, only that is forgotten. The names of ``hub.receipts.handouts`` are the hub's own.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hub.errors import HubError
from hub.failpoints import reached
from hub.ledger.locks import exclusive
from hub.receipts.handouts import handouts
from hub.settings import SftpServer
from hub.stages import handing_out
from hub.stages.link import session
from hub.store import sync_folder

if TYPE_CHECKING:
    from hub.line.hub import Hub

FILE = "handouts.json"
FOLDER = "templates"
LOCK = "handouts"
COUNTS = ("departments", "written", "unchanged", "removed", "without_folder")

Files = Mapping[str, Mapping[str, bytes]]  # by department: content by file name
Memory = dict[str, dict[str, Any]]  # by server: ``current`` and ``names`` by department


def publish(hub: Hub, *, look: bool = True) -> dict[str, int]:
    """Bring the ``templates`` folders of every server up to date; gives ``COUNTS``.

    ``look``: at every server; else at one that has had its look today only when a contract has changed since. So what
    was lost there comes back on the next day, and a new folder is filled. A server that fails keeps no other waiting;
    the first error is raised at the end.
    """
    counts = dict.fromkeys(COUNTS, 0)
    errors: list[HubError] = []
    if not hub.settings.sftp:
        return counts
    wanted = _wanted(hub)
    current = f"{hub.today()} {_fingerprint(wanted)}"
    with exclusive(hub.ledger, LOCK, lease_seconds=hub.settings.lease_seconds):
        memory = _remembered(hub)
        for name, server in hub.settings.sftp.items():
            known = memory.setdefault(name, {"current": "", "names": {}})
            if known["current"] == current and not look:
                continue
            try:
                with session(server) as opened:
                    _serve(hub, memory, name, server, opened, wanted, counts)
            except HubError as error:
                errors.append(error)
                continue
            known["current"] = current
            _remember(hub, memory)
    if errors:
        raise errors[0]
    return counts


def _wanted(hub: Hub) -> Files:
    forms: dict[str, bytes] = {}
    contracts = tuple(hub.contracts.values())
    return {
        department.id: handouts(hub.county, department, contracts, hub.today(), forms)
        for department in hub.county.departments
    }


def _fingerprint(wanted: Files) -> str:
    """Of everything that should lie in the folders."""
    total = hashlib.sha256()
    for department, files in sorted(wanted.items()):
        for name, content in sorted(files.items()):
            total.update(f"{department}/{name}:{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _serve(
    hub: Hub, memory: Memory, name: str, server: SftpServer, opened: Any, wanted: Files, counts: dict[str, int]
) -> None:
    """Every department that has its folder on one server."""
    root = server.root.rstrip("/")
    there = set(opened.folders(server.root))
    names: dict[str, list[str]] = memory[name]["names"]
    for department, files in wanted.items():
        if not files and not names.get(department):
            continue
        if department not in there or FOLDER not in opened.folders(f"{root}/{department}"):
            counts["without_folder"] += 1
            continue
        before = set(names.get(department, ()))
        if not set(files) <= before:
            names[department] = sorted({*before, *files})  # whoever dies among them still knows which are the hub's
            _remember(hub, memory)
        laid = handing_out.run(opened, f"{root}/{department}/{FOLDER}", files, before - set(files))
        for what, count in asdict(laid).items():
            counts[what] += count
        names[department] = sorted(files)
        counts["departments"] += 1


def _remembered(hub: Hub) -> Memory:
    file = hub.home / FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _remember(hub: Hub, memory: Memory) -> None:
    file = hub.home / FILE
    content = json.dumps(memory, ensure_ascii=False, sort_keys=True, indent=1)
    if file.exists() and file.read_text(encoding="utf-8") == content:
        return
    temporary = file.with_name(f".{file.name}.part")
    with temporary.open("w", encoding="utf-8") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    reached("handout.before_rename")
    temporary.replace(file)
    sync_folder(file.parent)
