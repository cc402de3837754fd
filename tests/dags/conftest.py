"""Airflow reads its environment when it is first imported: it is set here, before any test file is."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.demo.airflow_home import AirflowHome
from hub.settings import settings

PROJECT = Path(__file__).resolve().parents[2]

if "airflow" not in sys.modules:
    folder = tempfile.TemporaryDirectory(prefix="hub-airflow-")  # goes with the process
    home = AirflowHome(Path(folder.name), PROJECT)
    home.prepare()
    told = home.environment(port=1, token="tests", hub={})
    os.environ.update({name: value for name, value in told.items() if name.startswith(("AIRFLOW", "GX_"))})
    sys.path.append(str(PROJECT / "plugins"))


@pytest.fixture(autouse=True)
def _settings_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HUB_SCHEMAS", str(PROJECT / "schemas"))
    monkeypatch.setenv("HUB_EXPECTATIONS", str(PROJECT / "expectations"))
    settings.cache_clear()
    yield
    settings.cache_clear()
