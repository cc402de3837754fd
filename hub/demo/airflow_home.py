"""The folder and the environment of the embedded Airflow. No import of Airflow: its processes are told everything."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sqlite3
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from hub.demo.keeper import TOKEN

USER = "admin"


class AirflowHome:
    """``<state>/airflow``: settings, secrets, metadata, logs of one embedded Airflow."""

    def __init__(self, state: Path, project: Path) -> None:
        self.folder = (state / "airflow").absolute()
        self.project = project.absolute()
        self.logs = self.folder / "logs"
        self.pids = self.folder / "pids.json"
        self.lock = self.folder / "lock"
        self._metadata = self.folder / "airflow.db"
        self._migrated = self.folder / "migrated"
        self._passwords = self.folder / "passwords.json"
        self._secrets = self.folder / "secrets.json"

    def prepare(self) -> None:
        """Make folders and secrets (readable by the owner only), and free what a killed Airflow still holds."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        if not self._passwords.exists():
            _write_secret(self._passwords, {USER: secrets.token_urlsafe(12)})
        if not self._secrets.exists():
            made = {
                "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(48),
                "AIRFLOW__API__SECRET_KEY": secrets.token_hex(48),
            }
            _write_secret(self._secrets, made)
        if not self._migrated.exists():
            # A migration that was killed half-way. Nothing is lost with it: what the hub knows is in its ledger.
            for part in self.folder.glob(f"{self._metadata.name}*"):
                part.unlink()
        elif self._metadata.exists():
            self._end_jobs()

    @property
    def password(self) -> str:
        """The administrator's password."""
        return str(json.loads(self._passwords.read_text())[USER])

    @property
    def needs_migration(self) -> bool:
        """Whether the metadata database is not of this version of Airflow."""
        return not self._migrated.exists() or self._migrated.read_text() != version("apache-airflow-core")

    def migrated(self) -> None:
        """The metadata database is of this version from now on."""
        self._migrated.write_text(version("apache-airflow-core"))

    def environment(self, port: int, token: str, hub: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of Airflow's processes. Nothing of the caller's leaks in, proxies included."""
        airflow = {
            "CORE__DAGS_FOLDER": self.project / "dags",
            "CORE__PLUGINS_FOLDER": self.project / "plugins",
            "CORE__LOAD_EXAMPLES": False,
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
            "CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__PARALLELISM": 3,
            "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": self._passwords,
            "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self._metadata}",
            "API__HOST": "127.0.0.1",
            "API__PORT": port,
            "API__WORKERS": 1,
            "LOGGING__BASE_LOG_FOLDER": self.logs / "tasks",
            "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": self.logs / "files",
            "WORKERS__MIN_HEARTBEAT_INTERVAL": 1,
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.2,
            "DAG_PROCESSOR__REFRESH_INTERVAL": 5,
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 60,
        }
        return {
            **{f"AIRFLOW__{name}": str(value) for name, value in airflow.items()},
            **json.loads(self._secrets.read_text()),
            **hub,
            TOKEN: token,
            "AIRFLOW_HOME": str(self.folder),
            "PYTHONPATH": os.pathsep.join(map(str, (self.project, self.project / "config"))),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin")),
            "HOME": str(Path.home()),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1,localhost",
            "GX_ANALYTICS_ENABLED": "false",
            "HUB_PRELOAD": "1",
            "SPT_NOENV": "1",  # process titles must not overwrite the environment, by which the keeper knows its family
        }

    def _end_jobs(self) -> None:
        """After kill -9 the old scheduler counts as alive for 30 s, its tasks for 300 s, but nothing of it runs now."""
        try:
            with sqlite3.connect(self._metadata) as metadata:
                metadata.execute(
                    "UPDATE job SET state = 'failed', end_date = ? WHERE end_date IS NULL OR state = 'running'",
                    (datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),),
                )
            metadata.close()
        except sqlite3.DatabaseError:  # another version's tables, or a torn file: begin with an empty one
            self._migrated.unlink()
            for part in self.folder.glob(f"{self._metadata.name}*"):
                part.unlink()


def _write_secret(path: Path, content: Mapping[str, str]) -> None:
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(dict(content), file)
    draft.replace(path)
