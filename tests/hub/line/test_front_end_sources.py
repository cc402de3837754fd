"""A department's front-end database as the way in, over the whole line: pulled, judged, answered on its own rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from corpus.front_end_table import FLAG, FrontEndTable, receipts, rules, run

from hub.line import Hub, deciding

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
    assert "SRC-BACK" not in rules(receipts(hub)[-1])
    front.minutes -= 1
    front.change(1, zt=77)
    assert run(hub) == {"market/shop": 1}
    assert front.told()[1][0] == "2"
    assert run(hub) == {}


def test_rows_that_are_late_by_less_than_the_overlap_are_no_trouble(pulling: MakePull, front: FrontEndTable) -> None:
    front.create()
    front.add(1, 2, 3)
    hub = pulling("{by: watermark, column: gxsj, overlap: 90}")
    run(hub)
    front.minutes = 1
    front.add(4)
    assert run(hub) == {"market/shop": 1}
    assert "SRC-BACK" not in rules(receipts(hub)[-1])
    assert receipts(hub)[-1]["counts"]["rows"] == 3
    assert front.told()[4][0] == "1"
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
    kept = tmp_path / "expectations"
    shutil.copytree(SMALL / "expectations", kept)
    (kept / "market").mkdir()
    (kept / "market" / "shop.yaml").write_text(HOLDING, encoding="utf-8")
    front.create()
    front.add(1, 2)
    hub = pulling(expectations=kept)
    run(hub)
    assert receipts(hub)[-1]["verdict"]["code"] == "PENDING"
    assert front.told()[1] == (None, None)
    deciding.release(hub, 1, "已核实")
    run(hub)
    assert front.told()[1] == ("1", None)
