"""A province that drops the link, fails after it has applied, answers twice or never: effectively once at every point.

The faults are put into the door to its front end, at every single call that an exchange makes. In the end every record
that may be seen stands there once in its newest version, every entry has one answer, every refusal is told once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.database import FrontEnd
from connectors.faults import Refused, Unreachable
from hub.demo.province import SimulatedProvince
from hub.errors import HubError
from hub.ledger.tables import outbox
from hub.outlets import province as outlet_province

ENDLESS = 30  # rounds, many more than any fault takes
WRITING = ("upsert", "delete")

MOODS: dict[str, tuple[bool, type[Exception]]] = {
    "the link drops before anything is applied": (False, Unreachable),
    "applies, then drops the link": (True, Unreachable),
    "applies, then answers with a failure": (True, Refused),
}


class Door(FrontEnd):
    """The front end with one fault at its call number ``at``; writes down what was applied."""

    calls = 0
    at = 0
    mood = (True, Unreachable)
    applied: tuple[tuple[str, Any], ...] = ()

    def _call(self, doing: str, call: Callable[[], Any]) -> Any:
        Door.calls += 1
        applies, fault = Door.mood
        if Door.calls == Door.at and not applies:
            raise fault(f"{doing}: broken on purpose")
        done = call()
        if Door.calls == Door.at:
            raise fault(f"{doing}: broken on purpose")
        return done

    def upsert(self, table: str, key_columns: Any, rows: Any, sequence_column: str) -> int:
        rows = list(rows)

        def apply() -> int:
            changed = FrontEnd.upsert(self, table, key_columns, rows, sequence_column)
            Door.applied += tuple((row[key_columns[0]], row[sequence_column]) for row in rows)
            return changed

        return int(self._call("upsert", apply))

    def delete(self, table: str, key_column: str, keys: Any) -> int:
        return int(self._call("delete", lambda: FrontEnd.delete(self, table, key_column, keys)))

    def read(self, *words: Any, **named: Any) -> Any:
        return self._call("read", lambda: FrontEnd.read(self, *words, **named))


class County:
    """A line whose province has a mood."""

    def __init__(self, line: Any) -> None:
        self.line = line
        outlet, contracts = line.hub.outlet("province"), line.hub.contracts.values()
        self.province = SimulatedProvince(line.hub.settings.province_url, outlet, contracts, delay=0, refuse_every=0)
        self.province.create()
        self.refusing: set[str] = set()
        self.failures = 0

    def send(self, *lines: str) -> None:
        self.line.clock.sleep(5)
        self.line.drop(self.line.file(*lines))
        self.line.run()

    def exchange(self, answering: Callable[[], None]) -> int:
        """Drain and answer until nothing is due; gives the answers that the hub says it took."""
        taken = 0
        for _ in range(ENDLESS):
            try:
                taken += self.line.hub.drain("province")["answered"]
            except HubError:
                self.failures += 1
            answering()
            if self.line.hub.due("province") == 0:
                return taken
        raise AssertionError(f"still due: {self.states()}")

    def answer(self) -> None:
        (table,) = self.province.tables
        with self.province.engine.begin() as connection:
            for name in self.refusing:
                connection.execute(
                    table.update()
                    .where(name == table.c.MC, table.c.CHECK_SIGN.is_(None))
                    .values(CHECK_SIGN="2", CHECK_UNPASS_CAUSE="名称不符")
                )
        self.province.answer()

    def answer_again(self) -> None:
        """The answers that are there once more, later and with other words; and a refusal becomes a yes."""
        (table,) = self.province.tables
        with self.province.engine.begin() as connection:
            refused = table.c.CHECK_SIGN == "2"
            connection.execute(table.update().where(refused).values(CHECK_UNPASS_CAUSE="另一个原因", SYNC_SIGN="1"))
            connection.execute(table.update().where(~refused).values(SYNC_DATE="2099-01-01 00:00:00"))

    def states(self) -> list[str]:
        query = sa.select(outbox.c.state).where(outbox.c.outlet == "province").order_by(outbox.c.sequence)
        return [state for (state,) in self.line.rows(query)]

    def table(self) -> dict[str, tuple[str, int]]:
        """What the province holds: name to amount and sequence."""
        (table,) = self.province.tables
        with self.province.engine.connect() as connection:
            rows = connection.execute(sa.select(table)).mappings().all()
        assert len({row["RECID"] for row in rows}) == len(rows)
        return {row["MC"]: (str(row["JE"]), row["SJXH"]) for row in rows}

    def amended(self) -> list[dict[str, Any]]:
        return [one for one in self.line.receipts() if one["stage"] == "province"]


@pytest.fixture
def county(make_line: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[County]:
    monkeypatch.setattr(outlet_province, "FrontEnd", Door)
    for name, value in {"calls": 0, "at": 0, "applied": (), "mood": (True, Unreachable)}.items():
        monkeypatch.setattr(Door, name, value)
    made = County(make_line(province_url=f"sqlite:///{tmp_path / 'province.db'}"))
    yield made
    made.province.stop()


def _story(county: County) -> int:
    """Three shops, one of which the province refuses; then one changes, one may no longer be seen, one is new."""
    shop, answering = county.line.shop, county.answer
    county.refusing = {shop(3).partition(",")[0]}
    county.send(shop(1), shop(2), shop(3))
    taken = county.exchange(answering)
    county.send(shop(1, je="200000"), shop(2, zt="2"), shop(4))
    return taken + county.exchange(answering)


def _right(county: County) -> None:
    shop = county.line.shop
    names = {number: shop(number).partition(",")[0] for number in (1, 3, 4)}
    held = county.table()
    assert {name: amount for name, (amount, _) in held.items()} == {
        names[1]: "200000.000000",
        names[3]: "100000.000000",
        names[4]: "100000.000000",
    }
    query = sa.select(outbox.c.sequence).where(outbox.c.outlet == "province").order_by(outbox.c.sequence)
    first, _, third, newest, _, fourth = [sequence for (sequence,) in county.line.rows(query)]
    assert {name: sequence for name, (_, sequence) in held.items()} == {
        names[1]: newest,
        names[3]: third,
        names[4]: fourth,
    }
    assert first < newest
    assert county.states() == [
        "acknowledged",
        "acknowledged",
        "rejected",
        "acknowledged",
        "withheld",
        "acknowledged",
    ]
    (amended,) = county.amended()
    assert amended["counts"]["refused_by_province"] == 1
    assert "名称不符" in json.dumps(amended, ensure_ascii=False)
    by_record: dict[str, list[int]] = {}
    for key, sequence in Door.applied:
        by_record.setdefault(key, []).append(sequence)
    assert all(sequences == sorted(sequences) for sequences in by_record.values()), "an older version never goes later"
    assert county.line.violations() == []


def test_a_calm_province_makes_the_calls_at_which_the_faults_are_put(county: County) -> None:
    assert _story(county) == 5
    _right(county)
    assert county.failures == 0
    assert len(Door.applied) == 5, "each version goes once"


@pytest.mark.parametrize("mood", MOODS)
def test_whatever_call_breaks_every_record_arrives_effectively_once(
    mood: str, make_line: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet_province, "FrontEnd", Door)
    monkeypatch.setattr(Door, "mood", MOODS[mood])
    at = 0
    while True:
        at += 1
        for name, value in {"calls": 0, "at": at, "applied": ()}.items():
            monkeypatch.setattr(Door, name, value)
        home = tmp_path / str(at)
        county = County(make_line(home=home, province_url=f"sqlite:///{tmp_path / f'province_{at}.db'}"))
        for file in (*county.line.root.glob("market/outbox/*"), *county.line.root.glob("market/archive/*/*")):
            file.unlink()
        _story(county)
        _right(county)
        county.province.stop()
        if Door.calls < at:
            break
        assert county.failures >= 1, f"call {at} did not break"
    assert at > 8, "an exchange makes more calls than that"


def test_an_answer_that_comes_twice_is_recorded_and_told_once(county: County) -> None:
    assert _story(county) == 5
    county.answer_again()
    assert county.line.hub.drain("province") == {"sent": 0, "answered": 0, "pending": 0}
    _right(county)
    assert "另一个原因" not in str(county.amended())


def test_a_province_that_never_answers_keeps_entries_open_and_is_never_taken_for_a_no(county: County) -> None:
    county.send(county.line.shop(1), county.line.shop(2))
    before = None
    for _ in range(20):
        county.line.clock.sleep(86_400)
        facts = county.line.hub.drain("province")
        assert (facts["answered"], facts["pending"]) == (0, 2)
        assert before in (None, county.table()), "what is there is not written again"
        before = county.table()
    assert county.states() == ["sent", "sent"]
    assert county.line.hub.due("province") == 2
    assert county.amended() == []
    county.answer()
    county.line.hub.drain("province")
    assert county.states() == ["acknowledged", "acknowledged"]


def test_a_province_that_is_never_reached_is_no_reason_to_give_an_entry_up(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise Unreachable("upsert: broken on purpose")

    county.send(county.line.shop(1))
    with monkeypatch.context() as patch:
        patch.setattr(Door, "upsert", unreachable)
        for _ in range(20):
            with pytest.raises(HubError):
                county.line.hub.drain("province")
            assert county.line.hub.due("province") == 1
            assert not {"rejected", "parked"} & set(county.states())
    county.exchange(county.answer)
    assert county.states() == ["acknowledged"]
