"""PostgreSQL goes down without a word in the middle of a transaction: a clear error, and the next run mends it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.kills import differences, reaches
from faults.lives import FULL, Lives

POINTS = [("accept.before_commit", 2), ("accept.after_commit", 1), ("acknowledge.before_commit", 3)]
CLEAR = ("TryAgain: ", "CallOperator: ")


class Server:
    """A PostgreSQL of this test's own, as careful as in production."""

    def __init__(self, folder: Path) -> None:
        on_path = shutil.which("initdb")
        found = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).resolve().parent] if on_path else [])]
        assert found, "Debian's package: postgresql"
        self.programs, self.folder, self.data = sorted(found)[0], folder, folder / "data"
        self.identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            self.identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": str(folder)}
            shutil.chown(folder, account.pw_uid, account.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def run(self, *words: str) -> None:
        command = [str(self.programs / words[0]), *words[1:]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.identity)

    def start(self) -> None:
        self.run("initdb", "-D", str(self.data), "-U", "hub", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust")
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def restart(self) -> list[str]:
        """The command; ``immediate`` is a crash of the server."""
        program, log = str(self.programs / "pg_ctl"), str(self.folder / "log")
        return [program, "-D", str(self.data), "-w", "-l", log, "-m", "immediate", "restart"]

    def database(self, name: str) -> str:
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "hub", name)
        return f"postgresql+psycopg://hub@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="hub-postgres-"))  # pytest's own folders are closed to other users
    made = Server(folder)
    made.start()
    yield made
    made.run("pg_ctl", "-D", str(made.data), "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Lives]:
    made = Lives(tmp_path_factory.mktemp("lives"), server.database)
    yield made
    made.close()


@pytest.mark.timeout(3600)
def test_a_database_that_crashes_within_a_transaction_loses_and_doubles_nothing(lives: Lives, server: Server) -> None:
    undisturbed, trace = lives.undisturbed()
    expected = undisturbed.ending()
    commits = [(name, nth) for name, nth in reaches(trace) if name.endswith("_commit") and nth == 1]
    crash: dict[str, Any] = {"act": "command", "command": server.restart(), "identity": server.identity}
    wrong = []
    for point, nth in commits if FULL else POINTS:
        county = lives.county()
        status, error = lives.live(county, point=point, nth=nth, **crash)
        if status and not error.startswith(CLEAR):
            wrong.append(f"{point} {nth}: ended with {status}, {error}")
        if point.endswith("before_commit") and not status:
            wrong.append(f"{point} {nth}: said to be done although its commit was lost")
        after = lives.live(county)
        wrong += [f"{point} {nth}: the next run ended with {after}"] if after != (0, "") else []
        wrong += [f"{point} {nth}: {one}" for one in differences(expected, county.ending())]
    assert not wrong, "\n".join(wrong)
