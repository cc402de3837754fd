"""The answer key of a generated county (答案): what was sent, what was planted in it, and what must become of it.

    answers/deliveries.csv   one line for each file that was sent or that never came
    answers/faults.csv       one line for each row with a planted trouble

``day`` and ``round`` say when a file is sent; within a round a department's files come in the order of their names.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

from hub.county.record import FATES
from hub.errors import WrongUsage

FOLDER = "answers"


@dataclass(frozen=True, slots=True)
class Answer:
    """One file. The fates add up to the rows; ``refused``: the code for which the whole file is refused, else ""."""

    day: date
    round: int
    department: str
    dataset: str
    file: str  # "" when it never came
    habit: str
    rows: int
    accepted: int
    accepted_query: int
    rejected: int
    duplicate: int
    blank: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """One row with a trouble: its number as the receipt says it (from 1, the header counts), and what it must get."""

    department: str
    file: str
    row: int
    column: str  # "" when it is the whole row's
    code: str
    fate: str


def write(folder: Path, deliveries: Iterable[Answer], faults: Iterable[PlantedFault]) -> None:
    """Write both lists below ``folder``."""
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    for name, kind, entries in (("deliveries", Answer, deliveries), ("faults", PlantedFault, faults)):
        with (place / f"{name}.csv").open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, [field.name for field in fields(kind)], lineterminator="\n")
            writer.writeheader()
            writer.writerows(asdict(entry) for entry in entries)


def read(folder: Path) -> tuple[list[Answer], list[PlantedFault]]:
    """Both lists of a county; ``WrongUsage`` when the folder holds none."""
    place = folder / FOLDER
    try:
        answers = [_answer(line) for line in _lines(place / "deliveries.csv")]
        faults = [_fault(line) for line in _lines(place / "faults.csv")]
    except FileNotFoundError as error:
        raise WrongUsage(f"{folder} holds no generated county: {FOLDER} is missing") from error
    return answers, faults


def _answer(line: Mapping[str, str]) -> Answer:
    department, dataset, file, habit = (line[name] for name in ("department", "dataset", "file", "habit"))
    day, place, rows = date.fromisoformat(line["day"]), int(line["round"]), int(line["rows"])
    fates = {fate: int(line[fate]) for fate in FATES}
    return Answer(day, place, department, dataset, file, habit, rows, **fates, refused=line["refused"])


def _fault(line: Mapping[str, str]) -> PlantedFault:
    return PlantedFault(line["department"], line["file"], int(line["row"]), line["column"], line["code"], line["fate"])


def _lines(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))
