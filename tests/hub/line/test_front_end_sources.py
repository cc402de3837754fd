"""A department's front-end database as the way in, over the whole line: pulled, judged, answered on its own rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.front_end_table import FLAG, FrontEndTable, receipts, run

from hub import failpoints
from hub.errors import FixConfiguration, HubError, TryAgain
from hub.line import Hub, deciding
from hub.settings import DatabaseSource

SMALL = Path(__file__).parents[1] / "small"
HOLDING = """- type: expect_table_row_count_to_be_between
  kwargs: {min_value: 3}
  severity: critical
  meta: {code: MAC-VOLUME, notes: 少于三行的要有人看一看。}
"""
MakePull = Callable[..., Hub]


def test_rows_are_pulled_judged_and_answered_in_their_place(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1, 2)
    front.add(3, wsh="")
    hub = pulling()
    assert run(hub) == {"market/shop": 1}
    told = front.told()
    assert told[1] == ("1", None) and told[2] == ("1", None)
    assert told[3][0] == "2" and told[3][1].startswith("文书号：")
    (receipt,) = receipts(hub)
    assert receipt["counts"]["rows"] == 3 and receipt["counts"]["rejected"] == 1
    assert receipt["submission"]["channel"] == "database"
    assert run(hub) == {}


def test_a_corrected_row_comes_again_and_is_told_that_it_was_accepted(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1, 2, 3)
    front.change(2, zt=77)
    hub = pulling()
    run(hub)
    assert front.told()[2][0] == "2"
    front.change(2, zt=1)
    assert run(hub) == {"market/shop": 1}
    assert front.told()[2] == ("1", None)
    assert receipts(hub)[-1]["counts"]["rows"] == 1
    assert run(hub) == {}


def test_flags_are_set_to_taken_and_a_row_that_waits_again_comes_again(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1, 2)
    front.add(3, tq_flag="1")
    hub = pulling(FLAG)
    run(hub)
    assert front.told("tq_flag", "hub_status") == {1: ("1", "1"), 2: ("1", "1"), 3: ("1", None)}
    assert run(hub) == {}
    front.change(1, zt=77)
    assert run(hub) == {"market/shop": 1}
    assert front.told("tq_flag", "hub_status")[1] == ("1", "2")


def test_a_row_that_changed_before_its_answer_keeps_waiting(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1, 2)
    hub = pulling()
    hub.collect()
    front.change(2, bz="改过")
    hub.run_dataset("market/shop")
    assert front.told()[1][0] == "1" and front.told()[2] == (None, None)
    run(hub)
    assert front.told()[2][0] == "1"


def test_a_row_of_the_same_second_that_comes_late_is_not_missed(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1)
    hub = pulling()
    run(hub)
    front.minutes -= 1
    front.add(2)
    assert run(hub) == {"market/shop": 1}
    assert front.told()[2][0] == "1"
    assert run(hub) == {}


def test_a_crash_between_landing_and_opening_pulls_the_same_bytes_again(
    pulling: MakePull, front: FrontEndTable
) -> None:
    class Broken(Exception):
        pass

    def die(name: str) -> None:
        if name == "delivery.before_commit":
            raise Broken

    front.create()
    front.add(1, 2)
    hub = pulling()
    failpoints.arm(die)
    try:
        with pytest.raises(Broken):
            hub.collect()
    finally:
        failpoints.arm(None)
    blobs = [file for file in (hub.home / "store").rglob("*") if file.is_file()]
    assert len(blobs) == 1
    assert run(hub) == {"market/shop": 1}
    assert front.told()[2][0] == "1"
    with hub.ledger.connect() as connection:
        found = connection.execute(sa.text("SELECT sha256 FROM delivery")).scalars().all()
    assert found == [blobs[0].name]


@pytest.mark.parametrize("point", ["source.before_take", "taken.before_commit", "source.before_write_back"])
def test_a_crash_on_the_way_is_made_good_by_the_next_run(pulling: MakePull, front: FrontEndTable, point: str) -> None:
    class Broken(Exception):
        pass

    def die(name: str) -> None:
        if name == point:
            raise Broken

    front.create()
    front.add(1, 2)
    hub = pulling(FLAG)
    failpoints.arm(die)
    try:
        with pytest.raises(Broken):
            run(hub)
    finally:
        failpoints.arm(None)
    run(hub)
    assert front.told("tq_flag", "hub_status") == {1: ("1", "1"), 2: ("1", "1")}
    assert len(receipts(hub)) == 1
    assert run(hub) == {}


def test_an_answer_does_not_bring_its_row_back_where_changes_move_the_time(
    pulling: MakePull, front: FrontEndTable
) -> None:
    front.create()
    front.add(1)
    if front.engine.dialect.name == "mysql":
        front.run("ALTER TABLE t_shop MODIFY gxsj DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")
    else:  # a trigger cannot be told to hold still: one echo, which changes nothing
        front.run(
            "CREATE FUNCTION moved() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.gxsj = OLD.gxsj + interval '1 hour'; RETURN NEW; END $$"
        )
        front.run("CREATE TRIGGER moved BEFORE UPDATE ON t_shop FOR EACH ROW EXECUTE FUNCTION moved()")
    hub = pulling()
    run(hub)
    assert front.told()[1] == ("1", None)
    echoes = 0
    while run(hub):
        echoes += 1
    assert echoes == (0 if front.engine.dialect.name == "mysql" else 1)
    assert front.told()[1] == ("1", None)


def test_identical_rows_that_wait_again_are_told_the_first_verdict(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1)
    front.add(2, wsh="")
    hub = pulling(FLAG)
    run(hub)
    front.change(1, hub_status=None)
    front.change(2, hub_status=None)
    run(hub)
    assert receipts(hub)[-1]["verdict"]["code"] == "DUPLICATE"
    assert {row: status for row, (status, _) in front.told().items()} == {1: "1", 2: "2"}


def test_a_held_delivery_is_answered_on_its_rows_when_a_person_has_decided(
    pulling: MakePull, front: FrontEndTable, tmp_path: Path
) -> None:
    rules = tmp_path / "expectations"
    shutil.copytree(SMALL / "expectations", rules)
    (rules / "market").mkdir()
    (rules / "market" / "shop.yaml").write_text(HOLDING, encoding="utf-8")
    front.create()
    front.add(1, 2)
    hub = pulling(expectations=rules)
    run(hub)
    assert receipts(hub)[-1]["verdict"]["code"] == "PENDING"
    assert front.told()[1] == (None, None)
    deciding.release(hub, 1, "已核实")
    run(hub)
    assert front.told()[1] == ("1", None)


def test_an_account_needs_no_more_than_it_is_documented_to(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1)
    kept = ", gxsj" if front.engine.dialect.name == "mysql" else ""
    with front.account("SELECT", f"UPDATE (hub_status, hub_reason{kept})") as url:
        hub = pulling(sources={"county_market": DatabaseSource(url=url, timeout_seconds=5)})
        run(hub)
    assert front.told()[1] == ("1", None)


def test_a_source_that_is_down_is_tried_again_and_keeps_no_inbox_waiting(
    pulling: MakePull, front: FrontEndTable
) -> None:
    hub = pulling(sources={"county_market": DatabaseSource(url=_elsewhere(front.url, port=1), timeout_seconds=2)})
    with pytest.raises(TryAgain, match="source county_market"):
        hub.collect()


def test_a_wrong_password_asks_for_the_configuration_and_says_no_address(
    pulling: MakePull, front: FrontEndTable, caplog: pytest.LogCaptureFixture
) -> None:
    front.create()
    wrong = _elsewhere(front.url, password="320830188001010002")
    hub = pulling(sources={"county_market": DatabaseSource(url=wrong, timeout_seconds=2)})
    with pytest.raises(FixConfiguration, match="source county_market") as caught:
        hub.collect()
    told = str(caught.value) + caplog.text + repr(hub.settings)
    for secret in ("320830188001010002", "127.0.0.1", str(sa.make_url(front.url).database)):
        assert secret not in told


def test_no_identifier_of_a_row_stands_in_an_error(pulling: MakePull, front: FrontEndTable) -> None:
    canary = "320830188001010002"
    front.create(sa.Column("hub_reason", sa.Integer), without=("hub_reason",))
    front.add(1, bz=canary, sfzh=canary, wsh="")
    hub = pulling()
    hub.collect()
    with pytest.raises(HubError) as caught:
        hub.run_dataset("market/shop")
    assert isinstance(caught.value, FixConfiguration)
    assert canary not in str(caught.value) and caught.value.__cause__ is None


def test_doctor_says_whether_a_source_answers(pulling: MakePull, front: FrontEndTable, tmp_path: Path) -> None:
    from hub.line.doctor import examine

    front.create()
    found = {one["what"]: one for one in examine(pulling())}
    assert found["source county_market"]["ok"], found["source county_market"]
    missing = {one["what"]: one for one in examine(pulling(home=tmp_path / "other", sources={}))}
    assert missing["source county_market"]["exit_code"] == 3


def _elsewhere(url: str, **changed: Any) -> str:
    return sa.make_url(url).set(**changed).render_as_string(hide_password=False)
