"""Denied unless every clause allows: a truth table against plain Python, and each clause alone."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from hub.contract.model import Column, Contract, Disclosure, Subject
from hub.outlets import sharing

TODAY = date(2026, 11, 23)
ORG, HUMAN = "913208300000000510", "320830188001010002"
Rows = Callable[..., pl.DataFrame]

KINDS = ("org", "trader", "person", "martian", None)
IDENTITIES = ((ORG, None), (None, HUMAN), (ORG, HUMAN), (None, None))
STATES = ("1", "3", "2", None)
DAYS = tuple(
    itertools.product(
        (None, date(2025, 11, 22), date(2025, 11, 23), date(2025, 11, 24), TODAY, date(2026, 11, 24)),
        (None, date(2020, 1, 1), date(2026, 11, 22), TODAY, date(2027, 1, 1)),
    )
)
TEXTS = ("预包装食品", f"当事人（{HUMAN}）", None)
SUBJECTS = (
    ("organisation",),
    ("organisation", "sole_trader"),
    ("organisation", "sole_trader", "person"),
    ("person",),
)


def _with(contract: Contract, **changes: Any) -> Contract:
    """The contract with another lawful basis for the open feed."""
    return dataclasses.replace(contract, lawful=(dataclasses.replace(contract.lawful[0], **changes),))


def _may_leave(row: dict[str, Any], subjects: tuple[str, ...]) -> bool:
    kind = {"org": "organisation", "trader": "sole_trader", "person": "person"}.get(row["kind"])
    if kind not in subjects:
        return False
    identity = (None, HUMAN) if kind == "person" else (ORG, None)
    if (row["org"], row["human"]) != identity or row["state"] not in ("1", "3"):
        return False
    start, end = row["start"], row["end"]
    # Twelve months: published on 23 November 2025, gone on 23 November 2026. The end date is the last day.
    if start is None or not date(2025, 11, 23) < start <= TODAY or (end is not None and end < TODAY):
        return False
    return "person" in subjects or row["content"] is None or HUMAN not in row["content"]


@pytest.mark.parametrize("subjects", SUBJECTS)
def test_a_record_leaves_exactly_when_every_clause_allows_it(small: Contract, rows: Rows, subjects: tuple[str, ...]):
    table = [
        {"kind": kind, "org": org, "human": human, "state": state, "start": start, "end": end, "content": content}
        for kind, (org, human), state, (start, end), content in itertools.product(
            KINDS, IDENTITIES, STATES, DAYS, TEXTS
        )
    ]
    reasons = sharing.decide(rows(*table), _with(small, subjects=subjects), "open_feed", TODAY, sharing.NOTHING_STANDS)
    decided = [reason is None for reason in reasons]
    assert decided == [_may_leave(row, subjects) for row in table]
    assert any(decided) and not all(decided)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"kind": "trader"}, sharing.NOT_THIS_SUBJECT),
        ({"kind": "person", "org": None, "human": HUMAN}, sharing.NOT_THIS_SUBJECT),
        ({"kind": "martian"}, sharing.NOT_THIS_SUBJECT),
        ({"kind": None}, sharing.NOT_THIS_SUBJECT),
        ({"org": None}, sharing.NO_SUBJECT),
        ({"org": None, "human": HUMAN}, sharing.NO_SUBJECT),
        ({"human": HUMAN}, sharing.NO_SUBJECT),
        ({"state": "2"}, sharing.CONDITION),
        ({"state": None}, sharing.CONDITION),
        ({"start": None}, sharing.NOT_OPEN),
        ({"start": date(2026, 11, 24)}, sharing.NOT_OPEN),
        ({"start": date(2025, 11, 23)}, sharing.NOT_OPEN),
        ({"end": date(2026, 11, 22)}, sharing.NOT_OPEN),
        ({"content": f"身份证号{HUMAN}"}, sharing.IN_TEXT),
        ({"name": f"某某{HUMAN}"}, sharing.IN_TEXT),
    ],
)
def test_one_clause_against_it_keeps_a_record_back_and_says_which(
    small: Contract, rows: Rows, change: dict[str, Any], reason: str | None
):
    assert sharing.decide(rows(change), small, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == [reason]


def test_without_a_lawful_basis_nothing_leaves(small: Contract, rows: Rows):
    for contract, outlet in (
        (dataclasses.replace(small, lawful=()), "open_feed"),
        (small, "province"),
        (_with(small, outlet="province"), "open_feed"),
    ):
        assert (
            sharing.decide(rows({}, {}), contract, outlet, TODAY, sharing.NOTHING_STANDS).to_list()
            == [sharing.NO_BASIS] * 2
        )


def test_a_basis_without_a_disclosed_column_lets_nothing_leave(small: Contract, rows: Rows):
    closed = tuple(dataclasses.replace(each, disclosure={"province": Disclosure("keep")}) for each in small.columns)
    bare = dataclasses.replace(small, columns=closed)
    assert sharing.decide(rows({}), bare, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == [sharing.NO_BASIS]
    assert sharing.show(rows({}), bare, "open_feed").width == 0


def test_every_condition_must_hold_not_only_one(small: Contract, rows: Rows):
    both = _with(small, when={"state": ("1",), "remark": ("公开",)})
    table = rows({"remark": "公开"}, {"remark": "内部"}, {"remark": None}, {"remark": "公开", "state": "2"})
    expected = [None, *[sharing.CONDITION] * 3]
    assert sharing.decide(table, both, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == expected
    assert sharing.decide(table, _with(small, when={}), "open_feed", TODAY, sharing.NOTHING_STANDS).null_count() == 4


def test_a_code_on_two_lists_counts_as_the_more_protected_kind(small: Contract, rows: Rows):
    for protected in ("persons", "sole_traders"):
        subject = dataclasses.replace(small.subject, **{protected: ("org",)})
        table = sharing.decide(
            rows({}), dataclasses.replace(small, subject=subject), "open_feed", TODAY, sharing.NOTHING_STANDS
        )
        assert table.to_list() == [sharing.NOT_THIS_SUBJECT]


@pytest.mark.parametrize(
    ("always", "subjects", "shown"),
    [
        ("organisation", ("organisation",), [True, False, False, False]),
        ("person", ("person",), [False, True, False, False]),
        ("person", ("organisation",), [False] * 4),
    ],
)
def test_where_every_row_is_about_one_kind_the_codes_still_have_to_fit(
    small: Contract, rows: Rows, always: Any, subjects: tuple[Any, ...], shown: list[bool]
):
    subject = Subject(None, (), (), (), always, "org", "human", "name")
    contract = dataclasses.replace(_with(small, subjects=subjects), subject=subject)
    table = rows(*({"org": org, "human": human} for org, human in IDENTITIES))
    assert sharing.decide(table, contract, "open_feed", TODAY, sharing.NOTHING_STANDS).is_null().to_list() == shown


def test_without_a_column_for_the_code_nobody_is_identified(small: Contract, rows: Rows):
    subject = dataclasses.replace(small.subject, organisation_id=None, person_id=None)
    for kinds in (("organisation",), ("person",)):
        contract = dataclasses.replace(_with(small, subjects=kinds), subject=subject)
        table = rows({}, {"kind": "person", "org": None, "human": HUMAN})
        assert sharing.decide(table, contract, "open_feed", TODAY, sharing.NOTHING_STANDS).null_count() == 0


def test_an_empty_table_is_decided_too(small: Contract, rows: Rows):
    assert sharing.decide(rows({}).clear(), small, "open_feed", TODAY, sharing.NOTHING_STANDS).to_list() == []


def test_a_cell_without_disclosure_never_appears_and_a_masked_one_is_masked(
    small: Contract, rows: Rows, column: Callable[..., Column]
):
    masked = column("remark", to={"open_feed": Disclosure("mask", 1, 1)}, classification="personal")
    contract = dataclasses.replace(small, columns=(*small.columns[:8], masked))
    shown = sharing.show(rows({"remark": "张三丰"}, {"remark": None}), contract, "open_feed")
    assert shown.columns == ["name", "kind", "org", "start", "end", "content", "remark"]
    assert shown["remark"].to_list() == ["张*丰", None]
    assert sharing.show(rows({}), small, "province").columns == []


def test_a_new_column_appears_in_no_outlet(contracts: dict[str, Contract], column: Callable[..., Column]):
    for contract in contracts.values():
        wider = dataclasses.replace(contract, columns=(*contract.columns, column("fresh", to={})))
        for outlet in ("open_feed", "province"):
            assert sharing.columns(wider, outlet) == sharing.columns(contract, outlet)
            assert sharing.needed(wider, outlet) == sharing.needed(contract, outlet)


def test_the_columns_named_as_needed_are_enough_to_decide_and_to_show(small: Contract, rows: Rows):
    hidden = tuple(
        each if each.name in ("org", "content") else dataclasses.replace(each, disclosure={}) for each in small.columns
    )
    for contract in (small, dataclasses.replace(small, columns=hidden)):
        names = sharing.needed(contract, "open_feed")
        assert "remark" not in names
        table = rows({}, {"state": "2"}, {"human": HUMAN}, {"start": None}, {"end": date(2020, 1, 1)})
        narrow = table.select(names)
        whole = sharing.decide(table, contract, "open_feed", TODAY, sharing.NOTHING_STANDS)
        assert (
            sharing.decide(narrow, contract, "open_feed", TODAY, sharing.NOTHING_STANDS).equals(whole)
            and whole.null_count() == 1
        )
        assert sharing.show(narrow, contract, "open_feed").equals(sharing.show(table, contract, "open_feed"))
