from __future__ import annotations

import polars as pl
import pytest

from hub.kernels import KERNELS, Options


def read(cell: str) -> tuple[str | None, str | None]:
    reading = KERNELS["case_number"].read(pl.Series([cell]), Options())
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
