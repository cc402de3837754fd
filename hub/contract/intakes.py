"""The ways in of a dataset: ODCS ``servers[]`` to ``model.Intake``, by files, from a database, from an API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from hub.contract.custom import custom, yes
from hub.contract.document import Place
from hub.contract.handing_over import PROPERTIES as HANDING_OVER
from hub.contract.handing_over import read_handing_over
from hub.contract.model import Column, County, Format, Intake, Slice
from hub.contract.pull import PROPERTIES, is_pull, read_pull
from hub.contract.pull_http import PROPERTIES as API_PROPERTIES
from hub.contract.pull_http import is_api, read_api


def read_intakes(servers: Place, county: County, columns: Mapping[str, Column]) -> tuple[Intake, ...]:
    """Every way in, by department and kind."""
    found: dict[tuple[str, str], Intake] = {}
    known = {department.id for department in county.departments}
    formats = tuple(name for name in get_args(Format) if name not in ("extract", "pages"))
    for place in servers.items():
        department = place.text("server")
        if department not in known:
            place.child("server").wrong(f"server must be a department of departments.yaml, not {department!r}")
        way = "database" if is_pull(place) else "api" if is_api(place) else "files"
        if (department, way) in found:
            place.wrong(f"department {department} stands twice")
        if way == "database":
            pull = read_pull(place, custom(place, PROPERTIES), columns)
            found[department, way] = Intake(department, (), "extract", pull=pull)
            continue
        if way == "api":
            asked = read_api(place, custom(place, API_PROPERTIES), columns)
            found[department, way] = Intake(department, (), "pages", api=asked)
            continue
        own = custom(place, ("files", "computed", "layout", *HANDING_OVER))
        if yes(own.get("computed")):
            if len(own) > 1:
                place.wrong("computed: only the hub writes this dataset, so nothing else is agreed about its files")
            found[department, way] = Intake(department, ())
            continue
        files = own.get("files")
        patterns = files.members() if files is not None else ()
        if not patterns:
            place.wrong("the custom property files is missing: file names by which the dataset is recognised")
        form = place.optional("format")
        if form is not None and form not in formats:
            known_forms = ", ".join(formats)
            place.child("format").wrong(f"format must be one of {known_forms}; leave it out to tell it by the content")
        if (form == "fixed") != ("layout" in own):
            place.wrong("format fixed and the custom property layout belong together")
        found[department, way] = Intake(
            department,
            patterns,
            form,  # type: ignore[arg-type]
            place.optional("encoding"),
            place.optional("delimiter"),
            _layout(own["layout"], columns) if "layout" in own else (),
            over=read_handing_over(own, form, place.optional("delimiter"), _units(columns)),
        )
    if not found:
        servers.wrong("servers is missing: nobody may send this dataset")
    return tuple(found.values())


def _units(columns: Mapping[str, Column]) -> dict[str, str | None]:
    """The unit of every column of money; None of the others."""
    return {
        name: str(column.options.get("unit")) if column.kernel == "money" and "unit" in column.options else None
        for name, column in columns.items()
    }


def _layout(place: Place, columns: Mapping[str, Column]) -> tuple[Slice, ...]:
    """Slices of a line, by column; they may leave gaps but not overlap."""
    found: dict[str, Slice] = {}
    taken: set[int] = set()
    for each in place.items():
        each.mapping(("column", "start", "length", "decimals"))
        name, start, length = each.text("column"), each.number("start"), each.number("length")
        if name and (name not in columns or name in found):
            each.wrong(f"layout: {name!r} is no column, or stands twice")
        if any(number is None or number < 1 or number != int(number) for number in (start, length)):
            each.wrong("layout: start and length are whole numbers from 1, in bytes")
            continue
        bytes_of = set(range(int(start or 0), int(start or 0) + int(length or 0)))
        if taken & bytes_of:
            each.wrong(f"layout: {name} overlaps another column")
        taken |= bytes_of
        decimals = each.number("decimals", 0) or 0
        if decimals != int(decimals) or not 0 <= decimals <= 6:
            each.child("decimals").wrong("layout: decimals is a whole number up to 6")
        elif decimals and (name not in columns or columns[name].storage != "decimal"):
            each.child("decimals").wrong(f"layout: {name!r} is no number, so it has no decimals")
        found[name] = Slice(name, int(start or 0), int(length or 0), int(decimals))
    return tuple(found.values())
