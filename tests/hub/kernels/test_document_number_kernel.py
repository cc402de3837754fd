from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, types: str | None = None) -> tuple[str | None, str | None]:
    options = Options(types=None if types is None else pl.Series([types]))
    reading = KERNELS["document_number"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    "cell",
    [
        "盱市监罚〔2026〕12号",
        "盱市监罚(2026)12号",
        "盱市监罚（2026）12号",
        "盱市监罚[2026]12号",
        "盱市监罚［2026］12号",
        "盱市监罚【2026】12号",
        "盱市监罚「2026」12号",
        "盱市监罚﹝2026﹞12号",
        "盱市监罚〔２０２６〕１２号",
        "盱市监罚 〔2026〕 12 号",
        " 盱市监罚（２０２６）　12号\u3000",
    ],
)
def test_two_spellings_of_one_number_are_one_key(cell: str) -> None:
    assert read(cell) == ("盱市监罚〔2026〕12号", "")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("盱市监罚(2026)0012号", "盱市监罚〔2026〕0012号"),
        ("盱市监罚字[2026]第12号", "盱市监罚字〔2026〕第12号"),
        ("盱公(治)行罚决字[2026]12号", "盱公（治）行罚决字〔2026〕12号"),
        ("盱公（治）行罚决字〔2026〕12号", "盱公（治）行罚决字〔2026〕12号"),
        ("苏淮环罚(2026)1—2号", "苏淮环罚〔2026〕1-2号"),
        ("盱许准(2026)A12号", "盱许准〔2026〕A12号"),
        ("盱许准(2026)12号之一", "盱许准〔2026〕12号之一"),
    ],
)
def test_zeros_words_and_other_brackets_of_a_number_are_kept(cell: str, number: str) -> None:
    assert read(cell) == (number, "")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("JY13208300012345", "JY13208300012345"),
        ("ＪＹ１３２０８３０００１２３４５", "JY13208300012345"),
        ("许可证 第12号（换）", "许可证 第12号（换）"),
        ("盱市监罚2026 12号", "盱市监罚2026 12号"),
        ("苏（2026）盱眙县不动产权第0001234号", "苏（2026）盱眙县不动产权第0001234号"),
        ("㈱①12", "㈱①12"),
        ("12-3/4", "12-3/4"),
    ],
)
def test_another_number_is_the_senders_own_text(cell: str, number: str) -> None:
    assert read(cell) == (number, "")


@pytest.mark.parametrize(
    "cell",
    [
        "盱市监罚〔2026 12号",
        "盱市监罚2026〕12号",
        "盱市监罚〔2206〕12号",
        "盱市监罚〔1948〕12号",
        "见附件",
        "盱市监罚〔〕号",
    ],
)
def test_texts_that_look_broken_are_asked_about(cell: str) -> None:
    assert read(cell) == (cell, "DOC-FORMAT")


def test_a_number_with_an_impossible_year_still_has_one_spelling() -> None:
    assert read("盱市监罚[2206]12号") == ("盱市监罚〔2206〕12号", "DOC-FORMAT")


def test_a_dangerous_text_is_told_as_one() -> None:
    assert read("=盱市监罚〔2026〕12号")[1] == "TXT-FORMULA"
    assert read("盱市监罚〔2026〕\u200b12号")[1] == "TXT-CONTROL"
    assert read("???〔2026〕12号")[1] == "TXT-REPLACEMENT"


def test_a_number_cell_has_lost_its_zeros() -> None:
    assert read("12345", "n") == ("12345", "ID-NUMERIC")
    assert read("1320830001234500", "n") == ("1320830001234500", "ID-EXCEL15")
    assert read("1.32083E+15") == ("1.32083E+15", "ID-EXCEL15")
    assert read("12345", "s") == ("12345", "")


words = st.text("盱市监罚许公治字苏A1", min_size=1, max_size=12)
brackets = st.sampled_from(["()", "（）", "[]", "［］", "【】", "〔〕", "「」", "﹝﹞", "〈〉"])
serials = st.text("0123456789", min_size=1, max_size=8)
blanks = st.sampled_from(["", " ", "　", "\u00a0 "])


@settings(max_examples=200, deadline=None)
@given(words, brackets, st.integers(1949, 2100), serials, blanks, st.booleans())
def test_however_it_is_written_a_number_has_one_form(
    word: str, bracket: str, year: int, serial: str, blank: str, wide: bool
) -> None:
    written = f"{word}{blank}{bracket[0]}{year}{blank}{bracket[1]}{serial}{blank}号"
    if wide:
        written = written.translate({code: code + 0xFEE0 for code in range(ord("0"), ord("9") + 1)})
    assert read(written) == (f"{word}〔{year}〕{serial}号", "")
