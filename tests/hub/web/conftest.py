"""The API and the pages as they are served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from corpus.http_service import POINTS, Service, serve
from corpus.service_county import ServiceCounty, real

from hub.line import Hub


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One for all tests; whoever needs a verdict runs the line."""
    with serve(tmp_path_factory.mktemp("http") / "home", posts_per_minute=100_000) as running:
        yield running


@pytest.fixture(scope="session")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One that runs the line by itself."""
    with serve(tmp_path_factory.mktemp("working") / "home", run=True, posts_per_minute=100_000) as running:
        yield running


@pytest.fixture
def judged() -> Callable[..., dict[str, Any]]:
    """Run the line of a dataset and ask for a delivery."""

    def ask(service: Service, client: httpx.Client, batch_no: str, dataset: str = POINTS) -> dict[str, Any]:
        service.hub.run_dataset(dataset)
        answer: dict[str, Any] = client.get(f"/api/deliveries/{batch_no}").json()
        return answer

    return ask


@pytest.fixture
def county(make_hub: Callable[..., Hub], tmp_path: Path, clock: Any) -> Iterator[ServiceCounty]:
    """The real contracts, and a server that credit-service bodies ask; nothing has come yet."""
    with ServiceCounty(real(make_hub), tmp_path, clock).served() as made:
        yield made
