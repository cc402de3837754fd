"""A small county, and what its deliveries are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from corpus.judged import EXPECTATIONS, SCHEMAS

from hub.contract import load
from hub.contract.derive import suite
from hub.contract.model import Contract, Suite
from hub.county import opened
from hub.county.generate import Sent
from hub.county.world import World

TODAY = date(2026, 11, 23)
SINCE = date(2026, 11, 2)


@pytest.fixture(scope="session")
def contracts() -> Mapping[str, Contract]:
    return {one.dataset: one for one in load.contracts(SCHEMAS, EXPECTATIONS)}


@pytest.fixture(scope="session")
def suites(contracts: Mapping[str, Contract]) -> Mapping[str, Suite]:
    return {name: suite(one, EXPECTATIONS) for name, one in contracts.items()}


@pytest.fixture(scope="session")
def small_world() -> World:
    return opened.world(SCHEMAS, EXPECTATIONS, seed=1, scale=0.01, until=TODAY)


@pytest.fixture(scope="session")
def larger_world() -> World:
    return opened.world(SCHEMAS, EXPECTATIONS, seed=1, scale=0.05, until=TODAY)


@pytest.fixture(scope="session")
def three_weeks(small_world: World) -> list[Sent]:
    """Everything that the small county sends in three weeks."""
    return list(opened.files(small_world, SCHEMAS, EXPECTATIONS, SINCE))
