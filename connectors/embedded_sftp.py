"""An SFTP server inside the own process, for the demo and for tests. Loopback only, public keys only, files only.

Each account sees its own folder as ``/``. A department writes in ``inbox/`` and ``precheck/``, reads the rest, and can
do nothing else: no shell, no command, no forwarding, no link, no removing of what the hub wrote. The account ``hub``
sees the whole root. Production uses OpenSSH.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from connectors.embedded_rights import DepartmentFiles, HubFiles
from connectors.keys import make_key_pair

HUB = "hub"
FOLDERS = ("inbox", "precheck", "outbox", "templates", "archive")
START_SECONDS = 20.0

# What it says of single files are their names, and these may name persons.
asyncssh.set_log_level(logging.WARNING)


@dataclass(frozen=True)
class Account:
    """Who may log in. ``public_key``: one line, or several during a rotation. ``folder`` becomes the account's ``/``;
    for the account ``hub`` it is the root whatever stands here. A read-only account writes nowhere.
    """

    user: str
    public_key: str
    folder: Path
    read_only: bool = False


def lay_out(root: Path, department_ids: Iterable[str]) -> None:
    """Make every department's folders (``FOLDERS``) under the root. Existing ones stay as they are."""
    for department in department_ids:
        for folder in FOLDERS:
            (root / department / folder).mkdir(parents=True, exist_ok=True)


class EmbeddedServer:
    """The server. ``port`` 0 takes a free one; ``port`` and ``host_key`` hold after ``start``. Usable in a ``with``.

    Runs in a thread and event loop of its own. The host key is made once and kept in ``host_key_file``.
    """

    def __init__(self, root: Path, host_key_file: Path, accounts: Iterable[Account], port: int = 0) -> None:
        self._root = root.resolve()
        self._accounts = {account.user: account for account in accounts}
        self._host_key_file = host_key_file
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self.port = port
        self.host_key = make_key_pair(host_key_file)

    def __enter__(self) -> EmbeddedServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to listen on 127.0.0.1. Raises OSError when the port is taken."""
        if self._loop is not None:
            return
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="embedded-sftp", daemon=True)
        thread.start()
        self._loop, self._thread = loop, thread
        try:
            self._acceptor = asyncio.run_coroutine_threadsafe(self._listen(), loop).result(START_SECONDS)
        except BaseException:
            self.stop()
            raise
        self.port = self._acceptor.get_port()

    def stop(self) -> None:
        """Close every connection and the thread. May be called twice."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)
        self._loop.close()
        self._loop = self._thread = self._acceptor = None

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=lambda: _Door(self._accounts, self._connections),
            server_host_keys=[str(self._host_key_file)],
            sftp_factory=self._files,
            sftp_version=3,
            allow_scp=False,
            allow_pty=False,
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            gss_host=None,
            agent_forwarding=False,
            x11_forwarding=False,
            compression_algs=None,
            config=None,
            keepalive_interval=30,
        )

    async def _hang_up(self) -> None:
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
        for connection in list(self._connections):
            connection.abort()
            await connection.wait_closed()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _files(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        account = self._accounts[channel.get_extra_info("username")]
        if account.user == HUB:
            return HubFiles(channel, self._root)
        return DepartmentFiles(channel, account.folder, read_only=account.read_only)


class _Door(asyncssh.SSHServer):
    """Who comes in: known accounts with their own key."""

    def __init__(self, accounts: dict[str, Account], connections: set[asyncssh.SSHServerConnection]) -> None:
        self._accounts = accounts
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._connections.discard(self._connection)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        account = self._accounts.get(username)
        if account is None:
            return False
        lines = (line for line in account.public_key.splitlines() if line.strip())
        return any(asyncssh.import_public_key(line).public_data == key.public_data for line in lines)
