from __future__ import annotations

import polars as pl
import pytest
import stdnum.cn.uscc
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.county.identities import Place, uscc
from hub.kernels import KERNELS, Options
from hub.kernels.uscc import ALPHABET


def read(cell: str, types: str | None = None, **settings_: object) -> tuple[str | None, str | None]:
    options = Options(settings=settings_, types=None if types is None else pl.Series([types]))
    reading = KERNELS["uscc"].read(pl.Series([cell]), options)
    return reading.values[0], reading.marks[0]


@pytest.mark.parametrize(
    "code", ["91320830000000019L", "92320830MA00000158", "N23208300000000194", "913208300000000510"]
)
def test_codes_with_both_check_characters_right_are_fine(code: str) -> None:
    assert read(code) == (code, "")


def test_village_and_residents_committees_are_kinds_of_the_civil_affairs_registry() -> None:
    place = Place("320830")
    assert [read(uscc(place, 7, kind))[1] for kind in ("51", "54", "55", "57")] == ["", "", "", "ID-USCC-REGION"]


@pytest.mark.parametrize(
    "cell",
    ["９１３２０８３０000000019Ｌ", "91320830 0000 0001 9l", "91320830-00000001-9L", " 91320830000000019l\u3000"],
)
def test_width_case_blanks_and_dashes_are_mended(cell: str) -> None:
    assert read(cell) == ("91320830000000019L", "")


@pytest.mark.parametrize("resident", ["320830188001010168", "320830188001010256"])
def test_a_resident_id_that_passes_the_outer_digit_fails_the_inner_one(resident: str) -> None:
    assert stdnum.cn.uscc.is_valid(resident) in (True, False)  # the oracle does not look at the inner digit
    assert read(resident) == (resident, "ID-USCC-ORG")


@pytest.mark.parametrize(
    "cell",
    ["000000000000000000", "9132083000000001", "0", "91320830000000019I", "B1320830000000019L", "个体户", "9132\x00"],
)
def test_what_is_no_code_keeps_its_text(cell: str) -> None:
    assert read(cell) == (cell, "ID-USCC-FORM")


def test_a_wrong_check_character_is_found_unless_the_code_is_on_the_allow_list() -> None:
    genuine = "91350203M0001QKT19"
    assert read(genuine) == (genuine, "ID-USCC-CHECK")
    assert read(genuine.lower(), allow=[genuine]) == (genuine, "")
    assert read("913208300000000191", allow=[genuine])[1] == "ID-USCC-CHECK"


def test_an_allowed_code_in_a_numeric_cell_is_damaged_all_the_same() -> None:
    assert read("913208300000001000", "n", allow=["913208300000001000"])[1] == "ID-EXCEL15"


def test_a_region_that_other_programs_refuse_is_fine() -> None:
    assert read("92141127MA0KD1Y64A")[1] == ""


@pytest.mark.parametrize("cell", ["9.13208E+17", "9.13E17", "9E+17"])
@pytest.mark.parametrize("types", [None, "s", "n"])
def test_a_power_of_ten_was_made_by_excel(cell: str, types: str | None) -> None:
    assert read(cell, types) == (cell, "ID-EXCEL15")


def test_a_numeric_cell_beyond_15_digits_was_damaged_by_excel() -> None:
    assert read("913208300000001000", "n")[1] == "ID-EXCEL15"
    assert read("913208300000001000", "s")[1] == "ID-EXCEL15"  # three zeros and a wrong check character
    assert read("913208300000001000")[1] == "ID-EXCEL15"
    assert read("913208300000001001")[1] == "ID-USCC-CHECK"


@pytest.mark.parametrize("cell", ["320830", "0", "913208300000001", "12.5"])
def test_any_other_numeric_cell_is_told_as_such(cell: str) -> None:
    assert read(cell, "n") == (cell, "ID-NUMERIC")
    assert read(cell, "s")[1] == "ID-USCC-FORM"


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        ("91320830000000019L", ""),
        ("92320830MA00000158", ""),
        ("N23208300000000194", ""),
        ("913208300000000510", ""),
        ("320830188001010168", "ID-USCC-ORG"),
        ("320830188001010256", "ID-USCC-ORG"),
        ("000000000000000000", "ID-USCC-FORM"),
        ("320830188001010002", "ID-USCC-CHECK"),
        ("81000018900101001X", "ID-USCC-CHECK"),
    ],
)
def test_the_synthetic_vectors_get_their_marks(value: str, mark: str) -> None:
    assert read(value) == (value, mark)
    assert read(value.lower()) == (value if mark != "ID-USCC-FORM" else value.lower(), mark)


def with_checks(head: str, inner: str) -> str:
    """A code from 8 + 8 characters, computed the slow way by the standards' texts."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(w * int(c, 36) for w, c in zip(weights, inner, strict=True)) % 11
    body = head + inner + {10: "X", 11: "0"}.get(rest, str(rest))
    total = sum(pow(3, i, 31) * ALPHABET.index(c) for i, c in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


heads = st.sampled_from(
    ["91320830", "92110101", "93650000", "11320830", "12320800", "51320830", "52100000", "N2320830"]
)
inners = st.text(ALPHABET, min_size=8, max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.builds(with_checks, heads, inners), min_size=1, max_size=20))
def test_computed_codes_are_fine(codes: list[str]) -> None:
    reading = KERNELS["uscc"].read(pl.Series(codes), Options())
    assert reading.values.to_list() == codes
    assert set(reading.marks) == {""}


@settings(max_examples=150, deadline=None)
@given(st.builds(with_checks, heads, inners), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_changed_character_is_always_found(code: str, place: int, other: str) -> None:
    changed = code[:place] + other + code[place + 1 :]
    assert (read(changed)[1] == "") == (changed == code)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from("159"), st.from_regex(r"\A[1239]320830\Z"), st.text(ALPHABET, min_size=10, max_size=10))
def test_the_outer_character_agrees_with_python_stdnum(registry: str, middle: str, rest: str) -> None:
    code = registry + middle + rest
    wrong = read(code)[1] in ("ID-USCC-CHECK", "ID-EXCEL15")  # a wrong code that ends in 000 was rounded
    assert wrong != stdnum.cn.uscc.is_valid(code)
