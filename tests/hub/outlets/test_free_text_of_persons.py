"""What tells a person in free text is held back, however it is written; what only looks like it is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest
from corpus.personal_texts import NOT_TOLD, TOLD
from corpus.small_county import licences, penalties
from corpus.small_county.county import place_of
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.contract.leaks import leak_rules
from hub.contract.model import Column, Contract
from hub.county.agencies import market
from hub.county.identities import Place, citizen_id, company, org_code, with_check
from hub.outlets import free_text, sharing
from hub.rules.patterns import translate

TODAY = date(2026, 11, 23)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
Rows = Callable[..., pl.DataFrame]


def _cases(of: Mapping[str, list[str]]) -> list[Any]:
    return [pytest.param(text, id=f"{kind}: {text}") for kind, each in of.items() for text in each]


@pytest.mark.parametrize("text", _cases(TOLD))
def test_what_tells_a_person_keeps_the_record_back(small: Contract, rows: Rows, text: str) -> None:
    table = rows({"content": text}, {"content": f"经查，{text}"}, {"content": "预包装食品"})
    assert sharing.decide(table, small, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == [
        sharing.IN_TEXT, sharing.IN_TEXT, None
    ]  # fmt: skip


@pytest.mark.parametrize("text", _cases(NOT_TOLD))
def test_what_only_looks_like_it_does_not(small: Contract, rows: Rows, text: str) -> None:
    assert sharing.decide(rows({"content": text}), small, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == [
        None
    ]


# --- ways of writing ---------------------------------------------------------------------------------------------

gaps = st.sampled_from(["", " ", "　", "-", "－", "·", "\u200b"])
before, behind = st.sampled_from(["", "号码", "（", "：", "，", "\n"]), st.sampled_from(["", "）", "。", "，等", "\n"])
identities = st.integers(0, 10**6).map(lambda serial: citizen_id(Place(), serial))


@given(identities, gaps, before, behind, st.booleans())
def test_an_identity_number_is_found_with_a_gap_behind_every_digit(number, gap, first, last, wide):
    written = gap.join(number)
    assert free_text.tells_somebody(first + (written.translate(WIDE) if wide else written) + last)


@given(identities, st.lists(gaps, min_size=5, max_size=5), before, behind)
def test_an_identity_number_is_found_with_its_day_written_out(number, between, first, last):
    parts = (number[:6], number[6:10], "年", number[10:12], "月", number[12:14], "日", number[14:])
    assert free_text.tells_somebody(first + "".join(parts) + last)
    pieces = (number[:6], number[6:10], number[10:12], number[12:14], number[14:])
    assert free_text.tells_somebody(
        first + "".join(a + b for a, b in zip(pieces, [*between[:4], ""], strict=True)) + last
    )


@given(st.integers(10**14, 10**18 - 1), st.sampled_from(["4", "51", "62", "955"]), gaps, before, behind)
def test_a_card_is_found_by_its_check_digit_and_no_other_number_is(serial, prefix, gap, first, last):
    body = f"{prefix}{serial}"[:15]
    right = str(-sum(_doubled(body)) % 10)
    wrong = str((int(right) + 1) % 10)
    assert free_text.tells_somebody(first + body + right + last)
    number = body + right
    assert free_text.tells_somebody(first + gap.join(number[start : start + 4] for start in (0, 4, 8, 12)) + last)
    assume(not free_text.tells_somebody(f"{body[:15]}"))
    assert not free_text.tells_somebody(f"批号：{body}{wrong}")


def _doubled(digits: str) -> list[int]:
    """What each digit adds to Luhn's sum, the check digit still to come."""
    return [sum(divmod(2 * int(one), 10)) if place % 2 == 0 else int(one) for place, one in enumerate(digits[::-1])]


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_fifteen_digits_are_an_identity_number_only_with_a_day_that_there_is(day, serial):
    assert free_text.tells_somebody(f"身份证：320830{day:%y%m%d}{serial:03d}。")
    assert not free_text.tells_somebody(f"身份证：320830{day:%y}{day.month + 12:02d}{day:%d}{serial:03d}。")


@given(st.integers(0, 10**8 - 1), st.sampled_from(["91", "92", "93", "51", "52", "11", "N2"]))
def test_codes_of_organisations_tell_nobody(serial, kind):
    code = with_check(f"{kind}320830{org_code(serial)}")
    assume(not code.isdigit())
    assert not free_text.tells_somebody(f"统一社会信用代码{code}，组织机构代码{org_code(serial)}")


@given(st.integers(1990, 2030), st.integers(0, 99_999), st.integers(1, 10**9), st.dates(date(1990, 1, 1)))
def test_numbers_of_documents_amounts_days_and_articles_tell_nobody(year, serial, amount, day):
    said = (
        f"盱市监罚〔{year}〕{serial:05d}号，（{year}）第{serial:05d}号，罚款{amount}元，货值{amount}.00元，{day:%Y年%m月%d日}，"
        f"{day:%Y-%m-%d}，{day:%Y%m%d}，第{serial % 130 + 1}条"
    )
    assert not free_text.tells_somebody(said)


# --- what the row itself tells ------------------------------------------------------------------------------------


@pytest.fixture
def led(small: Contract, column: Callable[..., Column]) -> Contract:
    """The small contract with the name of a representative that nobody sees."""
    chief = column("chief", to={}, classification="personal")
    return dataclasses.replace(small, columns=(*small.columns, chief))


def _led(rows: Rows, *changes: Mapping[str, str | None]) -> pl.DataFrame:
    table = rows(*({name: cell for name, cell in one.items() if name != "chief"} for one in changes))
    return table.with_columns(pl.Series("chief", [one.get("chief") for one in changes], dtype=pl.String))


def test_the_representative_of_the_row_stands_in_no_other_text(led: Contract, rows: Rows) -> None:
    table = _led(
        rows,
        {"chief": "钱多多", "content": "对钱多多予以警告"},
        {"chief": "钱多多", "content": "对钱少少予以警告"},
        {"chief": None, "content": "对钱多多予以警告"},
        {"chief": "钱", "content": "钱款"},
        {"chief": "钱多多", "name": "盱眙钱多多超市", "content": "食品销售"},
        {"chief": "钱多多", "name": "盱眙钱多多超市", "content": "对盱眙钱多多超市罚款"},
        {"chief": "钱多多", "name": "盱眙钱多多超市", "content": "对盱眙钱多多超市的钱多多罚款"},
        {"chief": "Ann.*", "content": "Anne"},
    )
    held = [sharing.IN_TEXT, None, None, None, None, None, sharing.IN_TEXT, None]
    assert sharing.decide(table, led, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == held
    assert {"chief", "name"} <= set(sharing.needed(led, "open_feed"))
    assert "chief" not in sharing.show(table, led, "open_feed").columns


def test_numbers_of_authorities_that_the_contract_names_may_stand(small: Contract, rows: Rows) -> None:
    table = rows(
        {"content": "咨询0517-88800000"}, {"content": "咨询0517-88800001"}, {"content": "0517-88800000，苏H12345"}
    )
    contract = dataclasses.replace(small, public_contacts=("0517-88800000",))
    decided = sharing.decide(table, contract, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list()
    assert decided == [None, sharing.IN_TEXT, sharing.IN_TEXT]


def test_the_numbers_of_documents_are_searched_for_the_clearest_alone(small: Contract, rows: Rows) -> None:
    columns = tuple(dataclasses.replace(one, kernel="document_number") if one.name == "content" else one
                    for one in small.columns)  # fmt: skip
    contract = dataclasses.replace(small, columns=columns)
    table = rows({"content": "320830600123456"}, {"content": "苏H12345"}, {"content": "320830188001010002"})
    decided = sharing.decide(table, contract, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list()
    assert decided == [None, None, sharing.IN_TEXT]


def test_cells_that_repeat_are_decided_as_those_that_do_not(small: Contract, rows: Rows) -> None:
    texts = ["苏H12345", "食品", None, "当事人：张三"] * 300
    table = rows({}).join(pl.DataFrame({"content": pl.Series(texts, dtype=pl.String)}), how="cross", suffix="_more")
    table = table.with_columns(pl.col("content_more").alias("content"))
    decided = sharing.decide(table, small, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list()
    assert decided == [sharing.IN_TEXT, None, None, sharing.IN_TEXT] * 300


# --- the clean county, and the doors at which it is asked -----------------------------------------------------------


def test_no_row_of_the_clean_county_is_held_back_for_its_text(
    contracts: Mapping[str, Contract], typed: Callable[..., pl.DataFrame], county: Any
) -> None:
    place, rng = place_of(county), Random(7)
    cases = penalties.Cases(place, market(place), penalties.AT_MARKET, "%Y-%m-%d")
    span = range(1, 801)
    written = {
        "market/admin_licence": [licences.licence(place, serial, TODAY, rng, "%Y-%m-%d") for serial in span],
        "market/admin_penalty": [cases.penalty(serial, TODAY - timedelta(days=serial % 300), rng) for serial in span],
    }
    for dataset, made in written.items():
        table = typed(contracts[dataset], made)
        for lawful in contracts[dataset].lawful:
            shown = sharing.columns(contracts[dataset], lawful.outlet)
            nobody = dataclasses.replace(lawful, subjects=("organisation",))
            leaking = free_text.leaking(table, contracts[dataset], nobody, shown)
            organisations = table[contracts[dataset].subject.category] == "法人及非法人组织"
            assert not (leaking & organisations).any(), f"{dataset} at {lawful.outlet}"


@pytest.mark.parametrize("kind", ["plate", "landline", "old identity number", "passport", "mail"])
def test_a_sender_is_asked_at_arrival_about_what_would_be_held_back(column: Callable[..., Column], kind: str) -> None:
    (rule,) = (one for one in leak_rules(column("cf_nr"), True) if one.meta["code"] == "TXT-PERSON")
    cells = pl.Series(TOLD[kind])
    assert cells.str.contains(translate(str(rule.kwargs["regex"]))).all()
    clean = pl.Series(
        [text for each in NOT_TOLD.values() for text in each if not text.startswith(("注册", "许可证编"))]
    )
    assert not clean.str.contains(translate(str(rule.kwargs["regex"]))).any()
    assert (
        not pl.Series([company(Place(), serial) for serial in range(200)]).str.contains(str(rule.kwargs["regex"])).any()
    )
