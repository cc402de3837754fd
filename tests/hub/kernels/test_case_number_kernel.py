from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, types: str | None = None) -> tuple[str | None, str | None]:
    options = Options(types=None if types is None else pl.Series([types]))
    reading = KERNELS["case_number"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    "cell",
    [
        "（2026）苏0830执123号",
        "(2026)苏0830执123号",
        "〔2026〕苏0830执123号",
        "【2026】苏0830执123号",
        "[2026] 苏 0830 执 123 号",
        "（２０２６）苏０８３０执１２３号",
        " (2026)苏0830执123号\u3000",
        "〖2026〗苏0830执123号",
        "﹝2026﹞苏0830执123号",
        "｛2026｝苏0830执123号",
    ],
)
def test_every_bracket_and_blank_becomes_one_form(cell: str) -> None:
    assert read(cell) == ("（2026）苏0830执123号", "")


@pytest.mark.parametrize(
    "case",
    [
        "（2026）苏0830执恢12号",
        "（2026）苏0830执保1号之一",
        "（2014）盱执字第00123号",
        "（2026）最高法执监5号",
        "（2025）苏08民终1-2号",
    ],
)
def test_other_courts_and_kinds_of_cases_are_known(case: str) -> None:
    assert read(case) == (case, "")


@pytest.mark.parametrize(
    "cell",
    ["苏0830执123号", "盱市监许〔2026〕1号", "（26）苏0830执123号", "（2026）苏0830执123", "（2026）执号", "案号"],
)
def test_what_is_no_case_number_keeps_its_text(cell: str) -> None:
    assert read(cell) == (cell, "CAS-FORMAT")


def test_a_number_in_a_numeric_cell_is_no_case_number() -> None:
    assert read("123", "n") == ("123", "ID-NUMERIC")
    assert read("1234567890123456", "n") == ("1234567890123456", "ID-EXCEL15")
    assert read("123", "s") == ("123", "CAS-FORMAT")


parts = st.tuples(
    st.sampled_from(["()", "（）", "〔〕", "[]", "【】", "〖〗"]),
    st.integers(1990, 2026),
    st.sampled_from(["苏0830", "苏08", "最高法", "盱"]),
    st.sampled_from(["执", "执恢", "执保", "执异", "执监", "民终", "破申"]),
    st.integers(1, 99_999_999),
    st.sampled_from(["", "之一", "之十二"]),
)


@settings(max_examples=100, deadline=None)
@given(parts, st.sampled_from(["", " ", "\u3000"]))
def test_every_spelling_of_a_case_number_is_the_same_one(case: tuple[str, int, str, str, int, str], gap: str) -> None:
    brackets, year, court, kind, serial, branch = case
    written = gap.join([f"{brackets[0]}{year}{brackets[1]}", court, kind, f"{serial}号{branch}"])
    assert read(written) == (f"（{year}）{court}{kind}{serial}号{branch}", "")
