"""``schemas/calendar``: one ``<year>.csv`` (date, kind, name) a year, and ``notices.yaml``, on which they rest.

A year is brought in by ``hub calendar import``; its file is looked through as every other configuration is.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

from hub.contract.calendar import Calendar, Kind, Notice, Special, Year
from hub.contract.document import Place, Problems, read_yaml
from hub.errors import FixConfiguration

FOLDER, NOTICES = "calendar", "notices.yaml"
HEADER = ["date", "kind", "name"]
KINDS: dict[str, Kind] = {"holiday": "holiday", "workday": "workday"}
CHECKED = ("original", "reprint", "none")
ALWAYS_OFF = ((1, 1), (5, 1), (10, 1))  # in every notice; a file without one of them is half a file


def files(schemas: Path) -> tuple[Path, ...]:
    """The files of the calendar, in order; none when there is no calendar."""
    folder = schemas / FOLDER
    return tuple(sorted(file for file in folder.glob("*") if file.suffix == ".csv" or file.name == NOTICES))


def read_calendar(schemas: Path, problems: Problems, coming: int | None = None) -> Calendar | None:
    """The whole calendar; None, and a mistake, when there is none. ``coming``: a year whose notice may be missing."""
    root = read_yaml(schemas / FOLDER / NOTICES, problems)
    if root is None:
        return None
    root.mapping(("years",))
    years = [year for place in root.child("years").items() if (year := _year(place)) is not None]
    specials: dict[date, Special] = {}
    for before, year in zip([None, *years], years, strict=False):
        if before is not None and year.year != before.year + 1:
            root.child("years").wrong(f"{year.year} follows {before.year}: years stand in order, without a gap")
        file = schemas / FOLDER / f"{year.year}.csv"
        if not file.is_file():
            problems.add(str(file), 1, "the file of the year is missing")
            continue
        specials |= {each.day: each for each in read_year(file, year.year, problems)}
    told = {f"{year}.csv" for year in (*(each.year for each in years), coming)}
    for stray in (schemas / FOLDER).glob("*.csv"):
        if stray.name not in told:
            problems.add(str(stray), 1, f"{NOTICES} names no notice for this year")
    if not years:
        root.wrong("the calendar has no year")
        return None
    return Calendar(tuple(years), specials)


def _year(place: Place) -> Year | None:
    place.mapping(("year", "checked", "notices"))
    number, checked = place.number("year"), place.text("checked")
    if checked not in CHECKED:
        place.child("checked").wrong(f"checked must be one of {', '.join(CHECKED)}")
    notices = []
    for each in place.child("notices").items():
        each.mapping(("number", "date", "about"))
        day = each.text("date")
        try:
            notices.append(Notice(each.text("number"), date.fromisoformat(day), each.text("about")))
        except ValueError:
            each.child("date").wrong(f"{day!r} is no date like 2025-11-04")
    if not notices:
        place.wrong("a year rests on a notice: its number and its date")
    if number is None or number != int(number):
        place.wrong("year must be a whole number")
        return None
    return Year(int(number), tuple(notices), checked)  # type: ignore[arg-type]


def read_year(file: Path, year: int, problems: Problems) -> list[Special]:
    """The days of a year that a notice names."""
    try:
        lines = csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig")))
    except UnicodeDecodeError:
        problems.add(str(file), 1, "the calendar is not UTF-8")
        return []
    if next(lines, None) != HEADER:
        problems.add(str(file), 1, f"the header must be {','.join(HEADER)}")
        return []
    found: list[Special] = []
    for cells in lines:
        special = _special(cells, year)
        if isinstance(special, str):
            problems.add(str(file), lines.line_num, special)
        elif found and special.day <= found[-1].day:
            problems.add(str(file), lines.line_num, "days stand in order, each once")
        else:
            found.append(special)
    off = {(each.day.month, each.day.day) for each in found if each.kind == "holiday"}
    for month, day in ALWAYS_OFF:
        if (month, day) not in off:
            problems.add(str(file), 1, f"{year}-{month:02}-{day:02} is a holiday of every year and is missing")
    return found


def _special(cells: list[str], year: int) -> Special | str:
    """One line, or what is wrong with it."""
    if len(cells) != len(HEADER) or not all(cells):
        return f"a line needs {len(HEADER)} filled cells"
    try:
        day = date.fromisoformat(cells[0])
    except ValueError:
        return f"{cells[0]!r} is no date like 2026-10-01"
    kind = KINDS.get(cells[1])
    if kind is None:
        return f"kind must be holiday or workday, not {cells[1]!r}"
    if day.year != year:
        return f"{day} is no day of {year}"
    if kind == "workday" and day.weekday() < 5:
        return f"{day} is worked anyway: a workday is a Saturday or a Sunday"
    return Special(day, kind, cells[2])


def bring_in(schemas: Path, file: Path, notice: Notice, checked: str) -> int:
    """Write the year in ``file`` into the calendar with its notice; gives the year.

    ``FixConfiguration`` when the file has a mistake, or when its year is neither the next one nor one that is there.
    """
    problems, year = Problems(), _year_of(file)
    calendar = read_calendar(schemas, problems, coming=year)
    problems.refuse("the calendar cannot be used")
    assert calendar is not None  # a calendar that could not be read has left a problem
    specials = read_year(file, year, problems)
    if checked not in CHECKED:
        problems.add(str(file), 1, f"checked must be one of {', '.join(CHECKED)}")
    if not calendar.years[0].year <= year <= calendar.years[-1].year + 1:
        problems.add(str(file), 1, f"the next year of the calendar is {calendar.years[-1].year + 1}, not {year}")
    problems.refuse("the year cannot be used")
    told = {one.year: one for one in calendar.years}
    earlier = tuple(one for one in told[year].notices if one.number != notice.number) if year in told else ()
    made = Year(year, (*earlier, notice), checked)  # type: ignore[arg-type]
    notices = schemas / FOLDER / NOTICES
    text = notices.read_text(encoding="utf-8").rstrip("\n") + "\n"
    text = (
        _head(text) + "".join(map(_written, (told | {year: made}).values())) if year in told else text + _written(made)
    )
    lines = [",".join(HEADER), *(f"{each.day},{each.kind},{each.name}" for each in specials)]
    _replace(schemas / FOLDER / f"{year}.csv", "\n".join(lines) + "\n")
    _replace(notices, text)
    return year


def _year_of(file: Path) -> int:
    """The year of the file's first day."""
    try:
        second = file.read_text(encoding="utf-8-sig").splitlines()[1]
        return date.fromisoformat(second.split(",")[0]).year
    except (IndexError, ValueError):
        raise FixConfiguration(f"{file.name}: the second line must begin with a date like 2027-01-01") from None


def _head(text: str) -> str:
    """``notices.yaml`` up to the first year."""
    before, mark, _ = text.partition("years:\n")
    return before + mark


def _written(year: Year) -> str:
    """A year as it stands in ``notices.yaml``."""
    lines = [f"  - year: {year.year}", f"    checked: {year.checked}", "    notices:"]
    for one in year.notices:
        number, about = (json.dumps(text, ensure_ascii=False) for text in (one.number, one.about))  # quoted for YAML
        lines.append(f"      - {{number: {number}, date: {one.date}, about: {about}}}")
    return "\n".join(lines) + "\n"


def _replace(file: Path, text: str) -> None:
    fresh = file.with_name(f".{file.name}.part")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
