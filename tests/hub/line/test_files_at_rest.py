"""Landed files lie sealed in the store: whoever copies it reads nobody's number, and everybody who may works on."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from corpus.at_rest import IDS, MONTH, WRONG, in_store, proven, send, shops, store_keys
from corpus.lost_ledgers import lose

from hub.errors import NotFound, WrongUsage
from hub.ledger import evidence
from hub.ledger.connect import reading
from hub.line import keeping_keys
from hub.line.backing_up import backup
from hub.line.expiring import expire
from hub.line.keeping_keys import STORE
from hub.line.rebuilding import rebuild
from hub.line.restoring import restore
from hub.line.tracing import trace

SMALL = Path(__file__).parents[1] / "small"


def readable(line: Any) -> bytes:
    """All that has landed, through the store."""
    found = io.BytesIO()
    for one in line.deliveries():
        line.hub.store.pour(one["sha256"], found)
    return found.getvalue()


def works(line: Any) -> None:
    assert all(one.encode() in readable(line) for one in IDS)
    proven(line)
    rebuilt = rebuild(line.hub)
    assert (rebuilt.different, rebuilt.lost) == ([], {})


def retaining(folder: Path) -> dict[str, Any]:
    shutil.copytree(SMALL / "schemas", folder / "schemas")
    contract = folder / "schemas" / "market" / "shop.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    period = "slaProperties:\n  - {property: retention, value: 30, unit: d}\n"
    contract.write_text(text.replace("slaProperties:\n", period), encoding="utf-8")
    return {"schemas": folder / "schemas"}


@pytest.mark.parametrize("cipher", ["aes-256-gcm", "sm4-gcm"])
def test_no_number_of_a_landed_file_stands_in_the_store(
    make_line: Callable[..., Any], ledger_url: str, cipher: str
) -> None:
    line = make_line(ledger_url, cipher=cipher)
    send(line, *shops(line), line.shop(7, sfzh=WRONG))
    send(line, line.shop(1, mc="更名后的店", rq="2026-11-22"), name="店铺_二.csv")
    assert in_store(line) == []
    assert [(one["month"], one["cipher"]) for one in store_keys(line)] == [(MONTH, cipher)]
    works(line)
    record = line.versions()[0]["record_id"]
    assert trace(line.hub, record)["versions"]


def test_without_a_cipher_they_all_stand_there_and_are_read_after_sealing_began(make_line: Callable[..., Any]) -> None:
    line = make_line(cipher="none")
    send(line, *shops(line))
    assert in_store(line) == IDS and store_keys(line) == []
    line.hub.ledger.dispose()
    line = make_line()
    send(line, line.shop(7, sfzh=WRONG), name="店铺_二.csv")
    assert in_store(line) == IDS and len(store_keys(line)) == 1
    works(line)
    line.hub.ledger.dispose()
    line = make_line(cipher="none")
    works(line)


@pytest.mark.parametrize("store", [False, True], ids=["store survived", "store lost"])
def test_a_backup_holds_files_sealed_and_a_restore_brings_them_back_readable(
    either_line: Any, tmp_path: Path, store: bool
) -> None:
    line = either_line
    send(line, *shops(line))
    backup(line.hub, tmp_path / "backup")
    for file in (tmp_path / "backup" / "store").rglob("*"):
        assert file.is_dir() or not any(one.encode() in file.read_bytes() for one in IDS)
    lose(line, store=store)
    assert restore(line.hub, tmp_path / "backup")["blobs_new"] == int(store)
    assert in_store(line) == []
    works(line)
    backup(line.hub, tmp_path / "second", tmp_path / "backup")


def test_a_backup_from_before_is_restored_where_files_are_sealed(make_line: Callable[..., Any], tmp_path: Path) -> None:
    line = make_line(cipher="none")
    send(line, *shops(line))
    backup(line.hub, tmp_path / "backup")
    lose(line, store=True)
    line = make_line()
    assert restore(line.hub, tmp_path / "backup")["blobs_new"] == 1
    works(line)
    send(line, line.shop(7, sfzh=WRONG), name="店铺_二.csv")
    assert in_store(line) == IDS, "as it was; what comes is sealed"


def test_a_rotation_wraps_the_keys_of_files_too(line: Any) -> None:
    send(line, *shops(line))
    assert keeping_keys.rotate(line.hub)["wrapped"] == 2
    (former,) = line.hub.home.glob("master.key.*")
    former.unlink()
    line.restart()
    works(line)


def landed_again(line: Any, tmp_path: Path, sha256: str) -> None:
    """The blob is erased, and the same bytes come again in a later month."""
    line.hub.store.copy_out(sha256, tmp_path / "again")
    line.hub.store.erase(sha256)
    line.clock.now += timedelta(days=40)
    assert line.hub.store.land(tmp_path / "again") == sha256
    assert len(store_keys(line)) == 2


def test_an_earlier_backup_is_not_linked_where_a_file_was_sealed_anew(line: Any, tmp_path: Path) -> None:
    send(line, *shops(line))
    sha256 = line.deliveries()[0]["sha256"]
    backup(line.hub, tmp_path / "one")
    landed_again(line, tmp_path, sha256)
    backup(line.hub, tmp_path / "two", tmp_path / "one")
    one, two = (tmp_path / name / "store" / sha256[:2] / sha256 for name in ("one", "two"))
    assert not one.samefile(two) and one.read_bytes() != two.read_bytes()
    lose(line, store=True)
    restore(line.hub, tmp_path / "two")
    works(line)


def test_a_file_whose_key_was_lost_with_the_ledger_comes_from_the_backup_again(line: Any, tmp_path: Path) -> None:
    send(line, *shops(line))
    sha256 = line.deliveries()[0]["sha256"]
    backup(line.hub, tmp_path / "backup")
    landed_again(line, tmp_path, sha256)
    lose(line)
    assert restore(line.hub, tmp_path / "backup")["blobs_new"] == 1
    works(line)


def test_the_key_of_a_month_is_destroyed_when_none_of_its_files_is_kept_and_no_restore_brings_them_back(
    make_line: Callable[..., Any], tmp_path: Path
) -> None:
    line = make_line(**retaining(tmp_path))
    send(line, *shops(line))
    backup(line.hub, tmp_path / "backup")
    (key,) = [one["id"] for one in store_keys(line)]
    with pytest.raises(WrongUsage, match="may still come"):
        keeping_keys.destroy(line.hub, STORE, MONTH, "too early")
    line.clock.now += timedelta(days=40)
    with pytest.raises(WrongUsage, match="not past their time"):
        keeping_keys.destroy(line.hub, STORE, MONTH, "a file is still there")
    with pytest.raises(NotFound):
        keeping_keys.destroy(line.hub, STORE, "2025-01", "never was")
    send(line, *shops(line, rq="2026-12-30"), name="店铺_二.csv")
    assert "blobs" in {one["class"] for one in expire(line.hub)}
    assert keeping_keys.destroy(line.hub, STORE, MONTH, "retention is over") == [key]
    with reading(line.hub.ledger) as connection:
        assert evidence.latest(connection, "key_destroyed")["body"]["keys"] == [key]
    proven(line)
    lose(line)
    restore(line.hub, tmp_path / "backup")
    assert [one["state"] for one in store_keys(line) if one["id"] == key] == ["destroyed"]
    (delivery,) = line.deliveries()
    with pytest.raises(NotFound, match="destroyed"):
        readable(line)
    proven(line)
    assert list(rebuild(line.hub).lost) == [delivery["id"]]
    told = trace(line.hub, f"{delivery['id']}:{line.versions()[0]['row']}")
    assert told["source"] is None and "destroyed" in told["source_erased"]
    backup(line.hub, tmp_path / "later")
    expire(line.hub)
    assert not line.hub.store.has(delivery["sha256"])
    proven(line)


def test_a_file_that_comes_again_after_its_key_was_destroyed_is_sealed_anew(line: Any, tmp_path: Path) -> None:
    send(line, *shops(line))
    (key,) = [one["id"] for one in store_keys(line)]
    sha256 = line.deliveries()[0]["sha256"]
    line.hub.store.copy_out(sha256, tmp_path / "again")
    line.hub.store.erase(sha256)
    line.clock.now += timedelta(days=40)
    line.hub.store.land(tmp_path / "again")
    assert keeping_keys.destroy(line.hub, STORE, MONTH, "nothing is sealed under it") == [key]
    works(line)
