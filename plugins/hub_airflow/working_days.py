"""The timetable of working days (工作日时间表): one run on each, at a time of the day in the county's zone.

Registered by ``exchange_plugin.py``. The calendar is read anew whenever Airflow asks, so that a year that was brought
in counts without a restart; in a year without a notice the weekdays are worked.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pendulum
from airflow.exceptions import AirflowTimetableInvalid
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from hub.contract import load
from hub.contract.calendar import Calendar
from hub.errors import HubError
from hub.settings import settings
from hub_airflow.names import ZONE


class WorkingDays(Timetable):
    """``WorkingDays(9, 30)``: at half past nine on every working day. A run's moment is its data interval, too."""

    def __init__(self, hour: int, minute: int = 0) -> None:
        self.hour, self.minute = hour, minute

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        """The timetable that ``serialize`` told."""
        return cls(data["hour"], data["minute"])

    def serialize(self) -> dict[str, Any]:
        """What it is made with."""
        return {"hour": self.hour, "minute": self.minute}

    def validate(self) -> None:
        """Refuse the DAG while the calendar cannot be read."""
        try:
            _calendar()
        except HubError as error:
            raise AirflowTimetableInvalid(str(error)) from None

    @property
    def summary(self) -> str:
        """For Airflow's pages."""
        return f"工作日 {self.hour:02}:{self.minute:02}"

    @property
    def description(self) -> str:  # type: ignore[override]
        """For Airflow's pages, longer."""
        return f"{self.summary}（{ZONE}），按国务院办公厅的放假通知"

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """A run by hand stands for its own moment."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next run: after the last one and, without catching up, not before the newest that is past."""
        calendar, wanted = _calendar(), list[pendulum.DateTime]()
        if last_automated_data_interval is not None:
            wanted.append(self._from(calendar, last_automated_data_interval.end + timedelta(seconds=1)))
        if restriction.earliest is not None:
            wanted.append(self._from(calendar, restriction.earliest))
        if not restriction.catchup or not wanted:
            wanted.append(self._until(calendar, pendulum.now("UTC")))
        moment = max(wanted)
        if restriction.latest is not None and restriction.latest < moment:
            return None
        return DagRunInfo.exact(moment)

    def _from(self, calendar: Calendar, moment: pendulum.DateTime) -> pendulum.DateTime:
        """The first run at ``moment`` or later."""
        first = self._on(calendar.add(_day(moment), 0))
        return first if first >= moment else self._on(calendar.add(_day(moment), 1))

    def _until(self, calendar: Calendar, moment: pendulum.DateTime) -> pendulum.DateTime:
        """The last run at ``moment`` or earlier."""
        day = _day(moment)
        if calendar.is_working(day) and self._on(day) <= moment:
            return self._on(day)
        return self._on(calendar.add(day, -1))

    def _on(self, day: date) -> pendulum.DateTime:
        return pendulum.datetime(day.year, day.month, day.day, self.hour, self.minute, tz=ZONE).in_timezone("UTC")


def _calendar() -> Calendar:
    return load.calendar(settings().schemas)


def _day(moment: pendulum.DateTime) -> date:
    """The day in the county's zone."""
    local = moment.in_timezone(ZONE)
    return date(local.year, local.month, local.day)
