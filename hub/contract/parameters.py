"""Numbers of a rule that only the hub knows (规则参数): suite parameters of Great Expectations, in the forms we read.

    min_value: {"$PARAMETER": "round(recent_rows_median * 0.5)"}
    value_set: {"$PARAMETER": "codes_of_zxqh"}

A parameter is the name of a fact, a fact times a number, or ``round(...)`` of that; each is an expression of Great
Expectations' own language with the same value there. ``codes_of_<column>`` is the list of codes that the contract
gives the column. A rule whose fact is not known (no history yet) is left out of the suite for that delivery.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hub.contract.model import Column

KEY = "$PARAMETER"
CODES_OF = "codes_of_"
EARLIEST = "earliest_on_time"

# What each fact counts. ``hub.line.facts`` gathers those of the ledger, the stage check those of the delivery itself.
FACTS: Mapping[str, str] = {
    "recent_rows_median": "rows judged, median of the last deliveries of this department and dataset",
    "repeated_rows": "rows that repeat an earlier row of this delivery",
    "blank_rows": "rows with nothing in them",
    EARLIEST: "the first decision day (2026-11-13) whose report is still in time on the day of receipt",
}

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_FORM = re.compile(
    rf"(?P<round>round\()?\s*(?:(?P<before>{_NUMBER})\s*\*\s*)?(?P<name>[a-z][a-z0-9_]*)"
    rf"(?:\s*\*\s*(?P<after>{_NUMBER}))?\s*(?P<end>\))?"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, read: ``name`` times ``factor``, rounded to a whole number when ``whole``."""

    name: str
    factor: float
    whole: bool

    def value(self, fact: object) -> object:
        """The value in place of the parameter; a list of codes or a day stays as it is."""
        if not isinstance(fact, int | float):
            return fact
        return round(fact * self.factor) if self.whole else fact * self.factor


def read_parameter(text: object) -> Parameter:
    """Read the text behind ``$PARAMETER``; ``ValueError`` for any other form."""
    found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or bool(found["round"]) != bool(found["end"]) or (found["before"] and found["after"]):
        raise ValueError("a parameter is a fact, a fact * number, or round(fact * number)")
    factor = found["before"] or found["after"]
    number = 1 if factor is None else float(factor) if "." in factor else int(factor)
    return Parameter(found["name"], number, bool(found["round"]))


def parameters(kwargs: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Arguments of a rule that are parameters, with the text of each."""
    for key, value in kwargs.items():
        if isinstance(value, Mapping) and KEY in value:
            yield key, value[KEY]


def code_facts(columns: Iterable[Column]) -> dict[str, object]:
    """``codes_of_<column>`` for every column of codes: those whose validity has no end."""
    return {
        f"{CODES_OF}{column.name}": [code.code for code in column.codes if code.valid_to is None]
        for column in columns
        if column.codes
    }
