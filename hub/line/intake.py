"""Deliveries come in: landed under their hash first, then a row in the ledger."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from hub.errors import HubError, NotFound, TryAgain, WrongUsage, disk_faults
from hub.ledger import deliveries, evidence
from hub.ledger.connect import writing
from hub.ledger.deliveries import Arrival
from hub.ledger.locks import exclusive
from hub.line import opening, receiving
from hub.line.hub import PATIENCE, ZONE, Collected, is_there
from hub.receipts.number import UNKNOWN_DATASET, batch_no
from hub.stages.file_names import MODES, mode_of, slot_of
from hub.stages.sender_manifest import LONGEST_REASON

if TYPE_CHECKING:
    from hub.line.hub import Hub


@disk_faults("collect")
def collect(hub: Hub) -> Collected:
    """One round over inboxes, databases and APIs. One that fails keeps no other waiting."""
    from hub.line import emptying, fetching, noticing, pulling

    emptied = emptying.empty(hub)
    errors = emptied.errors + pulling.pull(hub, emptied.landed) + fetching.fetch(hub, emptied.landed)
    if emptied.told:
        try:
            noticing.send(hub)
        except HubError as error:
            errors.append(error)
    if errors and not emptied.landed:
        raise next((error for error in errors if not isinstance(error, TryAgain)), errors[0])
    return Collected(landed=emptied.landed, waiting=emptied.waiting + len(errors))


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
        reason=(reason or "").strip()[:LONGEST_REASON] or None,
    )
    return open_delivery(hub, arrival, beside=opening.told(opening.beside(file)))


def arrived(hub: Hub, **facts: object) -> Arrival:
    """What is known of bytes that have just landed; the slot is told by the file's name, unless it is given."""
    now = hub.now()
    facts.setdefault("slot", slot_of(str(facts["file_name"])))
    return Arrival(received_at=now, day=now.astimezone(ZONE).date().isoformat(), **facts)  # type: ignore[arg-type]


def open_delivery(
    hub: Hub,
    arrival: Arrival,
    stored: bool = True,
    also: Callable[[sa.Connection, int], None] | None = None,
    beside: Mapping[str, str] | None = None,
) -> int:
    """Open the delivery of bytes that have landed. ``also``: what else the same transaction writes, given its id.

    ``beside``: what came with the bytes and is kept in the event (``hub.line.opening``).
    """
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
        told = receiving.issue(hub, connection, delivery_id, arrival, contract)
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
            **told,
            **(beside or {}),
        )
        evidence.seal(connection, arrival.received_at)  # the receipt's checkpoint covers what it answers
        # Its time may have been over a moment ago (``expiring``), which looks under the same lock of the log.
        if stored and not hub.store.has(arrival.sha256):
            raise TryAgain("the bytes were erased while they came again: hand them in once more")
    return delivery_id
