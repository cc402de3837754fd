"""Names of DAGs and assets, said once: DAG files and tasks of different DAGs must spell them alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import pendulum
from airflow.sdk import Asset

ZONE = "Asia/Shanghai"
START = pendulum.datetime(2026, 1, 1, tz=ZONE)

# Airflow repeats a task that raised TryAgain: 5 s, 10 s, 20 s, ... up to ten minutes apart.
DEFAULTS: dict[str, Any] = {
    "owner": "hub",
    "retries": 8,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
}

COLLECT = "collect"
CLOCK = "clock"
REMINDERS = "reminders"
INBOX_ASSET = "inbox"


class Bell(NamedTuple):
    """A DAG and the asset by whose partitions it is scheduled."""

    dag: str
    asset: str

    def outlet(self) -> Asset:
        """The asset, for DAG files to declare."""
        return Asset(name=self.asset)


REPORTS = Bell("reports", "reports")


def dataset(name: str) -> Bell:
    """``market/admin_licence`` -> DAG ``dataset__market__admin_licence``."""
    return Bell("dataset__" + name.replace("/", "__"), f"dataset/{name}")


def outlet(name: str) -> Bell:
    """``province`` -> DAG ``outlet__province``."""
    return Bell(f"outlet__{name}", f"outlet/{name}")
