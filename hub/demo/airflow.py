"""The embedded Airflow of ``hub demo`` and ``hub serve``: the real processes, on loopback, gone with the starter."""

from __future__ import annotations

import fcntl
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed

from hub.demo.airflow_home import USER, AirflowHome
from hub.demo.airflow_rest import Rest
from hub.demo.keeper import Command, Plan, record, sweep, sweep_leftovers
from hub.errors import CallOperator, FixConfiguration, Locked, TryAgain

START_SECONDS = 180.0
STOP_SECONDS = 30.0
QUIET_SECONDS = 2.0  # between a task's success and the run that it rang for Airflow shows nothing under way
ACTIVE = ("queued", "running")

LASTING = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),  # the log servers would listen on all addresses
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}


class Airflow:
    """One Airflow for one state folder. Everything of it lies in ``<home>/airflow``; usable in a ``with``.

    ``home``: the hub's state folder; ``project``: the folder with ``dags``, ``plugins`` and ``config``; ``hub_env``:
    the hub's settings (``HUB_*``) for Airflow's processes; ``port``: of the web interface, None takes a free one.
    """

    def __init__(self, home: Path, project: Path, hub_env: Mapping[str, str], port: int | None = None) -> None:
        self._home = AirflowHome(home, project)
        self._hub_env = hub_env
        self._wanted = port
        self._port = 0
        self._token = ""
        self._keeper: subprocess.Popen[bytes] | None = None
        self._lock: TextIO | None = None
        self._rest: Rest | None = None
        self._since = datetime.now(UTC)
        self._quiet_since = 0.0
        self._runs_seen = -1

    def __enter__(self) -> Airflow:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Address of the web interface and the API."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def user(self) -> str:
        """Name of the one account."""
        return USER

    @property
    def password(self) -> str:
        """Password of the one account."""
        return self._home.password

    @property
    def logs(self) -> Path:
        """Folder of the logs. They may hold secrets: print none of them."""
        return self._home.logs

    @property
    def rest(self) -> Rest:
        """The API of the running Airflow."""
        if self._rest is None:
            raise CallOperator("Airflow has not been started")
        return self._rest

    def start(self) -> None:
        """Start Airflow and wait until the API answers and every DAG file has been read.

        Kills first what an earlier, killed start left behind. Raises ``Locked`` when another process runs Airflow on
        the same folder, ``FixConfiguration`` for DAG files that cannot be read, ``CallOperator`` when Airflow does not
        come up.
        """
        self._home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_lock()
        try:
            sweep_leftovers(self._home.pids)
            self._home.prepare()
            self._launch()
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every process of Airflow. May be called twice."""
        if self._keeper is not None:
            if self._keeper.stdin is not None:
                self._keeper.stdin.close()
            try:
                self._keeper.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._keeper.kill()
                self._keeper.wait()
            sweep(self._token)
            self._home.pids.unlink(missing_ok=True)
            self._keeper = None
        self._rest = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def idle(self) -> bool:
        """Whether nothing runs or is queued, and was not either for a moment: ask again until it says yes.

        Raises ``CallOperator`` when Airflow has ended by itself.
        """
        self._check_alive()
        now, runs = time.monotonic(), self.rest.count_runs()
        if runs != self._runs_seen or self.rest.count_runs(ACTIVE) or self._events_wait():
            self._runs_seen, self._quiet_since = runs, now
            return False
        return now - self._quiet_since >= QUIET_SECONDS

    def failures(self) -> list[str]:
        """What went wrong since the start: DAG files that cannot be read, runs that failed. DAG and run ids only."""
        failed = self.rest.runs(("failed",), end_date_gte=self._since.isoformat())
        unread = [f"{name}: cannot be read" for name in self.rest.import_errors()]
        return unread + [f"{run['dag_id']}: {run['dag_run_id']} failed" for run in failed]

    @retry(retry=retry_if_exception_type(TryAgain), stop=stop_after_attempt(10), wait=wait_fixed(1), reraise=True)
    def trigger(self, dag: str) -> str:
        """Run a DAG now; the id of the run. ``NotFound`` when there is no such DAG.

        While others write, the API may not get the lock of the embedded metadata database (SQLite) and answers 500:
        tried again for some seconds, then ``TryAgain``.
        """
        return self.rest.trigger(dag)

    def _take_lock(self) -> None:
        lock = self._home.lock.open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise Locked("Airflow already runs on this state folder") from None
        self._lock = lock

    def _launch(self) -> None:
        self._port = self._wanted or _free_port()
        self._token = secrets.token_hex(16)
        self._since = datetime.now(UTC)
        first = {"migrate": ("db", "migrate")} if self._home.needs_migration else {}
        plan = Plan(
            token=self._token, pids=str(self._home.pids), first=self._commands(first), lasting=self._commands(LASTING)
        )
        record(self._home.pids, self._token, {})  # before the first process: a kill -9 right after must not hide it
        with (self.logs / "keeper.log").open("ab") as log:
            self._keeper = subprocess.Popen(
                (sys.executable, "-m", "hub.demo.keeper"),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._home.folder,
                env=self._home.environment(self._port, self._token, self._hub_env),
                start_new_session=True,  # Ctrl-C in the terminal is for the starter alone
            )
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(plan.line())
        self._keeper.stdin.flush()
        self._rest = Rest(self.url, USER, self.password)

    def _commands(self, commands: Mapping[str, tuple[str, ...]]) -> tuple[Command, ...]:
        return tuple(
            Command(name, (sys.executable, "-m", "airflow", *words), str(self._home.logs / f"{name}.log"))
            for name, words in commands.items()
        )

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        files = {path.name for path in (self._home.project / "dags").glob("*.py")}
        answered = False
        while time.monotonic() < end:
            self._check_alive()
            if not answered and self.rest.answers():
                answered = True
                self._home.migrated()
            if answered:
                if unread := self.rest.import_errors():
                    raise FixConfiguration(f"Airflow cannot read {', '.join(unread)}; see {self.logs}")
                if files <= {str(dag["relative_fileloc"]) for dag in self.rest.dags()}:
                    return
            time.sleep(0.25)
        raise CallOperator(f"Airflow did not come up within {START_SECONDS:.0f} s; see {self.logs}")

    def _check_alive(self) -> None:
        if self._keeper is None or self._keeper.poll() is not None:
            raise CallOperator(f"a process of Airflow has ended by itself; see {self.logs}")

    def _events_wait(self) -> bool:
        return any(
            self.rest.queued_events(str(dag["dag_id"]))
            for dag in self.rest.dags()
            if dag["timetable_summary"] == "Asset"
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
