"""What a task leaves in Airflow: the partitions of those that it woke, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.models.asset import AssetEvent
from airflow.models.dagbundle import DagBundleModel
from airflow.models.log import Log
from airflow.models.xcom import XComModel
from airflow.utils import db
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from sqlalchemy import delete, func, select

from hub.errors import CallOperator

DAGS = Path(__file__).resolve().parents[2] / "dags"


class StandInHub:
    """Says what the test tells it to say."""

    landed: Mapping[str, int]
    left: Mapping[str, int]
    open_entries: Mapping[str, int]

    def __init__(self) -> None:
        self.landed, self.left, self.open_entries = {}, {}, {}
        self.ran: list[str] = []
        self.takes_totals: set[str] = set()

    def collect(self) -> SimpleNamespace:
        return SimpleNamespace(landed=self.landed, waiting=0)

    def waiting(self) -> Mapping[str, int]:
        return self.left

    def run_dataset(self, dataset: str) -> Mapping[str, int]:
        self.ran.append(dataset)
        return {"deliveries": 1}

    def outlets(self) -> tuple[str, ...]:
        return ("province", "open_feed")

    def due(self, outlet: str) -> int:
        return self.open_entries.get(outlet, 0)

    def remind(self) -> Mapping[str, int]:
        self.ran.append("reminders")
        return {"opened": 1, "settled": 0, "notices": 0}

    def contract(self, dataset: str) -> SimpleNamespace:
        return SimpleNamespace(steers=object() if dataset.startswith("credit/") else None)

    def points_due(self, outlet: str) -> bool:
        return outlet in self.takes_totals

    def issue_points(self) -> Mapping[str, int]:
        self.ran.append("points")
        return {"totals": 0}

    def hand_out(self) -> Mapping[str, int]:
        self.ran.append("forms")
        return {"written": 3}

    def drain(self, outlet: str, wait_seconds: float = 0) -> Mapping[str, int]:
        self.ran.append(outlet)
        return {"sent": 2, "answered": 1, "pending": 1}


@pytest.fixture(scope="module", autouse=True)
def _metadata() -> None:
    db.initdb()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> StandInHub:
    stand_in = StandInHub()
    module = ModuleType("hub.line")
    module.open_hub = lambda: stand_in  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hub.line", module)
    return stand_in


@pytest.fixture(autouse=True)
def _no_events() -> Iterator[None]:
    with create_session() as session:
        session.execute(delete(AssetEvent))
        session.execute(delete(Log))
    yield


def run(dag_id: str) -> Any:
    """Run a DAG in this process, as ``airflow dags test`` does."""
    bag = DagBag(dag_folder=DAGS, bundle_path=DAGS, bundle_name="dags-folder")
    with create_session() as session:
        if session.get(DagBundleModel, "dags-folder") is None:
            session.add(DagBundleModel(name="dags-folder"))
    sync_bag_to_db(bag, "dags-folder", None)
    return bag.dags[dag_id].test()


def woken() -> dict[str, str | None]:
    with create_session() as session:
        events = session.execute(select(AssetEvent)).scalars().all()
        return {event.asset.name: event.partition_key for event in events}


def test_collecting_wakes_the_datasets_that_have_deliveries_and_no_other(hub: StandInHub) -> None:
    hub.landed = {"market/admin_licence": 2, "?": 1}
    hub.left = {"market/admin_licence": 2, "court/judgment_defaulter": 1}
    assert run("collect").state == DagRunState.SUCCESS
    rung = woken()
    assert set(rung) == {"dataset/market/admin_licence", "dataset/court/judgment_defaulter"}
    assert len(set(rung.values())) == 1 and None not in rung.values()
    with create_session() as session:
        assert not session.scalar(select(func.count()).where(Log.event == "missing partition key"))
        assert not session.scalar(select(func.count()).select_from(XComModel))


def test_collecting_nothing_wakes_nobody(hub: StandInHub) -> None:
    assert run("collect").state == DagRunState.SUCCESS
    assert woken() == {}


def test_a_dataset_wakes_the_outlets_with_something_to_send_and_the_reports(hub: StandInHub) -> None:
    hub.left = {"bank/credit_line": 1}
    hub.open_entries = {"province": 3}
    assert run("dataset__bank__credit_line").state == DagRunState.SUCCESS
    assert hub.ran == ["bank/credit_line"]
    assert set(woken()) == {"outlet/province", "reports"}


def test_a_dataset_with_nothing_left_to_do_wakes_no_reports(hub: StandInHub) -> None:
    assert run("dataset__bank__credit_line").state == DagRunState.SUCCESS
    assert hub.ran == [] and woken() == {}


def test_an_outlet_sends_what_is_due_and_wakes_the_reports(hub: StandInHub) -> None:
    assert run("outlet__province").state == DagRunState.SUCCESS
    assert hub.ran == [] and woken() == {}
    hub.open_entries = {"province": 3}
    assert run("outlet__province").state == DagRunState.SUCCESS
    assert hub.ran == ["province"] and set(woken()) == {"reports"}


def test_points_are_issued_before_the_days_first_look_at_their_outlet_and_when_something_is_steered(
    hub: StandInHub,
) -> None:
    hub.open_entries, hub.takes_totals = {"bank_incentive": 1}, {"bank_incentive"}
    assert run("outlet__bank_incentive").state == DagRunState.SUCCESS
    assert hub.ran == ["points", "bank_incentive"]
    hub.left = {"credit/dispute": 1}
    assert run("dataset__credit__dispute").state == DagRunState.SUCCESS
    assert hub.ran[2:] == ["credit/dispute", "points"]


def test_the_clock_wakes_outlets_with_open_entries(hub: StandInHub) -> None:
    hub.open_entries = {"province": 1}
    assert run("clock").state == DagRunState.SUCCESS
    assert set(woken()) == {"outlet/province"}


def test_the_reminders_wake_the_reports_and_points_and_forms_go_out(hub: StandInHub) -> None:
    assert run("reminders").state == DagRunState.SUCCESS
    assert hub.ran == ["reminders", "points", "forms"] and set(woken()) == {"reports"}


def test_points_of_the_morning_wake_the_outlets_that_owe_them(hub: StandInHub) -> None:
    hub.open_entries = {"province": 295}
    assert run("reminders").state == DagRunState.SUCCESS
    assert set(woken()) == {"reports", "outlet/province"}


def test_a_failed_task_wakes_nobody(hub: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.left = {"bank/credit_line": 1}
    hub.open_entries = {"province": 1}

    def broken(dataset: str) -> Mapping[str, int]:
        raise CallOperator("counts do not balance")

    monkeypatch.setattr(hub, "run_dataset", broken)
    assert run("dataset__bank__credit_line").state == DagRunState.FAILED
    assert woken() == {}
