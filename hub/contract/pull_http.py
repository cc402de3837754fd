"""How a dataset is pulled from a department's API (接口取数), from ``servers[]`` of the contract.

Paths, parameters and names only: the address and all secrets come from the settings, under the API's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.contract.document import Place

TYPES = ("api", "custom")  # of ODCS; api wants a location, which may be any text but the address
PROPERTIES = ("api", "path", "rows", "columns", "parameters", "paging", "pull", "answer")
_ADDRESS = ("host", "port", "account", "endpointUrl")
_NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+/?")
_PARAMETER = re.compile(r"[A-Za-z0-9._~\[\]$-]+")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_KINDS = ("none", "number", "offset", "cursor", "link")


@dataclass(frozen=True, slots=True)
class Answering:
    """Where receipts go: a path of the same API (回执接口)."""

    path: str
    method: Literal["POST", "PUT"]


@dataclass(frozen=True, slots=True)
class ApiPull:
    """What is asked for, how its pages hang together, and how rows that are new are told from those that came."""

    api: str  # name of the settings' API
    path: str  # below the address
    rows: str  # JSON Pointer to the list of rows in a page; '' for the page itself
    paging: Mapping[str, Any]  # the fields of ``connectors.http_paging.Paging``
    by: Literal["watermark", "all"]
    column: str | None = None  # of the rows: grows with every change of a row
    parameter: str | None = None  # that asks for rows from a watermark on
    overlap: float = 0.0  # how far below the last watermark is asked again: seconds, or units of a number
    start: str | None = None  # the first watermark; None: without the parameter
    as_of: str | None = None  # JSON Pointer to the API's own moment, which then is the watermark
    only_grows: bool = False  # no row ever leaves, so that fewer rows are a loss; of ``all``
    parameters: tuple[tuple[str, str], ...] = ()  # that are always given
    columns: Mapping[str, str] = field(default_factory=dict)  # contract's column -> API's, where the names differ
    answering: Answering | None = None


def is_api(server: Place) -> bool:
    """Whether an entry of ``servers[]`` is an API."""
    given = server.child("customProperties").value
    return isinstance(given, list) and any(isinstance(one, dict) and one.get("property") == "api" for one in given)


def read_api(server: Place, own: Mapping[str, Place], columns: Mapping[str, object]) -> ApiPull | None:
    """The pull of a server; None, and mistakes, when it cannot be used."""
    if server.text("type") not in TYPES:
        server.child("type").wrong(f"type of an API must be one of {', '.join(TYPES)}")
    for part in _ADDRESS:
        if server.child(part).given:
            server.child(part).wrong(f"{part}: the address of an API comes from the settings, HUB_APIS__<NAME>__URL")
    missing = [name for name in ("api", "path", "rows", "pull") if name not in own]
    if missing:
        server.wrong(f"the custom properties {', '.join(missing)} of an API are missing")
        return None
    name = own["api"].value
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        own["api"].wrong("api: small letters, digits and single underscores, as in HUB_APIS__<NAME>__URL")
    way = own["pull"]
    way.mapping(("by", "column", "parameter", "overlap", "start", "asOf", "onlyGrows"))
    by = way.text("by")
    if by not in ("watermark", "all"):
        way.child("by").wrong("by must be watermark or all")
    for key in ("column", "parameter"):
        if way.child(key).given != (by == "watermark"):
            way.wrong(f"{key} belongs to a watermark, and a watermark needs it")
    for key, of in (("overlap", "watermark"), ("start", "watermark"), ("asOf", "watermark"), ("onlyGrows", "all")):
        if way.child(key).given and by != of:
            way.child(key).wrong(f"{key} belongs to {of}")
    overlap = way.number("overlap", 0.0) or 0.0
    if overlap < 0:
        way.child("overlap").wrong("overlap must not be below 0")
    fixed = _parameters(own["parameters"]) if "parameters" in own else ()
    paging = _paging(own["paging"]) if "paging" in own else {"by": "none"}
    used = [key for key, _ in fixed] + [paging.get(key) for key in ("parameter", "size_parameter")]
    used = [key for key in (*used, way.optional("parameter")) if key]
    if len(set(used)) != len(used):
        server.wrong("a parameter of the API is used twice")
    return ApiPull(
        api=str(name),
        path=_path(own["path"]),
        rows=_pointer(own["rows"]) or "",
        paging=paging,
        by="watermark" if by == "watermark" else "all",
        column=way.optional("column"),
        parameter=_named(way, "parameter"),
        overlap=overlap,
        start=way.optional("start"),
        as_of=_pointer(way.child("asOf")),
        only_grows=way.flag("onlyGrows"),
        parameters=fixed,
        columns=_renamed(own["columns"], columns) if "columns" in own else {},
        answering=_answering(own["answer"]) if "answer" in own else None,
    )


def _path(place: Place) -> str:
    if not isinstance(place.value, str) or not _PATH.fullmatch(place.value) or {".", ".."} & {*place.value.split("/")}:
        place.wrong("a path is like /v1/defaulters: below the address, without parameters")
        return ""
    return place.value


def _pointer(place: Place) -> str | None:
    if place.value is None:
        return None
    if not isinstance(place.value, str) or not _POINTER.fullmatch(place.value):
        place.wrong("a place in a page is a JSON Pointer, like /data/rows")
        return None
    return place.value


def _named(place: Place, key: str) -> str | None:
    name = place.optional(key)
    if name is not None and not _PARAMETER.fullmatch(name):
        place.child(key).wrong("the name of a parameter has letters, digits and . _ ~ - [ ] $")
    return name


def _parameters(place: Place) -> tuple[tuple[str, str], ...]:
    place.mapping(place.keys)
    found = []
    for key in place.keys:
        if not _PARAMETER.fullmatch(key):
            place.child(key).wrong("the name of a parameter has letters, digits and . _ ~ - [ ] $")
        found.append((key, place.text(key)))
    return tuple(found)


def _paging(place: Place) -> dict[str, Any]:
    place.mapping(("by", "parameter", "sizeParameter", "size", "first", "next", "more", "total", "snapshot"))
    by = place.text("by")
    if by not in _KINDS:
        place.child("by").wrong(f"by must be one of {', '.join(_KINDS)}")
    if place.child("parameter").given != (by in ("number", "offset", "cursor")):
        place.wrong("parameter belongs to paging by number, offset or cursor, which needs it")
    if by == "cursor" and not place.child("next").given:
        place.wrong("next is missing: where a page says the cursor of the next one")
    for key, kinds in (("next", ("cursor", "link")), ("first", ("number",))):
        if place.child(key).given and by not in kinds:
            place.child(key).wrong(f"{key} belongs to paging by {' or '.join(kinds)}")
    if place.child("sizeParameter").given != place.child("size").given:
        place.wrong("sizeParameter and size belong together")
    sizes = {"size": place.number("size"), "first": place.number("first", 1)}
    if any(number is not None and (number != int(number) or number < 0) for number in sizes.values()):
        place.wrong("size and first are whole numbers from 0")
    snapshot = place.optional("snapshot")
    return {
        "by": by,
        "parameter": _named(place, "parameter"),
        "size_parameter": _named(place, "sizeParameter"),
        "size": int(sizes["size"]) if sizes["size"] is not None else None,
        "first": int(sizes["first"] or 0),
        "next": _pointer(place.child("next")),
        "more": _pointer(place.child("more")),
        "total": _pointer(place.child("total")),
        "snapshot": _pointer(place.child("snapshot")) if snapshot and snapshot.startswith("/") else snapshot,
    }


def _renamed(place: Place, columns: Mapping[str, object]) -> dict[str, str]:
    place.mapping(tuple(columns))
    found = {name: place.text(name) for name in place.keys}
    if len(set(found.values())) != len(found):
        place.wrong("columns: two columns of the contract cannot be one of the API")
    return found


def _answering(place: Place) -> Answering:
    place.mapping(("path", "method"))
    method = place.text("method", "post").upper()
    if method not in ("POST", "PUT"):
        place.child("method").wrong("method must be post or put")
    return Answering(_path(place.child("path")), "PUT" if method == "PUT" else "POST")
