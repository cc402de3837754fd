"""Which dataset is the register of subjects (主体登记), and what its columns say: its ``subjectRegister``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.contract.document import Place

if TYPE_CHECKING:
    from hub.contract.model import Column


@dataclass(frozen=True, slots=True)
class SubjectRegister:
    """``state``: column of the state; ``gone``: its codes for a subject that is no more; ``ended``: since when.

    ``successor``: column of the credit code that took its rights and duties over, by merger or division.
    """

    state: str
    gone: tuple[str, ...]
    ended: str | None
    successor: str | None


def read_subject_register(place: Place | None, columns: Mapping[str, Column]) -> SubjectRegister | None:
    """Read it; None where a dataset is no register."""
    if place is None:
        return None
    place.mapping(("state", "gone", "ended", "successor"))
    state = _column(place, "state", columns, "code")
    gone = place.texts("gone")
    if state is None:
        place.wrong("subjectRegister needs state, the column that says whether a subject is still there")
        return None
    known = {code.code for code in columns[state].codes}
    for code in gone:
        if code not in known:
            place.child("gone").wrong(f"{code!r} is no code of {state}")
    return SubjectRegister(
        state, gone, _column(place, "ended", columns, "date"), _column(place, "successor", columns, "uscc")
    )


def _column(place: Place, key: str, columns: Mapping[str, Column], kernel: str) -> str | None:
    name = place.optional(key)
    if name is None:
        return None
    if name not in columns or columns[name].kernel != kernel:
        place.child(key).wrong(f"{key} must name a column of the kernel {kernel}")
        return None
    return name
