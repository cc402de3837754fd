"""What a sender owes (报送要求), from ``slaProperties``: by when a decision is reported, how often deliveries come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.contract import retention
from hub.contract.document import Place
from hub.contract.model import Column
from hub.contract.schedule import WORDS, Schedule

FREQUENCIES = ("实时", *WORDS.values(), "不定期")
PROPERTIES = ("latency", "frequency", "due", "grace", *retention.PROPERTIES)
LONGEST_DUE = {"workingDays": 60, "d": 90}


@dataclass(frozen=True, slots=True)
class Service:
    """``working_days`` from the date in ``orderBy`` to the report; ``schedule`` when deliveries are watched."""

    working_days: int | None
    frequency: str
    schedule: Schedule | None


def read_service(root: Place, order_by: str | None, columns: Mapping[str, Column], table: Place) -> Service:
    """Read it; a frequency in words (每日) is for people alone, one of ``value`` and ``unit`` is watched."""
    found: dict[str, Place] = {}
    for place in root.child("slaProperties").items():
        name = place.text("property")
        if name not in PROPERTIES:
            place.wrong(f"unknown slaProperty {name!r}; known are {', '.join(PROPERTIES)}")
        elif name in found and name not in retention.PROPERTIES:
            place.wrong(f"{name} stands twice")
        found.setdefault(name, place)
    days = _latency(found["latency"], order_by, columns, table) if "latency" in found else None
    if "frequency" not in found:
        root.wrong("the slaProperty frequency is missing")
        return Service(days, "", None)
    frequency = found["frequency"]
    if isinstance(frequency.child("value").value, str):
        words = frequency.text("value")
        if words not in FREQUENCIES:
            frequency.child("value").wrong(f"frequency must be one of {' '.join(FREQUENCIES)}, or a number with a unit")
        for name in ("due", "grace"):
            if name in found:
                found[name].wrong(f"{name} needs a frequency of value and unit")
        return Service(days, words, None)
    schedule = _schedule(frequency, found)
    return Service(days, schedule.words if schedule is not None else "", schedule)


def _latency(place: Place, order_by: str | None, columns: Mapping[str, Column], table: Place) -> int | None:
    days = place.number("value")
    if place.child("unit").value != "workingDays" or days is None or days < 1 or days != int(days):
        place.wrong("latency must be a whole number of workingDays")
    if place.child("element").value != f"{table.child('name').value}.{order_by}":
        place.wrong("element of latency must be the column in orderBy, with the schema's name before it")
    elif order_by is not None and order_by in columns and not columns[order_by].required:
        place.wrong(f"latency is counted from {order_by}, which must be required then")
    return int(days) if days is not None else None


def _schedule(frequency: Place, found: Mapping[str, Place]) -> Schedule | None:
    every, unit = frequency.number("value"), frequency.text("unit")
    if (every, unit) not in WORDS:
        known = ", ".join(f"{number} {of}" for number, of in WORDS)
        frequency.wrong(f"frequency must be one of {known}")
    if "due" not in found or "grace" not in found:
        frequency.wrong("a frequency of value and unit needs the slaProperties due and grace")
        return None
    due, due_in = found["due"].number("value"), found["due"].text("unit")
    grace = found["grace"].number("value")
    if due_in not in LONGEST_DUE or due is None or due != int(due) or not 0 <= due <= LONGEST_DUE[due_in]:
        found["due"].wrong("due must be a whole number of workingDays (0 to 60) or d (0 to 90)")
        return None
    if found["grace"].child("unit").value != "workingDays" or grace is None or grace != int(grace) or grace < 0:
        found["grace"].wrong("grace must be a whole number of workingDays")
        return None
    if every is None or (every, unit) not in WORDS:
        return None
    return Schedule(int(every), unit, int(due), due_in, int(grace))  # type: ignore[arg-type]
