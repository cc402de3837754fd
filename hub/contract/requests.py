"""Requests of subjects (主体请求): which kinds there are, and how long the answer may take, as dated law.

Read from ``schemas/law/requests.yaml``. What was not seen in an official text says so, and ``hub doctor`` lists it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from hub.contract.document import Place, Problems, read_yaml

Kind = Literal["access", "correction", "deletion", "objection"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WORDS = {"access": "查询", "correction": "更正", "deletion": "删除", "objection": "异议"}
FILE = "law/requests.yaml"
_STATUS = ("verified", "unverified")


@dataclass(frozen=True, slots=True)
class Term:
    """What holds for requests of one kind from ``valid_from`` on: working days to mark and to answer."""

    kind: Kind
    name: str  # with the document's number
    valid_from: date
    mark: int | None  # None: nothing is marked
    answer: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """All of them, in order of time."""

    terms: tuple[Term, ...]

    def on(self, kind: str, day: date) -> Term | None:
        """What is in force on a day; None when nothing is."""
        found = [one for one in self.terms if one.kind == kind and one.valid_from <= day]
        return found[-1] if found else None

    @property
    def unverified(self) -> tuple[str, ...]:
        """What nobody has seen in an official text, in words."""
        return tuple(one.name for one in self.terms if not one.verified)


def read_terms(schemas: Path, problems: Problems) -> Terms:
    """The terms of a configuration. Every kind has one, or nobody would know when an answer is late."""
    root = read_yaml(schemas / FILE, problems)
    if root is None:
        return Terms(())
    root.mapping(("rules",))
    found = [_term(place) for place in root.child("rules").items()]
    for kind in KINDS:
        begins = [one.valid_from for one in found if one.kind == kind]
        if not begins or begins != sorted(set(begins)):
            root.wrong(f"{kind} needs rules, in order of time, each with another valid_from")
    return Terms(tuple(found))


def _term(place: Place) -> Term:
    place.mapping(("kind", "name", "document", "valid_from", "mark", "answer", "status", "source"))
    kind, status, written = place.text("kind"), place.text("status"), place.text("valid_from")
    place.text("source")
    if kind not in KINDS:
        place.child("kind").wrong(f"kind must be one of {', '.join(KINDS)}")
    if status not in _STATUS:
        place.child("status").wrong(f"status must be one of {', '.join(_STATUS)}")
    begins = date.max
    try:
        begins = date.fromisoformat(written)
    except ValueError:
        place.child("valid_from").wrong('valid_from must be a date in quotes, like "2026-04-01"')
    answer = _days(place, "answer")
    if answer is None:
        place.wrong("answer is missing")
    mark = _days(place, "mark")
    name = f"{place.text('name')}（{place.text('document')}）"
    return Term(kind, name, begins, mark, answer or 0, status == "verified")  # type: ignore[arg-type]


def _days(place: Place, key: str) -> int | None:
    number = place.number(key)
    if number is not None and (int(number) != number or not 1 <= number <= 90):
        place.child(key).wrong(f"{key} must be a whole number of working days, from 1 to 90")
    return None if number is None else int(number)
