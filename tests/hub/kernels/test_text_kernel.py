from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, **options: object) -> tuple[str | None, str | None]:
    reading = KERNELS["text"].read(pl.Series([cell]), Options(settings=options))
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    "name", ["盱眙某某㈱", "ＡＢＣ（中国）有限公司", "Ⅷ号店", "阿依古丽·买买提", "0", "无锡路店", "䶮㛃𬍛"]
)
def test_names_are_trimmed_and_otherwise_untouched(name: str) -> None:
    assert read(f" \u3000{name}\u00a0 ") == (name, "")


@pytest.mark.parametrize(
    "cell", ["张\u200b三", "甲\u202e乙", "甲\x00乙", "甲\x07", "甲\x85乙", "甲\n乙", "甲\t乙", "\ufeff甲"]
)
def test_what_cannot_be_seen_is_found(cell: str) -> None:
    assert read(cell) == (cell, "TXT-CONTROL")


def test_line_breaks_may_stand_where_the_column_has_several_lines() -> None:
    assert read("第一条\r\n第二条\t完", multiline=True) == ("第一条\r\n第二条\t完", "")
    assert read("第一条\x00", multiline=True)[1] == "TXT-CONTROL"


@pytest.mark.parametrize("cell", ["盱眙\ufffd公司", "盱眙???公司"])
def test_what_a_failed_conversion_left_is_found(cell: str) -> None:
    assert read(cell) == (cell, "TXT-REPLACEMENT")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-1+2", "@SUM(A1)", "＝HYPERLINK(1)", "＋A1", "－甲", "＠甲"]
)
def test_a_formula_is_found(cell: str) -> None:
    assert read(cell) == (cell, "TXT-FORMULA")


@pytest.mark.parametrize("cell", ["-3", "-3.50", "+86 13800000000", "-12,000", "－５", "-5%", "3=3", "a@b"])
def test_signed_numbers_are_no_formulas(cell: str) -> None:
    assert read(cell) == (cell, "")


@pytest.mark.parametrize(
    ("cell", "mark"), [("\t=1+1", "TXT-FORMULA"), ("\r=1+1", "TXT-FORMULA"), ("\x00=1", "TXT-CONTROL")]
)
@pytest.mark.parametrize("multiline", [True, False])
def test_a_formula_behind_a_tab_a_return_or_a_nul_is_found(cell: str, mark: str, multiline: bool) -> None:
    assert read(cell, multiline=multiline)[1] == mark


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("第１２号Ａ座　ｂ", "第12号A座 b"),
        ("ＡＢＣ（中国）㈱　Ⅷ①－．，！", "ABC（中国）㈱ Ⅷ①－．，！"),
        ("ＮＵＬＬ", None),
        ("甲乙", "甲乙"),
    ],
)
def test_half_width_folds_letters_digits_and_blanks_and_nothing_else(cell: str, value: str | None) -> None:
    assert read(cell, half_width=True) == (value, None if value is None else "")
    assert read(cell)[0] == cell


untouched = st.text("㈱Ⅷ（）①ＡＢ１２．・·张三公司㎡℃㍻ﬁ", min_size=1, max_size=20)


@settings(max_examples=100, deadline=None)
@given(untouched)
def test_no_character_of_a_name_is_exchanged_for_one_that_looks_like_it(name: str) -> None:
    assert read(name) == (name, "")
    narrow = name.translate(str.maketrans("ＡＢ１２", "AB12"))
    assert read(name, half_width=True) == (narrow, "")


def test_the_worst_trouble_is_told_first() -> None:
    assert read("=\ue000")[1] == "TXT-FORMULA"
    assert read("=???\u200b")[1] == "TXT-CONTROL"
    assert read("=???")[1] == "TXT-REPLACEMENT"
