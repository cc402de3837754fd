"""A county at work: deliveries come, outlets drain and the province answers at the same time, each in a thread.

Every thread has a hub of its own, as every task of Airflow has; what they share is the ledger. Who finds something
locked tries again, as Airflow does.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from hub.demo.province import SimulatedProvince
from hub.errors import TryAgain
from hub.line import Hub, open_hub
from hub.settings import Settings

DATASET = "market/shop"
PAUSE = 0.02  # seconds between two rounds of a worker


class BusyCounty:
    """``files``: where what is handed in lies. ``gone``: document numbers of what was withdrawn so far."""

    def __init__(self, settings: Settings, files: Path) -> None:
        self.settings, self.folder = settings, files
        self.hub = open_hub(settings)
        self.sides = {
            outlet.id: SimulatedProvince(settings.province_url, outlet, self.hub.contracts.values(), 0, 0)
            for outlet in self.hub.outlet_list
            if outlet.kind == "front_end_tables"
        }
        for side in self.sides.values():
            side.create()
        self.gone: set[str] = set()
        self.cycles: dict[str, int] = dict.fromkeys(self.hub.outlets(), 0)
        self.troubles: list[str] = []
        self._ended, self._numbers, self._lock = threading.Event(), iter(range(1_000_000)), threading.Lock()

    def close(self) -> None:
        """Close what was opened."""
        self.hub.ledger.dispose()
        for side in self.sides.values():
            side.stop()

    def submit(self, hub: Hub, dataset: str, header: str, lines: list[str], mode: str | None = None) -> None:
        """Hand a file in, as often as it takes."""
        with self._lock:
            file = self.folder / f"{dataset.rpartition('/')[2]}_{next(self._numbers)}.csv"
        file.write_text("\r\n".join([header, *lines]) + "\r\n", encoding="utf-8")
        patiently(lambda: hub.submit(file, "market", dataset, mode, "已撤销" if mode == "withdrawal" else None))

    @contextmanager
    def at_work(self, *more: Callable[[Hub], None]) -> Iterator[None]:
        """Every outlet drains, its other side answers, and ``more`` happens again and again, until the end."""
        works = [self._draining(outlet) for outlet in self.hub.outlets()]
        works += [self._answering(side) for side in self.sides.values()]
        threads = [threading.Thread(target=self._again, args=(work,)) for work in (*works, *more)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()
        assert not self.troubles, self.troubles[0]

    def settle(self) -> None:
        """Until nothing is due any more."""
        until = time.monotonic() + 120
        while any(self.hub.due(outlet) for outlet in self.hub.outlets()):
            assert time.monotonic() < until
            for outlet in self.hub.outlets():
                patiently(lambda outlet=outlet: self.hub.drain(outlet))
            for side in self.sides.values():
                side.answer()

    def shown(self, outlet: str) -> set[str]:
        """Document numbers that an outlet shows."""
        if outlet == "open_feed":
            file = self.hub.home / "feed" / "current" / DATASET / "shop.jsonl"
            try:
                lines = file.read_text(encoding="utf-8").splitlines()
            except FileNotFoundError:
                return set()
            return {json.loads(line)["wsh"] for line in lines}
        (table,) = self.sides[outlet].tables
        with self.sides[outlet].engine.connect() as connection:
            return {row.WSH for row in connection.execute(sa.select(table.c.WSH))}

    def _again(self, work: Callable[[Hub], None]) -> None:
        hub = open_hub(self.settings)
        try:
            while not self._ended.is_set():
                patiently(lambda: work(hub))
                time.sleep(PAUSE)
        except BaseException as error:
            self.troubles.append(f"{type(error).__name__}: {error}")
            raise
        finally:
            hub.ledger.dispose()

    def _draining(self, outlet: str) -> Callable[[Hub], None]:
        def drain(hub: Hub) -> None:
            before = set(self.gone)
            hub.drain(outlet)
            self.cycles[outlet] += 1
            back = before & self.shown(outlet)
            if back:
                self.troubles.append(f"{len(back)} records stand in {outlet} a cycle after they were withdrawn")

        return drain

    def _answering(self, side: SimulatedProvince) -> Callable[[Hub], None]:
        def answer(hub: Hub) -> None:
            try:
                side.answer()
            except OperationalError:
                return  # the hub holds the lock; the next round answers

        return answer


def patiently(work: Callable[[], Any], seconds: float = 60) -> Any:
    """Do it; again when somebody else was at it, or something did not answer."""
    until = time.monotonic() + seconds
    while True:
        try:
            return work()
        except TryAgain:
            assert time.monotonic() < until
            time.sleep(PAUSE)
