"""The clauses of a decision about sharing, as expressions over records; ``sharing.py`` puts them in order."""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.contract.law import SEVERITIES, Regime, Severity
from hub.contract.model import Contract, Lawful, Subject
from hub.contract.model import Severity as Gravity

FULL_AGE = 18  # years, Civil Code art. 17
_WITH_BIRTH = "^[0-9]{17}[0-9X]$"  # a citizen id (GB 11643) holds the day of birth in places 7 to 14


def in_catalogue(lawful: Lawful, today: date) -> bool:
    """Whether an item of an edition in force stands behind the basis."""
    return any(item.in_force(today) for item in lawful.items)


def use_allowed(contract: Contract, lawful: Lawful, today: date) -> bool:
    """Whether the item's class (目录的共享属性) and the contract allow what the outlet is for."""
    if contract.incentive_only and lawful.use != "incentive":
        return False
    classes = {item.sharing for item in lawful.items if item.in_force(today)}
    if "authorised" in classes and (lawful.use == "public" or not lawful.consent):
        return False
    return "government" not in classes or lawful.use == "supervision"


def kind(subject: Subject) -> pl.Expr:
    """organisation, sole_trader, person, household, or null."""
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


def identified(subject: Subject) -> pl.Expr:
    """Whether a code tells the subject; what names an organisation and a person at once tells neither."""
    organisation = _present(subject.organisation_id)
    person = _present(subject.person_id)
    return (
        pl.when(kind(subject) == "household")
        .then(_present(subject.household_id))
        .when(kind(subject) == "person")
        .then(person & ~organisation)
        .when(kind(subject).is_not_null())
        .then(organisation & ~person)
        .otherwise(pl.lit(False))
    )


def subject_id(subject: Subject) -> pl.Expr:
    """The code that tells the subject: of a person the citizen id, of a household its number, else the credit code."""
    if subject.household_id is not None:
        return pl.col(subject.household_id)
    organisation = pl.col(subject.organisation_id) if subject.organisation_id is not None else pl.lit(None, pl.String)
    person = pl.col(subject.person_id) if subject.person_id is not None else pl.lit(None, pl.String)
    return pl.when(kind(subject) == "person").then(person).otherwise(organisation)


def minor(subject: Subject, today: date) -> pl.Expr:
    """Whether a citizen id tells that the person is under 18. Full age begins on the day after the birthday.

    Of a household it is the one of its members who did what the row tells.
    """
    born = _birth(subject)
    return _of_person(subject).fill_null(False) & (born.dt.offset_by(f"{FULL_AGE}y") >= today).fill_null(False)


def of_age(number: str, day: str) -> pl.Expr:
    """Whether the citizen id in a column tells that the person was 18 or older on the day in another column."""
    return (_born(number).dt.offset_by(f"{FULL_AGE}y") < pl.col(day)).fill_null(False)


def age_known(subject: Subject) -> pl.Expr:
    """Whether the age of a person can be told; of others it need not."""
    return ~_of_person(subject) | _birth(subject).is_not_null()


def _of_person(subject: Subject) -> pl.Expr:
    """Whether a row tells of a person, in a household or alone."""
    if subject.household_id is not None:
        return pl.lit(subject.person_id is not None)
    return kind(subject) == "person"


def published(lawful: Lawful, records: pl.DataFrame) -> pl.Expr:
    """Whether a matter of this gravity is published at all, by the regime of its day."""
    gravity = lawful.window.severity if lawful.window is not None else None
    if lawful.window is None or gravity is None:
        return pl.lit(True)
    return pl.col(lawful.window.start).is_null() | _most(gravity, lawful.window.start, records).is_not_null()


def open_window(lawful: Lawful, records: pl.DataFrame, today: date) -> pl.Expr:
    """Whether the publication window is open. No start, no window."""
    window = lawful.window
    if window is None:
        return pl.lit(True)
    start = pl.col(window.start)
    opened = start <= today
    if window.months is not None:
        opened = opened & (start.dt.offset_by(f"{window.months}mo") > today)
    if window.severity is not None:
        most = _most(window.severity, window.start, records)
        opened = opened & (start.dt.offset_by(pl.concat_str(most.cast(pl.String), pl.lit("mo"))) > today)
    if window.end is not None:
        # Without its own end date a record is shown only as long as the longest lawful window.
        bounded = pl.lit(window.months is not None or window.severity is not None)
        opened = opened & pl.when(pl.col(window.end).is_null()).then(bounded).otherwise(pl.col(window.end) >= today)
    return opened.fill_null(False)


def _present(column: str | None) -> pl.Expr:
    return pl.col(column).is_not_null() if column is not None else pl.lit(False)


def _birth(subject: Subject) -> pl.Expr:
    if subject.person_id is None:
        return pl.lit(None, pl.Date)
    return _born(subject.person_id)


def _born(column: str) -> pl.Expr:
    number = pl.col(column)
    written = pl.when(number.str.contains(_WITH_BIRTH)).then(number.str.slice(6, 8))
    return written.str.to_date("%Y%m%d", strict=False)


def _most(gravity: Gravity, start: str, records: pl.DataFrame) -> pl.Expr:
    """Months of publication by gravity and by the regime of the day in ``start``; null where nothing is published."""
    rule, column = gravity.rule, gravity.column
    severities: dict[str, Severity | None] = {one: rule.severest(one) for one in records[column].drop_nulls().unique()}

    def months(regime: Regime) -> pl.Expr:
        found = {
            kinds: regime.months[severity].most
            for kinds, severity in severities.items()
            if severity is not None and severity in regime.months and severity in (gravity.only or SEVERITIES)
        }
        if not found:
            return pl.lit(None, pl.Int64)
        return pl.col(column).replace_strict(found, default=None, return_dtype=pl.Int64)

    chosen = pl.lit(None, pl.Int64)
    for regime in rule.regimes:  # the later, the stronger
        begun = pl.col(start) >= regime.valid_from if regime.valid_from is not None else pl.lit(True)
        chosen = pl.when(begun).then(months(regime)).otherwise(chosen)
    return chosen
