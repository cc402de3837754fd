"""The whole truth table of a decision against a reference in plain Python; and no clause can be lost unnoticed."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest

from hub.contract.law import CatalogueItem, Months, PublicationRule, Regime
from hub.contract.model import Contract, Lawful, Severity, Window
from hub.outlets import reasons, sharing

TODAY = date(2026, 11, 23)
ORG, ADULT = "913208300000000510", "320830188001010002"
CHILD, COMES_OF_AGE, PASSPORT = "320830201001010004", "320830200811230005", "E12345678"
RULE = PublicationRule(
    "penalty",
    {"警告": "minor", "罚款": "general", "吊销": "serious"},
    (
        Regime("old", None, {"general": Months(3, 36), "serious": Months(12, 36)}),
        Regime("new", date(2026, 4, 1), {"general": Months(3, 12), "serious": Months(12, 36)}),
    ),
)
AGAINST = (None, reasons.ANNULLED, reasons.SHIELDED, reasons.REPAIRED, reasons.DISPUTED)
SUBJECTS = tuple(
    itertools.product(("org", "trader", "person", "martian"), (ORG, None), (ADULT, CHILD, COMES_OF_AGE, PASSPORT, None))
)
# State, kinds of penalty, day of the document, end of the window, text.
MATTERS = tuple(
    itertools.product(
        ("1", "2"),
        ("警告", "罚款", "警告、吊销", "罚款、不明", None),
        (None, date(2023, 12, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 11, 24)),
        (None, date(2026, 11, 22), TODAY),
        (None, f"当事人{ADULT}"),
    )
)
Rows = Callable[..., pl.DataFrame]


def _lawful(**changes: Any) -> Lawful:
    item = CatalogueItem("book/item", "目录 某项", "open", date(2020, 1, 1), None)
    window = Window("start", "end", None, Severity("remark", RULE))
    made = Lawful("open_feed", "law", (item,), ("organisation", "person"), window, {"state": ("1",)})
    return dataclasses.replace(made, **changes)


def _with(contract: Contract, lawful: Lawful) -> Contract:
    return dataclasses.replace(contract, lawful=(lawful,))


def _records() -> Iterator[dict[str, Any]]:
    """Every subject with a good matter, every matter with a good subject, and what stands against both."""
    good = ("1", "罚款", date(2026, 4, 1), None, None)
    for subject, matter in [*((one, good) for one in SUBJECTS), *((("org", ORG, None), one) for one in MATTERS)]:
        for against in AGAINST:
            kind, org, human = subject
            state, kinds, start, end, text = matter
            yield {
                "kind": kind, "org": org, "human": human, "state": state, "remark": kinds,
                "start": start, "end": end, "content": text, "against": against,
            }  # fmt: skip


def _reference(row: Mapping[str, Any], lawful: Lawful, consenting: frozenset[str]) -> bool:
    """Written as the law reads, row by row."""
    kind = {"org": "organisation", "trader": "sole_trader", "person": "person"}.get(row["kind"])
    if kind is None or kind not in lawful.subjects:
        return False
    wanted, other = ("human", "org") if kind == "person" else ("org", "human")
    who = row[wanted]
    if who is None or row[other] is not None:
        return False
    if kind == "person":
        if len(who) != 18:
            if not lawful.unknown_age:
                return False
        else:
            turns = date(int(who[6:10]) + 18, int(who[10:12]), int(who[12:14]))
            if turns >= TODAY:  # of full age from the day after the birthday
                return False
    if row["against"] is not None or row["state"] != "1":
        return False
    if lawful.consent and who not in consenting:
        return False
    if not row["remark"] or row["start"] is None or row["start"] > TODAY:
        return False
    worst = 0
    for one in row["remark"].split("、"):
        worst = max(worst, {"警告": 1, "罚款": 2, "吊销": 3}.get(one, 99))
    months = {2: 12 if row["start"] >= date(2026, 4, 1) else 36, 3: 36}.get(worst, 0)
    total = row["start"].year * 12 + row["start"].month - 1 + months
    last = date(total // 12, total % 12 + 1, min(row["start"].day, 28))
    if last <= TODAY or (row["end"] is not None and row["end"] < TODAY):
        return False
    return "person" in lawful.subjects or row["content"] is None


def _table(rows: Rows) -> tuple[pl.DataFrame, list[dict[str, Any]], dict[str, pl.Series]]:
    listed = list(_records())
    names = ("kind", "org", "human", "state", "remark", "start", "end", "content")
    ids = [f"{number:032x}" for number in range(len(listed))]
    table = rows(*({name: one[name] for name in names} for one in listed))
    against = {
        reason: pl.Series([key for key, one in zip(ids, listed, strict=True) if one["against"] == reason])
        for reason in AGAINST
        if reason is not None
    }
    return table.with_columns(pl.Series("record_id", ids)), listed, against


@pytest.mark.parametrize("subjects", [("organisation", "person"), ("organisation",), ("person",), ("sole_trader",)])
@pytest.mark.parametrize("consent", [False, True])
@pytest.mark.parametrize("unknown_age", [False, True])
def test_a_record_leaves_exactly_when_the_law_read_row_by_row_lets_it(
    small: Contract, rows: Rows, subjects: Any, consent: bool, unknown_age: bool
) -> None:
    lawful = _lawful(subjects=subjects, consent=consent, unknown_age=unknown_age)
    table, listed, against = _table(rows)
    consenting = frozenset({ORG, PASSPORT})
    circumstances = sharing.Circumstances(against, pl.Series(sorted(consenting)))
    found = sharing.decide(table, _with(small, lawful), "open_feed", TODAY, circumstances)
    assert found.is_null().to_list() == [_reference(row, lawful, consenting) for row in listed]
    assert found.null_count() > 0 or (subjects == ("person",) and consent and not unknown_age)


def test_every_clause_is_the_only_reason_somewhere_so_none_can_be_lost(
    small: Contract, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each clause in turn is made to say yes: other records must leave, or it could vanish without a failing test.

    What is not published by its gravity has no months either, so the window keeps it back a second time: there the
    reason must change.
    """
    lawful = _lawful(subjects=("organisation",), consent=True)
    persons = _lawful(subjects=("organisation", "person"))
    government = dataclasses.replace(lawful.items[0], sharing="government")
    future = dataclasses.replace(lawful.items[0], valid_from=date(2027, 1, 1))
    cases = [lawful, persons, _lawful(items=(government,)), _lawful(items=(future,)), _lawful(consent=True)]
    table, _, against = _table(rows)
    circumstances = sharing.Circumstances(against, pl.Series([ORG]))
    nobody = sharing.Circumstances(against)

    def verdicts(told: bool = False) -> list[list[Any]]:
        decided = [
            sharing.decide(table, _with(small, one), "open_feed", TODAY, each)
            for one in cases
            for each in (circumstances, nobody)
        ]
        return [(one if told else one.is_null()).to_list() for one in decided]

    before, with_reasons, real = verdicts(), verdicts(told=True), sharing._clauses
    codes = list(real(table, _with(small, lawful), lawful, TODAY, circumstances))
    assert [reasons.NO_BASIS, *codes] == list(reasons.WORDS)
    for code in codes:
        monkeypatch.setattr(sharing, "_clauses", lambda *given, code=code: {**real(*given), code: pl.lit(True)})
        if code == reasons.NOT_PUBLISHED:
            assert verdicts() == before and verdicts(told=True) != with_reasons
        else:
            assert verdicts() != before, f"{code} could be lost"
    monkeypatch.undo()
    assert verdicts() == before


def test_a_decision_is_explained_clause_by_clause_and_agrees_with_itself(small: Contract, rows: Rows) -> None:
    lawful = _lawful()
    table, _, against = _table(rows)
    circumstances, contract = sharing.Circumstances(against), _with(small, lawful)
    found = sharing.decide(table, contract, "open_feed", TODAY, circumstances)
    for place in range(0, table.height, 7):
        clauses = sharing.explain(table[place], contract, "open_feed", TODAY, circumstances)
        assert [clause.code for clause in clauses] == list(reasons.WORDS)
        assert next((clause.code for clause in clauses if not clause.met), None) == found[place]
    bare = dataclasses.replace(small, lawful=())
    (only,) = sharing.explain(table[0], bare, "open_feed", TODAY, circumstances)
    assert (only.code, only.met) == (reasons.NO_BASIS, False)


@pytest.mark.parametrize(
    ("kind", "use", "consent", "allowed"),
    [
        ("open", "public", False, True),
        ("open", "finance", False, True),
        ("government", "supervision", False, True),
        ("government", "public", False, False),
        ("government", "finance", True, False),
        ("authorised", "finance", True, True),
        ("authorised", "finance", False, False),
        ("authorised", "supervision", False, False),
        ("authorised", "public", True, False),
    ],
)
def test_the_class_of_the_catalogue_item_bounds_what_an_outlet_may_do(
    small: Contract, rows: Rows, kind: Any, use: Any, consent: bool, allowed: bool
) -> None:
    item = CatalogueItem("book/item", "目录 某项", kind, date(2020, 1, 1), None)
    lawful = _lawful(items=(item,), use=use, consent=consent, window=None, when={})
    circumstances = sharing.Circumstances({}, pl.Series([ORG]))
    found = sharing.decide(rows({}), _with(small, lawful), "open_feed", TODAY, circumstances)
    assert found.to_list() == [None if allowed else reasons.NOT_FOR_THIS_USE]


def test_points_that_are_an_incentive_leave_only_where_the_use_is_one(small: Contract, rows: Rows) -> None:
    for use in ("public", "supervision", "finance", "incentive"):
        contract = dataclasses.replace(_with(small, _lawful(use=use, window=None)), incentive_only=True)
        found = sharing.decide(rows({}), contract, "open_feed", TODAY, sharing.NOTHING_STANDS)
        assert found.to_list() == [None if use == "incentive" else reasons.NOT_FOR_THIS_USE]


def test_a_new_edition_of_the_catalogue_takes_over_on_its_day(small: Contract, rows: Rows) -> None:
    first = CatalogueItem("a/item", "甲", "open", date(2020, 1, 1), date(2026, 11, 22))
    second = CatalogueItem("b/item", "乙", "government", date(2026, 11, 23), None)
    contract = _with(small, _lawful(items=(first, second), window=None))
    for day, expected in ((date(2026, 11, 22), None), (date(2026, 11, 23), reasons.NOT_FOR_THIS_USE)):
        assert sharing.decide(rows({}), contract, "open_feed", day, sharing.NOTHING_STANDS).to_list() == [expected]
    ended = _with(small, _lawful(items=(first,), window=None))
    found = sharing.decide(rows({}), ended, "open_feed", date(2026, 11, 23), sharing.NOTHING_STANDS)
    assert found.to_list() == [reasons.OUT_OF_CATALOGUE]


def test_a_child_is_shown_nowhere_and_comes_of_age_on_the_day_after_the_birthday(small: Contract, rows: Rows) -> None:
    contract = _with(small, _lawful(subjects=("person",), unknown_age=True, window=None))
    table = rows(*({"kind": "person", "org": None, "human": one} for one in (CHILD, COMES_OF_AGE, ADULT, PASSPORT)))
    on = [
        sharing.decide(table, contract, "open_feed", day, sharing.NOTHING_STANDS).to_list()
        for day in (TODAY, date(2026, 11, 24))
    ]
    assert on == [[reasons.MINOR, reasons.MINOR, None, None], [reasons.MINOR, None, None, None]]
    leap = rows({"kind": "person", "org": None, "human": "320830200802290009"})
    for day, expected in ((date(2026, 2, 28), reasons.MINOR), (date(2026, 3, 1), None)):
        assert sharing.decide(leap, contract, "open_feed", day, sharing.NOTHING_STANDS).to_list() == [expected]
