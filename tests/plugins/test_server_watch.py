"""What one server or one department's inbox does wrong holds up no other, and is said once."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from connectors.embedded_sftp import HUB, Account, EmbeddedServer, lay_out
from connectors.faults import Refused
from connectors.keys import make_key_pair
from connectors.sftp import Session
from hub.settings import SftpServer, settings

DEPARTMENTS = ("market", "court")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    root = tmp_path / "sftp"
    lay_out(root, DEPARTMENTS)
    with EmbeddedServer(root, tmp_path / "host_key", [Account(HUB, make_key_pair(tmp_path / "hub_key"), root)]) as one:
        yield SftpServer(
            host="127.0.0.1", port=one.port, user=HUB, key_file=tmp_path / "hub_key", host_key=one.host_key
        )


@contextmanager
def deaf() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_an_inbox_that_cannot_be_listed_is_said_once_and_the_others_are_rung_for(
    server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from hub_airflow.watching import ServerWatch

    files_in = Session.files_in
    fault = Refused("list a folder: the server does not allow it (status 3)")
    broken = ["court"]

    def some(self: Session, paths: Any) -> dict[str, Any]:
        listed = files_in(self, paths)
        return {path: fault if path.split("/")[1] in broken else found for path, found in listed.items()}

    monkeypatch.setattr(Session, "files_in", some)
    (tmp_path / "sftp" / "market" / "inbox" / "a.csv").write_bytes(b"a\n")
    watch = ServerWatch("main", server, lambda: DEPARTMENTS, settle=0.0, rering=60.0)
    with caplog.at_level(logging.WARNING):
        assert [watch.look() for _ in range(3)] == [1, 0, 0]
        assert [one for one in caplog.messages if "inbox of court: CallOperator" in one] == caplog.messages
        broken.clear()
        watch.look()
        broken.append("court")
        watch.look()
    assert len(caplog.messages) == 2, "again when it comes again"


def test_one_connection_serves_many_looks(server: SftpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.stages import link
    from hub_airflow.watching import ServerWatch

    connect, opened = link.connect, list[int]()

    def counted(*words: Any, **more: Any) -> Session:
        opened.append(1)
        return connect(*words, **more)

    monkeypatch.setattr(link, "connect", counted)
    watch = ServerWatch("main", server, lambda: DEPARTMENTS, settle=0.0, rering=60.0)
    for _ in range(5):
        watch.look()
    assert len(opened) == 1


def test_a_server_that_never_answers_holds_up_neither_another_one_nor_the_ledger(
    server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub_airflow.doorbell import InboxDoorbell

    hub = SimpleNamespace(
        waiting=lambda: {"market/shop": 2}, county=SimpleNamespace(departments=[SimpleNamespace(id="market")])
    )
    module = ModuleType("hub.line")
    module.open_hub = lambda: hub  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hub.line", module)
    (tmp_path / "sftp" / "market" / "inbox" / "a.csv").write_bytes(b"a\n")

    async def first_rings() -> dict[str, int]:
        heard = {"files": 0, "deliveries": 0}
        async for event in InboxDoorbell(poll=0.05, settle=0.1, rering=60.0, ledger=60.0).run():
            heard = {name: heard[name] + event.payload[name] for name in heard}
            if all(heard.values()):
                break
        return heard

    with deaf() as port:
        for name, one in (("DEAF", server.model_copy(update={"port": port})), ("MAIN", server)):
            for field, value in one.model_dump().items():
                monkeypatch.setenv(f"HUB_SFTP__{name}__{field.upper()}", str(value))
        monkeypatch.setenv("HUB_SFTP_AT_ONCE", "2")
        settings.cache_clear()
        began = time.monotonic()
        heard = asyncio.run(asyncio.wait_for(first_rings(), 15))
        assert (heard, time.monotonic() - began < 10) == ({"files": 1, "deliveries": 2}, True)
    until = time.monotonic() + 30
    while any(one.name.startswith("inboxes") for one in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(one.name.startswith("inboxes") for one in threading.enumerate()), "its threads end with it"


def test_a_mistake_of_the_program_ends_no_watch_and_its_text_is_told_nobody(
    server: SftpServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from hub_airflow.watching import LedgerWatch, ServerWatch

    def mistake(*_: Any) -> Any:
        raise ValueError("row 3: 赵某甲乙 320830188001010002")

    watches = [
        ServerWatch("main", server, mistake, settle=0.0, rering=60.0),
        LedgerWatch(lambda: SimpleNamespace(waiting=mistake), every=60.0),  # type: ignore[arg-type,return-value]
    ]
    assert [watch.look() for watch in watches] == [0, 0]
    said = [record.getMessage() for record in caplog.records if record.name == "hub_airflow.watching"]
    assert len(said) == 2 and all("ValueError at" in one and "赵某" not in one for one in said)
