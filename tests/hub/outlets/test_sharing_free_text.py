"""Free text that carries somebody's number does not leave, however the number is written."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from hub.contract.model import Contract
from hub.outlets import sharing

TODAY = date(2026, 11, 23)
Rows = Callable[..., pl.DataFrame]


@pytest.mark.parametrize(
    "text",
    [
        "320830188001010002",
        "当事人身份证号：320830188001010002。",
        "证件32083018850104003X，",
        "证件32083018850104003x",
        "SFZ320830188001010002A",
        "320830 18800101 0002",
        "320830-18800101-0002",
        "３２０８３０１８８００１０１０００２",
        "13800000000",
        "电话13800000000转办",
        "tel:13800000000",
        "tel13800000000",
        "138 0000 0000",
        "138-0000-0000",
        "１３８００００００００",
        "+86 13800000000",
        "第一行\n手机 13800000000",
    ],
)
def test_a_personal_number_in_a_free_text_keeps_the_record_back(small: Contract, rows: Rows, text: str):
    for cell in ({"content": text}, {"name": text}):
        assert sharing.decide(rows(cell), small, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == [
            sharing.IN_TEXT
        ]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "预包装食品销售；散装食品销售",
        "（2026）第00123号",
        "JY13208300000123",  # 14 digits of a food licence
        "913208300000000510",  # an organisation's code
        "91320830000000019L",
        "400-800-0000",
        "罚款人民币20000000000元",
        "138000000001",  # twelve digits: no mobile number
        "320830********0002",
        "20260101-20261231",
    ],
)
def test_other_numbers_do_not(small: Contract, rows: Rows, text: str | None):
    assert sharing.decide(rows({"content": text}), small, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == [
        None
    ]


def test_only_what_the_outlet_would_see_is_looked_at(small: Contract, rows: Rows):
    table = rows({"remark": "电话13800000000"})
    assert sharing.decide(table, small, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == [None]


def test_an_outlet_that_may_see_persons_gets_the_text_as_it_is(small: Contract, rows: Rows):
    lawful = dataclasses.replace(small.lawful[0], subjects=("organisation", "person"))
    contract = dataclasses.replace(small, lawful=(lawful,))
    assert sharing.decide(
        rows({"content": "电话13800000000"}), contract, "open_feed", TODAY, sharing.NOTHING_STANDS
    ).to_list() == [None]


@pytest.mark.parametrize("kernel", ["organisation_name", "person_name", "document_number"])
def test_names_and_document_numbers_are_looked_at_like_free_text(small: Contract, rows: Rows, kernel: str):
    columns = tuple(dataclasses.replace(each, kernel=kernel) if each.name == "name" else each for each in small.columns)
    contract = dataclasses.replace(small, columns=columns)
    table = rows({"name": "张某13800000000"}, {"name": "盱眙某某有限公司"})
    assert sharing.decide(table, contract, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == [
        sharing.IN_TEXT,
        None,
    ]
