"""Two real SFTP servers on loopback: our embedded one and OpenSSH's sshd. The same contract holds at both."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from corpus.polling import Poller

from connectors.embedded_sftp import Account, EmbeddedServer
from connectors.keys import make_key_pair
from connectors.sftp import Session, connect

SSHD = "/usr/sbin/sshd"


@dataclass(frozen=True)
class Site:
    """A running server: how to log in, its folder on this machine and the same folder as a client names it."""

    port: int
    user: str
    key_file: Path
    host_key: str
    folder: Path
    remote: str
    log: Path
    stop: Callable[[], None]

    def connect(self, *, timeout: float = 20.0) -> Session:
        return connect("127.0.0.1", self.port, self.user, self.key_file, self.host_key, timeout=timeout)


@pytest.fixture(params=["embedded", "openssh"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with_server = _embedded if request.param == "embedded" else _openssh
    yield from with_server(tmp_path)


@pytest.fixture
def openssh(tmp_path: Path) -> Iterator[Site]:
    yield from _openssh(tmp_path)


@pytest.fixture
def session(site: Site) -> Iterator[Session]:
    with site.connect() as opened:
        yield opened


@pytest.fixture
def inbox(site: Site) -> Path:
    """The inbox of the department market, on the server's own disk."""
    folder = site.folder / "market" / "inbox"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(name="make")
def pollers(site: Site, session: Session, inbox: Path, tmp_path: Path) -> Callable[..., Poller]:
    """``make(patience=…)``: looks at that inbox and takes from it."""
    return lambda **told: Poller(session, site.remote, Path(tempfile.mkdtemp(dir=tmp_path)), **told)


@pytest.fixture
def poller(make: Callable[..., Poller]) -> Poller:
    return make()


def _embedded(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "files"
    folder.mkdir()
    public = make_key_pair(tmp_path / "user_key")
    server = EmbeddedServer(folder, tmp_path / "host_key", [Account("hub", public, folder)])
    server.start()
    try:
        yield Site(
            server.port, "hub", tmp_path / "user_key", server.host_key, folder, "/", tmp_path / "none", server.stop
        )
    finally:
        server.stop()


def _openssh(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "files"
    folder.mkdir()
    public = make_key_pair(tmp_path / "user_key")
    host_key = make_key_pair(tmp_path / "host_key")
    (tmp_path / "authorized").write_text(f"{public}\n", encoding="ascii")
    port = _free_port()
    configuration = tmp_path / "sshd_config"
    configuration.write_text(
        f"""
        Port {port}
        ListenAddress 127.0.0.1
        HostKey {tmp_path}/host_key
        PidFile {tmp_path}/sshd.pid
        AuthorizedKeysFile {tmp_path}/authorized
        StrictModes no
        UsePAM no
        PermitRootLogin prohibit-password
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        MaxStartups 200:30:400
        LogLevel DEBUG1
        Subsystem sftp internal-sftp
        """,
        encoding="utf-8",
    )
    if os.geteuid() == 0:
        # Debian's sshd wants this folder for its unprivileged half; the service makes it at its start.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    log = tmp_path / "sshd.log"
    with log.open("wb") as errors:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(configuration)], stderr=errors, start_new_session=True)

    def stop() -> None:
        # sshd's children sit in sessions of their own: end those that serve a connection first.
        for child in _children(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.terminate()
        process.wait(10)

    try:
        _wait_for(port, process, log)
        yield Site(port, getpass.getuser(), tmp_path / "user_key", host_key, folder, str(folder), log, stop)
    finally:
        if process.poll() is None:
            stop()


def _children(parent: int) -> list[int]:
    """Process ids of all descendants, the youngest first."""
    try:
        direct = [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []  # it ended by itself meanwhile
    return [pid for child in direct for pid in [*_children(child), child]]


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"sshd did not start: {log.read_text(errors='replace')}")


@pytest.fixture(name="free_port")
def port_where_nobody_listens() -> int:
    return _free_port()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
