"""Check digits against python-stdnum, an implementation that is not ours, on what both know."""

from __future__ import annotations

import datetime

import polars as pl
import stdnum.cn.ric
import stdnum.cn.uscc
import stdnum.luhn
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernels import KERNELS, Options
from hub.kernels.uscc import ALPHABET

# Divisions that python-stdnum knows for the 1880s: it refuses others, and we judge none.
DIVISIONS = ("110101", "310101", "322128", "332121", "510122", "652923")


def marks(kernel: str, numbers: list[str], **settings_: object) -> list[str]:
    return KERNELS[kernel].read(pl.Series(numbers), Options(settings=settings_)).marks.to_list()


cards = st.text("0123456789", min_size=12, max_size=19).filter(lambda number: number.strip("0"))
heads = st.from_regex(r"\A[159][1239](110101|320830|440103)\Z")
rests = st.text(ALPHABET, min_size=10, max_size=10)
bodies = st.builds(
    lambda division, born, serial: f"{division}{born:%Y%m%d}{serial:03d}",
    st.sampled_from(DIVISIONS),
    st.dates(datetime.date(1880, 1, 1), datetime.date(1889, 12, 31)),
    st.integers(0, 999),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(cards, min_size=1, max_size=20))
def test_bank_cards(numbers: list[str]) -> None:
    expected = ["" if stdnum.luhn.is_valid(number) else "ID-CARD-CHECK" for number in numbers]
    assert marks("bank_card", numbers) == expected


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789", min_size=11, max_size=18).filter(lambda body: body.strip("0")))
def test_bank_cards_that_stdnum_completes(body: str) -> None:
    assert marks("bank_card", [body + stdnum.luhn.calc_check_digit(body)]) == [""]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(heads, rests), min_size=1, max_size=20))
def test_credit_codes(parts: list[tuple[str, str]]) -> None:
    codes = [head + rest for head, rest in parts]
    found = [mark not in ("ID-USCC-CHECK", "ID-EXCEL15") for mark in marks("uscc", codes)]
    assert found == [stdnum.cn.uscc.is_valid(code) for code in codes]


@settings(max_examples=200, deadline=None)
@given(heads, st.text(ALPHABET, min_size=9, max_size=9))
def test_credit_codes_that_stdnum_completes(head: str, rest: str) -> None:
    code = head + rest
    assert marks("uscc", [code + stdnum.cn.uscc.calc_check_digit(code)])[0] != "ID-USCC-CHECK"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(bodies, st.sampled_from("0123456789X")), min_size=1, max_size=20))
def test_citizen_ids(parts: list[tuple[str, str]]) -> None:
    numbers = [body + last for body, last in parts]
    assert [mark == "" for mark in marks("citizen_id", numbers)] == [stdnum.cn.ric.is_valid(one) for one in numbers]


def test_the_oracle_knows_the_divisions_that_are_drawn() -> None:
    for division in DIVISIONS:
        body = f"{division}18800101000"
        assert stdnum.cn.ric.is_valid(body + stdnum.cn.ric.calc_check_digit(body + "0"))
