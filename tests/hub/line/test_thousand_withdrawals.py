"""A thousand withdrawals while deliveries come and every outlet drains: none is late, and nothing comes back."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from corpus import steered_county
from corpus.busy_county import DATASET, BusyCounty
from corpus.shops import cells, shop

from hub.line import Hub, intervening, withdrawal_clock
from hub.line.verifying import ordered, verify
from hub.settings import Settings

SMALL = Path(__file__).parents[1] / "small"
FULL = os.environ.get("FULL") == "1"
MANY = 10_000 if FULL else 1_000
BY_COMMAND = MANY // 10
STAY, AT_ONCE = MANY // 2, 100
LIMIT = 300 if FULL else 60  # seconds within which every receiver has to confirm
HEADER = "名称,统一社会信用代码,文书号,负责人身份证号,登记日期,注册资本（元）,状态,备注"
STEERING = "编号,统一社会信用代码,数据集,开始,结束,文书号"
DAY = "2026-11-20"


def line_of(serial: int, **changed: str) -> str:
    return ",".join(cells(shop(serial, rq=DAY, zt="1", **changed)))


def code_of(serial: int) -> str:
    return line_of(serial).split(",")[1]


def number_of(serial: int) -> str:
    return line_of(serial).split(",")[2]


@pytest.fixture(params=["sqlite", *(["postgresql"] if FULL else [])])
def county(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BusyCounty]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    settings = Settings(
        home=tmp_path / "state",
        schemas=steered_county.made(SMALL, tmp_path),
        expectations=SMALL / "expectations",
        ledger_url=url,
        province_url=f"sqlite:///{tmp_path / 'province.db'}",
        record_key="a key for tests, long enough",
        received_receipts=False,
        withdrawal_hours=LIMIT / 3600,
    )
    (tmp_path / "files").mkdir()
    made = BusyCounty(settings, tmp_path / "files")
    yield made
    made.close()


def _records(hub: Hub) -> dict[str, str]:
    """Record ids by document number."""
    table = hub.shape(hub.contract(DATASET)).table()
    with hub.ledger.connect() as connection:
        return {row.wsh: row.record_id for row in connection.execute(table.select())}


def _steer(county: BusyCounty, dataset: str, serials: range) -> None:
    lines = [f"{dataset[-3:]}{one},{code_of(one)},{DATASET},{DAY},,{number_of(one)}" for one in serials]
    county.submit(county.hub, dataset, STEERING, lines)
    county.gone |= {number_of(one) for one in serials}


@pytest.mark.timeout(1800 if FULL else 300)
def test_a_thousand_withdrawals_under_load_are_all_confirmed_in_time_and_nothing_comes_back(county: BusyCounty) -> None:
    every = range(1, MANY + STAY + 1)
    county.submit(county.hub, DATASET, HEADER, [line_of(one) for one in every])
    consents = [f"SQ{one},{code_of(one)},{DATASET},{DAY},,bank" for one in every if one % 2]
    county.submit(county.hub, "credit/consent", "编号,统一社会信用代码,数据集,开始,结束,出口", consents)
    county.settle()
    assert {outlet: len(county.shown(outlet)) for outlet in county.cycles} == {
        "province": len(every),
        "open_feed": len(every),
        "bank": (len(every) + 1) // 2,
    }
    records = _records(county.hub)
    fresh, old = count(100_000), count(1)

    def deliver(hub: Hub) -> None:
        """New shops come."""
        county.submit(hub, DATASET, HEADER, [line_of(next(fresh)) for _ in range(AT_ONCE)])

    def send_again(hub: Hub) -> None:
        """What was sent before comes once more: other bytes, the same rows or older ones, as a file or a correction."""
        turn = next(old)
        start = turn * 97 % (MANY - AT_ONCE)
        lines = [line_of(one, bz=f"又{turn}") for one in range(start + 1, start + AT_ONCE + 1)]
        county.submit(hub, DATASET, HEADER, lines, ("original", "correction")[turn % 2])

    began = time.monotonic()
    with county.at_work(deliver, send_again):
        quarter = (MANY - BY_COMMAND) // 3
        by_file = range(1, quarter + 1)
        county.submit(county.hub, DATASET, HEADER, [line_of(one) for one in by_file], "withdrawal")
        county.gone |= {number_of(one) for one in by_file}
        _steer(county, "credit/repair", range(quarter + 1, 2 * quarter + 1))
        _steer(county, "credit/dispute", range(2 * quarter + 1, 3 * quarter + 1))
        for serial in range(3 * quarter + 1, MANY + 1):
            intervening.withdraw(county.hub, records[number_of(serial)], "撤销")
            county.gone.add(number_of(serial))
        asked = time.monotonic()
    county.settle()
    ended = time.monotonic()

    told = withdrawal_clock.clock(county.hub)
    assert len(told) == MANY
    states = {state["state"] for one in told for state in one["outlets"].values()}
    assert states == {"confirmed"} and not any(one["overdue"] for one in told)
    waits = [
        (state["at"] - one["asked_at"]).total_seconds()
        for one in told
        for state in one["outlets"].values()
        if state["at"] is not None
    ]
    assert max(waits) < LIMIT
    for outlet in county.cycles:
        assert county.gone.isdisjoint(county.shown(outlet)), outlet
        assert {number_of(one) for one in range(MANY + 1, MANY + STAY + 1, 2)} <= county.shown(outlet)
    assert ordered(verify(county.hub)) == []
    deliveries = next(fresh) // AT_ONCE - 1_000, next(old) - 1
    print(_figures(waits, asked - began, ended - began, county.cycles, deliveries))


def _figures(waits: list[float], asking: float, whole: float, cycles: Any, deliveries: tuple[int, int]) -> str:
    waits = sorted(waits)
    middle, late = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    return (
        f"{MANY:,} withdrawals were asked for in {asking:.1f} s and confirmed after {whole:.1f} s "
        f"by {len(waits):,} answers; "
        f"from the asking to an answer: median {middle:.1f} s, 99 % {late:.1f} s, longest {waits[-1]:.1f} s; "
        f"meanwhile {deliveries[0]} deliveries of new rows, {deliveries[1]} old ones again, cycles {dict(cycles)}"
    )
