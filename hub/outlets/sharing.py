"""What may lawfully leave (依法共享): denied unless allowed.

For (record, field, outlet, day) there must be a lawful basis in the contract, a subject of a kind that the outlet may
see and that is identified by a code (never by its name), the conditions of the basis, and an open publication window.
Cells leave only where the contract discloses the column to the outlet. Every refusal carries its reason.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.contract.marks import SEMANTIC_TYPES
from hub.contract.model import Column, Contract, Lawful
from hub.kernels.masking import PERSONAL_NUMBER, mask_series

NO_BASIS = "no lawful basis for this outlet"
NO_SUBJECT = "the subject is not identified"
NOT_THIS_SUBJECT = "this kind of subject may not be shown here"
CONDITION = "a condition of the lawful basis is not met"
NOT_OPEN = "the publication window is not open"
IN_TEXT = "a free text carries an identity or telephone number"


def basis(contract: Contract, outlet: str) -> Lawful | None:
    """The contract's lawful basis for an outlet, or None."""
    for lawful in contract.lawful:
        if lawful.outlet == outlet:
            return lawful
    return None


def columns(contract: Contract, outlet: str) -> tuple[Column, ...]:
    """The columns that the contract discloses to an outlet, in its order."""
    return tuple(column for column in contract.columns if outlet in column.disclosure)


def needed(contract: Contract, outlet: str) -> tuple[str, ...]:
    """Names of the columns on which decision, show and aggregates of an outlet depend, in contract order."""
    subject, lawful = contract.subject, basis(contract, outlet)
    names = {column.name for column in columns(contract, outlet)}
    names |= {name for name in (subject.category, subject.organisation_id, subject.person_id) if name is not None}
    if lawful is not None:
        names |= set(lawful.when)
        if lawful.window is not None:
            names |= {name for name in (lawful.window.start, lawful.window.end) if name is not None}
    for rule in contract.aggregates:
        if rule.outlet == outlet:
            names |= {rule.month_of, rule.by, *rule.sums}
    return tuple(column.name for column in contract.columns if column.name in names)


def decide(records: pl.DataFrame, contract: Contract, outlet: str, today: date) -> pl.Series:
    """For each record the reason why it may not leave, or null when it may.

    ``records`` has the contract's typed columns; ``today`` is the day in the county's zone. Vectorised.
    """
    lawful = basis(contract, outlet)
    if lawful is None or not columns(contract, outlet):
        return pl.Series("reason", [NO_BASIS] * records.height, dtype=pl.String)
    kind = _kind(contract)
    identified = _identified(contract)
    conditions = [pl.col(name).is_in(list(values)).fill_null(False) for name, values in lawful.when.items()]
    reason = (
        pl.when(~kind.is_in(list(lawful.subjects)).fill_null(False))
        .then(pl.lit(NOT_THIS_SUBJECT))
        .when(~identified)
        .then(pl.lit(NO_SUBJECT))
        .when(~pl.all_horizontal(*conditions, pl.lit(True)))
        .then(pl.lit(CONDITION))
        .when(~_window_open(lawful, today))
        .then(pl.lit(NOT_OPEN))
        .when(_leaks(contract, outlet))
        .then(pl.lit(IN_TEXT))
    )
    return records.select(reason.cast(pl.String).alias("reason"))["reason"]


def show(records: pl.DataFrame, contract: Contract, outlet: str) -> pl.DataFrame:
    """The cells of allowed records as the outlet may see them: disclosed columns, masked where the contract says."""
    shown = []
    for column in columns(contract, outlet):
        cells = records[column.name]
        disclosure = column.disclosure[outlet]
        if disclosure.how == "mask":
            cells = mask_series(cells.cast(pl.String), disclosure.left, disclosure.right)
        shown.append(cells.alias(column.name))
    return pl.DataFrame(shown)


def _kind(contract: Contract) -> pl.Expr:
    subject = contract.subject
    if subject.category is None:
        return pl.lit(subject.always, pl.String)
    category = pl.col(subject.category)
    # A sole trader who is also listed under another kind counts as the more protected one.
    return (
        pl.when(category.is_in(list(subject.persons)))
        .then(pl.lit("person"))
        .when(category.is_in(list(subject.sole_traders)))
        .then(pl.lit("sole_trader"))
        .when(category.is_in(list(subject.organisations)))
        .then(pl.lit("organisation"))
        .otherwise(pl.lit(None, pl.String))
    )


def _identified(contract: Contract) -> pl.Expr:
    subject, kind = contract.subject, _kind(contract)
    organisation = (
        pl.col(subject.organisation_id).is_not_null() if subject.organisation_id is not None else pl.lit(False)
    )
    person = pl.col(subject.person_id).is_not_null() if subject.person_id is not None else pl.lit(False)
    # A row that names an organisation and carries a person's number cannot be told apart: it does not leave.
    return (
        pl.when(kind == "person")
        .then(person & ~organisation)
        .when(kind.is_not_null())
        .then(organisation & ~person)
        .otherwise(pl.lit(False))
    )


def _window_open(lawful: Lawful, today: date) -> pl.Expr:
    window = lawful.window
    if window is None:
        return pl.lit(True)
    start = pl.col(window.start)
    opened = start <= today
    if window.months is not None:
        opened = opened & (start.dt.offset_by(f"{window.months}mo") > today)
    if window.end is not None:
        # Without its own end date a record is shown only as long as the longest lawful window.
        bounded = pl.lit(window.months is not None)
        opened = opened & pl.when(pl.col(window.end).is_null()).then(bounded).otherwise(pl.col(window.end) >= today)
    return opened.fill_null(False)  # no start, no window


def _leaks(contract: Contract, outlet: str) -> pl.Expr:
    texts = [
        pl.col(column.name).str.contains(PERSONAL_NUMBER).fill_null(False)
        for column in columns(contract, outlet)
        if SEMANTIC_TYPES[column.kernel].own_words
    ]
    lawful = basis(contract, outlet)
    if lawful is None or "person" in lawful.subjects or not texts:
        return pl.lit(False)
    return pl.any_horizontal(*texts)
