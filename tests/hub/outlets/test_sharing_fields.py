"""How each cell leaves: as it is, masked, under a pseudonym, coarser, or not at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from hub.contract.model import Column, Contract, Disclosure
from hub.errors import FixConfiguration
from hub.outlets import sharing

TODAY = date(2026, 11, 23)
KEY = b"a key of thirty-two bytes or more"
Rows = Callable[..., pl.DataFrame]
Make = Callable[..., Column]


def _showing(small: Contract, **ways: Disclosure) -> Contract:
    """The small contract with other ways for some columns, and nothing else disclosed."""
    changed = [
        dataclasses.replace(one, disclosure={"open_feed": ways[one.name]} if one.name in ways else {})
        for one in small.columns
    ]
    return dataclasses.replace(small, columns=tuple(changed))


def test_a_pseudonym_is_the_same_within_an_outlet_and_another_in_the_next(small: Contract, rows: Rows) -> None:
    contract = _showing(small, org=Disclosure("pseudonym"))
    elsewhere = dataclasses.replace(
        contract,
        columns=tuple(
            dataclasses.replace(one, disclosure={"bank": Disclosure("pseudonym")}) if one.name == "org" else one
            for one in contract.columns
        ),
    )
    table = rows({}, {"org": None}, {}, {"org": "91320830000000019L"})
    first = sharing.show(table, contract, "open_feed", KEY)["org"].to_list()
    other = sharing.show(table, elsewhere, "bank", KEY)["org"].to_list()
    assert first[0] == first[2] != first[3] and first[1] is None and len(first[0]) == 32
    assert not set(first) & set(other) - {None}
    assert sharing.show(table, contract, "open_feed", b"another")["org"][0] != first[0]
    assert "913208300000000510" not in str(first)


def test_without_a_key_there_is_no_pseudonym_and_no_cell(small: Contract, rows: Rows) -> None:
    with pytest.raises(FixConfiguration, match="no key"):
        sharing.show(rows({}), _showing(small, org=Disclosure("pseudonym")), "open_feed")


@pytest.mark.parametrize(("to", "shown"), [("month", "2026-11"), ("year", "2026")])
def test_a_date_is_shown_no_finer_than_the_contract_says(small: Contract, rows: Rows, to: str, shown: str) -> None:
    contract = _showing(small, start=Disclosure("generalise", to=to))
    assert sharing.show(rows({}, {"start": None}), contract, "open_feed")["start"].to_list() == [shown, None]


@pytest.mark.parametrize(("to", "shown"), [("town", "320830101"), ("county", "320830")])
def test_a_village_is_shown_as_its_town_or_its_county(
    small: Contract, rows: Rows, column: Make, to: str, shown: str
) -> None:
    village = column("remark", "region", to={"open_feed": Disclosure("generalise", to=to)})
    contract = dataclasses.replace(small, columns=(*small.columns[:8], village))
    table = rows({"remark": "320830101203"}, {"remark": "320830"})
    assert sharing.show(table, contract, "open_feed")["remark"].to_list() == [shown, "320830"]


def test_what_is_withheld_on_purpose_is_as_far_away_as_what_nobody_named(small: Contract, rows: Rows) -> None:
    contract = _showing(small, content=Disclosure("withhold"), name=Disclosure("keep"))
    assert [one.name for one in sharing.columns(contract, "open_feed")] == ["name"]
    assert sharing.show(rows({}), contract, "open_feed").columns == ["name"]
    assert "content" not in sharing.needed(contract, "open_feed")
    alone: Any = _showing(small, content=Disclosure("withhold"))
    assert sharing.decide(rows({}), alone, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == [sharing.NO_BASIS]
