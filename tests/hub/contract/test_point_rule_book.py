"""The rule book of household points: every mistake at once, with its line; what no rule may be about, with why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.contract import load
from hub.contract import points as rule_book
from hub.contract.point_refusals import MATTERS
from hub.errors import FixConfiguration, Problem

BOOK = "schemas/points/2026.yaml"
CODES = "schemas/codes/point_rule.csv"
FIRST = "rules:\n"


def mistakes(copy: Any) -> tuple[Problem, ...]:
    with pytest.raises(FixConfiguration) as refusal:
        load.points(copy.schemas)
    return refusal.value.problems


def added(copy: Any, label: str, points: str = "{fixed: 2}", **more: str) -> tuple[str, int]:
    """One more rule at the head of the list; all that is said of it, and its line."""
    rule = f"  - code: 新项目\n    label: {label}\n    item: national_2024/voluntary\n    points: {points}\n"
    rule += "".join(f"    {key}: {value}\n" for key, value in more.items())
    line = copy.change(BOOK, FIRST, FIRST + rule) + 1
    copy.change(CODES, "志愿服务,", "新项目,新项目,,,\n志愿服务,")
    found = mistakes(copy)
    assert {one.file for one in found} == {str(copy.schemas.parent / BOOK)}
    assert all(line <= one.line <= line + 3 + len(more) for one in found), found
    return " ".join(one.message for one in found), line


def test_the_editions_are_dated_and_say_whether_anybody_has_verified_them(schemas: Path) -> None:
    old, new = load.points(schemas)
    assert (old.valid_to, new.valid_from) == (date(2025, 12, 31), date(2026, 1, 1))
    assert not old.verified and not new.verified
    assert rule_book.known((old, new), date(2025, 12, 14)) == (old,)
    assert rule_book.known((old, new), date(2025, 12, 15)) == (old, new)
    assert all(edition.grades[-1].least == edition.base == Decimal(100) for edition in (old, new))


def test_mistakes_are_told_at_once_each_with_its_file_and_line(copy: Any) -> None:
    lines = [
        (copy.change(BOOK, "notice_days: 7", "notice_days: 0"), "notice_days must be a whole number"),
        (copy.change(BOOK, "from: 100}", "from: 90}"), "the last grade must begin at the base"),
        (copy.change(BOOK, "{from: 5, to: 20}", "{from: 20, to: 5}"), "from a lower number to a higher"),
        (copy.change(BOOK, "{fixed: 5}", "{fixed: 5.001}"), "two decimals at most"),
        (copy.change(BOOK, "item: national_2024/commitment", "item: national_2024/petition"), "is no item of the cat"),
        (copy.change(BOOK, "beneficiary: named", "beneficiary: village"), "beneficiary must be one of own, named"),
        (copy.change(BOOK, "quarter: 4,", "week: 4,"), "unknown key 'week'"),
        (copy.change(BOOK, "points: 0.5}\n", "points: 2.5}\n"), "gives at most 2 points, not 2.5"),
    ]
    found = {(one.file, one.line, one.message) for one in mistakes(copy)}
    for line, message in lines:
        told = [text for file, at, text in found if file == str(copy.schemas.parent / BOOK) and at == line]
        assert any(message in text for text in told), (line, message, sorted(found))


SAID = {
    "petitions": "越级上访",
    "complaints": "拨打12345投诉",
    "religion": "参加宗教活动",
    "party discipline": "受到党纪处分",
    "speech": "在朋友圈发表言论",
    "health and blood type": "患有疾病",
    "private life": "领取低保",
    "waste sorting": "垃圾分类不合格",
}


def test_every_matter_is_tried_here() -> None:
    assert {matter.name.partition(" (")[0] for matter in MATTERS} == set(SAID)


@pytest.mark.parametrize(("matter", "label"), SAID.items())
def test_a_negative_rule_about_what_is_nobodys_credit_is_refused_and_told_why(
    copy: Any, matter: str, label: str
) -> None:
    said, _ = added(copy, label, "{loss: 5}")
    assert f"is about {matter}" in said and "take the rule out" in said
    assert "points are an incentive" in said


@pytest.mark.parametrize(("matter", "label"), [one for one in SAID.items() if one[0] != "waste sorting"])
def test_nobody_is_rewarded_for_it_either(copy: Any, matter: str, label: str) -> None:
    said, _ = added(copy, f"没有{label}")
    assert f"is about {matter}" in said and "points are an incentive" not in said


def test_sorting_waste_may_be_rewarded(copy: Any) -> None:
    copy.change(BOOK, "label: 参加村（居）环境整治，每满半天", "label: 垃圾分类做得好")
    assert load.points(copy.schemas)


@pytest.mark.parametrize("points", ["{loss: 5}", "{fixed: -5}", "{each: -1}", "{range: {from: -5, to: 2}}"])
def test_a_rule_that_takes_is_refused_whatever_it_is_about(copy: Any, points: str) -> None:
    said, _ = added(copy, "不参加村民议事", points)
    assert "the only loss is of ground: invented" in said


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ground": "unpaid"}, "the only loss is of ground: invented"),
        ({"grade_drop": "1"}, "grade_drop: points are an incentive"),
        ({"ground": "invented"}, "what is invented earns nothing"),
        ({"over": "year"}, "belongs to steps"),
    ],
)
def test_a_rule_that_gives_has_nothing_of_a_loss(copy: Any, more: dict[str, str], message: str) -> None:
    assert message in added(copy, "参加防汛值守", **more)[0]


def test_one_rule_with_two_scores_is_a_mistake_that_names_both(copy: Any) -> None:
    line = copy.change(BOOK, "  - code: 公共事务\n", "  - code: 公益捐助\n")
    found = [one for one in mistakes(copy) if one.line == line]
    assert any("stands twice, with fixed 2 (line" in one.message and "and fixed 1" in one.message for one in found)


def test_one_deed_under_two_codes_is_a_mistake(copy: Any) -> None:
    copy.change(BOOK, "label: 参加公益捐助，每次，不看金额", "label: 参加无偿献血，只记 参加这件事")
    assert any("under another code" in one.message for one in mistakes(copy))


def test_a_village_has_five_items_of_its_own_and_each_once(copy: Any) -> None:
    more = "".join(f"        - {{number: {number}, label: 项目{number}, points: 1}}\n" for number in (3, 4, 5, 5))
    copy.change(BOOK, "        - {number: 2,", f"{more}        - {{number: 2,")
    said = " ".join(one.message for one in mistakes(copy))
    assert "at most 5 items of its own, and 320830101201 has 6" in said and "each once in a village" in said


def test_a_villages_own_item_is_bound_by_the_same_refusals(copy: Any) -> None:
    copy.change(BOOK, "label: 参加老井、水渠清理", "label: 一年没有上访")
    assert any("is about petitions" in one.message for one in mistakes(copy))


def test_a_year_has_one_edition_unless_a_later_one_replaces_it(copy: Any) -> None:
    second = copy.schemas / "points" / "2026-06-01.yaml"
    text = (copy.schemas / "points" / "2026.yaml").read_text(encoding="utf-8")
    text = text.replace('edition: "2026"', 'edition: "2026-06-01"').replace("2025-12-15", "2026-06-01")
    second.write_text(text, encoding="utf-8")
    assert any("a year has one edition" in one.message for one in mistakes(copy))
    text = text.replace("valid_from:", 'replaces: "2026"\nvalid_from:')
    second.write_text(text, encoding="utf-8")
    editions = load.points(copy.schemas)
    assert [one.id for one in rule_book.known(editions, date(2026, 5, 31))] == ["2025", "2026"]
    assert [one.id for one in rule_book.known(editions, date(2026, 6, 1))] == ["2025", "2026-06-01"]
    second.write_text(text.replace('issued: "2026-06-01"', 'issued: "2025-01-01"'), encoding="utf-8")
    assert any("issued later" in one.message for one in mistakes(copy))


def test_no_event_can_name_a_rule_that_the_book_lacks_nor_the_other_way(copy: Any) -> None:
    copy.change(CODES, "公共事务,", "唱歌跳舞,唱歌跳舞,,,\n公共事务们,")
    said = " ".join(one.message for one in mistakes(copy))
    assert "'唱歌跳舞' is a rule of no edition" in said and "no code '公共事务', so no event can name" in said


def test_an_item_must_be_in_force_as_long_as_the_edition(copy: Any) -> None:
    copy.change(BOOK, "item: national_2024/honour", "item: national_2021/judicial")
    assert any("not in force on every day" in one.message for one in mistakes(copy))


def test_a_county_without_a_rule_book_gives_no_points(tmp_path: Path) -> None:
    assert load.points(tmp_path) == ()
