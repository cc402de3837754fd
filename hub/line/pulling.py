"""Front-end databases are pulled (取数): each extract lands under its hash, then its delivery is opened.

How far a table was pulled changes in the transaction that opens the delivery. A run that ends before it pulls the same
rows again, into the same bytes; one that ends after it marks the rows as taken in the next round.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from hub.contract.model import Contract, Intake
from hub.contract.pull import Pull
from hub.errors import FixConfiguration, HubError, TryAgain
from hub.ledger import deliveries, sources
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.line import intake as coming
from hub.line.writing_back import extract_of
from hub.settings import DatabaseSource
from hub.stages import pull as stage
from hub.stages import write_back
from hub.stages.source import Source, opened

if TYPE_CHECKING:
    from hub.line.hub import Hub

LONGEST_NAME = 512  # characters that the ledger keeps
OVERTAKEN = "another run has pulled this table meanwhile"


def pull(hub: Hub, landed: dict[str, int]) -> list[HubError]:
    """One round over the sources of the settings; adds to ``landed``, gives what failed. One keeps no other waiting."""
    failed: list[HubError] = []
    for name, settings in hub.settings.sources.items():
        try:
            with exclusive(hub.ledger, f"source/{name}", lease_seconds=hub.settings.lease_seconds):
                failed += _round(hub, name, settings, landed)
        except TryAgain as error:
            failed.append(error)
    return failed


def wanted(hub: Hub, name: str) -> Iterator[tuple[Contract, Intake, Pull]]:
    """What the contracts pull from a source."""
    for contract in hub.contracts.values():
        for way in contract.intakes:
            if way.pull is not None and way.pull.source == name:
                yield contract, way, way.pull


def _round(hub: Hub, name: str, settings: DatabaseSource, landed: dict[str, int]) -> list[HubError]:
    failed: list[HubError] = []
    for contract, way, asked in wanted(hub, name):
        address = (name, asked.table, contract.dataset, way.department)
        try:
            with opened(name, settings) as source:
                _take(hub, source, asked, address)
                if _pull(hub, source, contract, asked, address):
                    landed[contract.dataset] = landed.get(contract.dataset, 0) + 1
                    _take(hub, source, asked, address)
        except (TryAgain, FixConfiguration) as error:
            failed.append(error)
    return failed


def _pull(hub: Hub, source: Source, contract: Contract, asked: Pull, address: sources.Address) -> bool:
    with reading(hub.ledger) as connection:
        before = sources.known(connection, address)
    known = stage.Known(**{name: before[name] for name in stage.Known.__slots__}) if before else None
    folder = hub.home / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"source-{'-'.join(address).replace('/', '-')}"
    try:
        pulled = stage.run(source, contract, asked, known, file)
        if pulled is None:
            return False
        size = file.stat().st_size
        if size > hub.settings.max_file_bytes:
            raise FixConfiguration(f"source {address[0]}: more is new than HUB_MAX_FILE_BYTES lets in at once")
        sha256 = hub.store.land(file)
    except FileNotFoundError:
        raise TryAgain(OVERTAKEN) from None
    finally:
        file.unlink(missing_ok=True)
    name, place, dataset, department = address
    arrival = coming.arrived(
        hub,
        department=department,
        dataset=dataset,
        channel="database",
        server=name,
        path=place,
        file_name=pulled.name[:LONGEST_NAME],
        size=size,
        modified=None,
        sha256=sha256,
        # An extract follows the one before without sending it again: rows that are not in it have not vanished.
        slot=f"{name}/{place}/{sha256[:16]}",
    )

    def remember(connection: sa.Connection, delivery_id: int) -> None:
        if sources.known(connection, address) != before:
            raise TryAgain(OVERTAKEN)
        facts = asdict(pulled.known)
        sources.remember(connection, address, delivery_id, arrival.received_at, facts)
        if asked.by == "watermark":  # nothing at the source says that a row was taken
            deliveries.update(connection, delivery_id, cleared_at=arrival.received_at)

    coming.open_delivery(hub, arrival, also=remember)
    return True


def _take(hub: Hub, source: Source, asked: Pull, address: sources.Address) -> None:
    """Mark the rows of opened deliveries as taken, where they still are as they were pulled."""
    with reading(hub.ledger) as connection:
        waiting = sources.untaken(connection, address)
    for delivery in waiting:
        with extract_of(hub, delivery, "take") as file:
            write_back.take(source, asked, file)
        with writing(hub.ledger, "taken") as connection:
            if deliveries.lock(connection, delivery["id"])["cleared_at"] is None:
                deliveries.update(connection, delivery["id"], cleared_at=hub.now())
