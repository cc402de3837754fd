"""Closing lines below a table: what is one, and what is never taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stages.formats.footers import is_footer, shown

NEEDED = frozenset({0, 1, 2, 3})
LABELS = [
    "合计",
    "合　计",
    "总 计：",
    "小计",
    "本页小计",
    "共计",
    "累计",
    "合计：12.50",
    "共120条",
    "共 3 行。",
    "共计15条数据",
    "填表人：张某",
    "填表人",
    "制表人:",
    "制表：李某",
    "审核人（签字）：",
    "负责人：",
    "单位负责人",
    "填报单位：市监局",
    "填报日期 2026年11月23日",
    "联系电话：000",
    "备注：本表一式两份",
    "说明：1、金额单位为元\n2、日期为决定日期",
    "注：不含个体",
]


@pytest.mark.parametrize("label", LABELS)
def test_a_closing_line_is_told_by_its_first_filled_cell(label):
    assert is_footer([None, " ", label, None, None], NEEDED)


@pytest.mark.parametrize(
    "name",
    ["合计建材经营部", "共和商贸", "注册代理公司", "备注", "说明", "负责人王某", "审核中心", "总计划局", "共3条街"],
)
def test_a_name_that_only_begins_like_a_label_is_none(name):
    assert not is_footer([name, None, None], NEEDED)


def test_a_blank_row_is_no_footer():
    assert not is_footer([None, "", " \u3000"], NEEDED)


def test_amounts_may_stand_beside_a_total_but_not_most_of_the_required_cells():
    assert is_footer(["合计", None, None, None, "12.50", "3"], NEEDED)
    assert is_footer(["合计", "15", None, None, "12.50"], NEEDED)
    assert not is_footer(["合计", "91320830000000019L", "2026-01-05", None], NEEDED)


def test_signatures_side_by_side_are_one_footer_and_five_other_cells_are_none():
    assert is_footer(
        ["填表人：", "张某", None, None, "审核人：", "李某", "负责人：", "王某", "联系电话：", "0"], NEEDED
    )
    assert not is_footer(["合计", *[None] * 3, "1", "2", "3", "4", "5"], NEEDED)


def test_without_a_required_column_nothing_is_a_footer_because_any_row_may_be_data():
    assert not is_footer(["合计", None], frozenset())


@given(
    st.lists(st.one_of(st.none(), st.sampled_from([*LABELS, "甲", "1"])), max_size=12),
    st.frozensets(st.integers(0, 11), max_size=12),
)
def test_a_row_with_every_required_cell_is_never_a_footer(cells, needed):
    if all(place < len(cells) and cells[place] for place in needed):
        assert not is_footer(cells, needed)


def test_a_footer_is_repeated_without_the_people_in_it():
    assert shown(["合计", None, "12.50", "3"]) == "合计 12.50 3"
    assert shown(["共120条"]) == "共120条"
    assert shown(["填表人：张某", "联系电话：138"]) == "填表人…"
    assert shown(["注：320830188001010002 已注销"]) == "注…"
    assert shown(["合计", "320830188001010002"]) == "合计…"
