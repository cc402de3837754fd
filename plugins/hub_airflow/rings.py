"""How one DAG wakes another: a task adds a partition to the asset by which the other DAG is scheduled.

Plain asset events stick in Airflow 3.3 (apache/airflow#56050); every partition gets its own run. An asset that a task
declares as outlet but does not ring would still get an event without a partition, which wakes nobody and leaves a
warning in the audit log each time. So the outlets of the running task are narrowed to those that were rung: Airflow
reads them when the task has succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Asset

from hub_airflow.names import Bell

QUEUED = ("queued",)
UNDER_WAY = ("queued", "running")


def wave() -> str:
    """Name of a wave of deliveries: the moment in UTC, to the microsecond, so that no two waves are alike."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def ring(context: Mapping[str, Any], bells: Iterable[Bell], key: str) -> None:
    """Wake the DAGs behind the bells under one partition key (1 to 250 characters).

    A DAG with a queued run is left alone: that run has not looked yet and will see everything. Only bells whose asset
    the task declares as outlet can be rung; another one raises ``KeyError``. Call it once, as the last thing of a task.
    """
    task = context["task"]
    declared = {outlet.name: outlet for outlet in task.outlets if isinstance(outlet, Asset)}
    rung = [declared[bell.asset] for bell in dict.fromkeys(bells) if not has_run(context, bell, QUEUED)]
    for asset in rung:
        context["outlet_events"][asset].add_partitions(key)
    task.outlets = rung


def has_run(context: Mapping[str, Any], bell: Bell, states: Iterable[str]) -> bool:
    """Whether the DAG behind the bell has a run in one of the states."""
    count: int = context["ti"].get_dr_count(dag_id=bell.dag, states=list(states))
    return count > 0
