"""The poller's cost: a round over empty inboxes, and many departments that log in at once, at both servers.

    python benchmarks/inboxes.py [--departments 300] [--away 5]

A round lists every inbox in one pass. Its peer lists them one by one, as a sensor per department would over one
connection; the floor is what the same machine takes to list the folders without any server. ``--away``: milliseconds
each way through a proxy that stands for the county's network. Then as many SFTP sessions as there are departments are
opened at once with asyncssh and each lists its folder; the sessions that were refused are counted. Read the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

import asyncssh

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from connectors.embedded_sftp import HUB, Account, EmbeddedServer, lay_out  # noqa: E402
from connectors.keys import make_key_pair  # noqa: E402
from connectors.sftp import connect  # noqa: E402

SSHD = "/usr/sbin/sshd"
STARTUPS = "400:30:600"  # sshd: nobody is turned away while fewer than so many are logging in
ROUNDS = 5


class Place:
    """A running server: port, host key, and the departments' root as a client names it."""

    def __init__(self, port: int, user: str, key: Path, host_key: str, root: str) -> None:
        self.port, self.user, self.key, self.host_key, self.root = port, user, key, host_key, root.rstrip("/")


@contextmanager
def embedded(folder: Path, root: Path) -> Iterator[Place]:
    """Our own server, in a process of its own as in the demo."""
    public = make_key_pair(folder / "user_key")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        server = EmbeddedServer(root, folder / "own_host_key", [Account(HUB, public, root)])
        server.start()
        os.write(writing, f"{server.port} {server.host_key}".encode())
        threading.Event().wait()
    os.close(writing)
    try:
        port, host_key = os.read(reading, 4096).decode().split(" ", 1)
        yield Place(int(port), HUB, folder / "user_key", host_key, "/")
    finally:
        os.close(reading)
        os.kill(child, 9)
        os.waitpid(child, 0)


@contextmanager
def openssh(folder: Path, root: Path) -> Iterator[Place]:
    """A real sshd with its internal sftp-server."""
    public, host_key = make_key_pair(folder / "user_key"), make_key_pair(folder / "host_key")
    (folder / "authorized").write_text(f"{public}\n", encoding="ascii")
    port = _free_port()
    told = {
        "Port": port, "ListenAddress": "127.0.0.1", "HostKey": folder / "host_key", "PidFile": folder / "pid",
        "AuthorizedKeysFile": folder / "authorized", "StrictModes": "no", "UsePAM": "no",
        "PermitRootLogin": "prohibit-password", "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "no",
        "MaxStartups": STARTUPS, "LogLevel": "ERROR", "Subsystem": "sftp internal-sftp",
    }  # fmt: skip
    (folder / "sshd_config").write_text("\n".join(f"{name} {value}" for name, value in told.items()), encoding="utf-8")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL)
    user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
    try:
        _wait(lambda: _answers(port))
        yield Place(port, user, folder / "user_key", host_key, str(root))
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def away(port: int, milliseconds: float) -> Iterator[int]:
    """The port of a proxy that holds every piece back for so long, in both directions."""
    if not milliseconds:
        yield port
        return
    loop = asyncio.new_event_loop()
    ready: list[int] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1 << 16):
            loop.call_later(milliseconds / 1000, writer.write, piece)
        loop.call_later(milliseconds / 1000, writer.close)

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", port)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(pump(reader, there[1]), pump(there[0], writer), return_exceptions=True)

    async def listen() -> None:
        server = await asyncio.start_server(meet, "127.0.0.1", 0)
        ready.append(server.sockets[0].getsockname()[1])

    listening = loop.create_task(listen())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    _wait(lambda: bool(ready))
    try:
        yield ready[0]
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_others(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        assert listening.done()


def rounds(place: Place, port: int, paths: list[str], count: int) -> tuple[float, float]:
    """Seconds of one round: one by one, and in one pass; the median of ``count``."""
    alone, together = [], []
    with connect("127.0.0.1", port, place.user, place.key, place.host_key) as session:
        for _ in range(count):
            alone.append(_seconds(lambda: [session.files(path) for path in paths]))
            together.append(_seconds(lambda: session.files_in(paths)))
    return median(alone), median(together)


async def crowd(place: Place, count: int) -> tuple[float, int]:
    """Seconds until so many sessions, begun at once, were all open and had listed a folder; how many were refused."""
    known = asyncssh.import_known_hosts(f"[127.0.0.1]:{place.port} {place.host_key}\n")
    key = asyncssh.read_private_key(str(place.key))
    opened: list[asyncssh.SSHClientConnection] = []

    async def one() -> bool:
        try:
            link = await asyncssh.connect(
                "127.0.0.1", place.port, username=place.user, client_keys=[key], known_hosts=known, config=None,
                agent_path=None, login_timeout=60,
            )  # fmt: skip
        except (OSError, asyncssh.Error):
            return False
        opened.append(link)  # stays open until all are there
        files = await link.start_sftp_client()
        await files.listdir(place.root or "/")
        return True

    began = time.perf_counter()
    came = await asyncio.gather(*(one() for _ in range(count)))
    took = time.perf_counter() - began
    for link in opened:
        link.abort()
    return took, came.count(False)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--departments", type=int, default=300)
    asked.add_argument("--away", type=float, default=5.0, help="milliseconds each way")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-inboxes-") as base:
        root = Path(base) / "root"
        names = [f"department_{number:03}" for number in range(told.departments)]
        lay_out(root, names)
        floor = _seconds(lambda: [os.listdir(root / name / "inbox") for name in names])
        print(f"{told.departments} empty inboxes; without any server: {floor:.4f} s\n")
        print("|server|away ms|one by one s|one pass s|one by one ÷ one pass|\n|---|---:|---:|---:|---:|")
        for start in (openssh, embedded):
            folder = Path(base) / start.__name__
            folder.mkdir()
            with start(folder, root) as place:
                paths = [f"{place.root}/{name}/inbox" for name in names]
                for distance in (0.0, told.away):
                    with away(place.port, distance) as port:
                        alone, together = rounds(place, port, paths, 1 if distance else ROUNDS)
                    ratio = alone / together
                    print(f"|{start.__name__}|{distance:g}|{alone:.3f}|**{together:.3f}**|{ratio:.1f}|", flush=True)
        print("\n|server|sessions at once|seconds|its CPU s|clients' CPU s|refused|\n|---|---:|---:|---:|---:|---:|")
        for start in (openssh, embedded):
            before, clients = _cpu_of_children(), time.process_time()
            with start(Path(base) / start.__name__, root) as place:
                took, refused = asyncio.run(crowd(place, told.departments))
                clients = time.process_time() - clients
            own = _cpu_of_children() - before
            line = f"{took:.1f}**|{own:.1f}|{clients:.1f}|{refused}"
            print(f"|{start.__name__}|{told.departments}|**{line}|", flush=True)


def _cpu_of_children() -> float:
    """Of those that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _wait(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not there():
        if time.monotonic() > until:
            raise TimeoutError("the server did not start")
        time.sleep(0.02)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    main()
