"""Whether a contract gives away what it must not. Every column and outlet is looked at before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping

from hub.contract.columns import GENERAL
from hub.contract.document import Place
from hub.contract.marks import SEMANTIC_TYPES
from hub.contract.model import Aggregate, Column, Contract, Disclosure, Lawful, Outlet, Subject

# Numbers that name a person in themselves, and what is a person's when the contract says so: free text may quote one.
_NUMBERS = ("citizen_id", "bank_card", "phone")
_IF_PERSONAL = ("document_number", "text", "person_name")
# A few visible digits of them help nobody but a swindler.
_NEVER_PUBLIC = {"citizen_id": "citizen ids", "bank_card": "bank card numbers", "phone": "telephone numbers"}


def sealed_columns(contract: Contract) -> tuple[str, ...]:
    """Columns whose cells are sealed at rest; not the subject's name and credit code, by which records are compared."""
    compared = (contract.subject.name, contract.subject.organisation_id, contract.order_by)
    return tuple(
        column.name
        for column in contract.content
        if column.storage == "text"
        and (
            column.kernel in _NUMBERS
            or (column.kernel in _IF_PERSONAL and column.classification in ("personal", "sensitive"))
        )
        and column.name not in compared
    )


def check_disclosure(
    columns: Mapping[str, tuple[Column, Place]],
    lawful: tuple[Lawful, ...],
    aggregates: tuple[Aggregate, ...],
    subject: Subject,
    outlets: Mapping[str, Outlet],
    contract: Place,
) -> None:
    """Note every disclosure without ground: PIPL 25 and 28 for persons, the field list of each outlet for the rest."""
    allowed = {each.outlet for each in lawful}
    shown: set[str] = set()
    for column, place in columns.values():
        if SEMANTIC_TYPES[column.kernel].personal and column.classification in ("public", "internal"):
            place.child("classification").wrong(
                f"{column.name} has the kernel {column.kernel}: its classification must be personal or sensitive"
            )
        for outlet, disclosure in column.disclosure.items():
            if disclosure.how == "withhold":
                continue
            shown.add(outlet)
            if outlet not in outlets:
                place.wrong(f"disclosure: unknown outlet {outlet!r}")
            elif outlet not in allowed:
                place.wrong(f"{column.name} is disclosed to {outlet}, but lawful has no entry for {outlet}")
            elif outlets[outlet].use == "public":
                _public(column, disclosure, place, outlet)
            _possible(column, disclosure, place)
    for outlet in sorted(allowed - shown):
        contract.wrong(f"lawful names {outlet}, but no column is disclosed to it")
    for each in aggregates:
        if subject.person_id is not None and each.by in (subject.person_id, subject.organisation_id, subject.name):
            contract.wrong(f"aggregate {each.name} is grouped by the subject itself")


def _possible(column: Column, disclosure: Disclosure, place: Place) -> None:
    if disclosure.how in ("mask", "pseudonym") and column.storage != "text":
        place.wrong(f"{column.name} is no text and cannot be masked or given a pseudonym")
    if disclosure.how == "generalise" and column.kernel != GENERAL[disclosure.to]:
        place.wrong(f"{column.name} is no {GENERAL[disclosure.to]} and cannot be generalised to {disclosure.to}")


def _public(column: Column, disclosure: Disclosure, place: Place, outlet: str) -> None:
    if column.kernel in _NEVER_PUBLIC:
        place.wrong(f"{column.name} holds {_NEVER_PUBLIC[column.kernel]}, which never go to {outlet}")
    elif column.classification == "sensitive":
        place.wrong(f"{column.name} is sensitive and never goes to {outlet}")
    elif column.classification == "personal" and disclosure.how != "mask":
        place.wrong(f"{column.name} is personal and may go to {outlet} masked only")
