"""A county whose records are steered (repair, dispute, consent, objection, withdrawal, time), backed up and restored.

A model knows who may be seen; after a cycle every outlet is held against it. ``County.ground`` gives a fresh hub for
every example.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from hub.demo.province import SimulatedProvince
from hub.errors import CallOperator, NotFound
from hub.line import intervening, requests
from hub.line.backing_up import backup
from hub.line.hub import ZONE
from hub.line.restoring import confirm, restore

DATASET = "market/shop"
SERIALS = st.integers(1, 3)
DAYS = st.sampled_from([None, 1, 40])  # after which it ends
LAW = "《征信业管理条例》第二十五条"


@dataclass
class Model:
    """What was said, in plain Python. Days count from the first one."""

    shops: dict[int, tuple[int, str]] = field(default_factory=dict)  # day of registration, state
    gone: dict[int, int] = field(default_factory=dict)  # day of registration up to which nothing comes back
    against: list[tuple[str, int, int, int | None]] = field(default_factory=list)  # what, whose, from, until
    agreed: list[tuple[int, int, int | None]] = field(default_factory=list)  # who, from, until
    objecting: list[int] = field(default_factory=list)  # whose objection waits for its answer

    def withdrawn_again(self, gone: dict[int, int]) -> None:
        """What was withdrawn since a backup is withdrawn in what came out of it."""
        for serial, floor in gone.items():
            self.gone[serial] = max(floor, self.gone.get(serial, floor))
            if serial in self.shops and self.shops[serial][0] <= floor:
                del self.shops[serial]

    def lawful(self, outlet: str, day: date, first: date) -> set[int]:
        """Who may be seen in an outlet on a day."""
        today, seen = (day - first).days, set()
        for serial, (registered, state) in self.shops.items():
            if serial in self.objecting:
                continue
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
    fetched = True  # departments take their receipts away; numbers that a lost ledger gave do not lie there any more

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
        self.files: list[tuple[Path, str]] = []
        self.done: list[Callable[[], None]] = []  # what people and departments did: after a loss they do it again
        self.unknown: list[int] = []
        self.saved: tuple[Path, Model, int, int] | None = None  # a backup, and what was true then

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
        self._did(lambda: self._hand_in(file, dataset))
        self.files.append((file, dataset))

    def _hand_in(self, file: Path, dataset: str) -> None:
        self.hub.submit(file, "market", dataset)

    def _did(self, act: Callable[[], None]) -> None:
        act()
        self.done.append(act)

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

    @precondition(lambda self: self.model.shops)
    @rule(data=st.data())
    def object_to(self, data: st.DataObject) -> None:
        """A subject objects to its record, here and not by a department."""
        self.objection(data.draw(st.sampled_from(sorted(self.model.shops))))

    def objection(self, serial: int) -> None:
        """The record is out of every outlet until the answer."""
        self.clock.sleep(5)
        self._did(lambda: self._object(serial))
        self.model.objecting.append(serial)

    def _object(self, serial: int) -> None:
        try:
            requests.open_request(self.hub, "objection", self._code(serial)[0])
        except NotFound:  # after a loss: of a record that came and was withdrawn since the backup nothing is known
            assert serial in self.model.gone
            self.unknown.append(serial)

    @precondition(lambda self: self.model.objecting)
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        """The oldest objection of a subject is refused."""
        serial = data.draw(st.sampled_from(sorted(set(self.model.objecting))))
        self.clock.sleep(5)
        self._did(lambda: self._refuse(serial))
        self.model.objecting.remove(serial)

    def _refuse(self, serial: int) -> None:
        mine = requests.listed(self.hub, subject=self._code(serial)[0], only_open=True)
        if not mine:
            self.unknown.remove(serial)
            return
        requests.answer(self.hub, mine[0]["number"], "refused", LAW)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        """A file comes once more, byte for byte: it is a duplicate and changes nothing."""
        file, dataset = data.draw(st.sampled_from(self.files))
        self.clock.sleep(5)
        self.hub.submit(file, "market", dataset)

    @precondition(lambda self: self.model.shops)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        self.take_away(data.draw(st.sampled_from(sorted(self.model.shops))))

    def take_away(self, serial: int) -> None:
        """It lies in the store, too: after a loss nobody has to say it again."""
        self.clock.sleep(5)
        intervening.withdraw(self.hub, self._record(serial), "撤销")
        self.model.gone[serial] = self.model.shops.pop(serial)[0]

    def _record(self, serial: int) -> str:
        name = self.hub.shape(self.hub.contract(DATASET)).name
        with self.hub.ledger.connect() as connection:
            query = sa.text(f'SELECT record_id FROM "{name}" WHERE wsh = :number LIMIT 1')
            return str(connection.execute(query, {"number": self._code(serial)[1]}).scalar_one())

    @rule()
    def save(self) -> None:
        """A backup; the earlier one is not needed any more."""
        folder = self.hub.home.with_name(f"{self.hub.home.name}.backup-{next(self.numbers)}")
        backup(self.hub, folder)
        self.saved = (folder, copy.deepcopy(self.model), len(self.files), len(self.done))

    @precondition(lambda self: self.saved is not None)
    @rule(again=st.booleans())
    def lose_and_restore(self, again: bool) -> None:
        """The ledger is lost; the backup comes back, and every outlet is closed until a person has confirmed.

        ``again``: what came after the backup is sent and entered again before; else it is as if it had never been, but
        for what was withdrawn.
        """
        assert self.saved is not None
        folder, then, files, done = self.saved
        self.clock.sleep(5)
        before = {outlet: self._shown(outlet) for outlet in self.hub.outlets()}
        self.hub.ledger.dispose()
        del self.hub.__dict__["ledger"]
        for file in self.hub.home.glob("ledger.db*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        if self.fetched:
            shutil.rmtree(self.hub.home / "outbox", ignore_errors=True)
        restore(self.hub, folder)
        if again:
            self.unknown.clear()
            for act in self.done[done:]:
                self.clock.sleep(5)
                act()
            for serial in self.unknown:
                if serial in self.model.objecting:
                    self.model.objecting.remove(serial)
        else:
            gone, self.model = self.model.gone, copy.deepcopy(then)
            self.model.withdrawn_again(gone)
            del self.files[files:], self.done[done:]
        for outlet in self.hub.outlets():
            try:
                self.hub.drain(outlet)
            except CallOperator:
                continue
            raise AssertionError(f"{outlet} is open after a restore, and nobody has confirmed anything")
        assert before == {outlet: self._shown(outlet) for outlet in before}, "a closed outlet shows what it showed"
        confirm(self.hub, "已核实")
        self.saved = None

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
            for folder in self.hub.home.parent.glob(f"{self.hub.home.name}.backup-*"):
                shutil.rmtree(folder)
