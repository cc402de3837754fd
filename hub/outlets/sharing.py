"""What may lawfully leave (依法共享): denied unless allowed. The only place that decides.

For (record, field, outlet, day) there must be a lawful basis in the contract, an item of the catalogue in force whose
class allows the outlet's use, a subject of a kind that the outlet may see and that is identified by a code (never by
its name) and is no minor, nothing that stands against it (annulled, shielded, repaired, disputed), the subject's
consent where the basis wants it, the conditions of the basis, and an open publication window. Cells leave only where
the contract discloses the column to the outlet, in the way that it says. Every refusal carries its reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from hub.contract.model import Column, Contract, Disclosure, Lawful
from hub.errors import FixConfiguration
from hub.kernels.masking import mask_series
from hub.outlets import clauses, free_text, reasons
from hub.outlets.reasons import CONDITION, IN_TEXT, NO_BASIS, NO_SUBJECT, NOT_OPEN, NOT_THIS_SUBJECT

__all__ = ["CONDITION", "IN_TEXT", "NOTHING_STANDS", "NOT_OPEN", "NOT_THIS_SUBJECT", "NO_BASIS", "NO_SUBJECT"]
__all__ += ["Circumstances", "Clause", "basis", "columns", "decide", "explain", "needed", "show"]

_DIVISION = {"county": 6, "town": 9}  # digits of a division code, GB/T 2260 and GB/T 10114


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands beside the records on the day of the decision.

    ``against``: by reason (``annulled``, ``shielded``, ``repaired``, ``disputed``) the ids of the records against which
    it stands. ``consenting``: identifiers of the subjects whose consent covers this dataset and this outlet.
    """

    against: Mapping[str, pl.Series] = field(default_factory=dict)
    consenting: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))


NOTHING_STANDS = Circumstances()


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a decision about one record: its code, whether it is met, and what it says, for people."""

    code: str
    met: bool
    words: str


def basis(contract: Contract, outlet: str) -> Lawful | None:
    """The contract's lawful basis for an outlet, or None."""
    for lawful in contract.lawful:
        if lawful.outlet == outlet:
            return lawful
    return None


def columns(contract: Contract, outlet: str) -> tuple[Column, ...]:
    """The columns that the contract discloses to an outlet, in its order."""
    return tuple(column for column in contract.columns if _leaves(column.disclosure.get(outlet)))


def needed(contract: Contract, outlet: str) -> tuple[str, ...]:
    """Names of the columns on which decision, show and aggregates of an outlet depend, in contract order."""
    subject, lawful = contract.subject, basis(contract, outlet)
    names = {column.name for column in columns(contract, outlet)}
    told = (subject.category, subject.organisation_id, subject.person_id, subject.household_id)
    names |= {name for name in told if name is not None}
    if lawful is not None:
        names |= set(lawful.when)
        names |= free_text.needed(contract, lawful, columns(contract, outlet))
        if lawful.window is not None:
            names |= {name for name in (lawful.window.start, lawful.window.end) if name is not None}
            names |= {lawful.window.severity.column} if lawful.window.severity is not None else set()
    if any(rule.outlet == outlet for rule in contract.aggregates):
        # What one outlet is shown depends on what the others were.
        names |= {name for rule in contract.aggregates for name in (rule.month_of, rule.by, *rule.sums)}
    return tuple(column.name for column in contract.columns if column.name in names)


def decide(
    records: pl.DataFrame, contract: Contract, outlet: str, today: date, circumstances: Circumstances
) -> pl.Series:
    """For each record the code of the reason why it may not leave, or null when it may.

    ``records`` has the contract's typed columns, and ``record_id`` where something stands against records; ``today`` is
    the day in the county's zone. Vectorised.
    """
    lawful = basis(contract, outlet)
    if lawful is None or not columns(contract, outlet):
        return pl.Series("reason", [NO_BASIS] * records.height, dtype=pl.String)
    found = _clauses(records, contract, lawful, today, circumstances)
    failing = [pl.when(~met).then(pl.lit(code)) for code, met in found.items()]
    return records.select(pl.coalesce(*failing).cast(pl.String).alias("reason"))["reason"]


def explain(
    record: pl.DataFrame, contract: Contract, outlet: str, today: date, circumstances: Circumstances
) -> list[Clause]:
    """Every clause of the decision about one record (one row of ``decide``), in the order in which they are asked."""
    lawful = basis(contract, outlet)
    given = lawful is not None and bool(columns(contract, outlet))
    told = [_told(NO_BASIS, given)]
    if lawful is None or not given:
        return told
    found = _clauses(record, contract, lawful, today, circumstances)
    answers = record.select(**found).row(0, named=True) if found else {}
    return told + [_told(code, bool(answers[code])) for code in found]


def show(records: pl.DataFrame, contract: Contract, outlet: str, key: bytes | None = None) -> pl.DataFrame:
    """The cells of allowed records as the outlet may see them.

    ``key`` keys the pseudonyms; ``FixConfiguration`` when a column needs one and there is none.
    """
    shown = [
        _cell(records[column.name], column.disclosure[outlet], outlet, key) for column in columns(contract, outlet)
    ]
    return pl.DataFrame(shown)


def _clauses(
    records: pl.DataFrame, contract: Contract, lawful: Lawful, today: date, circumstances: Circumstances
) -> dict[str, pl.Expr]:
    """What must hold, by the reason that is given when it does not; asked in this order. Unknown is no."""
    subject = contract.subject
    found = {
        reasons.OUT_OF_CATALOGUE: pl.lit(clauses.in_catalogue(lawful, today)),
        reasons.NOT_FOR_THIS_USE: pl.lit(clauses.use_allowed(contract, lawful, today)),
        reasons.NOT_THIS_SUBJECT: clauses.kind(subject).is_in(list(lawful.subjects)),
        reasons.NO_SUBJECT: clauses.identified(subject),
        reasons.MINOR: ~clauses.minor(subject, today),
        reasons.UNKNOWN_AGE: pl.lit(lawful.unknown_age) | clauses.age_known(subject),
    }
    for reason in (reasons.ANNULLED, reasons.SHIELDED, reasons.REPAIRED, reasons.DISPUTED):
        against = circumstances.against.get(reason)
        if against is not None and len(against):
            found[reason] = ~pl.col("record_id").is_in(against.implode())
        else:
            found[reason] = pl.lit(True)
    agreed = clauses.subject_id(subject).is_in(circumstances.consenting.implode())
    found[reasons.NO_CONSENT] = agreed if lawful.consent else pl.lit(True)
    conditions = [pl.col(name).is_in(list(values)).fill_null(False) for name, values in lawful.when.items()]
    found[reasons.CONDITION] = pl.all_horizontal(*conditions, pl.lit(True))
    found[reasons.NOT_PUBLISHED] = clauses.published(lawful, records)
    found[reasons.NOT_OPEN] = clauses.open_window(lawful, records, today)
    shown = columns(contract, lawful.outlet)
    found[reasons.IN_TEXT] = pl.lit(~free_text.leaking(records, contract, lawful, shown))
    return {code: met.fill_null(False) for code, met in found.items()}


def _told(code: str, met: bool) -> Clause:
    words = reasons.WORDS[code]
    return Clause(code, met, words.yes if met else words.no)


def _leaves(disclosure: Disclosure | None) -> bool:
    return disclosure is not None and disclosure.how != "withhold"


def _cell(cells: pl.Series, disclosure: Disclosure, outlet: str, key: bytes | None) -> pl.Series:
    name = cells.name
    if disclosure.how == "mask":
        cells = mask_series(cells.cast(pl.String), disclosure.left, disclosure.right)
    elif disclosure.how == "pseudonym":
        cells = _pseudonyms(cells, outlet, key)
    elif disclosure.how == "generalise":
        width = _DIVISION.get(disclosure.to)
        if width is not None:
            cells = cells.str.slice(0, width)
        else:
            cells = cells.dt.strftime("%Y-%m" if disclosure.to == "month" else "%Y")
    return cells.alias(name)


def _pseudonyms(cells: pl.Series, outlet: str, key: bytes | None) -> pl.Series:
    """A keyed hash of each text (BLAKE2b, 32 hex): the same within an outlet, so that no two outlets can be joined."""
    if key is None:
        raise FixConfiguration(f"the contract wants pseudonyms for {outlet}, and there is no key for them")
    keyed = hashlib.blake2b(outlet.encode(), key=hashlib.sha256(key).digest(), digest_size=16, person=b"pseudonym")

    def one(text: str) -> str:
        state = keyed.copy()
        state.update(b"\x1f" + text.encode())
        return state.hexdigest()

    known = {text: one(text) for text in cells.drop_nulls().unique()}
    return cells.replace_strict(known, default=None, return_dtype=pl.String) if known else cells
