"""The one registration file. Airflow executes every file here under its bare name: the code lies in ``hub_airflow``."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from hub_airflow.working_days import WorkingDays


class ExchangePlugin(AirflowPlugin):
    """Registers the hub with Airflow. Triggers need no registration; pages will be named here."""

    name = "exchange"
    timetables = [WorkingDays]  # noqa: RUF012 - Airflow reads a plain list
