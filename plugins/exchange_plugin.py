"""The one registration file. Airflow executes every file here under its bare name: the code lies in ``hub_airflow``."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class ExchangePlugin(AirflowPlugin):
    """Registers the hub with Airflow. Triggers need no registration; pages and timetables will be named here."""

    name = "exchange"
