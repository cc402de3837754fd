"""What profiles of all kinds have in common (接口约定的共同部分): codes, messages, receipts, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from hub.contract.document import Place

Meaning = Literal["refused", "again", "configuration", "absent"]
_STATUS = ("verified", "unverified")
ELEMENT = re.compile(r"^[^\W\d][\w.-]*$")  # an XML name without a prefix; Chinese names are in use
MESSAGE = re.compile(r"^[A-Za-z0-9]{1,32}$")  # stands in file names
SUFFIX = re.compile(r"^\.[a-z0-9.]+$")
FOLDER = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
HEAD = ("name", "kind", "status", "source", "dateFormat", "taken", "codes", "datasets")
MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Codes:
    """What the codes of an answer mean (返回码). ``absent``: what was to go is not there, which is as good."""

    taken: str
    meanings: Mapping[str, Meaning]

    def meaning(self, code: str) -> Meaning | Literal["taken"] | None:
        """None for a code that nobody has entered."""
        return "taken" if code == self.taken else self.meanings.get(code)


@dataclass(frozen=True, slots=True)
class Message:
    """A dataset in packages: its message number."""

    number: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Receipts:
    """Receipts of packages: suffix of the file and element names; the row, id and sequence are called as we do."""

    suffix: str
    result: str
    cause: str


def read_codes(root: Place) -> Codes:
    """The code of what was taken, and what the others mean."""
    codes, taken = root.child("codes"), root.text("taken")
    codes.mapping(codes.keys)
    meanings = {key: codes.text(key) for key in codes.keys}
    for key, meaning in meanings.items():
        if meaning not in get_args(Meaning):
            codes.child(key).wrong(f"a code means one of {', '.join(get_args(Meaning))}")
    if taken in meanings:
        codes.child(taken).wrong(f"{taken} is the code of what was taken")
    return Codes(taken, meanings)  # type: ignore[arg-type]


def read_datasets(root: Place) -> list[tuple[str, Place]]:
    """Every dataset that a profile names, and what it says of it."""
    datasets = root.child("datasets")
    datasets.mapping(datasets.keys)
    if not datasets.keys:
        root.wrong("datasets: a profile names at least one")
    return [(dataset, datasets.child(dataset)) for dataset in datasets.keys]


def read_columns(place: Place) -> Mapping[str, str]:
    """The receiver's own names of some columns."""
    columns = place.child("columns")
    if columns.given:
        columns.mapping(columns.keys)
    return {name: formed(columns, name, ELEMENT) for name in columns.keys}


def verified(root: Place) -> bool:
    """Whether an official text was seen; both source and status must be told."""
    root.text("source")
    status = root.text("status")
    if status not in _STATUS:
        root.wrong(f"status must be one of {', '.join(_STATUS)}")
    return status == "verified"


def formed(place: Place, key: str, form: re.Pattern[str]) -> str:
    """A text of a form."""
    value = place.text(key)
    if value and not form.fullmatch(value):
        place.child(key).wrong(f"{key} {value!r} does not have the form of such a name")
    return value


def whole(place: Place, key: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    number = place.number(key)
    if number is None or int(number) != number or not least <= number <= most:
        place.wrong(f"{key} must be a whole number from {least} to {most}")
        return least or 1
    return int(number)
