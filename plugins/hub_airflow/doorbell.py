"""The doorbell: one trigger for all inboxes, for databases that are due, and for what a crash left in the ledger.

Level-triggered: it rings again while something waits, because an event can be lost on Airflow's side
(apache/airflow#56050). Whoever is woken looks for himself; the event says how much, never what.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from hub.settings import settings
from hub_airflow.watching import LedgerWatch, ServerWatch, SourceClock

if TYPE_CHECKING:
    from hub.line import Hub


class InboxDoorbell(BaseEventTrigger):
    """Rings when something has settled in an inbox or waits in the ledger, and when it is time to ask the databases.

    Seconds: ``poll`` between two looks, ``settle`` that a file must stay unchanged, ``rering`` until it rings again for
    a file that stays, ``ledger`` between two looks into the ledger. The servers come from the hub's settings when the
    trigger runs: no address and no key file is stored in Airflow's database.
    """

    def __init__(self, poll: float = 1.0, settle: float = 2.0, rering: float = 8.0, ledger: float = 15.0) -> None:
        super().__init__()
        self.poll = poll
        self.settle = settle
        self.rering = rering
        self.ledger = ledger

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Where the class lies and what to make it with again."""
        numbers = {"poll": self.poll, "settle": self.settle, "rering": self.rering, "ledger": self.ledger}
        return f"{type(self).__module__}.{type(self).__qualname__}", numbers

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until the end of the process. A server that does not answer holds up no other.

        Not more servers than the setting says are looked at side by side. One that fails is left alone for growing
        pauses, so it does not keep a thread; the ledger and the clock never wait for servers.
        """
        hub = cache(_open_hub)
        watches: list[ServerWatch | SourceClock | LedgerWatch] = [
            ServerWatch(name, server, lambda: _departments(hub()), settle=self.settle, rering=self.rering)
            for name, server in settings().sftp.items()
        ]
        watches.append(SourceClock(len(settings().sources) + len(settings().apis), every=settings().pull_seconds))
        watches.append(LedgerWatch(hub, every=self.ledger))
        looks: dict[asyncio.Future[int], ServerWatch | SourceClock | LedgerWatch] = {}
        servers = ThreadPoolExecutor(settings().sftp_at_once, "inboxes")
        loop = asyncio.get_running_loop()
        try:
            while True:
                for watch in watches:
                    if watch not in looks.values():
                        pool = servers if isinstance(watch, ServerWatch) else None
                        looks[loop.run_in_executor(pool, watch.look)] = watch
                await asyncio.sleep(self.poll)
                done = [look for look in looks if look.done()]
                rings = {looks.pop(look): look.result() for look in done}
                deliveries = rings.get(watches[-1], 0)
                if any(rings.values()):
                    yield TriggerEvent({"files": sum(rings.values()) - deliveries, "deliveries": deliveries})
        finally:
            servers.shutdown(wait=False, cancel_futures=True)


def _open_hub() -> Hub:
    from hub.line import open_hub  # slow, so in the thread that calls this: the triggerer's loop must not stand still

    return open_hub()


def _departments(hub: Hub) -> list[str]:
    return [department.id for department in hub.county.departments]
