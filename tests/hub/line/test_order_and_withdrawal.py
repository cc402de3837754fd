"""Which version holds, what a withdrawal ends, and what keeps it from coming back; on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from hub.ledger import records
from hub.ledger.connect import reading
from hub.ledger.tables import outbox, quarantine, tombstone
from hub.line import deciding


def send(line: Any, *rows: str, name: str = "店铺.csv", **drop: Any) -> dict[str, Any]:
    """Drop a file, run the line, give the newest receipt of a verdict."""
    line.clock.sleep(5)
    line.drop(line.file(*rows), name, **drop)
    line.run()
    newest = line.deliveries()[-1]["batch_no"]
    return [one for one in line.receipts() if one["batch_no"] == newest and one["stage"] == "validation"][-1]


def current(line: Any) -> list[dict[str, Any]]:
    return [one for one in line.versions() if one["known_to"] is None and one["valid_to"] is None]


def codes(receipt: dict[str, Any]) -> list[str]:
    return [one["rule"] for one in receipt["findings"]]


def operations(line: Any) -> list[tuple[str, str]]:
    query = sa.select(outbox.c.operation, outbox.c.state).where(outbox.c.outlet == "open_feed")
    return [tuple(row) for row in line.rows(query.order_by(outbox.c.sequence))]


def feed(line: Any) -> str:
    line.hub.drain("open_feed")
    return "".join(
        file.read_text("utf-8") for file in sorted((line.hub.home / "feed" / "current").rglob("*")) if file.is_file()
    )


def test_a_newer_decision_ends_the_validity_of_the_older_and_both_stay_known(either_line: Any) -> None:
    line = either_line
    send(line, line.shop(1, rq="2026-10-01", bz="旧"))
    send(line, line.shop(1, rq="2026-11-01", bz="新"), name="店铺_2.csv")
    old, new = line.versions()
    assert (old["valid_from"], old["valid_to"], old["known_to"]) == ("2026-10-01", "2026-11-01", None)
    assert (new["valid_from"], new["valid_to"], new["known_to"]) == ("2026-11-01", None, None)
    shape = line.hub.shape(line.hub.contract("market/shop"))
    with reading(line.hub.ledger) as connection:
        ask = {"known": line.hub.now(), "record_id": old["record_id"]}
        then = records.as_of(connection, shape, valid="2026-10-15", **ask)
        now = records.as_of(connection, shape, valid="2026-12-01", **ask)
        never = records.as_of(connection, shape, valid="2026-01-01", **ask)
        before = records.as_of(connection, shape, old["record_id"], known=old["known_from"])
    assert then is not None and now is not None and before is not None and never is None
    assert (then["bz"], now["bz"], before["bz"]) == ("旧", "新", "旧")
    assert line.violations() == []


def test_an_older_decision_that_comes_late_never_overtakes_the_newer(either_line: Any) -> None:
    line = either_line
    send(line, line.shop(1, rq="2026-11-01", bz="新"))
    before = operations(line)
    answer = send(line, line.shop(1, rq="2026-10-01", bz="旧"), name="店铺_补录.csv")
    assert [one["bz"] for one in current(line)] == ["新"]
    assert codes(answer) == ["ORD-OLDER"]
    assert operations(line) == before, "history goes nowhere"
    (old,) = [one for one in line.versions() if one["bz"] == "旧"]
    assert (old["valid_from"], old["valid_to"], old["known_to"]) == ("2026-10-01", "2026-11-01", None)
    again = send(line, line.shop(1, rq="2026-10-01", bz="旧"), line.shop(2), name="店铺_补录二.csv")
    assert (again["counts"]["inserted"], again["counts"]["updated"], again["counts"]["unchanged"]) == (1, 0, 1)
    assert line.violations() == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_in_whatever_order_decisions_arrive_the_same_history_follows(line: Any, order: tuple[int, ...]) -> None:
    days = ("2026-09-01", "2026-10-01", "2026-11-01")
    for place in order:
        send(line, line.shop(1, rq=days[place], bz=f"第{place}"), name=f"店铺_{place}.csv")
    held = sorted((one["valid_from"], one["valid_to"], one["bz"]) for one in line.versions())
    assert held == [
        ("2026-09-01", "2026-10-01", "第0"),
        ("2026-10-01", "2026-11-01", "第1"),
        ("2026-11-01", None, "第2"),
    ]
    assert line.violations() == []


def test_a_correction_wins_whatever_its_date_and_the_wrong_version_is_never_current_again(either_line: Any) -> None:
    line = either_line
    send(line, line.shop(1, rq="2026-11-15", bz="日期写错"))
    answer = send(line, line.shop(1, rq="2026-10-15", bz="对"), name="店铺_更正.csv")
    assert answer["submission"]["mode"] == "C"
    assert [one["bz"] for one in current(line)] == ["对"]
    (wrong,) = [one for one in line.versions() if one["bz"] == "日期写错"]
    assert wrong["known_to"] is not None
    send(line, line.shop(1, rq="2026-10-20", bz="更新"), name="店铺_三.csv")
    assert [one["bz"] for one in current(line)] == ["更新"]
    assert line.violations() == []


def test_the_file_of_a_slot_sent_again_mends_a_date_without_being_called_a_correction(line: Any) -> None:
    send(line, line.shop(1, rq="2026-11-15"), line.shop(2))
    answer = send(line, line.shop(1, rq="2026-10-15"), line.shop(2))
    assert [str(one["rq"]) for one in current(line) if str(one["rq"]) != "2026-11-20"] == ["2026-10-15"]
    assert "ORD-OLDER" not in codes(answer)
    assert answer["resend"]["kind"] == "correction"


def test_a_withdrawal_ends_the_record_everywhere_and_nothing_brings_it_back(either_line: Any) -> None:
    line = either_line
    send(line, line.shop(1, bz="留"), line.shop(2, bz="撤"))
    assert "演示2）" in feed(line)
    answer = send(line, line.shop(2), name="店铺_撤回.csv", ok='{"mode":"withdrawal","reason":"决定已撤销"}'.encode())
    assert (answer["submission"]["mode"], answer["verdict"]["code"]) == ("W", "ACCEPTED")
    assert [one["bz"] for one in current(line)] == ["留"]
    assert "演示2）" not in feed(line)
    assert operations(line)[-1] == ("delete", "acknowledged")
    again = send(line, line.shop(1, bz="留"), line.shop(2, bz="撤 "), name="店铺_又来.csv")
    assert (again["counts"]["duplicate"], again["counts"]["unchanged"]) == (1, 1)
    assert codes(again) == ["DUP-WITHDRAWN"]
    older = send(line, line.shop(2, rq="2026-10-01", bz="撤"), name="店铺_旧.csv")
    assert older["counts"]["duplicate"] == 1
    corrected = send(line, line.shop(2, bz="撤"), name="店铺_又来_更正.csv")
    assert corrected["counts"]["duplicate"] == 1
    assert "演示2）" not in feed(line)
    newer = send(line, line.shop(2, rq="2026-11-22", bz="新的决定"), name="店铺_新.csv")
    assert newer["counts"]["inserted"] == 1
    assert sorted(one["bz"] for one in current(line)) == ["新的决定", "留"]
    assert line.violations() == []


def test_a_withdrawal_needs_only_the_key_and_is_not_refused_for_what_else_is_wrong(line: Any) -> None:
    send(line, line.shop(1), line.shop(2))
    row = line.shop(2, je="一百万", rq="哪天", sfzh="123", zt="不明")
    answer = send(line, row, name="店铺_撤回.csv")
    assert answer["counts"]["accepted"] == 1
    assert codes(answer) == ["WDR-REASON"]
    assert len(current(line)) == 1
    keys = "统一社会信用代码,文书号\r\n" + ",".join(line.shop(1).split(",")[1:3]) + "\r\n"
    line.clock.sleep(5)
    line.drop(keys.encode(), "店铺_乙_撤回.csv")
    line.run()
    assert current(line) == []


def test_a_withdrawal_before_the_record_keeps_it_out_and_the_sender_is_asked(either_line: Any) -> None:
    line = either_line
    send(line, line.shop(1))
    answer = send(line, line.shop(2), name="店铺_撤回.csv", ok=b'{"reason": "wrong"}')
    assert codes(answer) == ["WDR-UNKNOWN"]
    late = send(line, line.shop(2), name="店铺_迟.csv")
    assert late["counts"]["duplicate"] == 1
    assert len(current(line)) == 1
    assert line.rows(sa.select(tombstone.c.floor, tombstone.c.reason)) == [("2026-11-20", "wrong")]


def test_the_very_file_that_brought_records_withdraws_them_when_it_is_sent_to_withdraw(line: Any) -> None:
    send(line, line.shop(1), line.shop(2))
    answer = send(line, line.shop(1), line.shop(2), name="店铺_撤回.csv")
    assert (answer["verdict"]["code"], answer["counts"]["accepted"]) == ("ACCEPTED_QUERY", 2)
    assert current(line) == []
    again = send(line, line.shop(1), line.shop(2), name="店铺_又_撤回.csv")
    assert again["verdict"]["code"] == "DUPLICATE"


def test_a_row_without_its_key_cannot_withdraw_anything(line: Any) -> None:
    send(line, line.shop(1))
    answer = send(line, line.shop(1, wsh=""), name="店铺_撤回.csv")
    assert answer["counts"]["rejected"] == 1
    assert len(current(line)) == 1


def test_a_replacement_removes_what_it_does_not_hold_and_says_so(either_line: Any) -> None:
    line = either_line
    send(line, *(line.shop(n) for n in range(1, 11)))
    answer = send(line, *(line.shop(n) for n in range(1, 10)), name="店铺_替换.csv")
    told = answer["resend"]
    assert (told["kind"], told["vanished"], told["removed"], told["unchanged"]) == ("replacement", 1, True, 9)
    assert told["text"].endswith("消失的行已经撤下。")
    assert len(current(line)) == 9
    assert operations(line)[-1] == ("delete", "waiting")
    assert line.violations() == []


def test_a_replacement_that_removes_too_much_waits_for_a_person(either_line: Any) -> None:
    line = either_line
    send(line, *(line.shop(n) for n in range(1, 11)))
    answer = send(line, line.shop(1), name="店铺_替换.csv")
    assert (answer["verdict"]["code"], codes(answer)) == ("PENDING", ["GATE-REMOVE"])
    assert "原来10行中的9行" in answer["findings"][0]["why"]
    assert len(current(line)) == 10, "nothing is removed before a person says so"
    deciding.release(line.hub, line.deliveries()[-1]["id"], "asked the sender")
    assert len(current(line)) == 1
    assert line.violations() == []


def test_a_file_that_lost_rows_on_the_way_removes_nothing_and_is_asked_about(line: Any) -> None:
    send(line, *(line.shop(n) for n in range(1, 11)))
    answer = send(line, *(line.shop(n) for n in range(1, 6)))
    assert codes(answer) == ["RSD-TRUNCATED"]
    assert (answer["resend"]["kind"], answer["resend"]["vanished"]) == ("truncation", 5)
    assert len(current(line)) == 10


def test_a_mended_file_says_what_became_of_each_row_and_closes_the_quarantine(either_line: Any) -> None:
    line = either_line
    send(line, line.shop(1), line.shop(2), line.shop(3, je="一百万"), line.shop(4, wsh="", je="x"))
    waiting = sa.select(sa.func.count()).where(quarantine.c.closed_by.is_(None))
    assert line.rows(waiting) == [(2,)]
    answer = send(line, line.shop(1), line.shop(2, bz="改"), line.shop(3), line.shop(4), name="店铺(1).csv")
    told = answer["resend"]
    counted = {name: told[name] for name in ("kind", "corrected", "unchanged", "new", "mended", "vanished")}
    assert counted == {"kind": "extension", "corrected": 1, "unchanged": 1, "new": 1, "mended": 1, "vanished": 0}
    assert "1行更正，1行未变，1行新增，1行由退回转为接收，0行消失" in told["text"]
    assert line.rows(waiting) == [(0,)]
    outcomes = line.rows(sa.select(quarantine.c.outcome).order_by(quarantine.c.record))
    assert outcomes == [("mended",), ("replaced",)]


def test_a_file_of_another_name_is_compared_with_nothing(line: Any) -> None:
    send(line, line.shop(1), line.shop(2))
    answer = send(line, line.shop(1), name="店铺_另一天.csv")
    assert answer["resend"] is None
    assert answer["verdict"]["code"] == "ACCEPTED"


def test_a_replacement_of_a_file_that_never_came_is_taken_as_a_first_one_and_asked_about(line: Any) -> None:
    answer = send(line, line.shop(1), name="店铺_替换.csv")
    assert codes(answer) == ["RSD-NOTHING"]
    assert len(current(line)) == 1


def test_a_held_delivery_that_is_released_late_does_not_overtake_a_later_one(line: Any) -> None:
    send(line, *(line.shop(n) for n in range(1, 11)))
    send(line, line.shop(1, bz="先到"), name="店铺_替换.csv")  # held: it removes nine
    held = line.deliveries()[-1]["id"]
    send(line, line.shop(1, bz="后到"), name="店铺_后.csv")
    deciding.release(line.hub, held, "asked the sender")
    assert [one["bz"] for one in current(line) if one["bz"]] == ["后到"]
    assert line.violations() == []


def test_rows_that_are_mended_in_a_file_of_another_name_are_told_as_such(line: Any) -> None:
    send(line, line.shop(1), line.shop(2, je="一百万"))
    answer = send(line, line.shop(2), name="店铺__部分接收_退回1行.csv")
    assert (answer["resend"]["kind"], answer["resend"]["mended"]) == ("correction", 1)
    assert "1行由退回转为接收" in answer["resend"]["text"]


def test_a_reinstated_record_comes_again_with_the_very_file_that_was_kept_out(line: Any) -> None:
    from hub.line import intervening

    send(line, line.shop(1), line.shop(2))
    record = next(one["record_id"] for one in line.versions())
    intervening.withdraw(line.hub, record, "by mistake")
    again = send(line, line.shop(1), line.shop(2), name="店铺_又.csv")
    assert again["verdict"]["code"] == "DUPLICATE"
    intervening.reinstate(line.hub, record, "the wrong record")
    back = send(line, line.shop(1), line.shop(2), name="店铺_再.csv")
    assert (back["counts"]["inserted"], back["counts"]["unchanged"]) == (1, 1)
    assert len(current(line)) == 2
    assert line.violations() == []
