"""The departments' SFTP server, twice: docker/sftp as it is, and the embedded one of the demonstration.

The first is the real sshd with the accounts, folders and configuration that docker/sftp makes, started by its own
start.sh with the capabilities of docker/compose.yaml, in a mount namespace whose /etc and /srv are its own: nothing of
this machine's accounts changes.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import paramiko
import yaml

from connectors.embedded_sftp import Account, EmbeddedServer, lay_out
from connectors.keys import make_key_pair
from connectors.sftp import Session, connect

DOCKER = Path(__file__).resolve().parents[2] / "docker"
HUB = "hub"
# What of /etc a bare Debian with OpenSSH has, as far as sshd and useradd look at it.
ETC = (
    *("passwd", "group", "shadow", "gshadow", "subuid", "subgid", "login.defs", "default/useradd", "nsswitch.conf"),
    *("ld.so.cache", "ld.so.conf", "hosts", "localtime", "ssh/moduli", "alternatives/awk"),
)
# /etc with accounts of its own; /srv and /run belong to nobody else either.
INSIDE = """
set -e
mount --bind "$PLACE/etc" /etc
mount --bind "$PLACE/srv" /srv
mount --bind "$PLACE/run" /run
exec setpriv --no-new-privs --bounding-set "$CAPABILITIES" --inh-caps=-all bash "$PLACE/lib/start.sh" "$@"
"""


@dataclass(frozen=True)
class DepartmentServer:
    """A running server. ``root`` holds the departments' folders, seen from this machine; ``keys``: private keys."""

    port: int
    host_key: str
    root: Path
    keys: Path
    again: Callable[[], int]  # takes changed lists and keys over, where the server can; the exit status
    place: Path

    def session(self, user: str) -> Session:
        """Our own client."""
        return connect("127.0.0.1", self.port, user, self.keys / user, self.host_key)

    @contextmanager
    def transport(self, user: str, key: Path | None = None) -> Iterator[paramiko.Transport]:
        """A bare connection, logged in with the account's own key or another one."""
        transport = paramiko.Transport(("127.0.0.1", self.port))
        try:
            transport.connect(username=user, pkey=paramiko.PKey.from_path(key or self.keys / user))
            yield transport
        finally:
            transport.close()

    def refuses(self, user: str, key: Path) -> bool:
        """Whether the server turns this account away with this key."""
        try:
            with self.transport(user, key):
                return False
        except paramiko.SSHException:
            return True


@contextmanager
def embedded(place: Path, departments: Sequence[str]) -> Iterator[DepartmentServer]:
    """The server of the demonstration."""
    root, keys = place / "root", place / "keys"
    lay_out(root, departments)
    accounts = [Account(HUB, make_key_pair(keys / HUB), root)]
    accounts += [Account(each, make_key_pair(keys / each), root / each) for each in departments]
    with EmbeddedServer(root, keys / "host", accounts) as server:
        yield DepartmentServer(server.port, server.host_key, root, keys, lambda: 0, place)


@contextmanager
def openssh(place: Path, departments: Sequence[str]) -> Iterator[DepartmentServer]:
    """docker/sftp without docker."""
    prepare(place, departments)
    with started(place) as server:
        yield server


def prepare(place: Path, departments: Sequence[str]) -> None:
    """Lay out what the image and its volumes hold."""
    etc = place / "etc"
    for name in ETC:
        if (here := Path("/etc") / name).exists():
            (etc / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(here, etc / name)
    shutil.copyfile(DOCKER / "sftp" / "sshd_config", etc / "ssh" / "sshd_config")
    shutil.copytree(DOCKER / "sftp", place / "lib")
    (etc / "credit-sftp" / "keys").mkdir(parents=True)
    for folder in ("srv", "run"):
        (place / folder).mkdir()
    for each in (HUB, *departments):
        hand_out(place, each, make_key_pair(place / "keys" / each))
    list_of(place, departments)


def list_of(place: Path, departments: Sequence[str]) -> None:
    """Write the list of departments."""
    text = "# who may send\n" + "".join(f"{each}\n" for each in departments)
    (place / "etc" / "credit-sftp" / "departments").write_text(text, encoding="ascii")


def hand_out(place: Path, account: str, *lines: str) -> None:
    """Lay down the public keys of an account."""
    file = place / "etc" / "credit-sftp" / "keys" / f"{account}.pub"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


@contextmanager
def started(place: Path) -> Iterator[DepartmentServer]:
    """The server of a prepared place, until the end of the block."""
    port = _free_port()
    words = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]
    words += ["bash", "-c", INSIDE, "start", "-p", str(port), "-o", "ListenAddress=127.0.0.1"]
    capabilities = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]["sftp"]["cap_add"]
    kept = ",".join(["-all", *(f"+{each.lower()}" for each in capabilities)])
    environment = {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "PLACE": str(place), "CAPABILITIES": kept}
    log = place / "log"
    with log.open("ab") as sink:
        process = subprocess.Popen(words, stdout=sink, stderr=sink, env=environment, start_new_session=True)
    try:
        _wait_for(port, process, log)
        public = (place / "etc" / "ssh" / "host-keys" / "ssh_host_ed25519_key.pub").read_text(encoding="ascii")

        def again() -> int:
            child = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
            inside = ["nsenter", "--target", child, "--mount", "--pid", "bash", str(place / "lib" / "accounts.sh")]
            with log.open("ab") as sink:
                return subprocess.run(inside, stdout=sink, stderr=sink, env=environment, check=False).returncode

        yield DepartmentServer(port, public.strip(), place / "srv" / "sftp", place / "keys", again, place)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # unshare's child is the first of its processes: all of them end
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"sshd did not start: {log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
