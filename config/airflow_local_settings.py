"""Read by every Airflow process at its start; this folder must be on PYTHONPATH (it is where Airflow's images look).

A task of the LocalExecutor is a fork of the scheduler, one of Celery a fork of the worker: what these have imported, no
task imports again (4 s for Great Expectations). Switched on by ``HUB_PRELOAD``. The file is Airflow's and not the
hub's: it says nothing about the hub's work, so it reads its one switch itself. Imports only, for a thread pool that has
started does not survive a fork.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

HEAVY = ("great_expectations", "great_expectations.expectations", "polars", "pyarrow.parquet", "sqlalchemy", "paramiko")
FORKING = {"scheduler", "celery"}


def preload() -> None:
    """Import what the tasks need, and read the contracts."""
    for name in HEAVY:
        importlib.import_module(name)
    line = importlib.import_module("hub.line")
    for module in pkgutil.iter_modules(line.__path__):
        importlib.import_module(f"hub.line.{module.name}")
    try:
        _ = line.open_hub().contracts
    except importlib.import_module("hub.errors").HubError:
        return  # whoever needs a contract that cannot be read says so


if os.environ.get("HUB_PRELOAD") and FORKING & set(sys.argv[1:3]):  # noqa: TID251
    preload()
