"""The inboxes of the SFTP servers are emptied: one connection per server, several servers side by side.

What goes wrong at one file, at one department or at one server keeps no other waiting. It is told in the log by server,
department and class of error, and by ``hub doctor``.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.errors import HubError, Locked, TryAgain
from hub.ledger import deliveries, sightings
from hub.ledger.connect import writing
from hub.ledger.locks import exclusive
from hub.line import lingering, opening, receiving, returning
from hub.settings import SftpServer
from hub.stages import collect as stage
from hub.stages import markers
from hub.stages.file_names import mode_of, to_stored
from hub.stages.link import error_of, session

if TYPE_CHECKING:
    from hub.line.hub import Hub

ROUNDS = 3
LONGEST_NAME = 512  # characters that the ledger keeps: undecodable bytes are four characters each to a reader

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Emptied:
    """What was landed by dataset (``?`` unknown), how many files wait, what went wrong at whole servers."""

    landed: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    told: int = 0  # notices to senders whose files wait for too long
    errors: list[HubError] = field(default_factory=list)

    def add(self, other: Emptied) -> None:
        """Count another server in."""
        for dataset, count in other.landed.items():
            self.landed[dataset] = self.landed.get(dataset, 0) + count
        self.waiting += other.waiting
        self.told += other.told
        self.errors += other.errors


def empty(hub: Hub) -> Emptied:
    """One round over the inboxes of every server."""
    servers, emptied = hub.settings.sftp, Emptied()
    if len(servers) < 2:
        parts = [_server(hub, name, server) for name, server in servers.items()]
    else:
        _ = hub.ledger, hub.county, hub.store  # opened once, before several threads ask for them
        with ThreadPoolExecutor(hub.settings.sftp_at_once, "inboxes") as pool:
            parts = list(pool.map(lambda name: _server(hub, name, servers[name]), servers))
    for part in parts:
        emptied.add(part)
    return emptied


def _server(hub: Hub, name: str, server: SftpServer) -> Emptied:
    from hub.line import trials

    emptied = Emptied()
    lease = hub.settings.lease_seconds
    try:
        with exclusive(hub.ledger, f"inbox/{name}", lease_seconds=lease), session(server) as open_session:
            _inboxes(hub, name, server, open_session, emptied)
            emptied.waiting += trials.answer(hub, name, server, open_session)
    except HubError as error:  # its message names no host, no account and no path
        level = logging.INFO if isinstance(error, Locked) else logging.WARNING
        log.log(level, "server %s: %s: %s", name, type(error).__name__, error)
        emptied.errors.append(error)
    return emptied


def _inboxes(hub: Hub, name: str, server: SftpServer, open_session: Any, emptied: Emptied) -> None:
    """Take what is complete, looking again a few times."""
    departments = [department.id for department in hub.county.departments]
    folder = hub.home / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    for left in stage.left_behind(folder, name):  # nobody else is at this server now
        left.unlink()
    ways = markers.ways_of(tuple(hub.contracts.values()))
    unreadable: set[str] = set()
    waiting: list[lingering.Waiting] = []
    for attempt in range(ROUNDS):
        if attempt:
            time.sleep(hub.settings.settle_seconds)
        looked = stage.look(open_session, server.root, departments, ways=ways)
        for department, fault in looked.unreadable.items():
            if department not in unreadable:
                error = error_of(fault)
                log.warning("server %s: inbox of %s: %s: %s", name, department, type(error).__name__, error)
        unreadable |= set(looked.unreadable)
        seen = [*looked.files, *(one for one, _ in looked.left)]
        with writing(hub.ledger, "sighting") as connection:
            faces = [(to_stored(one.entry.path), one.entry.size, one.entry.modified) for one in seen]
            still = sightings.look(connection, name, faces, hub.now())
            known = [deliveries.same_arrival(connection, name, *face) is not None for face in faces]
        waiting, opened = [], list[int]()
        for one, face, taken_before in zip(looked.files, faces, known, strict=False):  # what is left lies behind
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
                server=name,
            )
            if isinstance(taken, stage.Wait):
                waiting.append(lingering.Waiting(face[0], one, taken))
                continue
            dataset, delivery_id = _land(hub, name, taken)
            opened.append(delivery_id)
            emptied.landed[dataset or "?"] = emptied.landed.get(dataset or "?", 0) + 1
        receiving.put(hub, server, open_session, opened)
        if not any(one.why is stage.Wait.MOVES for one in waiting):
            break
    emptied.waiting += len(waiting)
    waiting += [lingering.Waiting(to_stored(one.entry.path), one, why) for one, why in looked.left]
    emptied.told += lingering.tell(hub, name, waiting)


def _land(hub: Hub, server: str, taken: stage.Taken) -> tuple[str | None, int]:
    from hub.line.intake import arrived, open_delivery

    entry, department = taken.seen.entry, taken.seen.department
    dataset = returning.dataset_of(hub, taken.file, department, returning.key(hub)) or stage.dataset_of(
        entry.name, department, tuple(hub.contracts.values())
    )
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
        mode=taken.said.mode or mode_of(entry.name),
        reason=taken.said.reason,
        declared=taken.said.rows,
    )
    beside = opening.told(taken.signature, taken.said.sum)
    return dataset, open_delivery(hub, arrival, stored=not taken.too_large, beside=beside)
