"""The registers beside the contracts: departments.yaml, outlets.yaml and the code lists in codes/."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import get_args

from hub.contract.conditions import KEYS as CONDITIONS
from hub.contract.conditions import Conditions, read_conditions
from hub.contract.document import Place, Problems, read_yaml
from hub.contract.model import Code, County, Department, Outlet, Use
from hub.contract.profiles import read_profile

# Receipt numbers are read out by phone: O and I are taken for 0 and 1.
CODE_FORM = re.compile(r"^[A-HJ-NP-Z0-9]{2,8}$")
_ID_FORM = re.compile(r"^[a-z][a-z0-9_]*$")
_EMAIL_FORM = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_KINDS = ("department", "court", "bank", "town")
_TABLE_FORM = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
_PROFILED = ("soap_service", "xml_packages", "bank_files", "event_service")
_OUTLET_KINDS = ("front_end_tables", *_PROFILED, "open_feed", "reports", "read_api")
_OPTIONS = {
    "front_end_tables": ("tables", "columns"),
    "read_api": CONDITIONS,
    **dict.fromkeys(_PROFILED, ("profile",)),
}
_HEADER = ["code", "label", "synonyms", "valid_from", "valid_to"]


def read_county(schemas: Path, problems: Problems) -> County:
    """The county and its departments."""
    root = read_yaml(schemas / "departments.yaml", problems)
    if root is None:
        return County("", "")
    root.mapping(("county", "departments"))
    place = root.child("county")
    place.mapping(("division", "name"))
    division = place.text("division")
    if division and not re.fullmatch("[0-9]{6}", division):
        place.child("division").wrong("division must be 6 digits in quotes (GB/T 2260)")
    departments = tuple(_department(each) for each in root.child("departments").items())
    _told_twice(root.child("departments"), "id")
    _told_twice(root.child("departments"), "code")
    return County(division, place.text("name"), departments)


def _department(place: Place) -> Department:
    place.mapping(("id", "code", "name", "contact", "kind", "uscc", "email"))
    _formed(place, "id", _ID_FORM, "lower-case letters, digits and _")
    _formed(place, "code", CODE_FORM, "2 to 8 capital letters or digits without O and I")
    kind = place.text("kind", "department")
    if kind not in _KINDS:
        place.child("kind").wrong(f"unknown kind {kind!r}; known are {', '.join(_KINDS)}")
    email = place.optional("email")
    if email is not None and not _EMAIL_FORM.fullmatch(email):
        place.child("email").wrong("email must be one plain address")
    return Department(
        id=place.text("id"),
        code=place.text("code"),
        name=place.text("name"),
        contact=place.text("contact"),
        kind=kind,  # type: ignore[arg-type]
        uscc=place.optional("uscc"),
        email=email,
    )


def read_outlets(schemas: Path, problems: Problems) -> tuple[Outlet, ...]:
    """The outlets."""
    root = read_yaml(schemas / "outlets.yaml", problems)
    if root is None:
        return ()
    root.mapping(("outlets",))
    _told_twice(root.child("outlets"), "id")
    outlets = tuple(_outlet(each, schemas) for each in root.child("outlets").items())
    if sum(outlet.kind == "read_api" for outlet in outlets) > 1:
        root.child("outlets").wrong("only one outlet can be a read API")
    return outlets


def _outlet(place: Place, schemas: Path) -> Outlet:
    place.mapping(("id", "name", "kind", "use", "purpose", "options"))
    _formed(place, "id", _ID_FORM, "lower-case letters, digits and _")
    kind = place.text("kind")
    if kind and kind not in _OUTLET_KINDS:
        place.child("kind").wrong(f"unknown kind {kind!r}; known are {', '.join(_OUTLET_KINDS)}")
    use = place.text("use")
    if use and use not in get_args(Use):
        place.child("use").wrong(f"unknown use {use!r}; known are {', '.join(get_args(Use))}")
    elif kind == "open_feed" and use != "public":
        place.child("use").wrong("the use of an open feed is public")
    elif kind == "event_service" and use != "supervision":
        place.child("use").wrong("the use of an event service is supervision")
    elif kind == "reports" and use != "supervision":
        place.child("use").wrong("the use of reports is supervision")
    elif kind == "read_api" and use != "public":
        place.child("use").wrong("the use of a read API is public")
    options = place.child("options")
    if options.given:
        options.mapping(_OPTIONS.get(kind, ()))
    if kind == "front_end_tables":
        tables = options.child("tables")
        if not tables.keys:
            options.wrong("front_end_tables needs tables: the table of each dataset")
        for dataset in tables.keys:
            _formed(tables, dataset, _TABLE_FORM, "a plain table name")
        options.child("columns").mapping(options.child("columns").keys)
        for name in options.child("columns").keys:
            options.child("columns").text(name)
    profile = None
    if kind in _PROFILED:
        _formed(options, "profile", _ID_FORM, "the name of a file in profiles/")
        profile = read_profile(schemas, options.text("profile"), kind, place.problems)
    conditions: Conditions | None = read_conditions(options) if kind == "read_api" else None
    return Outlet(
        id=place.text("id"),
        name=place.text("name"),
        kind=kind,  # type: ignore[arg-type]
        use=use,  # type: ignore[arg-type]
        purpose=place.text("purpose"),
        options=options.value if isinstance(options.value, dict) else {},
        profile=profile,
        conditions=conditions,
    )


def read_codes(path: Path, problems: Problems) -> tuple[Code, ...]:
    """One code list: ``code,label,synonyms,valid_from,valid_to``, synonyms separated by ``|``, dates as 2026-11-23."""
    if not path.is_file():
        problems.add(str(path), 1, "the code list is missing")
        return ()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problems.add(str(path), 1, "the code list is not UTF-8")
        return ()
    lines = csv.reader(io.StringIO(text))
    if next(lines, None) != _HEADER:
        problems.add(str(path), 1, f"the header must be {','.join(_HEADER)}")
        return ()
    codes: dict[str, Code] = {}
    for cells in lines:
        line = lines.line_num
        if len(cells) != len(_HEADER) or not cells[0] or not cells[1]:
            problems.add(str(path), line, f"a line needs {len(_HEADER)} cells, code and label filled")
            continue
        if cells[0] in codes:
            problems.add(str(path), line, f"code {cells[0]!r} stands twice")
        synonyms = tuple(word for word in cells[2].split("|") if word)
        valid_from, valid_to = (_day(cell, path, line, problems) for cell in cells[3:])
        codes[cells[0]] = Code(cells[0], cells[1], synonyms, valid_from, valid_to)
    return tuple(codes.values())


def _day(cell: str, path: Path, line: int, problems: Problems) -> date | None:
    if not cell:
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        problems.add(str(path), line, f"{cell!r} is no date like 2026-11-23")
        return None


def _formed(place: Place, key: str, form: re.Pattern[str], wanted: str) -> None:
    value = place.text(key)
    if value and not form.fullmatch(value):
        place.child(key).wrong(f"{key} {value!r} must be {wanted}")


def _told_twice(listed: Place, key: str) -> None:
    seen: list[object] = []
    for place in listed.items():
        value = place.child(key).value
        if value is not None and value in seen:
            place.child(key).wrong(f"{key} {value!r} stands twice")
        seen.append(value)
