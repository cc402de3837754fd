"""Credit checks (信用核查): which dataset asks for reports, by which columns, and what may be used for which purpose.

``answers`` of a contract says that every accepted row is a question about one applicant; ``checks/purposes.yaml`` says
for each purpose (用途) on what legal basis one may ask, and which datasets may be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.contract.document import Place, Problems, read_yaml

if TYPE_CHECKING:
    from hub.contract.model import Column, Outlet

PURPOSES = Path("checks") / "purposes.yaml"
_COLUMNS = ("batch", "purpose", "authority", "asker", "authoriser", "name")
_STATUS = ("verified", "unverified")


@dataclass(frozen=True, slots=True)
class Answers:
    """Where a row says what is asked, why, by whom and with whose leave; the applicant is the contract's subject."""

    outlet: str  # through which the records are seen
    batch: str  # column 核查批次: one report each
    purpose: str  # column 用途
    authority: str  # column 依据文号
    asker: str  # column 经办人, a work number
    authoriser: str  # column 审批人, a work number
    name: str  # column with the applicant's name, which only ever confirms


@dataclass(frozen=True, slots=True)
class Purpose:
    """What may be used for a purpose. ``adverse``: datasets to be minded; ``other``: those that only tell."""

    code: str
    legal_basis: str
    adverse: tuple[str, ...]
    other: tuple[str, ...]
    verified: bool

    @property
    def datasets(self) -> tuple[str, ...]:
        """All that may be used."""
        return (*self.adverse, *self.other)


def read_purposes(schemas: Path, problems: Problems) -> dict[str, Purpose]:
    """The purposes by code."""
    root = read_yaml(schemas / PURPOSES, problems)
    if root is None:
        return {}
    root.mapping(("purposes",))
    found: dict[str, Purpose] = {}
    for place in root.child("purposes").items():
        place.mapping(("code", "legalBasis", "status", "source", "adverse", "other"))
        code, status = place.text("code"), place.text("status")
        if status and status not in _STATUS:
            place.child("status").wrong(f"status must be one of {', '.join(_STATUS)}")
        place.text("source")
        if code in found:
            place.wrong(f"purpose {code!r} stands twice")
        adverse, other = place.texts("adverse"), place.texts("other")
        for dataset in (*adverse, *other):
            if not (schemas / f"{dataset}.odcs.yaml").is_file():
                place.wrong(f"{dataset!r} is no dataset")
        if not (*adverse, *other) or set(adverse) & set(other):
            place.wrong("a purpose names datasets, each under adverse or other")
        found[code] = Purpose(code, place.text("legalBasis"), adverse, other, status == "verified")
    return found


def read_answers(
    place: Place | None, columns: Mapping[str, Column], outlets: Mapping[str, Outlet], schemas: Path, problems: Problems
) -> Answers | None:
    """The property ``answers``; None where a dataset asks nothing."""
    if place is None:
        return None
    place.mapping(("outlet", *_COLUMNS))
    outlet = place.text("outlet")
    if outlet not in outlets or outlets[outlet].kind != "reports":
        place.child("outlet").wrong("answers: outlet must be one of outlets.yaml of the kind reports")
    named = {key: place.text(key) for key in _COLUMNS}
    for key, name in named.items():
        if name and (name not in columns or not columns[name].required):
            place.child(key).wrong(f"answers: {key} must be a required column, not {name!r}")
    purposes = read_purposes(schemas, problems)
    column = columns.get(named["purpose"])
    if column is not None and {code.code for code in column.codes} != purposes.keys():
        place.child("purpose").wrong(f"answers: the codes of {column.name} must be those of {PURPOSES.as_posix()}")
    return Answers(outlet, **named)
