"""Backups (备份): the ledger at one moment, every blob that it names, the tombstones, and a manifest over all of it.

The database first: a blob lies in the store before its row is written, so whatever the snapshot names is there. It runs
beside a working hub, and never beside an erasure. Keys go in only when they are asked for.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.errors import VerificationFailed, WrongUsage, disk_faults
from hub.failpoints import reached
from hub.ledger import data_keys, evidence, expiry, snapshots
from hub.ledger.locks import exclusive
from hub.ledger.tables import delivery, event
from hub.line import manifest, master_keys, rulebooks, tombstones
from hub.line.expiring import LOCK
from hub.sealed_blobs import header_of
from hub.store import Store, sync_folder

if TYPE_CHECKING:
    from hub.line.hub import Hub

BESIDE = (tombstones.FOLDER, rulebooks.CONTRACTS, rulebooks.PACKS)  # small files beside the blobs
KEYS = ("record.key", "checkpoint.key")


@disk_faults("backup")
def backup(hub: Hub, folder: Path, base: Path | None = None, *, with_keys: bool = False) -> dict[str, Any]:
    """Write a backup to a folder that is not there yet; gives its facts. ``base``: an earlier one, for hard links."""
    folder = folder.absolute()
    if folder.exists():
        raise WrongUsage("the folder of a backup must not be there yet")
    earlier = manifest.verified(base) if base is not None else None
    part = folder.with_name(f".{folder.name}.part")
    if part.exists():  # of a run that was killed
        _writes()
        shutil.rmtree(part)
    part.mkdir(parents=True)
    with exclusive(hub.ledger, LOCK, lease_seconds=hub.settings.lease_seconds):
        facts = _database(hub, part)
        wanted = facts.pop("blobs")
        for sha256 in wanted:
            _blob(hub, sha256, part, base if earlier and _path(sha256) in earlier.files else None)
    for kind in BESIDE:
        for name in hub.store.names(kind):
            _small(part / "store" / kind / name, hub.store.get(f"{kind}/{name}"))
    if with_keys:
        for name, key in (_keys(hub) | master_keys.kept(hub.settings, hub.home)).items():
            _small(part / "keys" / name, key, 0o600)
    facts |= {"blobs": len(wanted), "with_keys": with_keys, "marks": manifest.marks(hub)}
    manifest.write(part, facts)
    _flush(part)
    reached("backup.before_rename")
    part.rename(folder)
    sync_folder(folder.parent)
    return facts


def _database(hub: Hub, part: Path) -> dict[str, Any]:
    """Write the snapshot; gives its facts and the blobs that it names."""
    kind = hub.ledger.dialect.name
    with snapshots.taken(hub.ledger, part / snapshots.NAMES[kind]) as connection:
        checkpoint = evidence.latest_checkpoint(connection)
        return {
            "county": hub.county.division,
            "at": evidence.moment(hub.now()),
            "database": kind,
            "events": connection.scalar(sa.select(sa.func.max(event.c.sequence))) or 0,
            "checkpoint": checkpoint,
            "master_keys": sorted(data_keys.masters_in_use(connection)),  # without them its identifiers stay sealed
            "blobs": list(_named(hub, connection)),
        }


def _named(hub: Hub, connection: sa.Connection) -> Iterator[str]:
    """Blobs of the snapshot's deliveries that are to be there; ``VerificationFailed`` when one is missing."""
    lost: set[str] | None = None
    for sha256 in connection.scalars(sa.select(delivery.c.sha256).distinct().order_by(delivery.c.sha256)).all():
        if hub.store.has(sha256):
            yield sha256
            continue
        lost = set(_never_stored(connection)) if lost is None else lost
        if sha256 not in lost and expiry.blob_erased_at(connection, sha256) is None:
            raise VerificationFailed(f"blob {sha256} is missing, and no event tells of an erasure")


def _never_stored(connection: sa.Connection) -> list[str]:
    """Files that were larger than what is taken: told by their arrival."""
    numbers = connection.scalars(sa.select(event.c.sequence).where(event.c.kind == "landed")).all()
    bodies = (evidence.by_sequence(connection, number)["body"] for number in numbers)
    return [body["sha256"] for body in bodies if body is not None and not body.get("stored", True)]


def _writes() -> None:
    reached("backup.before_write")


def _path(sha256: str) -> str:
    return f"store/{sha256[:2]}/{sha256}"


def _blob(hub: Hub, sha256: str, part: Path, base: Path | None) -> None:
    """Copy a blob as it lies and hash it; one that an earlier backup has is linked, for its hash was just checked."""
    target = part / _path(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    if base is not None and _sealed_alike(hub, sha256, base / _path(sha256)):
        try:
            _writes()
            target.hardlink_to(base / _path(sha256))
            return
        except OSError:
            target.unlink(missing_ok=True)  # on another disk: copied
    _writes()
    hub.store.take(sha256, target)  # nobody sees it before the backup has its name


def _sealed_alike(hub: Hub, sha256: str, earlier: Path) -> bool:
    """Whether both are one sealing: a blob that came again after its erasure is sealed under another key."""
    with earlier.open("rb") as stream:
        return header_of(stream) == hub.store.seal_of(sha256)


def _keys(hub: Hub) -> dict[str, bytes]:
    given = hub.settings.checkpoint_key
    signing = (hub.home / KEYS[1]).read_bytes().strip() if given is None else given.get_secret_value().encode()
    return dict(zip(KEYS, (hub.record_key, signing), strict=True))


def _small(file: Path, content: bytes, mode: int = 0o644) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    _writes()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as target:
        target.write(content)


def _flush(folder: Path) -> None:
    """Everything below survives a power cut before the backup gets its name."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        else:
            sync_folder(file)
    sync_folder(folder)


def put_store(store: Store, folder: Path, files: dict[str, str]) -> int:
    """Bring what a backup holds of a store into one, as it lies there; gives how many blobs it did not have.

    The hashes in a manifest are of sealed bytes where they are sealed; a blob's own stands in its name.
    """
    new = 0
    for path in sorted(files):
        name = path.removeprefix("store/")
        if name == path:
            continue
        if name.partition("/")[0] in BESIDE:
            if not store.has_file(name):
                store.put(name, (folder / path).read_bytes())
            continue
        blob = name.rpartition("/")[2]
        if store.rehash(blob) != blob:
            if store.has(blob) and not store.lost(blob):
                raise VerificationFailed(f"blob {blob} has changed in the store: take it away first")
            store.give(blob, folder / path)
            new += 1
    return new
