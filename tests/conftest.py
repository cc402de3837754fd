"""What all tests share: loopback only, no silent skips in CI, a real PostgreSQL, and the ledger's two databases."""

from __future__ import annotations

import contextlib
import getpass
import ipaddress
import itertools
import logging
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

IN_CI = os.environ.get("CI") == "true"
OLDEST_POSTGRESQL = 15

# tests/corpus is code that tests share: ``from corpus.catalogue import CASES``. It is found by its path, because no
# folder of tests is a package.
corpus = types.ModuleType("corpus")
corpus.__path__ = [str(Path(__file__).with_name("corpus"))]
sys.modules["corpus"] = corpus
from corpus.log_canaries import Canaries, kind_of  # noqa: E402

# --- nothing leaves this machine -------------------------------------------------------------------------------------


def _refuse_beyond_loopback(family: int, address: Any) -> None:
    """Raise for an internet address that is not loopback; Unix sockets and the like pass."""
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = address[0].split("%")[0]
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host != "localhost":
        raise RuntimeError(f"A test tried to reach {host!r}: tests use loopback only.")


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Guard this process's sockets. Child processes bind to loopback by their own settings."""
    patch = pytest.MonkeyPatch()

    def guard(method: str) -> None:
        original: Callable[..., Any] = getattr(socket.socket, method)

        def guarded(self: socket.socket, *args: Any) -> Any:
            _refuse_beyond_loopback(self.family, args[-1])
            return original(self, *args)

        patch.setattr(socket.socket, method, guarded)

    for method in ("connect", "connect_ex", "sendto"):
        guard(method)
    yield
    patch.undo()


# --- in CI a skipped test is a failed test ---------------------------------------------------------------------------


def _fail_when_skipped(report: pytest.CollectReport | pytest.TestReport) -> None:
    """Turn a skip into a failure that gives the reason. Expected failures (xfail) stay what they are."""
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and with CI=true nothing may be skipped. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails in CI."""
    report = yield
    _fail_when_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that skips itself fails in CI."""
    report = yield
    _fail_when_skipped(report)
    return report


# --- nothing of a person's in any log --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def canaries() -> Iterator[Canaries]:
    """The one listener of this session; our own loggers say all they have to say."""
    listener = Canaries()
    logging.getLogger().addHandler(listener)
    for name in ("hub", "connectors", "hub_airflow"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield listener
    logging.getLogger().removeHandler(listener)


@pytest.fixture(autouse=True)
def _no_person_in_any_log(canaries: Canaries) -> Iterator[None]:
    """Whatever a test does, no number, name, document or secret comes into a log of this process."""
    canaries.found.clear()
    yield
    assert not canaries.found, f"this came into a log: {canaries.found[0]}"


@pytest.fixture(autouse=True, scope="session")
def _no_person_in_any_log_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nor into a log file that a process of this session wrote (Airflow, sshd, the API, databases)."""
    yield
    for file in tmp_path_factory.getbasetemp().rglob("*.log"):
        if file.is_file() and not file.is_symlink():
            kind = kind_of(file.read_text(encoding="utf-8", errors="replace"))
            assert kind is None, f"{kind} is in {file}"


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PostgresServer:
    """A running server of this test session."""

    port: int
    user: str
    password: str

    def url(self, database: str, driver: str = "postgresql+psycopg") -> str:
        """SQLAlchemy URL of one database; ``driver="postgresql"`` for libpq."""
        return f"{driver}://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction, as the owner."""
        with psycopg.connect(self.url("postgres", "postgresql"), autocommit=True) as connection:
            connection.execute(statement)


def _postgresql_programs() -> Path | None:
    """Folder of the lowest installed PostgreSQL that is new enough (15 is what production runs), or None."""
    on_path = shutil.which("initdb")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).resolve().parent] if on_path else [])]
    versions: dict[int, Path] = {}
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
            found = re.search(r"\d+", said)
            if found and int(found[0]) >= OLDEST_POSTGRESQL:
                versions.setdefault(int(found[0]), folder)
    return versions[min(versions)] if versions else None


def _unprivileged_user() -> str:
    """PostgreSQL refuses to run as root: root hands it to ``postgres``, or to ``nobody`` where that is missing."""
    if os.geteuid() != 0:
        return getpass.getuser()
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def free_port() -> int:
    """A loopback port that nothing uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            server.run("SELECT 1")
            return
        except psycopg.OperationalError as trouble:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from trouble
            time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL in a temporary folder, stopped and deleted at the end. One for each worker of pytest-xdist."""
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip(f"No PostgreSQL {OLDEST_POSTGRESQL} or newer here. Debian's package: postgresql")
    server = PostgresServer(free_port(), "hub", secrets.token_hex(8))
    # Not pytest's tmp_path: its folders are closed to the unprivileged user.
    folder = Path(tempfile.mkdtemp(prefix="hub-postgres-"))
    data, password_file, log = folder / "data", folder / "password", folder / "log"
    user = _unprivileged_user()
    identity: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        identity |= {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
    password_file.write_text(server.password)
    password_file.chmod(0o644)  # the folder itself is closed to others
    process: subprocess.Popen[bytes] | None = None
    try:
        layout = ["-D", data, "-U", server.user, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        access = ["--auth=scram-sha-256", f"--pwfile={password_file}"]
        initdb = [programs / "initdb", *layout, *access]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **identity)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": server.port,
            "unix_socket_directories": folder,
            "fsync": "off",  # nothing here outlives the session
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "max_connections": 50,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *options], stdout=sink, stderr=subprocess.STDOUT, **identity
            )
        _wait_until_ready(server, process, log)
        yield server
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder)


_numbers = itertools.count(1)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy URL of an empty database of this test's own, dropped after it."""
    database = f"test_{next(_numbers)}"
    postgres_server.run(f"CREATE DATABASE {database}")
    yield postgres_server.url(database)
    postgres_server.run(f"DROP DATABASE {database} WITH (FORCE)")


# --- MariaDB ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Any]:
    """A real MariaDB in a temporary folder (``corpus.mariadb_server``), stopped and deleted at the end."""
    from corpus import mariadb_server as maria

    if not maria.is_there():
        pytest.skip("No MariaDB here. Debian's package: mariadb-server-core")
    with maria.running(maria.MariaServer(free_port(), "hub", secrets.token_hex(8)), _unprivileged_user()) as server:
        yield server


@pytest.fixture
def mariadb_url(mariadb_server: Any) -> Iterator[str]:
    """SQLAlchemy URL of an empty database of this test's own, dropped after it."""
    database = f"test_{next(_numbers)}"
    mariadb_server.run(f"CREATE DATABASE {database}")
    yield mariadb_server.url(database)
    mariadb_server.run(f"DROP DATABASE {database}")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy URL of an empty database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
