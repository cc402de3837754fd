"""The real Airflow of the demo: comes up with every DAG, and leaves no process behind, however it ends."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub.contract.load import dataset_names
from hub.demo.airflow import Airflow
from hub.demo.keeper import family
from hub.errors import Locked

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


@pytest.mark.timeout(400)
def test_airflow_comes_up_and_nothing_of_it_outlives_its_starter(tmp_path: Path) -> None:
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

    # The next one on the same folder, stopped as it should be.
    airflow = Airflow(state, PROJECT, told)
    with airflow:
        token = json.loads((state / "airflow" / "pids.json").read_text())["token"]
        ids = {dag["dag_id"] for dag in airflow.rest.dags()}
        assert {"collect", "clock", "reports"} < ids and len(ids) >= 3 + len(dataset_names(PROJECT / "schemas"))
        assert airflow.failures() == []
        end = time.monotonic() + 60
        while not airflow.idle():
            assert time.monotonic() < end
            time.sleep(0.5)
        run = airflow.trigger("clock")
        while airflow.rest.get(f"/api/v2/dags/clock/dagRuns/{run}")["state"] != "success":
            assert time.monotonic() < end, airflow.failures()
            time.sleep(0.5)
    assert family(token) == []
    assert not (state / "airflow" / "pids.json").exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(airflow.url.rpartition(":")[2]))) != 0
    for name in ("passwords.json", "secrets.json", "logs/scheduler.log"):
        assert stat.S_IMODE((state / "airflow" / name).stat().st_mode) == 0o600, name
