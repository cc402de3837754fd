"""A real MariaDB for tests, in a folder of its own on loopback. Debian's package mariadb-server-core has all of it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

PROGRAM = "/usr/sbin/mariadbd"
TABLES = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")
SCRIPTS = Path("/usr/share/mysql")


@dataclass(frozen=True)
class MariaServer:
    """A running server of this test session."""

    port: int
    user: str
    password: str

    def url(self, database: str) -> str:
        """SQLAlchemy URL of one database."""
        return f"mysql+pymysql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> None:
        """Run statements, each at once."""
        opened = pymysql.connect(
            host="127.0.0.1", port=self.port, user=self.user, password=self.password, autocommit=True
        )
        with opened as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def is_there() -> bool:
    """Whether MariaDB is installed."""
    return Path(PROGRAM).exists() and all((SCRIPTS / name).exists() for name in TABLES)


@contextmanager
def running(server: MariaServer, user: str) -> Iterator[MariaServer]:
    """The server with empty databases, run by the account ``user``; stopped and deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="hub-mariadb-"))
    identity: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        group = pwd.getpwnam(user).pw_gid
        identity |= {"user": user, "group": group, "extra_groups": []}
        shutil.chown(folder, user, group)
    first, log = folder / "first.sql", folder / "log"
    account = f"'{server.user}'@'127.0.0.1'"
    first.write_text(
        f"CREATE USER {account} IDENTIFIED BY '{server.password}';\nGRANT ALL ON *.* TO {account} WITH GRANT OPTION;\n"
    )
    first.chmod(0o644)  # the folder itself is closed to others
    words = [
        *(PROGRAM, "--no-defaults", f"--datadir={folder / 'data'}", f"--socket={folder / 'socket'}"),
        *("--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M"),
        *("--innodb-log-file-size=16M", "--character-set-server=utf8mb4", "--skip-name-resolve"),
    ]
    process: subprocess.Popen[bytes] | None = None
    try:
        (folder / "data").mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder / "data", user, group)
        system = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL, @skip_auth_anonymous = 1;\n"
        system += "\n".join((SCRIPTS / name).read_text(encoding="utf-8") for name in TABLES)
        subprocess.run(
            [*words, "--bootstrap"], input=system.encode(), check=True, stderr=log.open("wb"), timeout=60, **identity
        )
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [*words, "--bind-address=127.0.0.1", f"--port={server.port}", f"--init-file={first}"],
                stdout=sink,
                stderr=subprocess.STDOUT,
                **identity,
            )
        _wait(server, process, log)
        yield server
    finally:
        if process is not None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder)


def _wait(server: MariaServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            server.run("SELECT 1")
            return
        except pymysql.err.OperationalError as trouble:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MariaDB did not start:\n{log.read_text(errors='replace')}") from trouble
            time.sleep(0.05)
