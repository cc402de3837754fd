"""Stage collect (归集): take from an inbox what is complete, copy it, and look again before believing it.

Complete, in this order of trust: a manifest whose hash fits; a marker or manifest that was put after the file; without
one, size and time unchanged for the settling time on our clock together with a structure that ends where it should; or
unchanged for as long as our patience lasts. Nothing is claimed by renaming it: a renamed file can keep growing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path

from connectors.faults import Failed, Missing, Refused, TooLarge
from connectors.sftp import Entry, Session
from hub.contract.handing_over import HandingOver
from hub.contract.model import Contract
from hub.stages import markers, sender_manifest
from hub.stages.ending import ends_well
from hub.stages.sender_manifest import LONGEST_REASON as LONGEST_REASON
from hub.stages.sender_manifest import Said

UNFINISHED = (".part", ".tmp", ".filepart", ".uploading", ".crdownload")
MANIFEST = ".ok"
MANIFEST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that lies in a department's inbox, and its manifest when there is one."""

    department: str
    entry: Entry
    manifest: Entry | None  # or the marker, where one was agreed
    signature: Entry | None = None
    over: HandingOver = field(default_factory=HandingOver)  # what was agreed for files of this name


class Wait(Enum):
    """Why a file is not taken now."""

    MOVES = "moves"  # it still changes, or has not stood still for long enough
    MANIFEST = "manifest"  # its manifest says otherwise, or cannot be understood
    UNREADABLE = "unreadable"  # the server does not let us read it
    UNFINISHED = "unfinished"  # its name says that it is being sent
    ALONE = "alone"  # a manifest without its file
    MISFIT = "misfit"  # its marker says otherwise, or cannot be understood
    MARKER = "marker"  # the marker that was agreed is not there


@dataclass(frozen=True, slots=True)
class Looked:
    """What one pass over the inboxes saw. ``unreadable``: departments whose folder would not be listed, and why."""

    files: list[Seen]
    left: list[tuple[Seen, Wait]]  # never taken: temporary names, manifests without a file
    unreadable: dict[str, Refused | Failed]


@dataclass(frozen=True, slots=True)
class Taken:
    """A file whose bytes were copied and did not change meanwhile. ``too_large``: only its size is known."""

    seen: Seen
    file: Path
    sha256: str
    size: int
    too_large: bool = False
    said: Said = field(default_factory=Said)  # mode, reason and number of rows, from the manifest
    signature: bytes | None = None


def look(
    session: Session,
    root: str,
    departments: Sequence[str],
    folder: str = "inbox",
    ways: markers.Ways = markers.nothing_agreed,
) -> Looked:
    """Every file that lies in that folder of a department, hidden names left out; all folders in one pass.

    A department without the folder has none. ``ways``: what was agreed for files of a name.
    """
    looked = Looked([], [], {})
    there = set(session.folders(root))
    paths = {
        f"{root.rstrip('/')}/{department}/{folder}": department for department in departments if department in there
    }
    for path, found in session.files_in(list(paths)).items():
        if isinstance(found, Missing):
            continue
        if isinstance(found, (Refused, Failed)):
            looked.unreadable[paths[path]] = found
            continue
        _sort(looked, paths[path], found, ways)
    return looked


def _sort(looked: Looked, department: str, found: Sequence[Entry], ways: markers.Ways) -> None:
    entries = {entry.path: entry for entry in found}  # names for people may be the same in two encodings
    for path, entry in entries.items():
        if entry.name.startswith("."):
            continue
        over = ways(department, entry.name)
        manifest = _manifest_of(path, entries)
        if over.marker is not None:
            manifest = markers.marker_of(path, over.marker, entries)
        seen = Seen(department, entry, manifest, entries.get(path + markers.SIGNATURE), over)
        name = path.lower()
        if over.marker is not None and markers.is_marker(path, over.marker):
            if not markers.belongs(path, over.marker, entries):
                looked.left.append((seen, Wait.ALONE))
            continue
        if name.endswith(markers.SIGNATURE):  # it may have been sent before its file
            if path[: -len(markers.SIGNATURE)] not in entries:
                looked.left.append((seen, Wait.ALONE))
            continue
        if name.endswith(UNFINISHED):
            looked.left.append((seen, Wait.UNFINISHED))
        elif over.marker is not None and manifest is None and not name.endswith(MANIFEST):
            looked.left.append((seen, Wait.MARKER))
        elif not name.endswith(MANIFEST):
            looked.files.append(seen)
        elif path[: -len(MANIFEST)] not in entries:
            looked.left.append((seen, Wait.ALONE))


def _manifest_of(path: str, entries: Mapping[str, Entry]) -> Entry | None:
    return entries.get(path + MANIFEST) or entries.get(path + MANIFEST.upper())


def left_behind(folder: Path, server: str) -> list[Path]:
    """Copies that a run over this server left when it was killed, or that came back with a power cut."""
    return sorted(folder.glob(f"{_mark(server)}-*"))


def _mark(server: str) -> str:
    return hashlib.sha256(server.encode()).hexdigest()[:8]


def take(
    session: Session,
    seen: Seen,
    still: float,
    folder: Path,
    *,
    settle: float,
    patience: float,
    limit: int,
    server: str = "",
) -> Taken | Wait:
    """Copy one file to ``folder`` when it is complete.

    ``still``: seconds for which its size and time have not moved. ``server`` keeps the copies of two servers apart that
    are emptied side by side. Raises Unreachable when the connection breaks.
    """
    try:
        said = None if seen.manifest is None else _said(session, seen, seen.manifest)
        if isinstance(said, Wait):
            return said
        if seen.over.signature is not None and seen.signature is None and still < patience:
            return Wait.MOVES
        if (said is None or not _may_be_trusted(seen, said)) and still < settle:
            return Wait.MOVES
        name = seen.entry.path.encode("utf-8", "surrogateescape")
        file = folder / f"{_mark(server)}-{hashlib.sha256(name).hexdigest()[:16]}"
        taken: Taken | Wait = Wait.MOVES
        try:
            taken = _copied(session, seen, said, file, limit)
            if isinstance(taken, Taken) and not taken.too_large:
                taken = _judged(taken, still, settle, patience)
        finally:
            if isinstance(taken, Wait):
                file.unlink(missing_ok=True)  # no rows lie about while the file waits
    except (Refused, Failed):
        return Wait.UNREADABLE
    return taken


def _said(session: Session, seen: Seen, manifest: Entry) -> Said | Wait:
    try:
        content = session.read(manifest.path, MANIFEST_BYTES)
    except Missing:
        return Wait.MOVES
    except TooLarge:
        return _otherwise(seen)
    marker = seen.over.marker
    said = sender_manifest.read(content) if marker is None else markers.read(content, marker)
    return _otherwise(seen) if said is None or not said.fits(seen.entry.name, seen.entry.size) else said


def _otherwise(seen: Seen) -> Wait:
    return Wait.MANIFEST if seen.over.marker is None else Wait.MISFIT


def _may_be_trusted(seen: Seen, said: Said) -> bool:
    """Whether the manifest is about the file as it is now: it gives its hash, or was not put before it.

    A marker that is older than its file was put too early, or lies there for the file that had this name before.
    """
    return bool(said.hashes) or (seen.manifest is not None and seen.manifest.modified >= seen.entry.modified)


def _read_signature(session: Session, signature: Entry) -> bytes:
    try:
        return session.read(signature.path, markers.LONGEST_SIGNATURE)
    except (Missing, TooLarge):
        return b""  # fits nothing


def _copied(session: Session, seen: Seen, said: Said | None, file: Path, limit: int) -> Taken | Wait:
    try:
        with file.open("wb") as target:
            session.fetch(seen.entry.path, target, limit=limit)
            target.flush()
            os.fsync(target.fileno())
    except TooLarge:
        file.write_bytes(b"")
        return Taken(seen, file, _stand_in(seen.entry), seen.entry.size, too_large=True)
    except Missing:
        return Wait.MOVES
    signature = None if seen.signature is None else _read_signature(session, seen.signature)
    for entry in (seen.entry, seen.manifest, seen.signature):
        if entry is not None and session.stat(entry.path) != entry:
            return Wait.MOVES
    size = file.stat().st_size
    if size != seen.entry.size:
        return Wait.MOVES
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return Taken(seen, file, sha256, size, said=said or Said(), signature=signature)


def _judged(taken: Taken, still: float, settle: float, patience: float) -> Taken | Wait:
    """Whether the copy is the whole file, as far as anybody can tell."""
    manifest, entry = taken.seen.manifest, taken.seen.entry
    if not taken.said.hashed(taken.file):
        return _otherwise(taken.seen)  # never overruled, however long it takes: the sender knows what was to come
    if taken.said.hashes or (manifest is not None and manifest.modified > entry.modified):
        return taken
    vouched = taken.said.size is not None or ends_well(taken.file)
    if manifest is not None and manifest.modified == entry.modified and vouched:
        return taken  # of the same second: it may be that of the file that had this name before
    return taken if (vouched and still >= settle) or still >= patience else Wait.MOVES


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
