"""The read API for credit-service bodies (信用服务市场): what one may ask for, and on what conditions.

The options of an outlet of the kind ``read_api``. The figures and entries are this county's own; what was not seen in
an official text is unverified, and ``hub doctor`` says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hub.contract.document import Place

KEYS = ("purposes", "deleteDays", "changesDays", "dispute", "repair", "status", "source")
CODE_FORM = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
_STATUS = ("verified", "unverified")
_LONGEST = {"deleteDays": 30, "changesDays": 3_650}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a body agrees to with every answer, and what it may ask for."""

    purposes: Mapping[str, str]  # code that a request names -> what it is, in Chinese
    delete_days: int  # within which a body deletes what was withdrawn
    changes_days: int  # for which a withdrawal is told; who asks later begins anew
    dispute: str  # 异议入口
    repair: str  # 修复入口
    verified: bool


def read_conditions(place: Place) -> Conditions:
    """The options of a read API."""
    place.mapping(KEYS)
    purposes = place.child("purposes")
    purposes.mapping(purposes.keys)
    if not purposes.keys:
        place.wrong("a read API needs purposes: code and name of what a body may ask for")
    for code in purposes.keys:
        if not CODE_FORM.fullmatch(code):
            purposes.child(code).wrong(f"purpose {code!r} must be lower-case letters, digits and _")
    status = place.text("status")
    if status and status not in _STATUS:
        place.child("status").wrong(f"status must be one of {', '.join(_STATUS)}")
    place.text("source")
    return Conditions(
        purposes={code: purposes.text(code) for code in purposes.keys},
        delete_days=_days(place, "deleteDays"),
        changes_days=_days(place, "changesDays"),
        dispute=place.text("dispute"),
        repair=place.text("repair"),
        verified=status == "verified",
    )


def _days(place: Place, key: str) -> int:
    days = place.number(key, 0) or 0
    if days != int(days) or not 1 <= days <= _LONGEST[key]:
        place.child(key).wrong(f"{key} must be a whole number from 1 to {_LONGEST[key]}")
    return int(days)
