"""Household points as the ledger knows them: reviewed, noticed, appealed, withdrawn, and the same again for any day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from corpus.points_county import (
    DISPUTES,
    EVENTS,
    GROWN,
    HOME,
    OTHER,
    REVIEWS,
    VILLAGE,
    PointsCounty,
    appeal,
    event,
    review,
    schemas,
)

from hub.errors import NotFound, WrongUsage
from hub.ledger.connect import writing
from hub.line import doctor, scoring
from hub.line.hub import ZONE

ONE, TWO, THREE = (f"JTJF-20261102-{number:04d}" for number in (1, 2, 3))
DAY = 86_400


@pytest.fixture
def county(make_hub: Any, ledger_url: str, tmp_path: Path) -> PointsCounty:
    """Once on SQLite, once on PostgreSQL; the clock stands on 2026-11-23."""
    return PointsCounty(make_hub(ledger_url, **schemas(tmp_path)), tmp_path)


def test_an_event_counts_when_it_is_reviewed_and_its_notice_is_over(county: PointsCounty, clock: Any) -> None:
    county.send(EVENTS, event(1), event(2), event(3))
    before = clock.now
    assert county.lines() == dict.fromkeys((ONE, TWO, THREE), ("0.00", ["not_reviewed"]))
    clock.sleep(DAY)
    late = {"评议日期": "2026-11-23", "公示开始日期": "2026-11-24", "公示结束日期": "2026-11-30"}
    county.send(REVIEWS, review(1), review(2, **late), review(3, 评议结果="不通过", 公示开始日期="", 公示结束日期=""))
    now = {ONE: ("1.00", []), TWO: ("0.00", ["notice_running"]), THREE: ("0.00", ["refused"])}
    assert county.lines() == now
    assert county.total() == "101.00"
    assert county.lines(at=before) == dict.fromkeys((ONE, TWO, THREE), ("0.00", ["not_reviewed"]))
    december = datetime(2026, 12, 1, tzinfo=ZONE)
    assert county.lines(at=december)[TWO] == ("1.00", []), "what will count when the notice is over"
    told = scoring.household(county.hub, HOME)
    assert [one["words"] for one in told["lines"]] == [
        "全部计分",
        "正在公示，2026-12-01起计分",
        "信用评议团评议没有通过，不计分",
    ]
    (book,) = told["rule_book"]
    assert book["edition"] == "2026" and len(book["sha256"]) == 64 and not book["verified"]


def test_an_open_appeal_holds_an_event_back_until_it_is_closed(county: PointsCounty, clock: Any) -> None:
    county.send(EVENTS, event(1), event(2))
    county.send(REVIEWS, review(1), review(2, 公示期异议="有异议"))
    county.send(DISPUTES, appeal(1), department="credit")
    appealed = clock.now
    assert county.lines() == dict.fromkeys((ONE, TWO), ("0.00", ["appealed"]))
    assert "申诉" in scoring.household(county.hub, HOME)["lines"][0]["words"]
    clock.sleep(DAY)
    county.send(DISPUTES, appeal(1, 办结日期="2026-11-24"), department="credit")
    assert county.lines()[ONE] == ("1.00", [])
    assert county.lines(at=appealed)[ONE] == ("0.00", ["appealed"]), "then it was appealed against"


def test_what_was_withdrawn_or_corrected_is_told_as_it_was_known(county: PointsCounty, clock: Any) -> None:
    county.send(EVENTS, event(1), event(2))
    county.send(REVIEWS, review(1), review(2))
    known = clock.now
    assert county.total() == "102.00"
    clock.sleep(DAY)
    county.send(EVENTS, event(1), mode="withdrawal")
    county.send(EVENTS, event(2, 数量="2"))
    assert county.lines() == {ONE: ("0.00", ["withdrawn"]), TWO: ("2.00", [])}
    assert county.lines(at=known) == {ONE: ("1.00", []), TWO: ("1.00", [])}


def test_a_minor_earns_nothing_alone_and_with_an_adult_does(county: PointsCounty) -> None:
    child = "320830201001010006"
    with_adult = {"行为人身份证号码": child, "负责成员身份证号码": GROWN}
    county.send(EVENTS, event(1, 行为人身份证号码=child), event(2, **with_adult))
    county.send(REVIEWS, review(1), review(2))
    assert county.lines() == {ONE: ("0.00", ["minor_alone"]), TWO: ("1.00", [])}


def test_points_go_to_the_household_that_is_named_where_the_rule_says_so(county: PointsCounty) -> None:
    given = {"积分项目": "表彰奖励", "受益家庭编号": OTHER}
    county.send(EVENTS, event(1, **given), event(2), event(3, 受益家庭编号=OTHER))
    county.send(REVIEWS, review(1, 评定分值="4.5"), review(2), review(3))
    assert county.lines(OTHER) == {ONE: ("4.50", [])}
    assert county.lines() == {TWO: ("1.00", []), THREE: ("0.00", ["wrong_household"])}
    (there,) = scoring.village(county.hub, OTHER[:12])
    assert (there["household"], str(there["total"]), there["grade"]) == (OTHER, "104.50", "信用家庭")


def test_a_made_up_event_is_taken_back_with_its_loss_and_never_below_the_base(county: PointsCounty) -> None:
    made_up = {"积分项目": "弄虚作假", "所编造的事件编号": ONE}
    county.send(EVENTS, event(1), event(2), event(3, **made_up))
    county.send(REVIEWS, review(1), review(2), review(3))
    assert county.lines() == {ONE: ("0.00", ["invented"]), TWO: ("1.00", []), THREE: ("-1.00", ["base"])}
    assert county.total() == "100.00"
    county.send(DISPUTES, appeal(3), department="credit")
    assert county.lines() == {ONE: ("1.00", []), TWO: ("1.00", []), THREE: ("0.00", ["appealed"])}


def test_the_whole_county_at_once_gives_what_each_household_is_told(county: PointsCounty) -> None:
    other = {"家庭编号": f"{VILLAGE}-0001"}
    county.send(EVENTS, *(event(number) for number in (1, 2)), event(3, **other))
    county.send(
        REVIEWS, review(1), review(2, 评议结果="补充材料", 公示开始日期="", 公示结束日期=""), review(3, **other)
    )
    found = scoring.everybody(county.hub)
    for home in (HOME, f"{VILLAGE}-0001"):
        lines = found.lines.filter(pl.col("household") == home)
        told = {row["event"]: (str(row["counted"]), row["reasons"]) for row in lines.iter_rows(named=True)}
        assert told == county.lines(home)
    totals = {row["household"]: str(row["total"]) for row in scoring.village(county.hub, VILLAGE)}
    assert totals == {f"{VILLAGE}-0001": "101.00", HOME: "101.00"}


def test_an_amended_rule_book_counts_from_its_issue_and_the_old_answer_comes_out_again(
    county: PointsCounty, clock: Any
) -> None:
    county.send(EVENTS, event(1, 数量="2"))
    county.send(REVIEWS, review(1))
    before = clock.now
    old = county.hub.settings.schemas / "points" / "2026.yaml"
    text = old.read_text(encoding="utf-8").replace("points: {each: 1}", "points: {each: 0.75}")
    text = text.replace('edition: "2026"', 'edition: "2026-11-24"\nreplaces: "2026"').replace(
        "2025-12-15", "2026-11-24"
    )
    old.with_name("2026-11-24.yaml").write_text(text, encoding="utf-8")
    assert county.lines() == {ONE: ("2.00", [])}, "it is not issued yet"
    clock.sleep(DAY)
    assert county.lines() == {ONE: ("1.50", [])}
    assert [one["edition"] for one in scoring.household(county.hub, HOME)["rule_book"]] == ["2026-11-24"]
    assert county.lines(at=before) == {ONE: ("2.00", [])}


def test_the_doctor_says_what_nobody_has_verified_and_when_no_edition_holds(county: PointsCounty) -> None:
    def said() -> str:
        (look,) = [one for one in doctor.examine(county.hub) if one["what"] == "points"]
        assert look["ok"] and look["warning"]
        return str(look["detail"])

    assert "not verified: 村居家庭信用积分规则（2025年版）、村居家庭信用积分规则（2026年版）" in said()
    book = county.hub.settings.schemas / "points" / "2026.yaml"
    text = book.read_text(encoding="utf-8")
    book.write_text(text.replace("status:", 'valid_to: "2026-10-31"\nstatus:', 1), encoding="utf-8")
    assert "none for today" in said()


def test_a_table_from_before_a_column_is_read_without_it(county: PointsCounty) -> None:
    county.send(EVENTS, event(1))
    county.send(REVIEWS, review(1))
    with writing(county.hub.ledger, "test") as connection:
        for column in ("syjtbh", "zdxm", "xjsjbh"):
            connection.execute(sa.text(f"ALTER TABLE record_household_point_event DROP COLUMN {column}"))
    assert county.lines() == {ONE: ("1.00", [])}


def test_who_is_not_there_is_not_found_and_no_name_is_a_number(county: PointsCounty) -> None:
    with pytest.raises(NotFound):
        scoring.household(county.hub, HOME)
    assert scoring.village(county.hub, VILLAGE) == []
    for wrong in ("张三", "320830101201", "320830101201-0007x"):
        with pytest.raises(WrongUsage):
            scoring.household(county.hub, wrong)
    with pytest.raises(WrongUsage):
        scoring.village(county.hub, "3208301012%%")
