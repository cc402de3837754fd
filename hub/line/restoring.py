"""Restoring (恢复): a backup into an empty ledger, then every newer withdrawal, before anything else may happen.

While the file ``restoring.json`` lies in home nothing opens the ledger but another try of the same restore. After it
the outlets are closed until a person confirms that every withdrawal since the backup is known: what the hub itself
cannot know is whether the tombstones that it was given are all. A restored outlet then begins with what it really
shows (``reconciling``).
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.errors import CallOperator, FixConfiguration, NotFound, VerificationFailed, WrongUsage, disk_faults
from hub.failpoints import reached
from hub.ledger import connect, evidence, expiry, outbox, snapshots, withdrawals
from hub.ledger.connect import reading, writing
from hub.ledger.records import bookkeeping, exists
from hub.ledger.tables import closed_outlet, event, restored, tombstone
from hub.line import erasing, keeping_keys, manifest, steering, tombstones
from hub.line.backing_up import KEYS, put_store
from hub.line.blob_keys import BlobKeys
from hub.line.hub import RESTORING, ZONE
from hub.line.manifest import Manifest
from hub.line.master_keys import FILE, MasterKeys, id_of
from hub.line.tombstones import DESTROYED, ERASED, LIFTED, Told
from hub.store import Store, sync_folder

if TYPE_CHECKING:
    from hub.line.hub import Hub


@disk_faults("restore")
def restore(hub: Hub, folder: Path, extra: Sequence[Path] = ()) -> dict[str, Any]:
    """Restore a backup; ``extra``: where else tombstones lie. Gives what was done; the outlets stay closed.

    A restore that was cut off is begun again by the same words.
    """
    backup = manifest.verified(folder)
    kind = sa.make_url(hub.settings.ledger).get_backend_name()
    if backup.facts["database"] != kind:
        raise FixConfiguration(f"this backup is of {backup.facts['database']}: set HUB_LEDGER_URL to such a database")
    if backup.facts["county"] != hub.county.division:
        raise FixConfiguration("this backup is of another county's hub")
    ledger = connect.engine(hub.settings.ledger, lambda: hub.signer, lambda: hub.vault)
    try:
        begun = _begun(hub, backup, empty=snapshots.is_empty(ledger))
        _keys(hub, backup, folder)
        if not begun:
            _begin(hub, backup)
        if snapshots.is_empty(ledger):
            snapshots.put_back(ledger, folder / snapshots.NAMES[kind])
        ledger.dispose()
        ledger = snapshots.opened(hub.settings.ledger, lambda: hub.signer, lambda: hub.vault)
        keys = BlobKeys(lambda: ledger, hub.now)  # the store's own open with a ledger that is still closed
        blobs = put_store(Store(hub.settings.store, keys), folder, backup.files)
        told = tombstones.read(tombstones.of_store(hub) | tombstones.of_folders(extra))
        done = _apply(hub, ledger, backup, told)
        for one in tombstones.of_folders(extra).items():
            hub.store.put(f"{tombstones.FOLDER}/{one[0]}", one[1])
    finally:
        ledger.dispose()
    _writes()
    (hub.home / RESTORING).unlink()
    sync_folder(hub.home)
    newest = max((one.at for one in told), default=None)
    facts = {"backup_of": backup.facts["at"], "events": backup.facts["events"], "blobs_new": blobs}
    return facts | {"tombstones": len(told), "newest_tombstone": newest, **done}


def _writes() -> None:
    reached("restore.before_write")


def _begun(hub: Hub, backup: Manifest, *, empty: bool) -> bool:
    """Whether this restore was begun before; ``WrongUsage`` when something else is there already."""
    mark = hub.home / RESTORING
    if mark.exists():
        if json.loads(mark.read_text(encoding="utf-8"))["manifest"] != backup.sha256:
            raise WrongUsage("the restore of another backup was begun here: end that one, or empty home and ledger")
        return True
    if not empty:
        raise WrongUsage("a backup is restored into an empty ledger, and this one has tables")
    return False


def _begin(hub: Hub, backup: Manifest) -> None:
    """Close the hub before anything is there."""
    mark = hub.home / RESTORING
    temporary = mark.with_name(f".{mark.name}.part")
    with temporary.open("w", encoding="utf-8") as target:
        json.dump({"manifest": backup.sha256}, target)
        target.flush()
        os.fsync(target.fileno())
    _writes()
    temporary.replace(mark)
    sync_folder(hub.home)


def _keys(hub: Hub, backup: Manifest, folder: Path) -> None:
    """The keys of the backup's hub are here; those in the backup are taken where home has none."""
    hub.home.mkdir(parents=True, exist_ok=True)
    given = {KEYS[0]: hub.settings.record_key, KEYS[1]: hub.settings.checkpoint_key}
    for name, setting in given.items():
        file, kept = hub.home / name, folder / "keys" / name
        if setting is None and not file.exists():
            if not kept.is_file():
                raise FixConfiguration(f"the backup holds no keys: put {name} of then into {hub.home.name} first")
            _put(file, kept.read_bytes())
    _master_keys(hub, backup, folder)
    marks, said = manifest.marks(hub), backup.facts["marks"]
    if marks["record_key"] != said["record_key"]:
        raise FixConfiguration("the record key is not that of the backup: every record would get another id")
    if said["checkpoint_vkey"] not in hub.vkeys:
        raise FixConfiguration(
            "the checkpoint key is not that of the backup: name its public key in HUB_FORMER_CHECKPOINT_VKEYS"
        )


def _put(file: Path, content: bytes) -> None:
    _writes()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())


def _master_keys(hub: Hub, backup: Manifest, folder: Path) -> None:
    """Every master key under which the backup's data keys are wrapped is here, or in the backup."""
    masters = MasterKeys(hub.settings, hub.home)
    for kept in sorted((folder / "keys").glob(f"{FILE}*")):
        there = masters.read() if masters.file.exists() else {}
        if (key := id_of(bytes.fromhex(kept.read_text(encoding="ascii")))) not in there and not masters.given:
            _put(masters.file.with_name(f"{masters.file.name}.{key}") if there else masters.file, kept.read_bytes())
    wanted = set(backup.facts.get("master_keys", ()))
    there = masters.read() if wanted and masters.file.exists() else {}
    if missing := sorted(wanted - there.keys()):
        raise FixConfiguration(
            f"the backup's identifiers are sealed under master key {', '.join(missing)}: put its file back first, "
            f"as {masters.file.name}, or as {masters.file.name}.<id> beside a newer one"
        )


def _apply(hub: Hub, ledger: sa.Engine, backup: Manifest, told: Sequence[Told]) -> dict[str, Any]:
    """One transaction: newer withdrawals again, every outlet closed, events that tell of it. Twice changes nothing."""
    with writing(ledger, "restored") as connection:
        before = evidence.latest(connection, "restored")
        if before is not None and before["body"]["manifest"] == backup.sha256:
            said = before["body"]
            return _done(said["withdrawn_again"], said["erased_again"], said["lifts"])
        if connection.scalar(sa.select(sa.func.max(event.c.sequence))) != (backup.facts["events"] or None):
            raise VerificationFailed("the restored log has another length than its manifest says")
        now, count = hub.now(), 0
        pending, lifts = newer(connection, told)
        gone = unerased(connection, told)
        for dataset in sorted({dataset for dataset, _ in pending}):
            records = [(record, floor) for (whose, record), floor in sorted(pending.items()) if whose == dataset]
            again(hub, connection, dataset, records, now)
            count += len(records)
            evidence.append(connection, "reapplied", now, dataset=dataset, records=[list(one) for one in records])
        keeping_keys.again(connection, [one for one in told if one.kind == DESTROYED], now)
        erased = sum(erasing.again(hub, connection, dataset, record, now) for dataset, record in gone)
        day = now.astimezone(ZONE).date().isoformat()
        if connection.scalar(sa.select(restored.c.day).where(restored.c.day == day)) is None:
            connection.execute(restored.insert().values(day=day, at=now))
        connection.execute(closed_outlet.delete())
        for outlet in hub.outlet_list:  # those that are only asked, too
            connection.execute(closed_outlet.insert().values(outlet=outlet.id, since=now))
        facts = {"manifest": backup.sha256, "events": backup.facts["events"], "by": getpass.getuser()}
        evidence.append(connection, "restored", now, **facts, withdrawn_again=count, erased_again=erased, lifts=lifts)
        evidence.seal(connection, now)
    return _done(count, erased, lifts)


def _done(withdrawn: int, erased: int, lifts: int) -> dict[str, Any]:
    return {"withdrawn_again": withdrawn, "erased_again": erased, "stay_withdrawn": lifts}


def again(hub: Hub, connection: sa.Connection, dataset: str, records: Sequence[tuple[str, str]], now: datetime) -> None:
    """Withdraw records of a dataset, and tell every outlet to remove them, whatever it was told before."""
    contract = hub.contract(dataset)
    shape = hub.shape(contract)
    withdrawals.again(connection, shape, records, now)
    known = exists(connection, shape)
    last = [
        (record, max((one["version"] for one in bookkeeping(connection, shape, record)), default=0) if known else 0)
        for record, _ in records
    ]
    outbox.enqueue_deletes(connection, hub.receiving(contract), dataset, last, 0)
    if known:
        steering.enqueue_withdrawn(hub, connection, contract, [record for record, _ in records])


def newer(connection: sa.Connection, told: Sequence[Told]) -> tuple[dict[tuple[str, str], str], int]:
    """Floors by dataset and record that this ledger does not know, and how many of its tombstones were lifted later.

    Those stay: a person lifts them once more. Only a withdrawal from after the backup that was lifted again is passed
    over, because both are told.
    """
    pending: dict[tuple[str, str], str] = {}
    lifts = 0
    for one in sorted((one for one in told if one.kind != DESTROYED), key=lambda each: (each.at, each.sequence)):
        for record, floor in one.records:
            if one.kind == LIFTED:
                standing = _known(connection, one.dataset, record, "", None)
                lifts += pending.pop((one.dataset, record), None) is None and standing
            elif not _known(connection, one.dataset, record, floor, one):
                before = pending.get((one.dataset, record), "")
                pending[one.dataset, record] = max(before, floor)
    return pending, lifts


def unerased(connection: sa.Connection, told: Sequence[Told]) -> list[tuple[str, str]]:
    """Dataset and id of records that were erased on a person's behalf, and that this ledger may hold again."""
    found = set()
    for one in told:
        for record, _ in one.records if one.kind == ERASED else ():
            known = expiry.record_erased(connection, record)
            if known is None or not known["of_person"] or known["at"] < one.at:
                found.add((one.dataset, record))
    return sorted(found)


def _known(connection: sa.Connection, dataset: str, record: str, floor: str, told: Told | None) -> bool:
    """Whether the ledger has a tombstone at least as high and not older; without ``told``: one that still stands."""
    chosen = [tombstone.c.dataset == dataset, tombstone.c.record_id == record, tombstone.c.floor >= floor]
    chosen.append(tombstone.c.lifted_at.is_(None) if told is None else tombstone.c.at >= told.at)
    return bool(connection.scalar(sa.select(sa.exists().where(*chosen))))


def confirm(hub: Hub, reason: str) -> list[str]:
    """A person answers for it that every withdrawal since the backup is known: the outlets open with their next drain.

    ``NotFound`` when none is closed.
    """
    if not reason.strip():
        raise WrongUsage("a reason is needed")
    with writing(hub.ledger, "confirm") as connection:
        now = hub.now()
        query = sa.select(closed_outlet.c.outlet).where(closed_outlet.c.confirmed_at.is_(None))
        outlets = list(connection.scalars(query.order_by(closed_outlet.c.outlet)))
        if not outlets:
            raise NotFound("no outlet is closed")
        connection.execute(
            closed_outlet.update().where(closed_outlet.c.confirmed_at.is_(None)).values(confirmed_at=now)
        )
        evidence.append(connection, "confirmed", now, outlets=outlets, by=getpass.getuser(), reason=reason)
        evidence.seal(connection, now)
    return outlets


def must_be_open(hub: Hub, outlet: str) -> bool:
    """``CallOperator`` while an outlet is closed; True when it opens for the first time since a restore."""
    with reading(hub.ledger) as connection:
        first = waits(connection, outlet)
    if first is None:
        raise CallOperator(f"{outlet} is closed since a restore: hub restore --confirm opens it")
    return first


def waits(connection: sa.Connection, outlet: str) -> bool | None:
    """Whether a restored outlet may open and has not yet; None while it is closed."""
    row = connection.execute(sa.select(closed_outlet).where(closed_outlet.c.outlet == outlet)).first()
    return False if row is None else (None if row.confirmed_at is None else True)


def opened(connection: sa.Connection, outlet: str) -> None:
    """The outlet works as before the restore."""
    confirmed = (closed_outlet.c.outlet == outlet, closed_outlet.c.confirmed_at.is_not(None))
    connection.execute(closed_outlet.delete().where(*confirmed))
