"""The monthly reconciliation: counts and digests of both sides, and what a person does where nobody can be asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus import other_sides
from corpus.province_county import County
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import CallOperator, NotFound, WrongUsage
from hub.ledger import evidence
from hub.ledger.connect import reading
from hub.line import held_list, intervening, monthly
from hub.line.backing_up import backup
from hub.line.restoring import confirm, restore

DATASET = other_sides.DATASET
REASON = "已核实"


class Compared(County):
    """A county that is compared with its province."""

    def report(self, *lines: str, name: str = "店铺.csv") -> None:
        """Send a file, and settle."""
        self.line.clock.sleep(5)
        self.line.drop(self.line.file(*lines), name)
        self.line.run()
        self.settle()

    def compare(self, **named: Any) -> dict[str, Any]:
        if isinstance(self.side, other_sides.ByPackages):
            self.line.clock.sleep(86_400)
            self.side.receiver.write_list(self.line.hub.today())
        return dict(monthly.reconcile(self.line.hub, "province", **named)[DATASET])

    def forget(self, record: str) -> None:
        """The other side loses a record."""
        if isinstance(self.side, other_sides.Tables):
            (table,) = self.side.province.tables
            with self.side.province.engine.begin() as connection:
                connection.execute(table.delete().where(record == table.c.RECID))
        else:
            simulated = getattr(self.side, "service", None) or self.side.receiver
            simulated.held[DATASET].pop(record)

    def lose(self) -> None:
        self.line.hub.ledger.dispose()
        for file in self.line.hub.home.glob("ledger.db*"):
            if file.is_file():
                file.unlink()
        self.line.restart()


@pytest.fixture
def compared(opened: Callable[..., County]) -> Callable[..., Compared]:
    def make(*words: Any) -> Compared:
        county = opened(*words)
        return Compared(county.line, county.side)

    return make


@pytest.fixture(params=other_sides.WAYS)
def county(request: pytest.FixtureRequest, compared: Callable[..., Compared]) -> Compared:
    return compared(request.param)


def test_two_sides_that_hold_the_same_have_the_same_count_and_digest(county: Compared) -> None:
    county.side.refusing[county.line.shop(3).partition(",")[0]] = "名称不符"
    county.report(county.line.shop(1), county.line.shop(2), county.line.shop(3))
    intervening.withdraw(county.line.hub, county.record(2), REASON)
    county.report(county.line.shop(4), name="店铺二.csv")
    told = county.compare()
    assert told["ours"] == told["theirs"] and told["ours"]["count"] == 2
    assert (told["unsettled"], told["ids"]) == (1, [])
    with reading(county.line.hub.ledger) as connection:
        kept = evidence.latest(connection, "compared")
    assert kept is not None and kept["body"]["ours"] == told["ours"]
    assert county.line.violations() == []


def test_a_difference_is_told_with_the_ids_and_changes_nothing(county: Compared) -> None:
    county.report(county.line.shop(1), county.line.shop(2))
    lost = county.record(1)
    county.forget(lost)
    before = county.line.facts()
    told = county.compare()
    assert monthly.differs({DATASET: told})
    assert (told["missing"], told["unexpected"], told["other_version"], told["ids"]) == (1, 0, 0, [lost])
    assert county.line.facts() == before
    intervening.withdraw(county.line.hub, county.record(2), REASON)
    county.line.clock.sleep(1)
    county.line.hub.drain("province")
    county.side.answer()
    county.line.hub.drain("province")
    assert county.side.held() == {}, "a withdrawal goes on"


def test_a_stranger_and_another_version_are_told_apart(compared: Callable[..., Compared]) -> None:
    county = compared("soap_service")
    county.report(county.line.shop(1), county.line.shop(2))
    held = county.side.service.held[DATASET]
    held["f" * 32] = {"RECID": "f" * 32, "SJXH": "3"}
    held[county.record(1)]["SJXH"] = "1000"
    told = county.compare()
    assert (told["missing"], told["unexpected"], told["other_version"]) == (0, 1, 1)
    assert told["ids"] == sorted([county.record(1), "f" * 32])


def test_what_was_sent_after_the_receivers_list_is_no_difference(compared: Callable[..., Compared]) -> None:
    county = compared("xml_packages")
    county.report(county.line.shop(1))
    county.line.clock.sleep(86_400)
    county.side.receiver.write_list(county.line.hub.today())
    county.report(county.line.shop(2), name="店铺二.csv")
    told = monthly.reconcile(county.line.hub, "province")[DATASET]
    assert (told["ours"]["count"], told["unsettled"], told["as_of"]) == (1, 1, "2026-11-24")
    assert told["ours"] == told["theirs"]


def test_without_a_list_a_receiver_of_packages_cannot_be_compared(compared: Callable[..., Compared]) -> None:
    county = compared("xml_packages")
    with pytest.raises(CallOperator, match="ask it for one"):
        monthly.reconcile(county.line.hub, "province")
    with pytest.raises(WrongUsage):
        monthly.reconcile(county.line.hub, "open_feed")


def test_after_a_restore_packages_wait_for_a_list_that_is_younger(
    compared: Callable[..., Compared], tmp_path: Path
) -> None:
    county = compared("xml_packages")
    county.report(county.line.shop(1), county.line.shop(3))
    backup(county.line.hub, tmp_path / "backup")
    county.report(county.line.shop(2), county.line.shop(1, je="200000"), name="店铺二.csv")
    county.side.receiver.write_list(county.line.hub.today())
    county.lose()
    restore(county.line.hub, tmp_path / "backup")
    confirm(county.line.hub, REASON)
    with pytest.raises(CallOperator, match="younger"):
        county.line.hub.drain("province")
    county.line.clock.sleep(86_400)
    county.side.receiver.write_list(county.line.hub.today())
    for _ in range(3):
        county.line.hub.drain("province")
        county.side.answer()
    held = {name: row["JE"] for name, row in county.side.held().items()}
    assert held == {county.line.shop(number).partition(",")[0]: "100000.000000" for number in (1, 3)}
    assert not monthly.differs({DATASET: county.compare()})


def test_after_a_restore_a_person_brings_a_list_of_a_service_that_cannot_be_asked(
    compared: Callable[..., Compared], tmp_path: Path
) -> None:
    county = compared("soap_service", lambda profile: profile.replace(", query: queryShopXml", ""))
    county.report(county.line.shop(1))
    backup(county.line.hub, tmp_path / "backup")
    county.report(county.line.shop(2), name="店铺二.csv")
    county.lose()
    restore(county.line.hub, tmp_path / "backup")
    confirm(county.line.hub, REASON)
    with pytest.raises(CallOperator, match="a person has to reconcile"):
        county.line.hub.drain("province")
    held = county.side.service.held[DATASET]
    file = tmp_path / "list.csv"
    lines = [f"{DATASET},{record},{row['SJXH']}" for record, row in held.items()]
    file.write_text("\n".join([",".join(held_list.HEADER), *lines]) + "\n", encoding="utf-8")
    monthly.reconcile(county.line.hub, "province", held_list.read_list(file, [DATASET]))
    county.line.hub.drain("province")
    assert {row["MC"] for row in held.values()} == {county.line.shop(1).partition(",")[0]}
    assert county.line.hub.due("province") == 0


@pytest.mark.parametrize(
    "content",
    [
        "record_id,sequence\n",
        f"dataset,record_id,sequence\n{DATASET},{'f' * 31},1\n",
        f"dataset,record_id,sequence\n{DATASET},{'f' * 32},one\n",
        f"dataset,record_id,sequence\nmarket/other,{'f' * 32},1\n",
        f"dataset,record_id,sequence\n{DATASET},{'f' * 32},1\n{DATASET},{'f' * 32},2\n",
    ],
)
def test_a_list_that_is_none_is_refused_whole(tmp_path: Path, content: str) -> None:
    file = tmp_path / "list.csv"
    with pytest.raises(NotFound):
        held_list.read_list(file, [DATASET])
    file.write_text(content, encoding="utf-8")
    with pytest.raises(WrongUsage):
        held_list.read_list(file, [DATASET])


@given(st.dictionaries(st.text("0123456789abcdef", min_size=32, max_size=32), st.integers(0, 2**62), max_size=8))
def test_the_digest_knows_no_order_and_every_sequence(held: dict[str, int]) -> None:
    assert monthly.digest(held) == monthly.digest(dict(reversed(held.items())))
    for record in held:
        assert monthly.digest(held) != monthly.digest(held | {record: held[record] + 1})
    assert len(monthly.digest(held)) == 64


def test_the_command_ends_with_5_when_the_sides_differ(
    compared: Callable[..., Compared], monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from hub.cli.app import app

    county = compared("soap_service")
    county.report(county.line.shop(1))
    monkeypatch.setattr("hub.line.open_hub", lambda: county.line.hub)
    assert CliRunner().invoke(app, ["outlet", "reconcile", "province"]).exit_code == 0
    lost = county.record(1)
    county.forget(lost)
    said = CliRunner().invoke(app, ["outlet", "reconcile", "province"])
    assert said.exit_code == 5 and lost in said.output
