"""A hub, its departments, people and the province, who do anything one after the other; ``said`` knows what follows.

After every step the real hub is held against the model. ``County.ground`` gives a fresh line for every example.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.said import Ledger, Row, Sent
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connectors.database import FrontEnd
from connectors.faults import Unreachable
from hub import failpoints
from hub.demo.province import SimulatedProvince
from hub.errors import TryAgain
from hub.ledger.tables import fate, quarantine, receipt, tombstone
from hub.line import deciding, intervening, judging

DATASET = "market/shop"
DAYS = ("2026-09-01", "2026-10-01", "2026-11-01", "2026-11-20")
SLOTS = ("店铺_甲", "店铺_乙")
MARKS = {"original": "", "correction": "_更正", "replacement": "_替换", "withdrawal": "_撤回"}
COUNTED = ("rows", "accepted", "rejected", "duplicate", "blank", "inserted", "updated", "unchanged")

rows = st.builds(
    Row,
    serial=st.integers(1, 5),
    day=st.integers(0, 3),
    amount=st.integers(0, 1),
    state=st.sampled_from("1112"),
    fault=st.sampled_from(["", "", "", "", "", "amount", "key"]),
)
files = st.lists(rows, min_size=1, max_size=5, unique_by=lambda row: row.serial)
slots = st.sampled_from(SLOTS)
deaths = st.one_of(st.just(0), st.just(0), st.integers(1, 16))


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def dying(nth: int) -> Iterator[None]:
    """Die at the nth fail point from here; 0: live."""
    left = count(nth, -1)

    def act(_: str) -> None:
        if next(left) == 1:
            raise Killed

    failpoints.arm(act if nth else None)
    try:
        yield
    finally:
        failpoints.arm(None)


class County(RuleBasedStateMachine):
    """A hub, its departments and the province; ``ground`` gives a fresh line for every example."""

    ground: Callable[[], Any]

    @initialize()
    def begin(self) -> None:
        self.line = type(self).ground()
        self.model = Ledger()
        outlet, contracts = self.line.hub.outlet("province"), self.line.hub.contracts.values()
        self.province = SimulatedProvince(self.line.hub.settings.province_url, outlet, contracts, delay=0)
        self.province.create()
        self.numbers = {self.line.shop(serial).split(",")[2]: serial for serial in range(1, 6)}

    def _do(self, act: Callable[[], Any], done: Callable[[], bool], dies: int) -> None:
        """Whoever asked for something asks again after a crash, unless it was done; then the line runs."""
        self.line.clock.sleep(5)
        try:
            with dying(dies):
                act()
        except Killed:
            self.line.restart()
            if not done():
                act()
        self.line.hub.run_dataset(DATASET)

    def _send(self, sent: Sent, dies: int) -> None:
        lines = [self._line(row) for row in sent.rows]
        file = self.line.hub.home / f"{sent.slot}{MARKS[sent.mode]}.csv"
        file.write_bytes(self.line.file(*lines))
        number = len(self.model.deliveries) + 1
        self._do(
            lambda: self.line.hub.submit(file, "market", DATASET, reason="已核实"),
            lambda: len(self.line.deliveries()) == number,
            dies,
        )
        self.model.came(number, sent)

    def _line(self, row: Row) -> str:
        if not row.serial:
            return ",,,,,,,"
        faults = {"amount": {"je": "百万"}, "key": {"wsh": ""}}.get(row.fault, {})
        said = {"rq": DAYS[row.day], "je": str(100000 + row.amount), "zt": row.state} | faults
        return str(self.line.shop(row.serial, **said))

    @rule(file=files, extra=st.sampled_from(["", "", "", "blank", "again"]), slot=slots, dies=deaths)
    def deliver(self, file: list[Row], extra: str, slot: str, dies: int) -> None:
        more = {"": [], "blank": [Row(0)], "again": [file[0]]}[extra]
        self._send(Sent((*file, *more), slot, "original"), dies)

    @rule(file=files, slot=slots, mode=st.sampled_from(["correction", "replacement", "withdrawal"]), dies=deaths)
    def say_otherwise(self, file: list[Row], slot: str, mode: str, dies: int) -> None:
        self._send(Sent(tuple(file), slot, mode), dies)

    @precondition(lambda self: self.model.deliveries)
    @rule(data=st.data(), mode=st.sampled_from(["as it was", "replacement", "withdrawal"]), dies=deaths)
    def send_again(self, data: st.DataObject, mode: str, dies: int) -> None:
        """The same bytes, or nearly all rows of them for something else."""
        number = data.draw(st.sampled_from(sorted(self.model.deliveries)))
        sent = self.model.deliveries[number].sent
        if mode == "replacement" and any(row.serial for row in sent.rows[1:]):
            sent = Sent(sent.rows[1:], sent.slot, mode)
        elif mode == "withdrawal":
            sent = Sent(sent.rows, sent.slot, mode)
        self._send(sent, dies)

    @precondition(lambda self: self.model.pending())
    @rule(decision=st.sampled_from(["released", "refused"]), dies=deaths)
    def decide(self, decision: str, dies: int) -> None:
        number = self.model.pending()[0]
        decide = deciding.release if decision == "released" else deciding.refuse
        self._do(
            lambda: decide(self.line.hub, number, "已核实"),
            lambda: self.line.deliveries()[number - 1]["state"] != "held",
            dies,
        )
        self.model.judge(number, decision)
        self.model.repeats()

    @precondition(lambda self: self.model.current())
    @rule(data=st.data(), dies=deaths)
    def withdraw(self, data: st.DataObject, dies: int) -> None:
        serial = data.draw(st.sampled_from(sorted(self.model.current())))
        standing = self._standing()
        self._do(
            lambda: intervening.withdraw(self.line.hub, self._record(serial), "已撤销"),
            lambda: self._standing() > standing,
            dies,
        )
        self.model.withdraw(serial)

    @precondition(lambda self: self.model.withdrawn())
    @rule(data=st.data(), dies=deaths)
    def reinstate(self, data: st.DataObject, dies: int) -> None:
        serial = data.draw(st.sampled_from(self.model.withdrawn()))
        standing = self._standing()
        self._do(
            lambda: intervening.reinstate(self.line.hub, self._record(serial), "撤错了"),
            lambda: self._standing() < standing,
            dies,
        )
        self.model.reinstate(serial)

    def _standing(self) -> int:
        return int(self.line.rows(sa.select(sa.func.count()).where(tombstone.c.lifted_at.is_(None)))[0][0])

    def _record(self, serial: int) -> str:
        return str(next(one["record_id"] for one in self.line.versions() if self.numbers[one["wsh"]] == serial))

    @rule(seconds=st.sampled_from([-120, -1, 30, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.line.clock.sleep(seconds)

    @rule(dies=deaths)
    def publish(self, dies: int) -> None:
        self._do(lambda: self.line.hub.drain("open_feed"), lambda: False, dies)
        file = self.line.hub.home / "feed" / "current" / DATASET / "shop.jsonl"
        shown = [json.loads(one) for one in file.read_text("utf-8").splitlines()] if file.exists() else []
        assert sorted((self.numbers[one["wsh"]], one["rq"], float(one["je"]), one["zt"]) for one in shown) == sorted(
            (serial, DAYS[day], 100000.0 + amount, state)
            for serial, (day, amount, state) in self.model.current().items()
        )

    @rule(dies=deaths)
    def report(self, dies: int) -> None:
        """What the province's table shows afterwards."""
        self._do(lambda: self.line.hub.drain("province"), lambda: False, dies)
        self.line.hub.drain("province")
        (table,) = self.province.tables
        with self.province.engine.connect() as connection:
            shown = [row._mapping for row in connection.execute(sa.select(table))]
        assert sorted((self.numbers[one["WSH"]], one["RQ"], float(one["JE"])) for one in shown) == sorted(
            (serial, DAYS[day].replace("-", "/"), 100000.0 + amount)
            for serial, (day, amount, state) in self.model.current().items()
            if state == "1"
        )

    @rule(refused=st.sampled_from([0, 2]))
    def answer(self, refused: int) -> None:
        self.province.refuse_every = refused
        self.province.answer()

    @rule(applies=st.booleans())
    def unreachable(self, applies: bool) -> None:
        upsert = FrontEnd.upsert if applies else lambda *_: None

        def broken(*given: Any) -> int:
            upsert(*given)
            raise Unreachable("upsert: broken on purpose")

        with pytest.MonkeyPatch.context() as patch, suppress(TryAgain):
            patch.setattr(FrontEnd, "upsert", broken)
            self.line.hub.drain("province")

    @rule()
    def replay(self) -> None:
        """Everything is run once more: nothing changes."""
        self.publish(0)
        before = self.line.facts()
        self.line.restart()
        for number in self.model.deliveries:
            judging.process(self.line.hub, number)
        self.line.hub.run_dataset(DATASET)
        self.line.hub.drain("open_feed")
        assert self.line.facts() == before

    @invariant()
    def nothing_is_violated(self) -> None:
        assert self.line.violations() == []

    @invariant()
    def records_are_what_was_said(self) -> None:
        versions = [(self.numbers[one["wsh"]], one, _says(one)) for one in self.line.versions()]
        true = [
            (
                serial,
                DAYS.index(one["valid_from"]),
                None if one["valid_to"] is None else DAYS.index(one["valid_to"]),
                said,
            )
            for serial, one, said in versions
            if one["known_to"] is None
        ]
        assert sorted(true) == self.model.held()
        assert Counter((serial, said) for serial, _, said in versions) == self.model.ever

    @invariant()
    def rows_that_wait_are_those_that_were_rejected(self) -> None:
        query = sa.select(quarantine.c.delivery_id, quarantine.c.record_id).where(quarantine.c.closed_by.is_(None))
        waiting = Counter((number, record is not None) for number, record in self.line.rows(query))
        expected = Counter((number, serial is not None) for number, serial in self.model.open_rows.elements())
        assert waiting == expected

    @invariant()
    def each_delivery_is_answered_by_what_became_of_it(self) -> None:
        found = {one["id"]: one for one in self.line.deliveries()}
        assert sorted(found) == sorted(self.model.deliveries)
        for number, told in self.model.deliveries.items():
            row = found[number]
            if told.verdict in ("WAITING", "PENDING"):
                assert row["verdict"] == (None if told.verdict == "WAITING" else "PENDING")
                continue
            assert row["verdict"].removesuffix("_QUERY") == told.verdict, number
            assert {name: row[name] for name in COUNTED} == {name: told.counts[name] for name in COUNTED}, number
            states = self.line.rows(sa.select(fate.c.state).where(fate.c.delivery_id == number).order_by(fate.c.record))
            assert [state.removesuffix("_query") for (state,) in states] == [state for _, state in told.fates], number
            self._receipt_of(number, found)

    def _receipt_of(self, number: int, found: dict[int, Any]) -> None:
        told = self.model.deliveries[number]
        query = sa.select(receipt.c.body).where(receipt.c.delivery_id == number, receipt.c.stage == "validation")
        last = json.loads(self.line.rows(query.order_by(receipt.c.ordinal.desc()))[0][0])
        assert {name: last["counts"][name] for name in COUNTED} == {name: told.counts[name] for name in COUNTED}
        again = last["resend"] and (last["resend"]["of"], last["resend"]["kind"], last["resend"]["vanished"])
        assert again == (told.resend and (found[told.resend[0]]["batch_no"], *told.resend[1:]))

    def look(self) -> None:
        """All of it, for a test that takes the steps itself."""
        self.nothing_is_violated()
        self.records_are_what_was_said()
        self.rows_that_wait_are_those_that_were_rejected()
        self.each_delivery_is_answered_by_what_became_of_it()

    def teardown(self) -> None:
        if hasattr(self, "line"):
            self.province.stop()
            self.line.hub.ledger.dispose()
            shutil.rmtree(self.line.hub.home)


def _says(version: dict[str, Any]) -> tuple[int, int, str]:
    return (DAYS.index(str(version["rq"])), int(version["je"]) - 100000, version["zt"])
