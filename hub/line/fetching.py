"""APIs are pulled (接口取数): pages lie in home until all are there, then land as one file, and its delivery is opened.

How far an API was pulled changes in the transaction that opens the delivery. A run that ends before it goes on behind
the last page and makes the same file.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Contract
from hub.contract.pull_http import ApiPull
from hub.errors import FixConfiguration, HubError, TryAgain
from hub.failpoints import reached
from hub.ledger import deliveries, sources
from hub.ledger.connect import reading
from hub.ledger.locks import exclusive
from hub.line import intake as coming
from hub.line.course import intake_of
from hub.settings import ApiSource
from hub.stages import pull_http as stage
from hub.stages.api import Api, opened
from hub.stages.page_walk import Most
from hub.stages.pull import Known

if TYPE_CHECKING:
    from hub.line.hub import Hub

LONGEST_NAME = 512  # characters that the ledger keeps
OVERTAKEN = "another run has pulled this API meanwhile"


def fetch(hub: Hub, landed: dict[str, int]) -> list[HubError]:
    """One round over the APIs of the settings; adds to ``landed``, gives what failed. One keeps no other waiting."""
    failed: list[HubError] = []
    for name, settings in hub.settings.apis.items():
        try:
            with exclusive(hub.ledger, f"api/{name}", lease_seconds=hub.settings.lease_seconds):
                failed += _round(hub, name, settings, landed)
        except TryAgain as error:
            failed.append(error)
    return failed


def wanted(hub: Hub, name: str) -> Iterator[tuple[Contract, str, ApiPull]]:
    """What the contracts pull from an API, and for which department."""
    for contract in hub.contracts.values():
        for way in contract.intakes:
            if way.api is not None and way.api.api == name:
                yield contract, way.department, way.api


def _round(hub: Hub, name: str, settings: ApiSource, landed: dict[str, int]) -> list[HubError]:
    failed: list[HubError] = []
    for contract, department, asked in wanted(hub, name):
        address = (name, asked.path, contract.dataset, department)
        try:
            with opened(name, settings) as api:
                if _pull(hub, api, contract, asked, address, settings.pages):
                    landed[contract.dataset] = landed.get(contract.dataset, 0) + 1
        except (TryAgain, FixConfiguration) as error:
            failed.append(error)
    return failed


def _pull(hub: Hub, api: Api, contract: Contract, asked: ApiPull, address: sources.Address, pages: int) -> bool:
    with reading(hub.ledger) as connection:
        before = sources.known(connection, address)
    known = Known(**{name: before[name] for name in Known.__slots__}) if before else None
    folder = hub.home / "incoming" / f"api-{hashlib.sha256(repr(address).encode()).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "pages"
    try:
        place = stage.Place(folder, file, Most(pages, hub.settings.max_file_bytes), hub.now())
        pulled = stage.run(api, contract, asked, known, place)
        if pulled is None:
            shutil.rmtree(folder)
            return False
        size = file.stat().st_size
        if size > hub.settings.max_file_bytes:
            raise FixConfiguration(f"api {address[0]}: more is new than HUB_MAX_FILE_BYTES lets in at once")
        sha256 = hub.store.land(file)
    except FileNotFoundError:
        raise TryAgain(OVERTAKEN) from None
    name, path, dataset, department = address
    arrival = coming.arrived(
        hub,
        department=department,
        dataset=dataset,
        channel="api",
        server=name,
        path=path,
        file_name=pulled.name[:LONGEST_NAME],
        size=size,
        modified=None,
        sha256=sha256,
        # A pull follows the one before without sending it again: rows that are not in it have not vanished.
        slot=f"{name}/{path}/{sha256[:16]}",
    )

    def remember(connection: sa.Connection, delivery_id: int) -> None:
        if sources.known(connection, address) != before:
            raise TryAgain(OVERTAKEN)
        sources.remember(connection, address, delivery_id, arrival.received_at, asdict(pulled.known))
        deliveries.update(connection, delivery_id, cleared_at=arrival.received_at)  # nothing there says it was taken

    coming.open_delivery(hub, arrival, also=remember)
    shutil.rmtree(folder)
    return True


def answer(hub: Hub, delivery: dict[str, Any], contract: Contract | None, receipt: dict[str, Any]) -> None:
    """Send a receipt to where its rows came from; at least once, under its number."""
    way = intake_of(contract, delivery["department"], "api") if contract is not None else None
    if way is None or way.api is None or way.api.answering is None:
        return  # the contract pulls it no more, or the API has no place for an answer
    name = delivery["server"]
    if name not in hub.settings.apis:
        raise FixConfiguration(f"api {name}: HUB_APIS__{name.upper()}__URL is not set")
    with opened(name, hub.settings.apis[name]) as api:
        reached("api.before_answer")
        to = way.api.answering
        api.tell(to.method, to.path, receipt["body"].encode("utf-8"), receipt["receipt_no"])
