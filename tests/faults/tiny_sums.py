"""A governance platform in a tiny county: a row goes as an event, a month later the sums of the shops as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub.contract.document import Problems
from hub.contract.event_profile import EventProfile, Named
from hub.contract.model import Aggregate, Outlet
from hub.contract.profiles import read_profile
from hub.ledger.locks import exclusive
from hub.line import Hub, releasing
from hub.outlets.event_service import EventService
from hub.outlets.receiver import Parcel

PROFILES = Path(__file__).resolve().parents[2] / "schemas"
SHOPS = "market/shop"
RULE = Aggregate("governance", "by_state", "按状态汇总", "rq", "zt", ("je",), 1, "演练")


class WillingPlatform:
    """A platform that takes everything and shows nothing."""

    def ask(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> Any:
        events = json.loads(content).get("events", [])
        return {"code": "00", "held": [], "results": [one | {"sequence": "7", "code": "00"} for one in events]}


def events_and_sums(told: Hub, order: dict[str, Any]) -> None:
    """Whatever has left already goes again, and is the same."""
    profile = read_profile(PROFILES, "governance_events", "event_service", Problems())
    assert isinstance(profile, EventProfile)
    profile = replace(profile, tables={SHOPS: Named("SHOPS", {})})
    outlet = Outlet("governance", "省综治", "event_service", "supervision", "推送", {}, profile)
    platform = EventService(outlet, profile, WillingPlatform(), b"")  # type: ignore[arg-type]
    assert platform.put(Parcel("market/admin_penalty", {7: {"id": "1" * 32}}, {})) == {}
    contracts = told.contracts
    told.contracts = {SHOPS: replace(contracts[SHOPS], aggregates=(RULE,))}  # type: ignore[misc]
    try:
        with (
            later(told, days=10),
            exclusive(told.ledger, "outlet/governance", lease_seconds=told.settings.lease_seconds) as hold,
        ):
            releasing.send(told, platform, outlet, hold)
    finally:
        told.contracts = contracts  # type: ignore[misc]


@contextmanager
def later(told: Hub, days: int) -> Iterator[None]:
    """The clock stands some days ahead."""
    moment = told.now() + timedelta(days=days)
    told.now = lambda: moment  # type: ignore[method-assign]
    try:
        yield
    finally:
        del told.now  # type: ignore[method-assign]
