from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def read(cell: str, types: str | None = None) -> tuple[str | None, str | None]:
    options = Options(types=None if types is None else pl.Series([types]))
    reading = KERNELS["org_code"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


def with_check(body: str) -> str:
    """A code from its first eight characters, computed the slow way by the text of the standard."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(weight * int(character, 36) for weight, character in zip(weights, body, strict=True)) % 11
    return body + {10: "X", 11: "0"}.get(rest, str(rest))


@pytest.mark.parametrize("code", ["000000019", "MA0000015", "D2143569X"])
def test_codes_with_the_right_check_character_are_fine(code: str) -> None:
    assert read(code) == (code, "")


@pytest.mark.parametrize(
    "cell", ["MA000001-5", "ma000001-5", "ＭＡ０００００１－５", " MA 000001 5\u3000", "MA000001—5"]
)
def test_the_dash_of_the_certificate_width_and_case_are_mended(cell: str) -> None:
    assert read(cell) == ("MA0000015", "")


@pytest.mark.parametrize("cell", ["00000001", "000000000", "91320830000000019L", "00000001A", "个体户", "123"])
def test_what_is_no_code_keeps_its_text(cell: str) -> None:
    assert read(cell) == (cell, "ID-ORG-FORM")


def test_a_wrong_check_character_is_found() -> None:
    assert read("00000001X") == ("00000001X", "ID-ORG-CHECK")


def test_a_number_cell_is_no_code_even_when_it_looks_like_one() -> None:
    assert read("100000019", "n") == ("100000019", "ID-NUMERIC")
    assert read("19", "n") == ("19", "ID-NUMERIC")
    assert read("000000019", "s") == ("000000019", "")
    assert read("1.9E+07") == ("1.9E+07", "ID-EXCEL15")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.builds(with_check, st.text(ALPHABET, min_size=8, max_size=8)), min_size=1, max_size=20))
def test_computed_codes_are_fine(codes: list[str]) -> None:
    codes = [code for code in codes if code != "000000000"] or ["000000019"]
    reading = KERNELS["org_code"].read(pl.Series(codes), Options())
    assert reading.values.to_list() == codes
    assert set(reading.marks) == {""}


@settings(max_examples=150, deadline=None)
@given(st.builds(with_check, st.text(ALPHABET, min_size=8, max_size=8)), st.sampled_from("0123456789X"))
def test_no_other_check_character_is_right(code: str, other: str) -> None:
    changed = code[:8] + other
    assert (read(changed)[1] == "") == (changed == code and code != "000000000")
