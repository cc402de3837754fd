"""Batches that a person has to look at, and batches that are refused as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from hub.errors import WrongUsage
from hub.ledger import evidence
from hub.ledger.connect import reading
from hub.ledger.tables import receipt
from hub.line import deciding
from hub.stages import gate


@pytest.fixture
def held(either_line: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A delivery of two good rows and a bad one, held because a rule could not be judged."""
    judged = gate.validate

    def unable(suite: Any, verdict: Any) -> dict[str, Any]:
        result = judged(suite, verdict)
        result["results"][3]["success"] = False
        result["results"][3]["exception_info"] = {"raised_exception": True, "exception_message": "no answer"}
        return result

    monkeypatch.setattr(gate, "validate", unable)
    either_line.drop(either_line.file(either_line.shop(1), either_line.shop(2), either_line.shop(3, je="百万")))
    either_line.run()
    return either_line


def _bodies(line: Any) -> list[dict[str, Any]]:
    query = sa.select(receipt.c.body).order_by(receipt.c.ordinal)
    return [json.loads(body) for (body,) in line.rows(query)]


def test_a_rule_that_cannot_be_judged_holds_the_delivery_and_its_sender_is_told(held: Any) -> None:
    (delivery,) = held.deliveries()
    assert (delivery["state"], delivery["verdict"], delivery["rows"]) == ("held", "PENDING", None)
    assert held.versions() == []
    assert [one["verdict"]["code"] for one in held.receipts()] == ["PENDING"]
    assert held.inbox() == []
    assert not list((held.hub.home / "work").glob("*/*"))
    assert held.violations() == []


def test_a_run_leaves_a_held_delivery_alone(held: Any) -> None:
    before = held.facts()
    held.run()
    assert held.facts() == before
    assert len(held.outbox()) == 3


def test_a_released_delivery_is_accepted_and_its_second_receipt_supersedes_the_first(held: Any) -> None:
    deciding.release(held.hub, 1, "规则有误，已核实")
    first, second = _bodies(held)
    assert second["supersedes"] == first["receipt_no"]
    assert second["verdict"]["code"] == "PARTIAL"
    assert held.counts() == [("PARTIAL", 3, 2, 0, 1, 0, 0)]
    assert len(held.outbox()) == 6
    assert held.violations() == []
    with reading(held.hub.ledger) as connection:
        kinds = [event["kind"] for event in evidence.of_delivery(connection, 1)]
        (reason,) = [e["body"]["reason"] for e in evidence.of_delivery(connection, 1) if e["kind"] == "released"]
    assert kinds == ["landed", "held", "acknowledged", "released", "judged", "acknowledged"]
    assert reason == "规则有误，已核实"


def test_a_delivery_that_a_person_refuses_rejects_every_row(held: Any) -> None:
    deciding.refuse(held.hub, 1, "整批有误")
    assert held.counts() == [("REJECTED", 3, 0, 0, 3, 0, 0)]
    first, second = _bodies(held)
    assert second["supersedes"] == first["receipt_no"]
    assert "GATE-PERSON" in [one["rule"] for one in second["findings"]]
    assert held.versions() == []
    assert held.violations() == []


def test_the_same_bytes_wait_while_the_first_are_held_and_follow_them_afterwards(held: Any) -> None:
    held.clock.sleep(5)
    held.drop((held.archived()[0]).read_bytes(), "店铺_又.csv")
    held.run()
    assert [one["state"] for one in held.deliveries()] == ["held", "landed"]
    deciding.release(held.hub, 1, "已核实")
    held.run()
    assert [one["verdict"] for one in held.deliveries()] == ["PARTIAL", "DUPLICATE"]
    assert held.violations() == []


@pytest.mark.parametrize("decide", [deciding.release, deciding.refuse])
def test_only_a_held_delivery_can_be_decided_and_only_with_a_reason(held: Any, decide: Any) -> None:
    with pytest.raises(WrongUsage):
        decide(held.hub, 1, " ")
    deciding.release(held.hub, 1, "已核实")
    with pytest.raises(WrongUsage):
        decide(held.hub, 1, "再来一次")


def test_a_decision_whose_process_ended_is_carried_out_by_the_next_run(held: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.line.judging.process", lambda *_: None)
        deciding.release(held.hub, 1, "已核实")
    held.run()
    assert held.counts() == [("PARTIAL", 3, 2, 0, 1, 0, 0)]


def test_a_share_of_bad_rows_above_the_threshold_refuses_the_whole_delivery(either_line: Any) -> None:
    line = either_line
    line.drop(
        line.file(
            line.shop(1),
            line.shop(2, je="百万"),
            line.shop(3, rq="昨天"),
            line.shop(1),
            ",,,,,,,",
            line.shop(4, je="x"),
        )
    )
    line.run()
    assert line.counts() == [("REJECTED", 6, 0, 0, 4, 1, 1)]
    (said,) = line.receipts()
    assert "GATE-SHARE" in [one["rule"] for one in said["findings"]]
    assert line.versions() == []
    assert line.violations() == []
