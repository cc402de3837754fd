"""The doorbell against a real SFTP server: it rings for what has settled, again while it stays, and for the ledger."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Asset, AssetWatcher
from airflow.sdk.module_loading import import_string

from connectors.embedded_sftp import HUB, Account, EmbeddedServer, lay_out
from connectors.keys import make_key_pair
from hub.errors import TryAgain
from hub.settings import SftpServer, settings

DEPARTMENTS = ("market", "court")
QUICK = {"poll": 0.05, "settle": 0.3, "rering": 0.6, "ledger": 60.0}


class StandInHub:
    def __init__(self) -> None:
        self.left: dict[str, int] = {}
        self.answers = True
        self.county = SimpleNamespace(departments=[SimpleNamespace(id=each) for each in DEPARTMENTS])

    def waiting(self) -> dict[str, int]:
        if not self.answers:
            raise TryAgain("the ledger is locked")
        return self.left


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch) -> StandInHub:
    stand_in = StandInHub()
    module = ModuleType("hub.line")
    module.open_hub = lambda: stand_in  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hub.line", module)
    return stand_in


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedServer]:
    root = tmp_path / "sftp"
    lay_out(root, DEPARTMENTS)
    account = Account(HUB, make_key_pair(tmp_path / "hub_key"), root)
    with EmbeddedServer(root, tmp_path / "host_key", [account]) as running:
        monkeypatch.setenv("HUB_SFTP__MAIN__HOST", "127.0.0.1")
        monkeypatch.setenv("HUB_SFTP__MAIN__PORT", str(running.port))
        monkeypatch.setenv("HUB_SFTP__MAIN__USER", HUB)
        monkeypatch.setenv("HUB_SFTP__MAIN__KEY_FILE", str(tmp_path / "hub_key"))
        monkeypatch.setenv("HUB_SFTP__MAIN__HOST_KEY", running.host_key)
        settings.cache_clear()
        yield running


@pytest.fixture
def inbox(server: EmbeddedServer, tmp_path: Path) -> Path:
    return tmp_path / "sftp" / "market" / "inbox"


def doorbell(**seconds: float) -> Any:
    from hub_airflow.doorbell import InboxDoorbell

    return InboxDoorbell(**{**QUICK, **seconds})


def rings(seconds: float, act: Callable[[float], None] = lambda passed: None, **kwargs: float) -> list[dict[str, int]]:
    """Payloads of the rings within so many seconds; ``act`` is called all the while with the seconds passed."""

    async def listen() -> list[dict[str, int]]:
        heard: list[dict[str, int]] = []
        bell: AsyncIterator[Any] = doorbell(**kwargs).run()

        async def hear() -> None:
            async for event in bell:
                heard.append(event.payload)

        hearing = asyncio.create_task(hear())
        start = time.monotonic()
        while (passed := time.monotonic() - start) < seconds:
            act(passed)
            await asyncio.sleep(0.02)
            assert not hearing.done(), hearing.exception()
        hearing.cancel()
        return heard

    return asyncio.run(listen())


def test_a_doorbell_comes_back_from_airflows_database_as_it_was() -> None:
    path, words = doorbell(poll=3.0).serialize()
    again = import_string(path)(**words)
    assert again.serialize() == (path, words) and again.poll == 3.0
    assert not {"host", "key_file", "user"} & set(words)


def test_airflow_takes_the_doorbell_for_a_watcher() -> None:
    assert Asset(name="inbox", watchers=[AssetWatcher(name="doorbell", trigger=doorbell())]).watchers


def test_it_rings_once_a_file_has_settled_and_again_while_it_stays(inbox: Path) -> None:
    (inbox / "a.csv").write_bytes(b"a\n1\n")
    heard = rings(3.0)
    assert heard[0] == {"files": 1, "deliveries": 0}
    assert 2 <= len(heard) <= 3  # after 0.3 s, 0.6 s later, 1.2 s later


def test_it_falls_silent_when_the_inbox_is_empty_again(inbox: Path) -> None:
    file = inbox / "a.csv"
    file.write_bytes(b"a\n1\n")
    heard = rings(2.5, lambda passed: file.unlink(missing_ok=True) if passed > 0.8 else None)
    assert len(heard) == 1


def test_it_waits_while_a_file_grows(inbox: Path) -> None:
    file = inbox / "a.csv"

    def grow(passed: float) -> None:
        with file.open("ab") as stream:
            stream.write(b"1\n")

    assert rings(1.5, grow) == []


def test_a_manifest_beside_the_file_ends_the_waiting(inbox: Path) -> None:
    (inbox / "a.csv").write_bytes(b"a\n1\n")
    (inbox / "a.csv.ok").write_bytes(b"")
    assert rings(2.0, settle=30.0)[0] == {"files": 1, "deliveries": 0}


@pytest.mark.parametrize(
    "name", [".a.csv", "a.csv.part", "a.csv.tmp", "a.csv.filepart", "a.csv.uploading", "A.CSV.PART"]
)
def test_names_of_files_on_their_way_never_ring(inbox: Path, name: str) -> None:
    (inbox / name).write_bytes(b"a\n1\n")
    assert rings(1.0) == []


def test_new_files_ring_while_an_old_one_stays(inbox: Path) -> None:
    (inbox / "old.csv").write_bytes(b"a\n1\n")
    new = inbox.parent.parent / "court" / "inbox" / "new.csv"
    heard = rings(
        1.8, lambda passed: new.write_bytes(b"a\n1\n") if passed > 0.8 and not new.exists() else None, rering=60
    )
    assert heard == [{"files": 1, "deliveries": 0}, {"files": 1, "deliveries": 0}]


def test_it_finds_the_way_back_to_a_server_that_was_away(
    server: EmbeddedServer, inbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from hub_airflow.watching import ServerWatch

    watch = ServerWatch("main", settings().sftp["main"], lambda: DEPARTMENTS, settle=0.0, rering=60.0)
    (inbox / "a.csv").write_bytes(b"a\n1\n")
    assert watch.look() == 1
    server.stop()
    assert watch.look() == 0
    assert watch.look() == 0  # not even tried: it pauses
    told = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("hub_airflow"))
    assert "main" in told and "127.0.0.1" not in told and "hub_key" not in told
    server.start()
    (inbox / "b.csv").write_bytes(b"a\n1\n")
    until = time.monotonic() + 10
    while not (rung := watch.look()) and time.monotonic() < until:
        time.sleep(0.05)
    assert rung == 1


def test_a_server_out_of_reach_holds_up_no_other(
    server: EmbeddedServer, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub_airflow import watching

    look = watching.ServerWatch.look
    monkeypatch.setattr(
        watching.ServerWatch, "look", lambda self: time.sleep(3) or 0 if self.name == "away" else look(self)
    )
    main = settings().sftp["main"]
    both = settings().model_copy(
        update={"sftp": {"away": SftpServer(**{**main.model_dump(), "port": 1}), "main": main}}
    )
    monkeypatch.setattr("hub_airflow.doorbell.settings", lambda: both)
    (inbox / "a.csv").write_bytes(b"a\n1\n")
    assert rings(1.5)[0] == {"files": 1, "deliveries": 0}


def test_it_rings_at_once_for_what_a_crash_left_in_the_ledger(hub: StandInHub) -> None:
    hub.left = {"market/admin_licence": 2}
    assert rings(1.0) == [{"files": 0, "deliveries": 2}]


def test_it_rings_for_a_dataset_that_becomes_no_less(hub: StandInHub) -> None:
    def arrive(passed: float) -> None:
        hub.left = {"market/admin_licence": 1} if passed > 0.3 else {}

    heard = rings(2.0, arrive, ledger=0.2)
    assert heard and set(map(str, heard)) == {str({"files": 0, "deliveries": 1})}
    assert len(heard) <= 4  # with growing pauses


def test_a_ledger_that_does_not_answer_is_asked_again(hub: StandInHub) -> None:
    hub.left, hub.answers = {"market/admin_licence": 1}, False

    def recover(passed: float) -> None:
        hub.answers = passed > 0.5

    assert rings(2.0, recover, ledger=0.2)[0] == {"files": 0, "deliveries": 1}
