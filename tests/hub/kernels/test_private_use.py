from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options
from hub.kernels.private_use import STANDARD, holds_any, standardised

# The bytes of GB 18030, what Python makes of them, and the character of GB 18030-2022. The components of ideographs
# are those of Unihan's kIRG_GSource.
MOVED = {
    **dict(zip(range(0xA6D9, 0xA6E0), (0xFE10, 0xFE12, 0xFE11, 0xFE13, 0xFE14, 0xFE15, 0xFE16), strict=True)),
    **{0xA6EC: 0xFE17, 0xA6ED: 0xFE18, 0xA6F3: 0xFE19},
    **{0xFE59: 0x9FB4, 0xFE61: 0x9FB5, 0xFE66: 0x9FB6, 0xFE67: 0x9FB7},
    **{0xFE6D: 0x9FB8, 0xFE7E: 0x9FB9, 0xFE90: 0x9FBA, 0xFEA0: 0x9FBB},
}
OLD = {0xFE51: 0x20087, 0xFE52: 0x20089, 0xFE53: 0x200CC, 0xFE6C: 0x215D7, 0xFE76: 0x2298F, 0xFE91: 0x241FE}
LETTER = {0xA8BC: 0x1E3F}


@pytest.mark.parametrize(("code", "standard"), {**MOVED, **OLD, **LETTER}.items())
def test_bytes_of_an_old_file_become_the_standard_character(code: int, standard: int) -> None:
    decoded = code.to_bytes(2, "big").decode("gb18030")
    texts, changed, left = standardised(pl.Series([f"张{decoded}", "张三", None]))
    assert texts.to_list() == [f"张{chr(standard)}", "张三", None]
    assert changed.to_list() == [True, False, False]
    assert left.to_list() == [False, False, False]


def test_no_other_character_is_exchanged() -> None:
    assert len(STANDARD) == len(MOVED) + len(OLD) + len(LETTER)
    private = map(chr, (*range(0xE000, 0xF900), 0xF0000, 0xFFFFD, 0x100000, 0x10FFFD))
    others = pl.Series([character for character in private if character not in STANDARD])
    texts, changed, left = standardised(others)
    assert texts.to_list() == others.to_list()
    assert not changed.any() and left.all()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=8)), max_size=8))
def test_a_column_is_looked_through_to_the_last_character(items: list[str | None]) -> None:
    private = [any("\ue000" <= c <= "\uf8ff" or c >= "\U000f0000" for c in text or "") for text in items]
    column = pl.Series(items, dtype=pl.String)
    assert holds_any(column) == any(private)
    texts, changed, left = standardised(column)
    assert [before or after for before, after in zip(changed, left, strict=True)] == private
    assert texts.filter(~changed).to_list() == column.filter(~changed).to_list()


@pytest.mark.parametrize("character", ["\uefff", "\uf000", "\uf8ff", "\uf900", "（", "\ufffd", "😀", "\U000e0001"])
def test_neighbours_of_the_private_areas_are_told_from_them(character: str) -> None:
    assert holds_any(pl.Series(["甲", character])) == ("\ue000" <= character <= "\uf8ff")


def test_a_text_is_read_with_the_standard_character_and_the_change_is_named() -> None:
    column = pl.Series(["张\ue81e", " 张三", "张\ue000", "张\ue81e\ue000"])
    reading = KERNELS["text"].read(column, Options())
    assert reading.values.to_list() == ["张\u9fb4", "张三", "张\ue000", "张\u9fb4\ue000"]
    assert reading.marks.to_list() == ["", "", "TXT-PUA", "TXT-PUA"]
    assert reading.changes["CHG-PUA"].to_list() == [True, False, False, True]


def test_a_clean_column_names_no_change() -> None:
    assert KERNELS["text"].read(pl.Series(["张三", None]), Options()).changes == {}
