"""The real Airflow of the demo: comes up with every DAG, and leaves no process behind, however it ends."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from corpus import planted_airflow, searching
from corpus.log_canaries import kind_of
from corpus.planted_airflow import SECRET

from hub.contract.load import dataset_names
from hub.demo.airflow import Airflow
from hub.demo.keeper import family
from hub.errors import Locked, TryAgain

PROJECT = Path(__file__).resolve().parents[2]

STARTER = """
import json, sys, time
from pathlib import Path
from hub.demo.airflow import Airflow
airflow = Airflow(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
airflow.start()
print("up", flush=True)
time.sleep(1000)
"""


def gone(token: str, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while family(token):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def listening_beyond_loopback(pids: list[int]) -> list[str]:
    """Addresses other than 127.0.0.1 on which one of the processes listens, as the kernel writes them."""
    sockets = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                sockets.add(str(handle.readlink()))
            except FileNotFoundError:
                continue
    found = []
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets and not fields[1].startswith("0100007F"):
                found.append(fields[1])
    return found


def patiently(asking: Callable[[], Any]) -> Any:
    """An answer of the API; a busy machine gives it later."""
    end = time.monotonic() + 120
    while True:
        try:
            return asking()
        except TryAgain:
            assert time.monotonic() < end


def asked(airflow: Airflow, path: str) -> Any:
    return patiently(lambda: airflow.rest.get(path))


def ended(airflow: Airflow, dag: str) -> str:
    """Run a DAG now; how the run ends."""
    end = time.monotonic() + 180
    run = patiently(lambda: airflow.trigger(dag))
    while (state := asked(airflow, f"/api/v2/dags/{dag}/dagRuns/{run}")["state"]) not in ("success", "failed"):
        assert time.monotonic() < end, f"{dag} is {state}"
        time.sleep(1)
    return str(state)


def said_of(airflow: Airflow, dags: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """What the API tells of some DAGs: runs, tasks, XCom, logs; and what it tells of everything."""
    for path in ("/api/v2/eventLogs", "/api/v2/assets/events", "/api/v2/importErrors", "/api/v2/variables"):
        yield path, json.dumps(asked(airflow, path), ensure_ascii=False).encode()
    for dag in dags:
        runs = asked(airflow, f"/api/v2/dags/{dag}/dagRuns")
        yield dag, json.dumps(runs, ensure_ascii=False).encode()
        for run in runs["dag_runs"]:
            place = f"/api/v2/dags/{dag}/dagRuns/{quote(run['dag_run_id'])}/taskInstances"
            tasks = asked(airflow, place)
            yield place, json.dumps(tasks, ensure_ascii=False).encode()
            for task in tasks["task_instances"]:
                of_task = f"{place}/{task['task_id']}"
                for path in (f"{of_task}/xcomEntries", f"{of_task}/logs/{max(task['try_number'], 1)}"):
                    yield path, json.dumps(asked(airflow, path), ensure_ascii=False).encode()


def silent(search: searching.Search, where: str, content: bytes) -> None:
    """Nothing of a person's and no secret stands there."""
    assert search.content(content) == set(), where
    assert kind_of(content.decode("utf-8", "replace")) is None, where


@pytest.mark.timeout(900)
def test_airflow_comes_up_tells_nothing_of_anybody_and_nothing_of_it_outlives_its_starter(tmp_path: Path) -> None:
    state = tmp_path / "state"
    told = {
        "HUB_HOME": str(state),
        "HUB_SCHEMAS": str(PROJECT / "schemas"),
        "HUB_EXPECTATIONS": str(PROJECT / "expectations"),
    }
    # The first start, killed with kill -9 while Airflow runs.
    starter = subprocess.Popen(
        (sys.executable, "-c", STARTER, str(state), str(PROJECT), json.dumps(told)),
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == "up\n"
    token = json.loads((state / "airflow" / "pids.json").read_text())["token"]
    assert len(family(token)) > 5
    assert listening_beyond_loopback(family(token)) == []
    with pytest.raises(Locked):
        Airflow(state, PROJECT, told).start()
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    assert gone(token)

    # The next one on the same folder, stopped as it should be. Its programs make mistakes that quote what they have in
    # hand.
    planted = planted_airflow.project(PROJECT, tmp_path / "project")
    scraps = tmp_path / "scraps"
    scraps.mkdir()
    planted_airflow.land(told, tmp_path)
    told |= {"HUB_RECORD_KEY": SECRET, "HUB_PROVINCE_URL": f"postgresql://hub:{SECRET}@127.0.0.1:1/province"}
    told |= {"TMPDIR": str(scraps)}
    airflow = Airflow(state, planted, told)
    with airflow:
        token = json.loads((state / "airflow" / "pids.json").read_text())["token"]
        ids = {dag["dag_id"] for dag in patiently(airflow.rest.dags)}
        assert {"collect", "clock", "reports"} < ids and len(ids) >= 3 + len(dataset_names(PROJECT / "schemas"))
        assert ended(airflow, "clock") == "success"
        failing = ("dataset__market__admin_penalty", "dataset__court__judgment_defaulter")
        failing += ("outlet__province", "reports")
        assert {dag: ended(airflow, dag) for dag in failing} == dict.fromkeys(failing, "failed")
        answers = list(said_of(airflow, failing))
        password = airflow.password
    search = searching.Search(planted_airflow.WORDS | {"password": password})
    for where, answer in answers:
        silent(search, where, answer)
    assert any("ValueError at" in answer.decode() for _, answer in answers), "the mistakes are told by their kind"
    for file in (*(state / "airflow").rglob("*"), *scraps.rglob("*")):
        if file.is_file() and file.name not in ("passwords.json", "secrets.json"):
            silent(search, file.name, file.read_bytes())
    assert family(token) == []
    assert not (state / "airflow" / "pids.json").exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(airflow.url.rpartition(":")[2]))) != 0
    for name in ("passwords.json", "secrets.json", "logs/scheduler.log"):
        assert stat.S_IMODE((state / "airflow" / name).stat().st_mode) == 0o600, name
