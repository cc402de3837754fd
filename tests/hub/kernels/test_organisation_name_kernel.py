from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str) -> tuple[str | None, str | None]:
    reading = KERNELS["organisation_name"].read(pl.Series([cell]), Options())
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    "cell",
    [
        "盱眙某某（江苏）有限公司",
        "盱眙某某(江苏)有限公司",
        "盱眙某某(江苏）有限公司",
        "盱眙 某某 （江苏）有限公司",
        "盱眙某某（ 江苏 ）有 限 公 司",
        "　盱眙某某（江苏）有限公司 ",
    ],
)
def test_one_registered_name_has_one_spelling(cell: str) -> None:
    assert read(cell) == ("盱眙某某（江苏）有限公司", "")


@pytest.mark.parametrize(
    "name", ["Ａ某某㈱", "ABC (China) Ltd.", "盱眙ABC某某店", "某某①号店", "𬍛某某厂", "盱眙某某℃公司"]
)
def test_nothing_else_of_a_name_is_touched(name: str) -> None:
    assert read(name) == (name, "")


def test_blanks_between_letters_belong_to_the_name() -> None:
    assert read("盱眙 A B 某某有限公司") == ("盱眙 A B 某某有限公司", "")


@pytest.mark.parametrize("name", ["某某店", "某厂", "ABC"])
def test_a_short_form_is_asked_about(name: str) -> None:
    assert read(name) == (name, "NAM-SHORT")


def test_a_damaged_or_dangerous_text_is_told_as_one() -> None:
    assert read("盱眙???公司")[1] == "TXT-REPLACEMENT"
    assert read("盱眙\ufffd公司")[1] == "TXT-REPLACEMENT"
    assert read("=盱眙某某公司")[1] == "TXT-FORMULA"
    assert read("盱眙\u200b某某公司")[1] == "TXT-CONTROL"
    assert read("盱眙\ue000某公司")[1] == "TXT-PUA"


def test_a_bracketed_placeholder_is_empty() -> None:
    assert read("( 无 )") == (None, None)


han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4, max_size=20)


@settings(max_examples=200, deadline=None)
@given(han, st.integers(0, 19), st.sampled_from([" ", "　", "\u00a0 "]))
def test_a_blank_between_chinese_characters_never_makes_another_name(name: str, place: int, blank: str) -> None:
    spread = name[: place % len(name)] + blank + name[place % len(name) :]
    assert read(spread) == (name, "")
