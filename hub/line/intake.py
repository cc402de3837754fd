"""Deliveries come in: landed under their hash first, then a row in the ledger."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.errors import HubError, NotFound, TryAgain, WrongUsage, disk_faults
from hub.ledger import deliveries, evidence, sightings
from hub.ledger.connect import writing
from hub.ledger.deliveries import Arrival
from hub.ledger.locks import exclusive
from hub.line.hub import PATIENCE, ZONE, Collected, is_there
from hub.receipts.number import UNKNOWN_DATASET, batch_no
from hub.settings import SftpServer
from hub.stages import collect as stage
from hub.stages.file_names import MODES, mode_of, slot_of, to_stored
from hub.stages.link import session

if TYPE_CHECKING:
    from hub.line.hub import Hub

ROUNDS = 3
LONGEST_NAME = 512  # characters that the ledger keeps: undecodable bytes are four characters each to a reader


@disk_faults("collect")
def collect(hub: Hub) -> Collected:
    """One round over the inboxes of every server, then over the databases. One that fails keeps no other waiting."""
    from hub.line import pulling, trials

    landed: dict[str, int] = {}
    waiting = 0
    unreachable: list[HubError] = []
    lease = hub.settings.lease_seconds
    for name, server in hub.settings.sftp.items():
        try:
            with exclusive(hub.ledger, f"inbox/{name}", lease_seconds=lease), session(server) as open_session:
                waiting += _empty(hub, name, server, open_session, landed)
                waiting += trials.answer(hub, name, server, open_session)
        except TryAgain as error:
            unreachable.append(error)
    unreachable += pulling.pull(hub, landed)
    if unreachable and not landed:
        raise unreachable[0]
    return Collected(landed=landed, waiting=waiting + len(unreachable))


def _empty(hub: Hub, name: str, server: SftpServer, open_session: Any, landed: dict[str, int]) -> int:
    """Take what is complete, looking again a few times; gives how many files still have to wait."""
    departments = [department.id for department in hub.county.departments]
    folder = hub.home / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    waiting: list[stage.Seen] = []
    for attempt in range(ROUNDS):
        if attempt:
            time.sleep(hub.settings.settle_seconds)
        seen = stage.look(open_session, server.root, departments)
        with writing(hub.ledger, "sighting") as connection:
            faces = [(to_stored(one.entry.path), one.entry.size, one.entry.modified) for one in seen]
            still = sightings.look(connection, name, faces, hub.now())
            known = [deliveries.same_arrival(connection, name, *face) is not None for face in faces]
        waiting = []
        for one, face, taken_before in zip(seen, faces, known, strict=True):
            if taken_before:
                continue
            taken = stage.take(
                open_session,
                one,
                still[face[0]],
                folder,
                settle=hub.settings.settle_seconds,
                patience=hub.settings.patience_seconds,
                limit=hub.settings.max_file_bytes,
            )
            if taken is None:
                waiting.append(one)
                continue
            dataset = _land(hub, name, taken)
            landed[dataset or "?"] = landed.get(dataset or "?", 0) + 1
        if not waiting:
            break
    return len(waiting)


def _land(hub: Hub, server: str, taken: stage.Taken) -> str | None:
    entry, department = taken.seen.entry, taken.seen.department
    dataset = stage.dataset_of(entry.name, department, tuple(hub.contracts.values()))
    try:
        if not taken.too_large:
            hub.store.land(taken.file)
        taken.file.unlink()
    except FileNotFoundError:
        raise TryAgain("another run has taken this file over") from None
    arrival = arrived(
        hub,
        department=department,
        dataset=dataset,
        channel="sftp",
        server=server,
        path=to_stored(entry.path),
        file_name=entry.name[:LONGEST_NAME],
        size=taken.size,
        modified=entry.modified,
        sha256=taken.sha256,
        mode=taken.said.get("mode") or mode_of(entry.name),
        reason=taken.said.get("reason"),
    )
    open_delivery(hub, arrival, stored=not taken.too_large)
    return dataset


@disk_faults("submit")
def submit(
    hub: Hub, file: Path, department: str, dataset: str, mode: str | None = None, reason: str | None = None
) -> int:
    """Land a local file for a department and dataset; ``NotFound`` or ``WrongUsage`` when they do not fit together.

    ``mode``: original, correction, replacement or withdrawal; None: as the file's name says.
    """
    if mode not in (None, *MODES):
        raise WrongUsage(f"mode is one of {', '.join(MODES)}")
    contract = hub.contract(dataset)
    if department not in {one.id for one in hub.county.departments}:
        raise NotFound(f"there is no department {department}")
    if department not in {intake.department for intake in contract.intakes}:
        raise WrongUsage(f"the contract of {dataset} knows no way in for {department}")
    if not is_there(file):
        raise NotFound("there is no such file")
    folder = hub.home / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(hub.ledger, "hand", PATIENCE, lease_seconds=hub.settings.lease_seconds):
        for left in folder.glob("hand-*"):  # by a run that was killed
            left.unlink()
        copy = folder / f"hand-{time.monotonic_ns()}"
        try:
            shutil.copyfile(file, copy)
            sha256 = hub.store.land(copy)
            size = copy.stat().st_size
        finally:
            copy.unlink(missing_ok=True)
    arrival = arrived(
        hub,
        department=department,
        dataset=dataset,
        channel="hand",
        server=None,
        path=None,
        file_name=file.name,
        size=size,
        modified=None,
        sha256=sha256,
        mode=mode or mode_of(file.name),
        reason=(reason or "").strip()[: stage.LONGEST_REASON] or None,
    )
    return open_delivery(hub, arrival)


def arrived(hub: Hub, **facts: object) -> Arrival:
    """What is known of bytes that have just landed; the slot is told by the file's name, unless it is given."""
    now = hub.now()
    facts.setdefault("slot", slot_of(str(facts["file_name"])))
    return Arrival(received_at=now, day=now.astimezone(ZONE).date().isoformat(), **facts)  # type: ignore[arg-type]


def open_delivery(
    hub: Hub, arrival: Arrival, stored: bool = True, also: Callable[[sa.Connection, int], None] | None = None
) -> int:
    """Open the delivery of bytes that have landed. ``also``: what else the same transaction writes, given its id."""
    contract = hub.contract(arrival.dataset) if arrival.dataset else None
    code = contract.code if contract else UNKNOWN_DATASET
    day = arrival.received_at.astimezone(ZONE).date()
    number = batch_no(hub.county.division, hub.county.department(arrival.department).code, code, day, 1)
    with writing(hub.ledger, "delivery") as connection:
        if arrival.path is not None and arrival.server is not None and arrival.modified is not None:
            before = deliveries.same_arrival(connection, arrival.server, arrival.path, arrival.size, arrival.modified)
            if before is not None:
                return before
        delivery_id = deliveries.open_delivery(
            connection, arrival, number.rpartition("-")[0], contract.fingerprint if contract else None
        )
        if also is not None:
            also(connection, delivery_id)
        evidence.append(
            connection,
            "landed",
            arrival.received_at,
            delivery_id,
            sha256=arrival.sha256,
            size=arrival.size,
            department=arrival.department,
            dataset=arrival.dataset,
            mode=arrival.mode,
            stored=stored,
        )
        evidence.seal(connection, arrival.received_at)  # the receipt's checkpoint covers what it answers
        # Its time may have been over a moment ago (``expiring``), which looks under the same lock of the log.
        if stored and not hub.store.has(arrival.sha256):
            raise TryAgain("the bytes were erased while they came again: hand them in once more")
    return delivery_id
