"""Whatever is published, repaired, disputed, agreed to, corrected, replayed, withdrawn, or grows old: after one cycle
every outlet shows exactly what may lawfully be seen that day. A machine that could find nothing would be worth nothing:
it finds gates that are broken on purpose.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from corpus import steered_county
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from hub.demo.province import SimulatedProvince
from hub.line import intervening, steering, sweeping
from hub.line.circumstances import Standing
from hub.line.hub import ZONE
from hub.outlets import clauses, sharing

SMALL = Path(__file__).parents[1] / "small"
DATASET = "market/shop"
FULL = os.environ.get("FULL") == "1"
QUIET: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "report_multiple_bugs": False,
}
NORMAL = settings(
    max_examples=150 if FULL else 6, stateful_step_count=24 if FULL else 12, derandomize=not FULL, **QUIET
)
SERIALS = st.integers(1, 3)
DAYS = st.sampled_from([None, 1, 40])  # after which it ends


@dataclass
class Model:
    """What was said, in plain Python. Days count from the first one."""

    shops: dict[int, tuple[int, str]] = field(default_factory=dict)  # day of registration, state
    gone: dict[int, int] = field(default_factory=dict)  # day of registration up to which nothing comes back
    against: list[tuple[str, int, int, int | None]] = field(default_factory=list)  # what, whose, from, until
    agreed: list[tuple[int, int, int | None]] = field(default_factory=list)  # who, from, until

    def lawful(self, outlet: str, day: date, first: date) -> set[int]:
        """Who may be seen in an outlet on a day."""
        today, seen = (day - first).days, set()
        for serial, (registered, state) in self.shops.items():
            if any(who == serial and since <= today and (until is None or today < until)
                   for _, who, since, until in self.against):  # fmt: skip
                continue
            agreed = any(who == serial and since <= today and (until is None or today < until)
                         for who, since, until in self.agreed)  # fmt: skip
            started = first + timedelta(days=registered)
            year = started.replace(year=started.year + 1)
            if {"open_feed": year > day, "province": state == "1", "bank": agreed}[outlet]:
                seen.add(serial)
        return seen


class County(RuleBasedStateMachine):
    """The small county with what steers it; ``ground`` gives a fresh hub for every example."""

    ground: Callable[[], tuple[Any, Any, Any]]

    @initialize()
    def begin(self) -> None:
        self.hub, self.clock, self.shop = type(self).ground()
        self.model, self.numbers = Model(), count(1)
        self.first = self.today()
        self.sides = {}
        for outlet in ("province", "bank"):
            side = SimulatedProvince(
                self.hub.settings.province_url, self.hub.outlet(outlet), self.hub.contracts.values(), 0, 0
            )
            side.create()
            self.sides[outlet] = side
        self.files: list[tuple[Path, str, Callable[[], None]]] = []

    def today(self) -> date:
        return self.clock().astimezone(ZONE).date()

    def _day(self, day: int | None) -> str:
        return "" if day is None else (self.first + timedelta(days=day)).isoformat()

    def _now(self) -> int:
        return (self.today() - self.first).days

    def _submit(self, dataset: str, title: str, header: str, line: str, mode: str = "") -> None:
        self.clock.sleep(5)
        file = self.hub.home / f"{title}_{next(self.numbers)}{mode}.csv"
        file.write_text(f"{header}\r\n{line}\r\n", encoding="utf-8")
        self.hub.submit(file, "market", dataset)
        self.files.append((file, dataset, lambda: None))

    def _code(self, serial: int) -> tuple[str, str]:
        cells = self.shop(serial).split(",")
        return cells[1], cells[2]

    @rule(serial=SERIALS, state=st.sampled_from("112"))
    def publish(self, serial: int, state: str) -> None:
        """A shop is registered or corrected today."""
        today = self._now()
        line = self.shop(serial, rq=self._day(today), zt=state)
        self._submit(DATASET, "店铺", self.header, line, "_更正" if serial in self.model.shops else "")
        if serial in self.model.gone and today <= self.model.gone[serial]:
            return  # it was withdrawn, and this is not newer
        self.model.shops[serial] = (today, state)

    def _steer(self, dataset: str, title: str, what: str, serial: int, ends: int | None) -> None:
        code, document = self._code(serial)
        since = self._now()
        until = None if ends is None else since + ends
        line = f"{what}{next(self.numbers)},{code},market/shop,{self._day(since)},{self._day(until)},{document}"
        self._submit(dataset, title, "编号,统一社会信用代码,数据集,开始,结束,文书号", line)
        self.model.against.append((what, serial, since, until))

    @rule(serial=SERIALS)
    def repair(self, serial: int) -> None:
        self._steer("credit/repair", "修复", "XF", serial, None)

    @rule(serial=SERIALS, ends=DAYS)
    def dispute(self, serial: int, ends: int | None) -> None:
        self._steer("credit/dispute", "异议", "YY", serial, ends)

    @rule(serial=SERIALS, ends=DAYS)
    def agree(self, serial: int, ends: int | None) -> None:
        code, _ = self._code(serial)
        since = self._now()
        until = None if ends is None else since + ends
        line = f"SQ{next(self.numbers)},{code},market/shop,{self._day(since)},{self._day(until)},bank"
        self._submit("credit/consent", "授权", "编号,统一社会信用代码,数据集,开始,结束,出口", line)
        self.model.agreed.append((serial, since, until))

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        """A file comes once more, byte for byte: it is a duplicate and changes nothing."""
        file, dataset, _ = data.draw(st.sampled_from(self.files))
        self.clock.sleep(5)
        self.hub.submit(file, "market", dataset)

    @precondition(lambda self: self.model.shops)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        serial = data.draw(st.sampled_from(sorted(self.model.shops)))
        self.clock.sleep(5)
        intervening.withdraw(self.hub, self._record(serial), "撤销")
        self.model.gone[serial] = self.model.shops.pop(serial)[0]

    def _record(self, serial: int) -> str:
        name = self.hub.shape(self.hub.contract(DATASET)).name
        with self.hub.ledger.connect() as connection:
            query = sa.text(f'SELECT record_id FROM "{name}" WHERE wsh = :number LIMIT 1')
            return str(connection.execute(query, {"number": self._code(serial)[1]}).scalar_one())

    @rule(days=st.sampled_from([1, 2, 41, 366]))
    def time_passes(self, days: int) -> None:
        self.clock.sleep(86_400 * days)

    @rule()
    def cycle(self) -> None:
        """One cycle of every outlet, and what they show then."""
        self.clock.sleep(5)
        for outlet in self.hub.outlets():
            self.hub.drain(outlet)
        for side in self.sides.values():
            side.answer()
        found = {outlet: self._shown(outlet) for outlet in self.hub.outlets()}
        assert found == {outlet: self.model.lawful(outlet, self.today(), self.first) for outlet in found}

    def _shown(self, outlet: str) -> set[int]:
        names = {self._code(serial)[1]: serial for serial in (1, 2, 3)}
        if outlet == "open_feed":
            file = self.hub.home / "feed" / "current" / DATASET / "shop.jsonl"
            lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
            return {names[json.loads(line)["wsh"]] for line in lines}
        (table,) = self.sides[outlet].tables
        with self.sides[outlet].engine.connect() as connection:
            return {names[row.WSH] for row in connection.execute(sa.select(table.c.WSH))}

    header = "名称,统一社会信用代码,文书号,负责人身份证号,登记日期,注册资本（元）,状态,备注"

    def teardown(self) -> None:
        if hasattr(self, "sides"):
            for side in self.sides.values():
                side.stop()
            self.hub.ledger.dispose()
            shutil.rmtree(self.hub.home)


@pytest.fixture
def machine(make_hub: Callable[..., Any], clock: Any, tmp_path: Path) -> type[County]:
    """Every example has a copy of one empty hub."""
    from corpus.shops import cells, shop

    schemas = steered_county.made(SMALL, tmp_path)
    empty = make_hub(home=tmp_path / "empty", schemas=schemas)
    assert empty.ledger and empty.signer and empty.store
    empty.ledger.dispose()
    start, numbers = clock.now, count(1)

    def ground() -> tuple[Any, Any, Any]:
        clock.now = start
        home = tmp_path / f"hub-{next(numbers)}"
        shutil.copytree(tmp_path / "empty", home)
        hub = make_hub(home=home, schemas=schemas, province_url=f"sqlite:///{home / 'province.db'}")
        return hub, clock, lambda serial, **changed: ",".join(cells(shop(serial, **changed)))

    return type("Machine", (County,), {"ground": staticmethod(ground)})


def test_every_outlet_shows_what_is_lawful_after_one_cycle_whatever_happened(machine: type[County]) -> None:
    run_state_machine_as_test(machine, settings=NORMAL)


# --- it can fail: gates that are broken on purpose are found ---------------------------------------------------------


def _steps(machine: type[County], *steps: tuple[str, dict[str, Any]]) -> None:
    """Take these steps on a fresh county, then a cycle."""
    county = machine()
    county.begin()
    try:
        for name, given in steps:
            getattr(county, name)(**given)
        county.cycle()
    finally:
        county.teardown()


ONE: dict[str, Any] = {"serial": 1}
SHOP = ("publish", ONE | {"state": "1"})
PLANTED: dict[str, tuple[tuple[Any, ...], Callable[[pytest.MonkeyPatch], None]]] = {
    "a repair is passed over": (
        (SHOP, ("repair", ONE)),
        lambda patch: patch.setattr(Standing, "_against", lambda *_: {}),
    ),
    "a repair reaches no outbox": (
        (SHOP, ("cycle", {}), ("repair", ONE)),
        lambda patch: patch.setattr(steering, "enqueue", lambda *_: 0),
    ),
    "a dispute never ends": (
        (SHOP, ("dispute", ONE | {"ends": 1}), ("cycle", {}), ("time_passes", {"days": 1})),
        lambda patch: patch.setattr("hub.stages.steered.holding", lambda rows, *_: rows),
    ),
    "nobody looks at the clock": (
        (SHOP, ("dispute", ONE | {"ends": 1}), ("cycle", {}), ("time_passes", {"days": 1})),
        lambda patch: patch.setattr(sweeping, "sweep", lambda *_: 0),
    ),
    "consent is not asked for": (
        (SHOP,),
        lambda patch: patch.setattr(clauses, "subject_id", lambda _: pl.lit(None, pl.String)),
    ),
    "everybody has agreed": (
        (SHOP,),
        lambda patch: patch.setattr(Standing, "_consenting", lambda *_: pl.Series(["913208300000000510"] * 9)),
    ),
    "a window never closes": (
        (SHOP, ("time_passes", {"days": 366})),
        lambda patch: patch.setattr(clauses, "open_window", lambda *_: pl.lit(True)),
    ),
    "a condition does not matter": (
        (("publish", ONE | {"state": "2"}),),
        lambda patch: patch.setattr(sharing, "_clauses", _without(sharing.CONDITION)),
    ),
}


def _without(code: str) -> Any:
    real = sharing._clauses
    return lambda *given: {**real(*given), code: pl.lit(True)}


@pytest.mark.parametrize("bug", list(PLANTED))
def test_a_gate_that_is_broken_on_purpose_is_found(
    machine: type[County], monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    steps, plant = PLANTED[bug]
    agreeing = (*steps, ("agree", ONE | {"ends": None})) if bug == "consent is not asked for" else steps
    _steps(machine, *agreeing)
    plant(monkeypatch)
    if bug == "everybody has agreed":
        code = machine.ground()[2](1).split(",")[1]
        monkeypatch.setattr(Standing, "_consenting", lambda *_: pl.Series([code]))
    with pytest.raises(AssertionError):
        _steps(machine, *agreeing)


HUNT = settings(NORMAL, max_examples=40, phases=[Phase.generate])


def test_the_machine_itself_finds_a_repair_that_is_passed_over(
    machine: type[County], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Standing, "_against", lambda *_: {})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=HUNT)
