"""What holds for all kernels alike, over any text that a sender may write."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.contract.model import Code
from hub.findings import catalogue
from hub.kernels import KERNELS, MONEY, Options
from hub.kernels.reading import Reading

CODES = (
    Code("01", "普通", ("普通许可", "普")),
    Code("02", "特许", ("特别许可",)),
    Code("警告、通报批评", "警告、通报批评", ("警告", "通报批评")),
    Code("320830101", "马坝镇"),
    Code("320830", "盱眙县"),
    Code("320830105", "旧铺镇", valid_to=date(2018, 12, 31)),
)
EVERY_SETTING = {
    **{"multiline": True, "lenient": True, "open_end": True, "multiple": True, "prefixes": ["盱眙县"]},
    **{"half_width": True, "foreign": True, "serial": True, "epoch": "ms", "unit": "wanyuan", "on": "2026-11-23"},
    **{"whole": True, "of": "month"},
}
OPTIONS = (Options(codes=CODES), Options(codes=CODES, settings=EVERY_SETTING))
STORAGE = {"text": pl.String, "date": pl.Date, "decimal": MONEY}

digits = st.text("0123456789０９", max_size=19)
pieces = st.sampled_from(
    [
        *"-/.年月日()（〔【〕）苏执号xXＬ,;、， \u3000\u00a0\u200b\n=+@E?\ufffd无空—０",
        "2026",
        "字第",
        "32083018800101000",
        "普通",
        "警告",
        "马坝镇",
        "盱眙县",
        "00:00:00",
        "长期",
        "9999-09-09",
        "\\N",
        "E+17",
        "91320830000000019L",
        "张",
        "·",
        "暂 无",
        "有限公司",
        "季度",
        "上半年",
        "小时",
        "+86",
        "0517",
        "13800000000",
        "二〇二六",
        "壹仟零",
        "万元",
        "整",
        "旧铺镇",
        "\ue81e",
        "\ue000",
        "1672848000000",
    ]
)
cell = st.one_of(st.none(), st.text(max_size=30), digits, st.lists(pieces, max_size=8).map("".join))
cells = st.lists(cell, max_size=12).map(lambda items: pl.Series(items, dtype=pl.String))


def as_text(reading: Reading) -> pl.Series:
    return reading.values.cast(pl.String)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("options", OPTIONS)
@settings(max_examples=50, deadline=None)
@given(column=cells)
def test_any_text_is_read_and_every_mark_is_declared(name: str, options: Options, column: pl.Series) -> None:
    kernel = KERNELS[name]
    reading = kernel.read(column, options)
    assert len(reading.values) == len(reading.marks) == len(column)
    assert reading.values.dtype == STORAGE[kernel.storage]
    assert reading.marks.dtype == pl.String
    assert set(reading.marks.drop_nulls()) <= {"", *kernel.codes}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("options", OPTIONS)
@settings(max_examples=50, deadline=None)
@given(column=cells)
def test_a_mark_is_null_exactly_where_the_cell_is_empty(name: str, options: Options, column: pl.Series) -> None:
    kernel = KERNELS[name]
    reading = kernel.read(column, options)
    for value, mark in zip(reading.values, reading.marks, strict=True):
        if mark is None:
            assert value is None
        elif mark == "" or kernel.storage == "text":
            assert value is not None
        else:
            assert value is None


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("options", OPTIONS)
@settings(max_examples=50, deadline=None)
@given(column=cells)
def test_reading_a_canonical_value_gives_itself(name: str, options: Options, column: pl.Series) -> None:
    kernel = KERNELS[name]
    first = kernel.read(column, options)
    again = kernel.read(as_text(first), options)
    readable = first.values.is_not_null()
    assert again.values.filter(readable).to_list() == first.values.filter(readable).to_list()
    assert again.marks.filter(readable).to_list() == first.marks.filter(readable).to_list()


@pytest.mark.parametrize("name", KERNELS)
@settings(max_examples=30, deadline=None)
@given(column=cells)
def test_a_cell_is_read_alike_alone_and_in_company(name: str, column: pl.Series) -> None:
    together = KERNELS[name].read(column, OPTIONS[0])
    alone = [KERNELS[name].read(column[i : i + 1], OPTIONS[0]) for i in range(len(column))]
    assert together.values.to_list() == [reading.values[0] for reading in alone]
    assert together.marks.to_list() == [reading.marks[0] for reading in alone]


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("letter", "sndbe-")
@settings(max_examples=15, deadline=None)
@given(column=cells)
def test_cells_of_every_sheet_type_are_read(name: str, letter: str, column: pl.Series) -> None:
    types = pl.Series([letter] * len(column), dtype=pl.String)
    reading = KERNELS[name].read(column, Options(codes=CODES, types=types))
    assert set(reading.marks.drop_nulls()) <= {"", *KERNELS[name].codes}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("column", [pl.Series([], dtype=pl.String), pl.Series([None, None], dtype=pl.Null)])
def test_a_column_without_a_single_cell_is_read(name: str, column: pl.Series) -> None:
    reading = KERNELS[name].read(column, Options())
    assert reading.marks.to_list() == [None] * len(column)
    assert reading.values.to_list() == [None] * len(column)


@pytest.mark.parametrize("name", KERNELS)
def test_every_mark_and_change_stands_in_the_catalogue(name: str) -> None:
    kernel = KERNELS[name]
    assert kernel.name == name
    assert {*kernel.codes, kernel.change} <= set(catalogue())


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize(
    "empty", ["", " ", "\u3000", "\\N", "暂无", "无", "空", "— —", "—", "--", "-", "/", "NULL", " null "]
)
def test_placeholders_count_as_empty(name: str, empty: str) -> None:
    reading = KERNELS[name].read(pl.Series([empty]), Options())
    assert (reading.values[0], reading.marks[0]) == (None, None)
