"""A restore brings back one moment and nobody who was withdrawn since; no outlet opens before a person says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.lost_ledgers import lose

from hub.demo.province import SimulatedProvince
from hub.errors import CallOperator, FixConfiguration, VerificationFailed, WrongUsage
from hub.ledger import snapshots
from hub.line import restoring, tombstones
from hub.line.backing_up import backup
from hub.line.erasing import erase
from hub.line.intervening import reinstate, withdraw
from hub.line.rebuilding import rebuild
from hub.line.restoring import confirm, restore
from hub.line.verifying import ordered, verify

REASON = "由人确认"


def feed(line: Any) -> str:
    return "".join(one.read_text(encoding="utf-8") for one in (line.hub.home / "feed" / "current").rglob("*.jsonl"))


def send(line: Any, *lines: str, name: str = "店铺.csv") -> None:
    line.clock.sleep(5)
    line.drop(line.file(*lines), name=name)
    line.run()


def record_of(line: Any, name: str) -> str:
    return str(next(one["record_id"] for one in line.versions() if one["mc"] == name))


@pytest.mark.parametrize("store", [False, True], ids=["store survived", "store lost"])
def test_what_was_withdrawn_after_the_backup_is_nowhere_after_a_restore(
    either_line: Any, tmp_path: Path, store: bool
) -> None:
    line = either_line
    send(line, line.shop(1, mc="甲店"), line.shop(2, mc="乙店"), line.shop(3, mc="丙店"))
    backup(line.hub, tmp_path / "backup")
    gone = record_of(line, "甲店")
    withdraw(line.hub, gone, REASON)
    send(line, line.shop(2, mc="乙店"), name="店铺_撤回.csv")  # a delivery withdraws, too
    other = record_of(line, "乙店")
    shutil.copytree(line.hub.home / "store" / tombstones.FOLDER, tmp_path / "kept")
    lose(line, store=store)

    done = restore(line.hub, tmp_path / "backup", [tmp_path / "kept"] if store else [])

    assert done["withdrawn_again"] == 2
    current = {one["record_id"] for one in line.versions() if one["known_to"] is None}
    assert gone not in current and other not in current and len(current) == 1
    with pytest.raises(CallOperator):
        line.hub.drain("open_feed")
    assert confirm(line.hub, REASON) == ["open_feed", "province"]
    line.hub.drain("open_feed")
    assert "丙店" in feed(line) and "甲店" not in feed(line) and "乙店" not in feed(line)
    send(line, line.shop(1, mc="甲店"), line.shop(2, mc="乙店", bz="再"), name="店铺再.csv")
    line.hub.drain("open_feed")
    assert "甲店" not in feed(line) and "乙店" not in feed(line)
    assert {one["record_id"] for one in line.versions() if one["known_to"] is None} == current
    assert [str(one) for one in ordered(verify(line.hub))] == []
    assert line.violations() == []


def test_a_restored_hub_is_that_of_the_backup(either_line: Any, tmp_path: Path) -> None:
    line = either_line
    send(line, line.shop(1), line.shop(2, mc=""), name="店铺一.csv")
    send(line, line.shop(1, mc="更名后的店"), name="店铺二.csv")
    before = line.facts()
    backup(line.hub, tmp_path / "backup")
    send(line, line.shop(3), name="店铺三.csv")
    lose(line, store=True)
    assert restore(line.hub, tmp_path / "backup")["withdrawn_again"] == 0
    assert line.facts() == before
    assert [str(one) for one in ordered(verify(line.hub))] == []


def test_a_withdrawal_that_was_taken_back_before_the_ledger_was_lost_is_not_carried_out_again(
    line: Any, tmp_path: Path
) -> None:
    send(line, line.shop(1), line.shop(2))
    first, second = (one["record_id"] for one in line.versions())
    withdraw(line.hub, second, REASON)
    backup(line.hub, tmp_path / "backup")
    withdraw(line.hub, first, REASON)
    reinstate(line.hub, first, REASON)
    reinstate(line.hub, second, REASON)
    lose(line)
    done = restore(line.hub, tmp_path / "backup")
    assert (done["withdrawn_again"], done["stay_withdrawn"]) == (0, 1)
    reinstate(line.hub, second, REASON)


def test_what_a_person_had_erased_after_the_backup_is_erased_again(either_line: Any, tmp_path: Path) -> None:
    line = either_line
    send(line, line.shop(1, mc="甲店"), line.shop(2, mc="乙店"))
    backup(line.hub, tmp_path / "backup")
    record = record_of(line, "甲店")
    erase(line.hub, record, REASON)
    lose(line)
    done = restore(line.hub, tmp_path / "backup")
    assert (done["withdrawn_again"], done["erased_again"]) == (1, 1)
    assert [one["mc"] for one in line.versions()] == ["乙店"]
    send(line, line.shop(1, mc="甲店", bz="再"), name="店铺二.csv")
    assert [one["mc"] for one in line.versions()] == ["乙店"]
    assert [str(one) for one in ordered(verify(line.hub))] == []
    assert line.violations() == []
    assert (rebuild(line.hub).different, rebuild(line.hub).lost) == ([], {})
    backup(line.hub, tmp_path / "later")
    lose(line)
    done = restore(line.hub, tmp_path / "later")
    assert (done["withdrawn_again"], done["erased_again"]) == (0, 0)
    assert len(line.versions()) == 1


def test_a_withdrawal_whose_transaction_was_rolled_back_is_carried_out_rather_than_forgotten(
    line: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(line, line.shop(1))
    backup(line.hub, tmp_path / "backup")
    record = line.versions()[0]["record_id"]
    from hub.line import intervening

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(intervening.evidence, "append", dies)
        with pytest.raises(KeyboardInterrupt):
            withdraw(line.hub, record, REASON)
    assert line.versions()[0]["known_to"] is None
    lose(line)
    assert restore(line.hub, tmp_path / "backup")["withdrawn_again"] == 1
    assert line.versions()[0]["known_to"] is not None


def test_a_restore_that_is_cut_off_anywhere_leaves_the_hub_shut_and_is_begun_again(
    either_line: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = either_line
    send(line, line.shop(1))
    backup(line.hub, tmp_path / "backup")
    withdraw(line.hub, line.versions()[0]["record_id"], REASON)
    lose(line)
    for where in ("snapshots.put_back", "put_store", "_apply", "after"):

        def dies(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            if where == "after":
                patch.setattr(restoring, "reached", dies)
            else:
                owner, _, name = where.rpartition(".")
                patch.setattr(getattr(restoring, owner) if owner else restoring, name, dies)
            with pytest.raises(KeyboardInterrupt):
                restore(line.hub, tmp_path / "backup")
        if where != "put_store" or (line.hub.home / "restoring.json").exists():
            with pytest.raises(CallOperator, match="restore has begun"):
                _ = line.hub.ledger
    assert restore(line.hub, tmp_path / "backup")["withdrawn_again"] == 1
    assert line.versions()[0]["known_to"] is not None
    assert line.violations() == []


def test_a_restore_goes_into_an_empty_ledger_with_the_right_keys_only(line: Any, tmp_path: Path) -> None:
    send(line, line.shop(1))
    backup(line.hub, tmp_path / "backup")
    with pytest.raises(WrongUsage):
        restore(line.hub, tmp_path / "backup")
    lose(line)
    key = line.hub.home / "checkpoint.key"
    kept = key.read_bytes()
    key.unlink()
    line.hub.__dict__.pop("signer", None)
    with pytest.raises(FixConfiguration, match="keys"):
        restore(line.hub, tmp_path / "backup")
    key.write_bytes(b"another key, long enough, of another hub")
    with pytest.raises(FixConfiguration, match="key"):
        restore(line.hub, tmp_path / "backup")
    key.write_bytes(kept)
    line.hub.__dict__.pop("signer", None)
    restore(line.hub, tmp_path / "backup")
    assert len(line.versions()) == 1


def test_keys_of_a_backup_are_taken_where_home_has_none(line: Any, tmp_path: Path) -> None:
    send(line, line.shop(1))
    backup(line.hub, tmp_path / "backup", with_keys=True)
    lose(line, store=True)
    (line.hub.home / "checkpoint.key").unlink()
    line.hub.__dict__.pop("signer", None)
    restore(line.hub, tmp_path / "backup")
    assert [str(one) for one in ordered(verify(line.hub))] == []


def test_a_flipped_bit_restores_nothing(line: Any, tmp_path: Path) -> None:
    send(line, line.shop(1))
    backup(line.hub, tmp_path / "backup")
    lose(line)
    file = tmp_path / "backup" / "ledger.db"
    content = bytearray(file.read_bytes())
    content[5000] ^= 4
    file.write_bytes(content)
    with pytest.raises(VerificationFailed):
        restore(line.hub, tmp_path / "backup")
    assert not (line.hub.home / "restoring.json").exists()
    assert snapshots.is_empty(line.hub.ledger) is False  # a new hub, with nothing in it
    assert line.deliveries() == []


def test_a_changed_tombstone_is_refused(line: Any, tmp_path: Path) -> None:
    send(line, line.shop(1))
    backup(line.hub, tmp_path / "backup")
    withdraw(line.hub, line.versions()[0]["record_id"], REASON)
    lose(line)
    (file,) = (line.hub.home / "store" / tombstones.FOLDER).iterdir()
    file.write_bytes(file.read_bytes().replace(b"withdrawn", b"lifted"))
    with pytest.raises(VerificationFailed):
        restore(line.hub, tmp_path / "backup")
    shutil.rmtree(line.hub.home / "store" / tombstones.FOLDER)
    restore(line.hub, tmp_path / "backup")


@pytest.fixture(params=["sqlite", "postgresql"])
def province(request: pytest.FixtureRequest, make_line: Callable[..., Any], tmp_path: Path) -> Any:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    line = make_line(url, province_url=f"sqlite:///{tmp_path / 'province.db'}")
    contracts = line.hub.contracts.values()
    side = SimulatedProvince(line.hub.settings.province_url, line.hub.outlet("province"), contracts, 0, 0)
    side.create()
    yield line, side
    side.stop()


def shown(side: SimulatedProvince) -> dict[str, str]:
    (table,) = side.tables
    with side.engine.connect() as connection:
        return {row.MC: row.SJXH for row in connection.execute(sa.select(table))}


def test_the_province_is_brought_to_what_the_restored_ledger_says(province: Any, tmp_path: Path) -> None:
    line, side = province
    send(line, line.shop(1, mc="甲店"), line.shop(2, mc="乙店"), line.shop(3, mc="丙店"), line.shop(5, mc="戊店"))
    line.hub.drain("province")
    backup(line.hub, tmp_path / "backup")
    gone = record_of(line, "甲店")
    send(line, line.shop(2, mc="乙店改"), line.shop(4, mc="丁店"), name="店铺二.csv")
    line.hub.drain("province")
    (table,) = side.tables
    with side.engine.begin() as connection:
        connection.execute(table.delete().where(table.c.MC == "丙店"))
    assert shown(side).keys() == {"甲店", "乙店改", "丁店", "戊店"}
    untouched, highest = shown(side)["戊店"], max(shown(side).values())
    withdraw(line.hub, gone, REASON)
    lose(line)
    restore(line.hub, tmp_path / "backup")
    with pytest.raises(CallOperator):
        line.hub.drain("province")
    assert "甲店" in shown(side)
    confirm(line.hub, REASON)

    line.hub.drain("province")

    after = shown(side)
    assert after.keys() == {"乙店", "丙店", "戊店"}
    assert after["戊店"] == untouched
    assert min(after["乙店"], after["丙店"]) > highest
    send(line, line.shop(2, mc="乙店改"), line.shop(4, mc="丁店"), name="店铺二.csv")
    line.hub.drain("province")
    assert shown(side).keys() == {"乙店改", "丙店", "丁店", "戊店"}
    assert line.violations() == []
