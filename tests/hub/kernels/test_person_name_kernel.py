from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str) -> tuple[str | None, str | None]:
    reading = KERNELS["person_name"].read(pl.Series([cell]), Options())
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    "name",
    [
        "张三",
        "欧阳某某",
        "㛃䶮",
        "𬍛某",
        "某𠮷",
        "〇某",
        "买买提·艾力",
        "John Smith",
        "John A. Smith",
        "Anne-Marie O'Neill",
        "José Núñez",
        "Ｊｏｈｎ",
        "约翰（John Smith）",
        "محمد",
        "张某A",
    ],
)
def test_names_of_every_script_and_rare_characters_pass(name: str) -> None:
    assert read(name) == (name, "")


@pytest.mark.parametrize("cell", ["张 三", "张　三", "张\u00a0\u00a0三", " 张三 "])
def test_a_short_name_that_was_spread_is_joined(cell: str) -> None:
    assert read(cell) == ("张三", "")


def test_a_name_of_three_characters_is_joined_too() -> None:
    assert read("欧阳 锋") == ("欧阳锋", "")
    assert read("张 三 丰") == ("张三丰", "")


@pytest.mark.parametrize("dot", ["·", "•", "・", "‧", "．", "。", ".", " · ", "　・　", "･"])
def test_the_dot_between_chinese_characters_is_one_character(dot: str) -> None:
    assert read(f"买买提{dot}艾力") == ("买买提·艾力", "")
    assert read(f"甲{dot}乙{dot}丙{dot}丁") == ("甲·乙·丙·丁", "")


def test_blanks_of_a_foreign_name_are_single() -> None:
    assert read("John  A.　Smith") == ("John A. Smith", "")


@pytest.mark.parametrize(
    "name", ["买买提··艾力", "买买提.·艾力", "John•Smith", "John。Smith", "张三 李四", "阿卜杜 热合曼"]
)
def test_a_dot_that_is_not_the_usual_one_is_asked_about(name: str) -> None:
    assert read(name) == (name, "NAM-DOT")


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "张三1",
            "张三（12）",
            "张*",
            "张三、李四",
            "张",
            "张三（",
            "()",
            "·张三",
            "张三·",
            "张三?",
            "320830188001010002",
        ),
        *("13800000000", "张三/李四", "张" * 51, "张三①", "100%"),
    ],
)
def test_what_is_no_name_of_one_person_keeps_its_text(cell: str) -> None:
    assert read(cell) == (cell, "NAM-FORM")


@pytest.mark.parametrize("name", ["盱眙某某有限公司", "某某店", "某厂", "盱眙某某合作社", "某某村委会"])
def test_a_name_that_ends_like_an_organisation_is_asked_about(name: str) -> None:
    assert read(name) == (name, "NAM-ORG")


def test_compatibility_characters_are_not_exchanged() -> None:
    assert read("\uf979某") == ("\uf979某", "")  # NFKC would make it U+51C9


def test_a_character_of_one_systems_own_is_told_and_a_known_one_gets_its_code() -> None:
    assert read("张\ue000") == ("张\ue000", "TXT-PUA")
    reading = KERNELS["person_name"].read(pl.Series(["张\ue81e"]), Options())
    assert (reading.values[0], reading.marks[0]) == ("张\u9fb4", "")
    assert reading.changes["CHG-PUA"].to_list() == [True]


def test_a_dangerous_text_is_told_as_one() -> None:
    assert read("=张三")[1] == "TXT-FORMULA"
    assert read("张\u200b三")[1] == "TXT-CONTROL"
    assert read("张\ufffd")[1] == "TXT-REPLACEMENT"


def test_a_spread_placeholder_is_empty() -> None:
    assert read("暂 无") == (None, None)


han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5) | st.sampled_from("㛃䶮𬍛𠮷")


@settings(max_examples=200, deadline=None)
@given(st.lists(han, min_size=2, max_size=3), st.sampled_from(["", " ", "　", "  "]))
def test_two_and_three_characters_are_the_same_name_with_and_without_blanks(name: list[str], blank: str) -> None:
    plain = KERNELS["person_name"].read(pl.Series(["".join(name)]), Options())
    spread = KERNELS["person_name"].read(pl.Series([blank.join(name)]), Options())
    assert spread.values.to_list() == plain.values.to_list()
    assert spread.marks.to_list() == plain.marks.to_list()


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(categories=["Lo"]), min_size=2, max_size=20))
def test_letters_alone_are_never_refused(name: str) -> None:
    assert read(name)[1] in ("", "NAM-ORG", None)
