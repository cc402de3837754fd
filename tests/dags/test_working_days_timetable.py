"""The timetable runs on working days only, at one time of the day, and survives being stored by Airflow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pendulum
import pytest
from airflow.exceptions import AirflowTimetableInvalid
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction, Timetable

from hub.settings import settings
from hub_airflow import working_days
from hub_airflow.working_days import WorkingDays

ZONE = "Asia/Shanghai"


def at(day: str, time: str = "08:30") -> pendulum.DateTime:
    return pendulum.parse(f"{day}T{time}:00", tz=ZONE)  # type: ignore[return-value]


def days(timetable: Timetable, since: str, count: int, until: str | None = None) -> list[str]:
    """Days of the next runs from a day on, as Airflow asks for them when it catches up."""
    latest = None if until is None else at(until)
    restriction = TimeRestriction(earliest=at(since, "00:00"), latest=latest, catchup=True)
    found, last = [], None
    for _ in range(count):
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        if info is None:
            break
        local = info.run_after.in_timezone(ZONE)
        assert (local.hour, local.minute) == (8, 30)
        found.append(local.to_date_string())
        last = info.data_interval
    return found


def test_it_runs_over_holidays_and_worked_weekends() -> None:
    assert days(WorkingDays(8, 30), "2026-09-19", 14) == [
        "2026-09-20", "2026-09-21", "2026-09-22", "2026-09-23", "2026-09-24", "2026-09-28", "2026-09-29", "2026-09-30",
        "2026-10-08", "2026-10-09", "2026-10-10", "2026-10-12", "2026-10-13", "2026-10-14",
    ]  # fmt: skip


def test_it_goes_on_by_weekdays_where_no_notice_is_known_and_ends_when_it_is_told() -> None:
    assert days(WorkingDays(8, 30), "2026-12-31", 9, until="2027-01-05") == [
        "2026-12-31", "2027-01-01", "2027-01-04", "2027-01-05",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-25T10:00", "2026-11-25"),
        ("2026-11-25T08:29", "2026-11-24"),  # not yet: the one of the day before is the newest
        ("2026-11-29T12:00", "2026-11-27"),  # a Sunday
        ("2026-10-05T12:00", "2026-09-30"),
    ],
)
def test_without_catching_up_the_newest_run_that_is_past_comes_first(
    now: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    day, time = now.split("T")
    restriction = TimeRestriction(earliest=at("2026-01-01"), latest=None, catchup=False)
    monkeypatch.setattr(working_days.pendulum, "now", lambda zone: at(day, time).in_timezone(zone))
    info = WorkingDays(8, 30).next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert info is not None and info.run_after.in_timezone(ZONE).to_date_string() == expected
    again = WorkingDays(8, 30).next_dagrun_info(
        last_automated_data_interval=info.data_interval, restriction=restriction
    )
    assert again is not None and again.run_after > info.run_after and again.run_after > at(day, time)


def test_a_run_by_hand_stands_for_its_own_moment() -> None:
    moment = at("2026-11-29", "12:00")
    assert WorkingDays(8, 30).infer_manual_data_interval(run_after=moment) == DataInterval.exact(moment)


def test_airflow_stores_it_and_reads_it_back_by_the_plugin() -> None:
    with DAG("stored", schedule=WorkingDays(8, 30), start_date=at("2026-01-01")) as dag:
        pass
    stored = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    assert type(stored.timetable) is WorkingDays
    assert stored.timetable.serialize() == {"hour": 8, "minute": 30}
    assert stored.timetable.summary == "工作日 08:30"


def test_a_calendar_that_cannot_be_read_refuses_the_dag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schemas = tmp_path / "schemas"
    shutil.copytree(Path(__file__).resolve().parents[2] / "schemas" / "calendar", schemas / "calendar")
    monkeypatch.setenv("HUB_SCHEMAS", str(schemas))
    settings.cache_clear()
    WorkingDays(8, 30).validate()
    (schemas / "calendar" / "2023.csv").unlink()
    with pytest.raises(AirflowTimetableInvalid, match="2023"):
        WorkingDays(8, 30).validate()
