"""The keys of sealed identifiers: missing, rotated under load, destroyed, in backups and restores."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.at_rest import DATASET, IDS, MONTH, SHOPS, keys, look, lose, proven, read, send, shops

from hub.errors import FixConfiguration, NotFound, WrongUsage
from hub.ledger import evidence, records
from hub.ledger.connect import reading
from hub.ledger.data_keys import data_key
from hub.line import keeping_keys
from hub.line.backing_up import backup
from hub.line.expiring import expire
from hub.line.master_keys import MasterKeys
from hub.line.rebuilding import rebuild
from hub.line.restoring import restore
from hub.line.tracing import trace

SMALL = Path(__file__).parents[1] / "small"
DELIVERING = """
import sys, pathlib
from hub.line import open_hub
from hub.settings import Settings
def main():
    settings = Settings.model_validate_json(sys.argv[1])
    hub = open_hub(settings)
    for number in range(int(sys.argv[2])):
        file = pathlib.Path(sys.argv[3]) / f"店铺_{number}.csv"
        hub.submit(file, "market", "market/shop")
        print(number, flush=True)
if __name__ == "__main__":
    main()
"""


def retaining(folder: Path, period: str) -> dict[str, Any]:
    """Settings with the small schemas and a retention period."""
    shutil.copytree(SMALL / "schemas", folder / "schemas")
    contract = folder / "schemas" / "market" / "shop.odcs.yaml"
    before, mark, after = contract.read_text(encoding="utf-8").partition("slaProperties:\n")
    lines = f"  - {{property: retention, value: {period[:-1]}, unit: {period[-1]}}}\n"
    contract.write_text(before + mark + lines + after, encoding="utf-8")
    return {"schemas": folder / "schemas"}


def test_a_missing_and_a_wrong_master_key_are_told_and_nothing_is_lost(either_line: Any) -> None:
    line = either_line
    send(line, *shops(line))
    file = line.hub.home / "master.key"
    kept = file.read_bytes()
    file.unlink()
    line.restart()
    with pytest.raises(FixConfiguration, match="master key is missing"):
        read(line)
    line.drop(line.file(line.shop(9)), name="店铺_二.csv")
    with pytest.raises(FixConfiguration):
        line.run()
    assert not file.exists(), "no new key is made where data keys are wrapped"
    file.write_text("ab" * 32)
    file.chmod(0o644)
    with pytest.raises(FixConfiguration, match="chmod 600"):
        read(line)
    file.chmod(0o600)
    with pytest.raises(FixConfiguration, match="no key file holds it"):
        read(line)
    told = look(line)
    assert not told["ok"] and told["exit_code"] == 3
    file.write_text("no key")
    with pytest.raises(FixConfiguration, match="64 hexadecimal"):
        read(line)
    file.write_bytes(kept)
    assert len(line.versions()) == SHOPS
    line.run()
    assert len(read(line)) == SHOPS + 1
    proven(line)


def test_a_master_key_file_that_the_settings_name_is_never_made(make_line: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "kek"
    line = make_line(master_key_file=file)
    line.drop(line.file(line.shop(1)))
    with pytest.raises(FixConfiguration, match="openssl rand"):
        line.run()
    file.parent.mkdir()
    file.write_text("cd" * 32)
    file.chmod(0o600)
    line.run()
    assert read(line) == IDS[:1] and not (line.hub.home / "master.key").exists()


def test_master_keys_are_rotated_while_two_processes_deliver_and_nothing_becomes_unreadable(
    make_line: Callable[..., Any], ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line(ledger_url)
    send(line, *shops(line))
    monkeypatch.setattr(keeping_keys, "REWRAPPED", 1)
    workers, number = [], 2
    program = tmp_path / "delivering.py"
    program.write_text(DELIVERING, encoding="utf-8")
    settings = line.hub.settings
    given = json.loads(settings.model_copy(update={"sftp": {}}).model_dump_json())
    given |= {"record_key": settings.record_key.get_secret_value(), "ledger_url": ledger_url}
    for worker in range(2):
        folder = tmp_path / f"files_{worker}"
        folder.mkdir()
        for each in range(number):
            (folder / f"店铺_{each}.csv").write_bytes(line.file(line.shop(100 + 10 * worker + each)))
        words = [sys.executable, str(program), json.dumps(given), str(number), str(folder)]
        workers.append(
            subprocess.Popen(
                words, env=os.environ | {"PYTHONPATH": str(Path.cwd())}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        )
    rotations = 0
    while any(worker.poll() is None for worker in workers):
        keeping_keys.rotate(line.hub)
        rotations += 1
        time.sleep(0.2)
        assert len(read(line)) >= SHOPS
    for worker in workers:
        _, trouble = worker.communicate()
        assert worker.returncode == 0, trouble.decode()[-2000:]
    assert rotations >= 2
    keeping_keys.rotate(line.hub, new=False)
    (newest,) = [one for one in keys(line, "master") if one["wraps"]]
    assert newest["state"] == "newest"
    for file in line.hub.home.glob("master.key.*"):
        file.unlink()
    line.restart()
    assert len([one for one in read(line) if one]) == SHOPS + 2 * number
    proven(line)


def test_a_rotation_that_was_cut_off_is_ended_by_the_next_and_doctor_says_which_file_may_go(line: Any) -> None:
    send(line, *shops(line))
    old = keys(line, "master")[0]["id"]
    MasterKeys(line.hub.settings, line.hub.home).rotate()  # and no more
    line.restart()
    assert len(read(line)) == SHOPS
    told = look(line)
    assert "--rewrap" in told["detail"]
    told = keeping_keys.rotate(line.hub, new=False)
    assert told["wrapped"] == 2 and told["former"] == [old]
    told = look(line)
    assert old in told["detail"] and told["warning"]
    (line.hub.home / f"master.key.{old}").unlink()
    line.restart()
    told = look(line)
    assert "warning" not in told and len(read(line)) == SHOPS
    with reading(line.hub.ledger) as connection:
        event = evidence.latest(connection, "keys_rotated")
    assert event is not None and event["body"]["count"] == 2


def test_a_month_whose_time_is_over_loses_its_key_and_what_it_sealed_is_read_by_nobody(
    make_line: Callable[..., Any], ledger_url: str, tmp_path: Path
) -> None:
    line = make_line(ledger_url, **retaining(tmp_path, "30d"))
    send(line, line.shop(1), line.shop(2))
    backup(line.hub, tmp_path / "backup")
    old = keys(line)[0]["id"]
    with pytest.raises(WrongUsage, match="may still come"):
        keeping_keys.destroy(line.hub, DATASET, MONTH, "too early")
    line.clock.now += timedelta(days=40)
    send(line, line.shop(1, rq="2026-12-30"), line.shop(2, rq="2026-12-30"), name="店铺_二.csv")
    with pytest.raises(WrongUsage, match="not past their time"):
        keeping_keys.destroy(line.hub, DATASET, MONTH, "their successors came a moment ago")
    with pytest.raises(NotFound):
        keeping_keys.destroy(line.hub, DATASET, "2025-01", "never was")
    line.clock.now += timedelta(days=90)
    assert keeping_keys.destroy(line.hub, DATASET, MONTH, "retention is over") == [old]
    shape = line.hub.shape(line.hub.contract(DATASET))
    (record, *_) = [one["record_id"] for one in line.versions()]
    with reading(line.hub.ledger) as connection:
        told = records.history(connection, shape, record)
        assert evidence.latest(connection, "key_destroyed")["body"]["keys"] == [old]
        assert connection.scalar(sa.select(data_key.c.wrapped).where(data_key.c.id == old)) is None
    assert [one["sfzh"] is None for one in told] == [True, False]
    assert len(read(line)) == 2 and None not in read(line)
    proven(line)
    assert rebuild(line.hub).different == []
    assert trace(line.hub, record)["versions"]


def test_the_retention_run_destroys_the_key_of_a_month_of_which_nothing_is_left(
    make_line: Callable[..., Any], tmp_path: Path
) -> None:
    line = make_line(**retaining(tmp_path, "30d"))
    send(line, line.shop(1))
    line.clock.now += timedelta(days=40)
    send(line, line.shop(1, rq="2026-12-30"), name="店铺_二.csv")
    assert "keys" not in {one["class"] for one in expire(line.hub)}
    line.clock.now += timedelta(days=90)
    assert "keys" not in {one["class"] for one in expire(line.hub, dry_run=True)}, "a version is still there"
    assert "versions" in {one["class"] for one in expire(line.hub)}
    states = {one["month"]: one["state"] for one in keys(line)}
    assert states == {MONTH: "destroyed", "2027-01": "in use"}
    assert len(read(line)) == 1
    proven(line)


def test_a_backup_holds_no_key_and_a_restore_destroys_again_what_was_destroyed(
    make_line: Callable[..., Any], tmp_path: Path
) -> None:
    line = make_line(**retaining(tmp_path, "30d"))
    send(line, *shops(line))
    backup(line.hub, tmp_path / "backup")
    master = (line.hub.home / "master.key").read_bytes()
    for file in (tmp_path / "backup").rglob("*"):
        assert file.is_dir() or master not in file.read_bytes()
    lying = [one for one in IDS if one.encode() in (tmp_path / "backup" / "ledger.db").read_bytes()]
    assert lying == []
    old = keys(line)[0]["id"]
    line.clock.now += timedelta(days=40)
    send(line, *shops(line, rq="2026-12-30"), name="店铺_二.csv")
    line.clock.now += timedelta(days=90)
    expire(line.hub)
    assert {one["id"]: one["state"] for one in keys(line)}[old] == "destroyed"
    lose(line)
    restore(line.hub, tmp_path / "backup")
    assert [(one["id"], one["state"]) for one in keys(line)] == [(old, "destroyed")]
    assert read(line) == [None] * SHOPS
    proven(line)


def test_a_restore_needs_the_master_key_of_then_and_a_backup_with_keys_brings_it(line: Any, tmp_path: Path) -> None:
    send(line, *shops(line))
    backup(line.hub, tmp_path / "without")
    keeping_keys.rotate(line.hub)
    backup(line.hub, tmp_path / "with", with_keys=True)
    for file in line.hub.home.glob("master.key*"):
        file.unlink()
    lose(line)
    with pytest.raises(FixConfiguration, match="master key"):
        restore(line.hub, tmp_path / "without")
    assert not (line.hub.home / "restoring.json").exists()
    restore(line.hub, tmp_path / "with")
    assert sorted(filter(None, read(line))) == sorted(IDS)
    lose(line)
    restore(line.hub, tmp_path / "without")  # its master key is there now: as the former one
    assert sorted(filter(None, read(line))) == sorted(IDS)
