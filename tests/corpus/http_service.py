"""Deliveries over HTTP: a real server on loopback, on the repository's own contracts, and rows for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from hub.ledger import deliveries
from hub.ledger.connect import reading
from hub.line import Hub, open_hub, tokens
from hub.settings import Settings
from hub.web.serving import server

ROOT = Path(__file__).resolve().parents[2]
POINTS, HOURS = "household/point_event", "civic/volunteer_hours"
TOWN, OTHER_TOWN = "town_320830101", "town_320830102"
serials = count(1)


def point(serial: int | None = None, **changed: str) -> dict[str, str]:
    """One good row of household points."""
    row = {
        "事件编号": f"JTJF-20261120-{serial or next(serials):04d}",
        "家庭编号": "320830101201-0007",
        "村（居）": "双马村委会",
        "发生日期": "2026-11-20",
        "积分项目": "邻里互助",
        "数量": "2",
        "行为人身份证号码": "320830188001010002",
        "记录人编号": "WG0101",
    }
    return row | changed


def settings(home: Path, **more: Any) -> Settings:
    """Those of a hub that lies in ``home``."""
    return Settings(home=home, schemas=ROOT / "schemas", expectations=ROOT / "expectations", **more)


@dataclass
class Service:
    """A running server and its hub."""

    hub: Hub
    server: uvicorn.Server
    thread: threading.Thread = field(init=False)

    def __enter__(self) -> Service:
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        until = time.monotonic() + 20
        while not self.server.started:
            assert time.monotonic() < until and self.thread.is_alive()
            threading.Event().wait(0.01)  # a test may have its own time.sleep
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.hub.ledger.dispose()

    @property
    def url(self) -> str:
        host, port = self.server.servers[0].sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def token(self, department: str = TOWN, *datasets: str, label: str = "WG0101", days: int = 30) -> str:
        """A new token."""
        return tokens.issue(self.hub, department, datasets, label, days)[1]

    def client(self, department: str = TOWN, *datasets: str) -> httpx.Client:
        """Somebody with a token of its own."""
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token(department, *datasets)}"}, timeout=30
        )

    def post(self, client: httpx.Client, *rows: dict[str, str], key: str | None = None, **more: Any) -> httpx.Response:
        """Rows of household points, as JSON."""
        body = {"dataset": POINTS, "rows": list(rows) or [point()]} | more
        return client.post("/api/deliveries", json=body, headers={"Idempotency-Key": key or f"key-{next(serials)}"})

    def deliveries(self) -> list[str]:
        """Batch numbers of all deliveries."""
        with reading(self.hub.ledger) as connection:
            return [one["batch_no"] for one in deliveries.listed(connection)]


def serve(home: Path, *, run: bool = False, **more: Any) -> Service:
    """A service on a free port of loopback; enter it."""
    hub = open_hub(settings(home, **more))
    return Service(hub, server(hub, "127.0.0.1", 0, run=run))
