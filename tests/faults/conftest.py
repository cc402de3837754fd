"""What the tests of faults share: ``lives`` on a new SQLite or PostgreSQL ledger for each county."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Code that these tests share: ``from faults.lives import Lives``. Found by its path: no folder of tests is a package.
faults = types.ModuleType("faults")
faults.__path__ = [str(Path(__file__).parent)]
sys.modules["faults"] = faults
sys.path.append(str(Path(__file__).parent))  # as the process that is started here sees its neighbours

from faults.lives import Lives  # noqa: E402


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    """On SQLite."""
    made = Lives(tmp_path_factory.mktemp("lives"), lambda name: "")
    yield made
    made.close()


@pytest.fixture(scope="module")
def lives_on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres_server: Any) -> Iterator[Lives]:
    """On PostgreSQL, a database for each county."""
    names = []

    def database(name: str) -> str:
        names.append(f"faults_{name}")
        postgres_server.run(f"CREATE DATABASE {names[-1]}")
        return str(postgres_server.url(names[-1]))

    made = Lives(tmp_path_factory.mktemp("lives"), database)
    yield made
    made.close()
    for name in names:
        postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")
