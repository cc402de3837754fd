"""Kernels that look a cell up on a list: code and region."""

from __future__ import annotations

import datetime

import polars as pl
import pytest

from hub.contract.model import Code
from hub.kernels import KERNELS, Options

KINDS = (
    Code("01", "警告、通报批评", ("警告", "通报批评")),
    Code("02", "罚款", ("罚金",)),
    Code("03", "其他", ("其它-甲",)),
)
TOWNS = (
    Code("320830101", "马坝镇"),
    Code("320830", "盱眙县", ("盱眙",)),
    Code("320830116215", "永华村"),
    Code("320830115215", "永华村"),
    Code("320830105", "旧铺镇", valid_to=datetime.date(2018, 12, 31)),
)


def code(cell: str, codes: tuple[Code, ...] = KINDS, **settings: object) -> tuple[str | None, str | None]:
    reading = KERNELS["code"].read(pl.Series([cell]), Options(settings, codes))
    return reading.values[0], reading.marks[0]


def region(cell: str, **settings: object) -> tuple[str | None, str | None]:
    reading = KERNELS["region"].read(pl.Series([cell]), Options(settings, TOWNS))
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize("cell", ["02", "０２", "罚款", " 罚金\u3000"])
def test_code_label_and_synonym_become_the_code(cell: str) -> None:
    assert code(cell) == ("02", "")


def test_an_unknown_value_keeps_its_text() -> None:
    assert code(" 拘留 ") == ("拘留", "COD-UNKNOWN")


def test_letter_case_and_width_do_not_matter() -> None:
    assert code("abＣ", (Code("ABC", "甲"),)) == ("ABC", "")


@pytest.mark.parametrize("cell", ["警告;罚款", "警告；罚款", "01、02", "警告,罚款", "警告，罚款、", "警告、罚款、罚金"])
def test_several_values_in_a_cell_become_codes_in_their_order(cell: str) -> None:
    assert code(cell, multiple=True) == ("01、02", "")


def test_a_label_with_a_separator_in_it_is_one_value() -> None:
    assert code("警告、通报批评", multiple=True) == ("01", "")
    assert code("罚款；警告、通报批评", multiple=True) == ("02、01", "")


def test_one_unknown_part_makes_the_cell_unknown() -> None:
    assert code("罚款、拘留", multiple=True) == ("罚款、拘留", "COD-UNKNOWN")
    assert code("罚款、警告") == ("罚款、警告", "COD-UNKNOWN")


def test_a_placeholder_on_the_list_is_a_value() -> None:
    assert code("无", (Code("0", "无"),)) == ("0", "")
    assert code("无") == (None, None)


def test_a_code_means_itself_even_where_it_is_a_synonym_of_another() -> None:
    assert code("1", (Code("1", "有效"), Code("2", "无效", ("1", "作废")))) == ("1", "")


def test_a_spelling_of_two_codes_means_none() -> None:
    assert code("甲", (Code("1", "一", ("甲",)), Code("2", "二", ("甲",)))) == ("甲", "COD-UNKNOWN")


@pytest.mark.parametrize("cell", ["320830101", "320830101000", "３２０８３０１０１", "马坝镇", " 马坝镇 "])
def test_code_of_any_length_and_name_become_the_division(cell: str) -> None:
    assert region(cell) == ("320830101", "")


@pytest.mark.parametrize("cell", ["320830", "320830000", "320830000000", "盱眙县", "盱眙"])
def test_a_county_may_be_written_with_zeros(cell: str) -> None:
    assert region(cell) == ("320830", "")


def test_the_names_above_may_stand_in_front() -> None:
    assert region("盱眙县马坝镇", prefixes=["盱眙县"]) == ("320830101", "")
    assert region("盱眙县马坝镇") == ("盱眙县马坝镇", "REG-UNKNOWN")


@pytest.mark.parametrize("cell", ["320830999", "马霸镇", "320830101001", "3208"])
def test_an_unknown_division_keeps_its_text(cell: str) -> None:
    assert region(cell) == (cell, "REG-UNKNOWN")


def test_a_name_that_two_villages_share_is_unknown_but_their_codes_are_known() -> None:
    assert region("永华村") == ("永华村", "REG-UNKNOWN")
    assert region("320830116215") == ("320830116215", "")


def test_a_division_counts_only_while_it_is_in_force() -> None:
    assert region("旧铺镇", on="2018-12-31") == ("320830105", "")
    assert region("马霸镇", on="2019-01-01") == ("马霸镇", "REG-UNKNOWN")


@pytest.mark.parametrize("cell", ["旧铺镇", "320830105", "320830105000", "盱眙县旧铺镇"])
def test_a_division_that_is_no_more_is_kept_as_what_it_was_and_asked_about(cell: str) -> None:
    assert region(cell, on="2019-01-01", prefixes=["盱眙县"]) == ("320830105", "REG-EXPIRED")


STATES = (
    Code("1", "有效"),
    Code("3", "异议", valid_to=datetime.date(2021, 12, 31)),
    Code("4", "中止", valid_from=datetime.date(2027, 1, 1)),
)


@pytest.mark.parametrize("cell", ["3", "异议", "中止", " ３ "])
def test_a_code_that_is_not_in_force_is_told_apart_from_one_that_never_was(cell: str) -> None:
    assert code(cell, STATES, on="2026-11-23") == (cell.strip(), "COD-EXPIRED")
    assert code(cell, STATES)[1] == ""
    assert code("9", STATES, on="2026-11-23") == ("9", "COD-UNKNOWN")


def test_several_codes_of_which_one_is_not_in_force_are_expired_together() -> None:
    assert code("1、3", STATES, on="2026-11-23", multiple=True) == ("1、3", "COD-EXPIRED")
    assert code("1、9", STATES, on="2026-11-23", multiple=True) == ("1、9", "COD-UNKNOWN")
