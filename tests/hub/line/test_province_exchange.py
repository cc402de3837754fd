"""Rows go to the province's front end and its answers come back; the ledger and the front end on either database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from hub.demo.province import CAUSE, SimulatedProvince
from hub.ledger.tables import outbox
from hub.outlets import province as outlet_province

MakeLine = Callable[..., Any]


class County:
    """A line and the simulated province on the other side. It answers only when it is asked to."""

    def __init__(self, line: Any) -> None:
        self.line = line
        outlet, contracts = line.hub.outlet("province"), line.hub.contracts.values()
        self.province = SimulatedProvince(line.hub.settings.province_url, outlet, contracts, delay=0, refuse_every=0)
        self.province.create()

    def send(self, *lines: str) -> None:
        self.line.clock.sleep(5)
        self.line.drop(self.line.file(*lines))
        self.line.run()

    def drain(self) -> dict[str, int]:
        return dict(self.line.hub.drain("province"))

    def states(self) -> list[str]:
        query = sa.select(outbox.c.state).where(outbox.c.outlet == "province").order_by(outbox.c.sequence)
        return [state for (state,) in self.line.rows(query)]

    def table(self) -> list[dict[str, Any]]:
        (table,) = self.province.tables
        with self.province.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(sa.select(table).order_by(table.c.MC))]

    def refuse(self, name: str, cause: str = CAUSE) -> None:
        """Write a refusal on the row of a name, as it stands now."""
        (table,) = self.province.tables
        with self.province.engine.begin() as connection:
            connection.execute(
                table.update().where(name == table.c.MC).values(CHECK_SIGN="2", CHECK_UNPASS_CAUSE=cause)
            )


@pytest.fixture(params=["sqlite", "postgresql"])
def county(request: pytest.FixtureRequest, make_line: MakeLine, tmp_path: Any) -> Iterator[County]:
    """Ledger and front end: SQLite and SQLite, or PostgreSQL and a second database of the same server."""
    if request.param == "sqlite":
        made = County(make_line(province_url=f"sqlite:///{tmp_path / 'province.db'}"))
    else:
        server = request.getfixturevalue("postgres_server")
        ledger = request.getfixturevalue("postgres_url")
        server.run("CREATE DATABASE province_side")
        made = County(make_line(ledger, province_url=server.url("province_side")))
    yield made
    made.province.stop()
    if request.param == "postgresql":
        server.run("DROP DATABASE province_side WITH (FORCE)")


def test_what_has_no_verdict_stays_pending_and_is_never_taken_for_acknowledged(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    assert county.drain() == {"sent": 2, "answered": 0, "pending": 2}
    assert county.drain() == {"sent": 0, "answered": 0, "pending": 2}
    assert county.states() == ["sent", "sent"]
    assert county.line.hub.due("province") == 2


def test_a_verdict_is_recorded_and_nothing_is_due_any_more(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    county.drain()
    county.province.answer()
    assert county.drain() == {"sent": 0, "answered": 2, "pending": 0}
    assert county.states() == ["acknowledged", "acknowledged"]
    assert county.line.hub.due("province") == 0


def test_dates_money_and_nothing_else_than_disclosed_cells_arrive_in_the_tables(county: County) -> None:
    county.send(county.line.shop(1, je="12.5"))
    county.drain()
    (row,) = county.table()
    assert (row["RQ"], str(row["JE"]), row["BZ"]) == ("2026/11/20", "12.500000", None)


def test_refusals_become_one_amended_receipt_in_the_outbox_of_the_department(county: County) -> None:
    first, second, third = (county.line.shop(number) for number in (1, 2, 3))
    county.send(first, second, third)
    county.drain()
    county.refuse(first.partition(",")[0], "名称不符")
    county.refuse(third.partition(",")[0], "名称不符")
    county.drain()
    assert len(county.line.outbox()) == 3, "not before every row of the delivery has its answer"
    county.province.answer()
    county.drain()
    assert county.states() == ["rejected", "acknowledged", "rejected"]
    (amended,) = [one for one in county.line.receipts() if one["stage"] == "province"]
    assert amended["counts"]["refused_by_province"] == 2
    assert "名称不符" in json.dumps(amended, ensure_ascii=False)
    assert [row["row"] for finding in amended["findings"] for row in finding["rows"]] == [2, 4]
    assert len(county.line.outbox()) == 6
    before = county.line.facts()
    county.drain()
    assert county.line.facts() == before, "told once"


def test_an_amended_receipt_that_could_not_be_put_is_put_the_next_time(county: County) -> None:
    county.send(county.line.shop(1))
    county.drain()
    county.refuse(county.line.shop(1).partition(",")[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.line.answering.answer", lambda *_: None)
        county.drain()
    assert len(county.line.outbox()) == 3
    county.drain()
    assert len(county.line.outbox()) == 6


def test_an_answer_to_an_older_version_is_not_taken_for_the_newer(county: County) -> None:
    county.send(county.line.shop(1))
    county.drain()
    county.province.answer()
    county.send(county.line.shop(1, je="200000"))
    # The province has answered the first version; nobody has looked yet when the second is already waiting.
    county.drain()
    assert county.states()[1] == "sent"
    (row,) = county.table()
    assert (row["CHECK_SIGN"], row["SYNC_SIGN"], str(row["JE"])) == (None, None, "200000.000000")
    county.province.answer()
    county.drain()
    assert county.states()[1] == "acknowledged"
    assert county.line.hub.due("province") == 0


def test_a_version_that_never_got_its_answer_does_not_keep_the_outlet_or_its_delivery_waiting(county: County) -> None:
    first, second = county.line.shop(1), county.line.shop(2)
    county.send(first, second)
    county.drain()
    county.send(county.line.shop(1, je="200000"))
    county.drain()
    county.refuse(second.partition(",")[0])
    county.province.answer()
    county.drain()
    assert county.states() == ["superseded", "rejected", "acknowledged"]
    assert county.line.hub.due("province") == 0
    assert [one["stage"] for one in county.line.receipts()].count("province") == 1


def test_only_the_newest_of_several_waiting_versions_is_sent(county: County) -> None:
    county.send(county.line.shop(1))
    county.send(county.line.shop(1, je="200000"))
    assert county.drain()["sent"] == 1
    assert county.states() == ["superseded", "sent"]


def test_pushing_twice_changes_nothing(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.ledger.outbox.mark", _end)
        with pytest.raises(KeyboardInterrupt):
            county.drain()
    county.province.answer()
    before = county.table()
    assert county.states() == ["unknown", "unknown"], "nobody knows whether they arrived"
    county.drain()
    assert county.table() == before, "the same keys and sequences: the answers on the rows stay"
    assert county.states() == ["acknowledged", "acknowledged"]


def _end(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_record_that_may_no_longer_be_shared_is_deleted_from_the_table(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    county.drain()
    county.province.answer()
    county.drain()
    county.send(county.line.shop(1, zt="2"))
    county.drain()
    assert [row["MC"] for row in county.table()] == [county.line.shop(2).partition(",")[0]]
    assert county.states() == ["acknowledged", "acknowledged", "withheld"]


def test_what_is_accepted_while_rows_are_being_sent_goes_out_the_next_time_with_its_own_content(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    county.send(county.line.shop(1))
    put, came = outlet_province.put, []

    def put_and_receive(*args: Any) -> Any:
        done = put(*args)
        if not came:
            came.append(True)
            county.send(county.line.shop(1, je="200000"), county.line.shop(2))
        return done

    monkeypatch.setattr(outlet_province, "put", put_and_receive)
    county.drain()
    assert county.states() == ["sent", "waiting", "waiting"]
    county.drain()
    assert county.states() == ["superseded", "sent", "sent"]
    assert sorted(str(row["JE"]) for row in county.table()) == ["100000.000000", "200000.000000"]
