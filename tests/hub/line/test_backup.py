"""A backup is consistent over ledger and store, whatever goes on meanwhile, and says what it holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.errors import FixConfiguration, Locked, NotFound, VerificationFailed, WrongUsage
from hub.ledger import snapshots
from hub.ledger.locks import exclusive
from hub.ledger.tables import delivery
from hub.line import manifest
from hub.line.backing_up import backup
from hub.line.expiring import LOCK


def files(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_a_backup_holds_the_ledger_every_blob_and_a_manifest_of_all(either_line: Any, tmp_path: Path) -> None:
    line = either_line
    line.drop(line.file(line.shop(1)), name="店铺一.csv")
    line.run()
    line.drop(line.file(line.shop(2)), name="店铺二.csv")
    line.run()
    facts = backup(line.hub, tmp_path / "backup")
    there = files(tmp_path / "backup")
    assert {f"store/{one['sha256'][:2]}/{one['sha256']}" for one in line.deliveries()} <= there.keys()
    assert facts["blobs"] == 2 and facts["events"] > 0 and facts["checkpoint"]["size"] <= facts["events"]
    assert not any(name.startswith("keys/") for name in there)
    assert manifest.verified(tmp_path / "backup").files.keys() == there.keys() - {manifest.FILE, manifest.SEAL}
    assert not list(tmp_path.glob(".*.part"))


def test_a_backup_that_is_taken_while_files_come_in_has_the_blob_of_each_of_its_deliveries(
    either_line: Any, tmp_path: Path
) -> None:
    line, ended = either_line, threading.Event()
    line.drop(line.file(line.shop(100)), name="店铺0.csv")
    line.run()
    trouble: list[BaseException] = []

    def deliver() -> None:
        number = 0
        try:
            while not ended.is_set() and number < 40:
                number += 1
                line.drop(line.file(line.shop(number)), name=f"店铺{number}.csv")
                line.collect()
        except BaseException as error:
            trouble.append(error)

    worker = threading.Thread(target=deliver)
    worker.start()
    try:
        for number in range(3):
            backup(line.hub, tmp_path / f"backup{number}")
    finally:
        ended.set()
        worker.join()
    assert trouble == []
    for number in range(3):
        folder = tmp_path / f"backup{number}"
        made = manifest.verified(folder)
        if (folder / "ledger.db").exists():
            copy = sa.create_engine(f"sqlite:///{folder / 'ledger.db'}")
            with copy.connect() as connection:
                named = set(connection.scalars(sa.select(delivery.c.sha256)))
            copy.dispose()
            assert {f"store/{one[:2]}/{one}" for one in named} <= made.files.keys()
        assert made.facts["blobs"] >= 1


@pytest.mark.parametrize("what", ["database", "blob", "manifest", "missing", "stranger"])
def test_a_backup_that_is_not_as_it_was_written_is_refused(line: Any, tmp_path: Path, what: str) -> None:
    line.drop(line.file(line.shop(1)))
    line.run()
    folder = tmp_path / "backup"
    backup(line.hub, folder)
    sha256 = line.deliveries()[0]["sha256"]
    place = {
        "database": folder / "ledger.db",
        "blob": folder / "store" / sha256[:2] / sha256,
        "manifest": folder / manifest.FILE,
        "missing": folder / "store" / sha256[:2] / sha256,
        "stranger": folder / "store" / "more",
    }[what]
    if what == "missing":
        place.unlink()
    elif what == "stranger":
        place.write_bytes(b"")
    else:
        content = bytearray(place.read_bytes())
        content[len(content) // 2] ^= 1
        place.write_bytes(content)
    with pytest.raises(VerificationFailed):
        manifest.verified(folder)


def test_blobs_of_an_earlier_backup_are_linked_and_only_of_a_sound_one(line: Any, tmp_path: Path) -> None:
    line.drop(line.file(line.shop(1)))
    line.run()
    backup(line.hub, tmp_path / "one")
    line.drop(line.file(line.shop(2)), name="店铺二.csv")
    line.run()
    backup(line.hub, tmp_path / "two", tmp_path / "one")
    first = line.deliveries()[0]["sha256"]
    places = [tmp_path / name / "store" / first[:2] / first for name in ("one", "two")]
    assert places[0].samefile(places[1])
    assert manifest.verified(tmp_path / "two").facts["blobs"] == 2
    places[0].write_bytes(b"changed")
    with pytest.raises(VerificationFailed):
        backup(line.hub, tmp_path / "three", tmp_path / "one")


def test_keys_go_in_only_when_they_are_asked_for(line: Any, tmp_path: Path) -> None:
    line.drop(line.file(line.shop(1)))
    line.run()
    backup(line.hub, tmp_path / "with", with_keys=True)
    keys = {one.name: one.stat().st_mode & 0o777 for one in (tmp_path / "with" / "keys").iterdir()}
    assert keys == {"record.key": 0o600, "checkpoint.key": 0o600, "master.key": 0o600}
    assert (tmp_path / "with" / "keys" / "record.key").read_bytes() == line.hub.record_key


def test_a_backup_never_runs_beside_an_erasure_nor_over_another(line: Any, tmp_path: Path) -> None:
    with exclusive(line.hub.ledger, LOCK), pytest.raises(Locked):
        backup(line.hub, tmp_path / "backup")
    backup(line.hub, tmp_path / "backup")
    with pytest.raises(WrongUsage):
        backup(line.hub, tmp_path / "backup")


def test_without_the_programs_of_postgresql_a_backup_says_what_is_missing(
    make_line: Callable[..., Any], postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line(postgres_url)
    monkeypatch.setattr(snapshots.shutil, "which", lambda _: None)
    with pytest.raises(FixConfiguration, match="pg_dump"):
        backup(line.hub, tmp_path / "backup")
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n", encoding="ascii")
    old.chmod(0o755)
    monkeypatch.setattr(snapshots.shutil, "which", lambda _: str(old))
    with pytest.raises(FixConfiguration, match="older than the server"):
        backup(line.hub, tmp_path / "backup")


def test_a_blob_that_nobody_erased_and_that_is_not_there_ends_a_backup(line: Any, tmp_path: Path) -> None:
    line.drop(line.file(line.shop(1)))
    line.run()
    Path(line.hub.store.place(line.deliveries()[0]["sha256"])).unlink()
    with pytest.raises(VerificationFailed):
        backup(line.hub, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
    with pytest.raises(NotFound):
        manifest.verified(tmp_path)
