"""Numbers of persons in running text are found however they are written; numbers of things are left alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.leaks import BANK_CARD, IDENTITY_NUMBER, LEAKS, MOBILE_NUMBER, leak_rules
from hub.contract.model import Column
from hub.county.identities import Place, citizen_id, org_code, with_check
from hub.findings import notice
from hub.rules.patterns import translate

PATTERNS = {"ID": IDENTITY_NUMBER, "PHN": MOBILE_NUMBER, "CRD": BANK_CARD}
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def found(text: str) -> set[str]:
    """What is found in a text: by Python, as Great Expectations does, and by polars, alike."""
    python = {kind for kind, pattern in PATTERNS.items() if re.search(pattern, text)}
    cell = pl.Series([text])
    assert python == {kind for kind, pattern in PATTERNS.items() if cell.str.contains(translate(pattern))[0]}
    return python


digits = st.text("0123456789", min_size=19, max_size=19)
identities = st.integers(0, 10**6).map(lambda serial: citizen_id(Place(), serial))
mobiles = st.builds(lambda head, rest: f"1{head}{rest[:9]}", st.integers(3, 9), digits)
cards = st.builds(lambda length, rest: f"62{rest}"[:length], st.sampled_from([16, 17, 19]), digits)
before = st.sampled_from(["", "张某（", "电话：", "联系人,", "卡号 ", "\n", "被告人"])
behind = st.sampled_from(["", "）罚款", "，请核实", "。", "\n", "；", " 已退"])


@given(before, identities, behind, st.booleans())
def test_an_identity_number_is_found_in_any_sentence(first, number, last, wide):
    assert "ID" in found(first + (number.translate(WIDE) if wide else number) + last)


@given(before, mobiles, behind, st.sampled_from(["", " ", "-"]), st.sampled_from(["", "+86", "86 "]), st.booleans())
def test_a_mobile_number_is_found_with_gaps_and_country_code(first, number, last, gap, country, wide):
    written = gap.join((number[:3], number[3:7], number[7:]))
    assert "PHN" in found(f"{first}{country}{written.translate(WIDE) if wide else written}{last}")


@given(before, cards, behind, st.sampled_from(["", " ", "-"]), st.booleans())
def test_a_bank_card_is_found_in_groups_of_four(first, number, last, gap, wide):
    written = gap.join(number[start : start + 4] for start in range(0, len(number), 4))
    assert "CRD" in found(first + (written.translate(WIDE) if wide else written) + last)


@given(st.integers(0, 10**8 - 1), st.sampled_from(["91", "92", "93", "51", "52", "11", "N2"]))
def test_credit_codes_and_organisation_codes_are_no_numbers_of_persons(serial, kind):
    code = with_check(f"{kind}320830{org_code(serial)}")
    assert found(f"统一社会信用代码{code}。") <= {"ID"} if code.isdigit() else found(code) == set()
    assert found(f"组织机构代码 {org_code(serial)}") == set()


@given(st.integers(1, 10**12), st.sampled_from(["元", "万元", "亿元", " 元", ".00", ".5元"]))
def test_amounts_are_no_numbers_of_persons(amount, unit):
    assert found(f"罚款人民币{amount}{unit}") == set()
    assert found(f"￥{amount}") == set()


@given(st.integers(1990, 2030), st.integers(0, 10**11 - 1))
def test_document_numbers_are_no_numbers_of_persons(year, serial):
    for number in (f"盱市监罚〔{year}〕{serial:05d}号", f"第{serial}号", f"JY1320830{serial:09d}"):
        assert found(number) == set()


@given(st.dates(date(1949, 10, 1), date(2030, 1, 1)), st.text("甲乙条款第（），。abc0123456789", max_size=8))
def test_dates_in_sentences_are_no_numbers_of_persons(day, words):
    said = f"于{day:%Y-%m-%d}、{day:%Y年%m月%d日}和{day:%Y%m%d}"
    assert found(said) == set()
    assert found(f"{words}条") == set()


def column(**changed: object) -> Column:
    made = Column("bz", "备注", "BZ", (), "text", "text", {}, (), False, False, 200, None, "internal", {})
    return replace(made, **changed)  # type: ignore[arg-type]


def codes(of: Column, public: bool) -> list[str]:
    return [str(rule.meta["code"]) for rule in leak_rules(of, public)]


def test_public_texts_reject_and_free_texts_of_authorities_ask():
    several_lines = column(options={"multiline": True})
    rejecting = ["ID-ON-PUBLIC", "PHN-ON-PUBLIC", "CRD-ON-PUBLIC"]
    assert codes(column(), True) == codes(several_lines, True) == [*rejecting, "TXT-PERSON"]
    assert codes(several_lines, False) == ["ID-IN-TEXT", "PHN-IN-TEXT", "CRD-IN-TEXT"]
    assert {notice(code).cls for code in rejecting} == {"V"}
    assert notice("TXT-PERSON").cls == "Q"
    assert {notice(code).cls for code in codes(several_lines, False)} == {"Q"}
    assert set(codes(column(), True) + codes(several_lines, False)) == LEAKS


def test_short_cells_of_numbers_are_searched_for_identity_numbers_alone():
    assert codes(column(max_length=128), True) == ["ID-ON-PUBLIC"]
    assert codes(column(kernel="document_number"), True) == ["ID-ON-PUBLIC"]
    assert codes(column(), False) == codes(column(kernel="document_number"), False) == []


@pytest.mark.parametrize("kernel", ["uscc", "citizen_id", "case_number", "code"])
def test_cells_of_a_strict_form_are_not_searched(kernel):
    assert codes(column(kernel=kernel, options={"multiline": True}), True) == []
