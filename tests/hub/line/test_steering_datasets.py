"""Repair, dispute, annulment and shielding take a record out of every outlet, and let it back when they end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from corpus.small_county import penalties
from corpus.small_county.county import place_of

from hub.county.agencies import market
from hub.demo.province import SimulatedProvince
from hub.line import Hub, disclosing, ways_out
from hub.line.hub import ZONE
from hub.outlets import open_feed

ROOT = Path(__file__).resolve().parents[3]
PENALTY = "market/admin_penalty"
NUMBERS = {"credit/repair": "修复编号", "credit/dispute": "异议编号", "credit/annulment": "撤销编号"}
SINCE = {"credit/repair": "修复日期", "credit/dispute": "受理日期", "credit/annulment": "撤销日期"}
REASONS = {"credit/repair": "repaired", "credit/dispute": "disputed", "credit/annulment": "annulled"}


class County:
    """The real contracts, a few penalties, and the simulated province."""

    def __init__(self, hub: Hub, folder: Path, clock: Any) -> None:
        self.hub, self.folder, self.clock = hub, folder, clock
        outlet, contracts = hub.outlet("province"), hub.contracts.values()
        self.province = SimulatedProvince(hub.settings.province_url, outlet, contracts, delay=0, refuse_every=0)
        self.province.create()
        place, rng = place_of(hub.county), Random(3)
        cases = penalties.Cases(place, market(place), penalties.AT_MARKET, "%Y-%m-%d")
        today = clock().astimezone(ZONE).date()
        made = [cases.penalty(serial, today - timedelta(days=3), rng) for serial in range(1, 60)]
        self.rows = [
            row | {"处罚类别": "罚款", "罚款金额（万元）": "1", "公示截止期": ""}
            for row in made
            if row["行政相对人类别"] == "法人及非法人组织"
        ][:4]

    def submit(self, dataset: str, rows: list[Mapping[str, str]], department: str = "credit") -> dict[str, Any]:
        self.clock.sleep(5)
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
        file = self.folder / f"{dataset.replace('/', '_')}_{self.clock().timestamp():.0f}.csv"
        file.write_text(text.getvalue(), encoding="utf-8")
        self.hub.submit(file, department, dataset)
        (latest, *_) = sorted((self.hub.home / "outbox" / department).glob("*-2-*.json"), reverse=True)
        receipt: dict[str, Any] = json.loads(latest.read_text(encoding="utf-8"))
        assert receipt["counts"]["accepted"] == len(rows), json.dumps(receipt["findings"], ensure_ascii=False)
        return receipt

    def steer(self, dataset: str, row: Mapping[str, str], **more: str) -> None:
        """A steering row about the record of a penalty's row."""
        written = {
            NUMBERS[dataset]: "SX1",
            "主体名称": row["行政相对人名称"],
            "主体类别": row["行政相对人类别"],
            "统一社会信用代码": row["统一社会信用代码"],
            "数据集": "行政处罚",
            "文书号": row["行政处罚决定书文号"],
            "作出机关统一社会信用代码": row["处罚机关统一社会信用代码"],
            SINCE[dataset]: self.clock().astimezone(ZONE).date().isoformat(),
        }
        receipt = self.submit(dataset, [written | more])
        assert receipt["counts"]["accepted"] == 1, json.dumps(receipt["findings"], ensure_ascii=False)

    def cycle(self) -> None:
        """One cycle of every outlet that is set up; the province answers."""
        self.clock.sleep(5)
        for outlet in self.hub.outlets():
            if ways_out.unset(self.hub, self.hub.outlet(outlet)) is None:
                self.hub.drain(outlet)
        self.province.answer()
        self.hub.drain("province")

    def public(self) -> set[str]:
        """Document numbers in the open feed."""
        file = self.hub.home / "feed" / "current" / PENALTY / "admin_penalty.jsonl"
        return {json.loads(line)["cf_wsh"] for line in file.read_text(encoding="utf-8").splitlines()}

    def at_province(self) -> set[str]:
        """Document numbers in the province's table."""
        (table,) = (each for each in self.province.tables if each.name == "L_XUYI_XZCF")
        with self.province.engine.connect() as connection:
            return {row.CF_WSH for row in connection.execute(sa.select(table))}

    def record(self, row: Mapping[str, str]) -> str:
        name = self.hub.shape(self.hub.contract(PENALTY)).name
        with self.hub.ledger.connect() as connection:
            query = sa.text(f'SELECT record_id FROM "{name}" WHERE cf_wsh = :number')
            return str(connection.execute(query, {"number": row["行政处罚决定书文号"]}).scalar_one())


@pytest.fixture
def county(make_hub: Callable[..., Hub], tmp_path: Path, clock: Any) -> Any:
    hub = make_hub(
        schemas=ROOT / "schemas",
        expectations=ROOT / "expectations",
        province_url=f"sqlite:///{tmp_path / 'province.db'}",
    )
    made = County(hub, tmp_path, clock)
    yield made
    made.province.stop()


def _numbers(county: County) -> list[str]:
    return [row["行政处罚决定书文号"] for row in county.rows]


@pytest.mark.parametrize("dataset", list(NUMBERS))
def test_what_stands_against_a_record_takes_it_out_of_every_outlet_within_one_cycle(
    county: County, dataset: str
) -> None:
    county.submit(PENALTY, county.rows, "market")
    county.cycle()
    assert county.public() == county.at_province() == set(_numbers(county))
    county.steer(dataset, county.rows[1])
    county.cycle()
    assert county.public() == county.at_province() == {*_numbers(county)} - {_numbers(county)[1]}
    told = disclosing.explain(county.hub, county.record(county.rows[1]), open_feed.OUTLET)
    assert [one["code"] for one in told["clauses"] if not one["met"]] == [REASONS[dataset]]
    # Sent again, corrected or unchanged, it does not come back.
    county.submit(PENALTY, [row | {"备注": "补报"} for row in county.rows], "market")
    county.cycle()
    assert _numbers(county)[1] not in county.public() | county.at_province()


def test_a_repair_that_comes_before_its_record_holds_from_the_first_moment(county: County) -> None:
    county.steer("credit/repair", county.rows[0])
    county.submit(PENALTY, county.rows, "market")
    county.cycle()
    assert county.public() == county.at_province() == set(_numbers(county)[1:])


def test_a_dispute_that_is_closed_lets_the_record_back_by_the_clock(county: County) -> None:
    county.submit(PENALTY, county.rows, "market")
    today = county.clock().astimezone(ZONE).date()
    county.steer("credit/dispute", county.rows[2], 办结日期=(today + timedelta(days=2)).isoformat())
    county.cycle()
    assert county.public() == county.at_province() == {*_numbers(county)} - {_numbers(county)[2]}
    county.clock.sleep(86_400 * 2)
    assert county.hub.due("province") and county.hub.due(open_feed.OUTLET), "the day alone is reason enough"
    county.cycle()
    assert county.public() == county.at_province() == set(_numbers(county))


def test_a_steering_row_about_another_record_of_the_same_name_changes_nothing(county: County) -> None:
    county.submit(PENALTY, county.rows, "market")
    first = county.rows[0]
    county.steer("credit/repair", first, 文书号="（2026）第99999号")
    county.steer("credit/dispute", first, 统一社会信用代码="91320830000000019L")
    county.cycle()
    assert county.public() == county.at_province() == set(_numbers(county))


def test_a_repair_that_is_withdrawn_by_a_person_stands_no_more(county: County) -> None:
    from hub.line import intervening

    county.submit(PENALTY, county.rows, "market")
    county.steer("credit/repair", county.rows[0])
    county.cycle()
    name = county.hub.shape(county.hub.contract("credit/repair")).name
    with county.hub.ledger.connect() as connection:
        repair = connection.execute(sa.text(f'SELECT record_id FROM "{name}"')).scalar_one()
    county.clock.sleep(5)
    intervening.withdraw(county.hub, repair, "登记错了")
    county.cycle()
    assert county.public() == county.at_province() == set(_numbers(county))


def test_the_decision_of_an_earlier_moment_is_explained_as_it_was_known_then(county: County) -> None:
    county.submit(PENALTY, county.rows, "market")
    county.clock.sleep(60)
    before = county.clock()
    county.clock.sleep(60)
    county.steer("credit/repair", county.rows[0])
    record = county.record(county.rows[0])
    now = disclosing.explain(county.hub, record, open_feed.OUTLET)
    then = disclosing.explain(county.hub, record, open_feed.OUTLET, before)
    assert (then["may_leave"], now["may_leave"]) == (True, False)
    assert "已经完成信用修复" in disclosing.in_words(now)
    assert {one["how"] for one in now["fields"] if one["name"] == "cf_xdr_zjhm"} == {disclosing.NEVER}


def test_a_window_that_ends_by_the_clock_takes_the_record_out_of_the_feed(county: County) -> None:
    county.submit(PENALTY, county.rows, "market")
    county.cycle()
    assert county.public() == set(_numbers(county))
    county.clock.sleep(86_400 * 366)
    county.cycle()
    assert county.public() == set()


def test_the_clock_of_each_withdrawal_tells_asked_sent_confirmed_and_overdue(county: County) -> None:
    from hub.line import intervening, withdrawal_clock

    county.submit(PENALTY, county.rows, "market")
    county.cycle()
    county.steer("credit/repair", county.rows[0])
    intervening.withdraw(county.hub, county.record(county.rows[1]), "撤销")
    found = withdrawal_clock.clock(county.hub)
    assert {(one["why"], one["record_id"]) for one in found} == {
        ("repaired", county.record(county.rows[0])),
        ("withdrawn", county.record(county.rows[1])),
    }
    assert {each["state"] for one in found for each in one["outlets"].values()} == {"waiting"}
    assert not any(one["overdue"] for one in found)
    county.clock.sleep(86_400 + 60)
    assert all(one["overdue"] for one in withdrawal_clock.clock(county.hub))
    county.cycle()
    done = withdrawal_clock.clock(county.hub)
    assert {each["state"] for one in done for each in one["outlets"].values()} == {"confirmed"}
    assert all(each["at"] > one["asked_at"] for one in done for each in one["outlets"].values())
    assert not any(one["overdue"] for one in done)
