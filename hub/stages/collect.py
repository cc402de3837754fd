"""Stage collect (归集): take from an inbox what is complete, copy it, and look again before believing it.

Complete, in this order of trust: a matching ``.ok`` manifest; without one, size and time unchanged for the settling
time on our clock together with a structure that ends where it should; or unchanged for as long as our patience lasts.
Nothing is claimed by renaming it: a renamed file can keep growing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from connectors.faults import Missing, TooLarge
from connectors.sftp import Entry, Session
from hub.contract.model import Contract
from hub.stages.ending import ends_well
from hub.stages.file_names import MODES

UNFINISHED = (".part", ".tmp", ".filepart", ".uploading", ".crdownload")
MANIFEST = ".ok"
MANIFEST_BYTES = 65_536
LONGEST_REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that lies in a department's inbox, and its manifest when there is one."""

    department: str
    entry: Entry
    manifest: Entry | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A file whose bytes were copied and did not change meanwhile. ``too_large``: only its size is known."""

    seen: Seen
    file: Path
    sha256: str
    size: int
    too_large: bool = False
    said: Mapping[str, str] = field(default_factory=dict)  # mode and reason, from the manifest


def look(session: Session, root: str, departments: Sequence[str], folder: str = "inbox") -> list[Seen]:
    """Every file that lies in that folder of a department, temporary and hidden names left out.

    A department without the folder has none.
    """
    found: list[Seen] = []
    there = set(session.folders(root))
    for department in departments:
        if department not in there:
            continue
        try:
            entries = {entry.name: entry for entry in session.files(f"{root.rstrip('/')}/{department}/{folder}")}
        except Missing:
            continue
        for name, entry in entries.items():
            if name.startswith(".") or name.lower().endswith(UNFINISHED) or _is_manifest(name, entries):
                continue
            found.append(Seen(department, entry, entries.get(name + MANIFEST)))
    return found


def _is_manifest(name: str, entries: Mapping[str, Entry]) -> bool:
    return name.endswith(MANIFEST) and name.removesuffix(MANIFEST) in entries


def take(
    session: Session, seen: Seen, still: float, folder: Path, *, settle: float, patience: float, limit: int
) -> Taken | None:
    """Copy one file to ``folder`` when it is complete; None when it has to wait.

    ``still``: seconds for which its size and time have not moved. Raises the connector's faults.
    """
    if seen.manifest is None and still < settle:
        return None
    file = folder / hashlib.sha256(seen.entry.path.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    taken: Taken | None = None
    try:
        taken = _copied(session, seen, still >= patience, file, limit)
    finally:
        if taken is None:
            file.unlink(missing_ok=True)  # no rows lie about while the file waits
    return taken


def _copied(session: Session, seen: Seen, patience_ended: bool, file: Path, limit: int) -> Taken | None:
    try:
        with file.open("wb") as target:
            session.fetch(seen.entry.path, target, limit=limit)
            target.flush()
            os.fsync(target.fileno())
    except TooLarge:
        file.write_bytes(b"")
        return Taken(seen, file, _stand_in(seen.entry), seen.entry.size, too_large=True)
    except Missing:
        return None
    again = session.stat(seen.entry.path)
    size = file.stat().st_size
    if again is None or (again.size, again.modified) != (seen.entry.size, seen.entry.modified) or size != again.size:
        return None
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    if seen.manifest is None:
        return Taken(seen, file, sha256, size) if patience_ended or ends_well(file) else None
    # A manifest that says otherwise is never overruled: the sender knows what was to come.
    said = _manifest(session, seen.manifest, size, sha256)
    return None if said is None else Taken(seen, file, sha256, size, said=said)


def _manifest(session: Session, manifest: Entry, size: int, sha256: str) -> dict[str, str] | None:
    """What a manifest that fits says of mode and reason; None when it does not fit the file.

    An empty manifest says «complete»; otherwise JSON whose ``size`` and ``sha256``, where given, must fit, and whose
    ``mode``, where given, must be one that there is.
    """
    try:
        content = session.read(manifest.path, MANIFEST_BYTES)
    except (TooLarge, Missing):
        return None
    if not content.strip():
        return {}
    try:
        said = json.loads(content)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("mode", MODES[0]) not in MODES:
        return None
    if said.get("size", size) != size or str(said.get("sha256", sha256)).lower() != sha256:
        return None
    return {name: str(said[name])[:LONGEST_REASON] for name in ("mode", "reason") if said.get(name)}


def dataset_of(file_name: str, department: str, contracts: Sequence[Contract]) -> str | None:
    """The dataset of a department's file, by the patterns of the contracts; None when not exactly one fits."""
    name = file_name.lower()
    fits = {
        contract.dataset
        for contract in contracts
        for pattern in _patterns(contract, department)
        if fnmatchcase(name, pattern.lower())
    }
    return fits.pop() if len(fits) == 1 else None


def _patterns(contract: Contract, department: str) -> Iterator[str]:
    for intake in contract.intakes:
        if intake.department == department:
            yield from intake.patterns


def _stand_in(entry: Entry) -> str:
    """Identity of a file that was too large to copy: of its name, size and time, not of its content."""
    said = f"{entry.path}\x1f{entry.size}\x1f{entry.modified}"
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()
