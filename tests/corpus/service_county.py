"""The real contracts with a few penalties, and credit-service bodies that ask over HTTP (信用服务市场)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from corpus.check_county import PENALTY, CheckCounty
from corpus.http_service import Service

from hub.line import Hub, service_keys
from hub.line.service_keys import Licence
from hub.web.serving import server

ROOT = Path(__file__).resolve().parents[2]
API = "/api/services/v1"
LICENCE, DEFAULTER = "market/admin_licence", "court/judgment_defaulter"
OUTLET = "services"
_known: dict[str, Any] = {}


def real(make_hub: Any, **more: Any) -> Hub:
    """A hub on the repository's own contracts."""
    given = {"schemas": ROOT / "schemas", "expectations": ROOT / "expectations", "pdf_program": "none"}
    hub: Hub = make_hub(**(given | more))
    if "schemas" not in more:  # they take seconds to read, and are the same for every test
        if not _known:
            _known["contracts"] = hub.contracts
        hub.__dict__["contracts"] = _known["contracts"]
    return hub


class Body:
    """One body with a key, as it asks; ``last``: the answer to its last request."""

    def __init__(self, hub: Hub, client: httpx.Client, key: str, number: int) -> None:
        self.hub, self.client, self.key, self.number = hub, client, key, number

    def get(self, path: str, **parameters: Any) -> Any:
        """An answer of the API, whatever it is."""
        headers = {"Authorization": f"Bearer {self.key}"}
        given = {"purpose": "credit_report"} | parameters
        return self.client.get(
            f"{API}{path}", params={name: value for name, value in given.items() if value is not None}, headers=headers
        )

    def facts(self, code: str, **parameters: Any) -> list[dict[str, Any]]:
        """What is told of a subject."""
        answer = self.get(f"/subjects/{code}/facts", **parameters)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["facts"]
        return found

    def changes(self, after: str | None = None, **parameters: Any) -> tuple[list[tuple[str, str]], str]:
        """Operation and id of every change, and where to go on."""
        answer = self.get("/changes", after=after, **parameters)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return [(one["operation"], one["id"]) for one in told["changes"]], str(told["cursor"])


class ServiceCounty(CheckCounty):
    """``body`` gives a body a key and a client of one process."""

    client: httpx.Client

    @contextmanager
    def served(self) -> Iterator[ServiceCounty]:
        """With a server of its own."""
        with (
            Service(self.hub, server(self.hub, "127.0.0.1", 0, run=False)) as service,
            httpx.Client(base_url=service.url, timeout=60) as self.client,
        ):
            yield self

    def body(
        self, number: str = "XF-001", name: str = "某征信有限公司", datasets: tuple[str, ...] = (PENALTY,), **terms: Any
    ) -> Body:
        days = terms.pop("days", 30)
        key, secret = service_keys.issue(self.hub, Licence(name, number, datasets, **terms), days)
        return Body(self.hub, self.client, secret, key)
