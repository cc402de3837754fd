from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options


def read(cell: str, types: str | None = None) -> tuple[str | None, str | None]:
    options = Options(types=None if types is None else pl.Series([types]))
    reading = KERNELS["phone"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("13800000000", "13800000000"),
        ("138 0000 0000", "13800000000"),
        ("138-0000-0000", "13800000000"),
        ("＋８６　１３８００００００００", "13800000000"),
        ("+86-13800000000", "13800000000"),
        ("0086 13800000000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("19900000000", "19900000000"),
        ("0517-88800000", "0517-88800000"),
        ("0517—88800000", "0517-88800000"),
        ("(0517)8880 0000", "0517-88800000"),
        ("（0517）88800000", "0517-88800000"),
        ("051788800000", "0517-88800000"),
        ("+86-517-88800000", "0517-88800000"),
        ("+86 (0)517 88800000", "0517-88800000"),
        ("05178880000", "0517-8880000"),
        ("010-88800000", "010-88800000"),
        ("02588800000", "025-88800000"),
        ("010-88800000转123", "010-88800000-123"),
        ("010-88800000-123", "010-88800000-123"),
        ("010-88800000 分机 8", "010-88800000-8"),
        ("0517-88800000 ext. 12", "0517-88800000-12"),
        ("400-800-0000", "4008000000"),
        ("400-8000-000", "4008000000"),
        ("8008000000", "8008000000"),
        ("4008000000转5", "4008000000-5"),
    ],
)
def test_every_spelling_of_a_number_becomes_one(cell: str, number: str) -> None:
    assert read(cell) == (number, "")


@pytest.mark.parametrize(
    "cell",
    [
        "88800000",
        "1380000000",
        "12800000000",
        "138000000000",
        "0517-18800000",
        "0117-88800000",
        "13800000000/13900000000",
        "13800000000、0517-88800000",
        "13800000000(张某)",
        "138****0000",
        "1.38E+10",
        "见附件",
        "517-88800000",
        "86 517 88800000",
    ],
)
def test_what_cannot_be_dialled_keeps_its_text(cell: str) -> None:
    assert read(cell) == (cell, "PHN-FORM")


def test_a_landline_that_lost_its_zero_in_a_sheet_is_asked_about() -> None:
    assert read("51788800000", "n")[1] == "PHN-FORM"
    assert read("13800000000", "n")[1] == ""


def test_a_dangerous_text_is_told_as_one() -> None:
    assert read("=1+1") == ("=1+1", "TXT-FORMULA")
    assert read("138\u200b00000000") == ("138\u200b00000000", "TXT-CONTROL")
    assert read("138????????") == ("138????????", "TXT-REPLACEMENT")


mobiles = st.from_regex(r"\A1[3-9][0-9]{9}\Z")
landlines = st.from_regex(r"\A0(10|2[0-9]|[3-9][0-9]{2})-[2-9][0-9]{6,7}(-[0-9]{1,6})?\Z")


@settings(max_examples=200, deadline=None)
@given(mobiles | landlines, st.sampled_from(["-", "－", "—", " ", ""]), st.booleans())
def test_a_number_is_the_same_behind_other_joints(number: str, joint: str, wide: bool) -> None:
    area, *rest = number.split("-")
    if len(rest) == 2:  # the joint before an extension carries meaning
        number, written = f"{area}-{rest[0]}-{rest[1]}", f"{area}{joint}{rest[0]}转{rest[1]}"
    else:
        written = joint.join([area, *rest])
    if wide:
        written = written.translate({code: code + 0xFEE0 for code in range(ord("0"), ord("9") + 1)})
    assert read(written) == (number, "")
