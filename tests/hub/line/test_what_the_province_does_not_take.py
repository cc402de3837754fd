"""What is unknown stays unknown and goes again; what never fits waits for a person; nothing comes back by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.database import FrontEnd
from connectors.faults import RowRefused, Unreachable
from hub.demo.province import SimulatedProvince
from hub.errors import Locked, NotFound, TryAgain, WrongUsage
from hub.ledger import evidence
from hub.ledger.connect import reading
from hub.ledger.locks import Hold
from hub.ledger.tables import lease, outbox
from hub.line import exchanging, intervening
from hub.outlets import province


class County:
    """A line and the province's tables."""

    def __init__(self, line: Any) -> None:
        self.line = line
        outlet, contracts = line.hub.outlet("province"), line.hub.contracts.values()
        self.province = SimulatedProvince(line.hub.settings.province_url, outlet, contracts, delay=0, refuse_every=0)
        self.province.create()
        (self.table,) = self.province.tables

    def send(self, *rows: str, name: str = "店铺.csv", ok: bytes | None = None) -> None:
        self.line.clock.sleep(5)
        self.line.drop(self.line.file(*rows), name, ok=ok)
        self.line.run()

    def drain(self) -> dict[str, int]:
        return dict(self.line.hub.drain("province"))

    def entries(self) -> list[dict[str, Any]]:
        with reading(self.line.hub.ledger) as connection:
            query = sa.select(outbox).where(outbox.c.outlet == "province").order_by(outbox.c.sequence)
            return [dict(row._mapping) for row in connection.execute(query)]

    def states(self) -> list[str]:
        return [one["state"] for one in self.entries()]

    def shown(self) -> list[str]:
        with self.province.engine.connect() as connection:
            return sorted(connection.scalars(sa.select(self.table.c.WSH)))

    def kinds(self) -> list[str]:
        with reading(self.line.hub.ledger) as connection:
            events = [evidence.latest(connection, kind) for kind in ("parked", "resurfaced", "sent_again")]
        return [one["kind"] for one in events if one is not None]


@pytest.fixture
def county(make_line: Callable[..., Any], tmp_path: Any) -> Iterator[County]:
    made = County(make_line(province_url=f"sqlite:///{tmp_path / 'province.db'}"))
    yield made
    made.province.stop()


def number(county: County, serial: int) -> str:
    return county.line.shop(serial).split(",")[2]


@pytest.fixture
def picky(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The other side refuses rows with this document number, and all that come with them in one statement."""
    refused: list[str] = []
    upsert = FrontEnd.upsert

    def choosing(self: FrontEnd, table: str, keys: Any, rows: Any, sequence: str) -> int:
        taken = list(rows)
        if any(row["WSH"] in refused for row in taken):
            raise RowRefused("upsert: a row does not fit the table (DataError)")
        return upsert(self, table, keys, taken, sequence)

    monkeypatch.setattr(FrontEnd, "upsert", choosing)
    return refused.append


def test_a_row_that_does_not_fit_keeps_no_other_back_and_is_parked_after_many_tries(
    county: County, picky: Callable[[str], None]
) -> None:
    picky(number(county, 3))
    county.send(*(county.line.shop(serial) for serial in range(1, 8)))
    assert county.drain()["sent"] == 6
    assert county.shown() == [number(county, serial) for serial in (1, 2, 4, 5, 6, 7)]
    (stuck,) = [one for one in county.entries() if one["state"] == "unknown"]
    assert (stuck["tries"], stuck["cause"]) == (1, "upsert: a row does not fit the table (DataError)")
    for _ in range(exchanging.TRIES):
        county.drain()
    (parked,) = [one for one in county.entries() if one["state"] == "parked"]
    assert parked["sequence"] == stuck["sequence"]
    assert county.kinds() == ["parked"]
    assert county.line.hub.due("province") == 6, "only those that arrived wait for an answer"


def test_a_parked_entry_goes_again_when_a_person_says_so_or_was_delivered_by_hand(
    county: County, picky: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    picky(number(county, 1))
    county.send(county.line.shop(1), county.line.shop(2))
    for _ in range(exchanging.TRIES + 1):
        county.drain()
    (parked,) = [one["sequence"] for one in county.entries() if one["state"] == "parked"]
    hub = county.line.hub
    with pytest.raises(WrongUsage):
        intervening.send_again(hub, parked, " ")
    intervening.send_again(hub, parked, "the column is wider now")
    assert "waiting" in county.states()
    assert county.kinds() == ["parked", "sent_again"]
    intervening.delivered_by_hand(hub, parked, "on paper, receipt 17")
    assert [one["cause"] for one in county.entries() if one["sequence"] == parked] == ["by hand"]
    with pytest.raises(WrongUsage):
        intervening.delivered_by_hand(hub, parked, "twice")
    with pytest.raises(NotFound):
        intervening.send_again(hub, 999, "nothing there")


def test_a_mended_version_takes_the_place_of_a_parked_one(county: County, picky: Callable[[str], None]) -> None:
    picky(number(county, 1))
    county.send(county.line.shop(1))
    for _ in range(exchanging.TRIES + 1):
        county.drain()
    assert county.states() == ["parked"]
    county.send(county.line.shop(1, je="2"))
    county.drain()
    assert county.states() == ["superseded", "unknown"]


@pytest.mark.parametrize("applied", [True, False], ids=["applied-then-broken", "broken-before"])
def test_a_push_that_broke_is_unknown_is_no_try_of_its_rows_and_goes_out_again(
    county: County, monkeypatch: pytest.MonkeyPatch, applied: bool
) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    upsert = FrontEnd.upsert

    def breaking(self: FrontEnd, *args: Any) -> int:
        if applied:
            upsert(self, *args)
        raise Unreachable("upsert: the connection broke")

    with monkeypatch.context() as patch:
        patch.setattr(FrontEnd, "upsert", breaking)
        with pytest.raises(TryAgain):
            county.drain()
    assert county.states() == ["unknown", "unknown"]
    assert [one["tries"] for one in county.entries()] == [0, 0]
    assert county.drain()["sent"] == 2
    assert county.shown() == [number(county, 1), number(county, 2)]
    county.province.answer()
    county.drain()
    assert county.states() == ["acknowledged", "acknowledged"]


def test_a_row_that_vanished_on_the_other_side_before_its_answer_is_sent_again(county: County) -> None:
    county.send(county.line.shop(1))
    county.drain()
    with county.province.engine.begin() as connection:
        connection.execute(county.table.delete())
    county.drain()
    assert county.states() == ["unknown"]
    county.drain()
    assert county.states() == ["sent"]
    assert county.shown() == [number(county, 1)]


def test_a_withdrawal_is_confirmed_by_looking_and_looked_at_again_for_a_day(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    county.drain()
    county.send(county.line.shop(1), name="店铺_撤回.csv", ok=b'{"reason": "annulled"}')
    with county.province.engine.connect() as connection:
        before = dict(
            connection.execute(sa.select(county.table).where(number(county, 1) == county.table.c.WSH)).one()._mapping
        )
    county.drain()
    assert county.shown() == [number(county, 2)]
    assert county.entries()[-1]["state"] == "acknowledged"
    with county.province.engine.begin() as connection:
        connection.execute(county.table.insert().values(before))  # a sleeper writes late, or a copy is restored
    county.drain()
    assert county.shown() == [number(county, 2)]
    assert county.kinds() == ["resurfaced"]
    assert county.line.violations() == []


def test_a_withdrawal_by_a_person_reaches_every_outlet_and_can_be_taken_back(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    county.drain()
    hub = county.line.hub
    record = next(one["record_id"] for one in county.line.versions() if one["wsh"] == number(county, 1))
    intervening.withdraw(hub, record, "annulled by court")
    county.drain()
    assert county.shown() == [number(county, 2)]
    county.send(county.line.shop(1), name="店铺_二.csv")
    assert county.line.deliveries()[-1]["duplicate"] == 1
    intervening.reinstate(hub, record, "the court was misread")
    county.send(county.line.shop(1, bz=" "), county.line.shop(3), name="店铺_三.csv")
    county.drain()
    assert county.shown() == [number(county, 1), number(county, 2), number(county, 3)]
    with pytest.raises(NotFound):
        intervening.reinstate(hub, record, "twice")
    with pytest.raises(NotFound):
        intervening.withdraw(hub, "0" * 32, "unknown")
    assert county.line.violations() == []


def test_a_sender_that_slept_past_its_lease_enters_nothing(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    county.send(county.line.shop(1))
    put = province.put

    def overtaken(*args: Any) -> Any:
        with county.line.hub.ledger.begin() as connection:  # another worker took over meanwhile
            connection.execute(lease.update().values(epoch=lease.c.epoch + 1))
        return put(*args)

    with monkeypatch.context() as patch:
        patch.setattr(province, "put", overtaken)
        with pytest.raises(Locked):
            county.drain()
    assert county.states() == ["unknown"], "what the sleeper pushed is sent again under the same key"
    county.drain()
    assert county.states() == ["sent"]


def test_a_hold_is_good_for_its_own_epoch_only(county: County) -> None:
    county.drain()
    with county.line.hub.ledger.begin() as connection:
        epoch = connection.scalar(sa.select(lease.c.epoch).where(lease.c.name == "outlet/province"))
        Hold("outlet/province", epoch).check(connection)
        with pytest.raises(Locked):
            Hold("outlet/province", epoch - 1).check(connection)


def test_nothing_is_pushed_when_the_evidence_cannot_be_written(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    county.send(county.line.shop(1))

    class Broken(Exception):
        pass

    def failing(*_: Any, **__: Any) -> None:
        raise Broken

    with monkeypatch.context() as patch:
        patch.setattr(evidence, "append", failing)
        with pytest.raises(Broken):
            county.drain()
    assert county.shown() == []
    assert county.states() == ["waiting"]
