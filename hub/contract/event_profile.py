"""Profile of a service that takes events and tables as JSON (事件接口约定): paths, names of fields, codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hub.contract.document import Place
from hub.contract.profile_parts import (
    ELEMENT,
    HEAD,
    MESSAGE,
    MOST_ROWS,
    Codes,
    formed,
    read_codes,
    read_columns,
    read_datasets,
    verified,
    whole,
)

_PATH = re.compile(r"^(?:/[A-Za-z0-9._~-]+)+$")
_HEADER = re.compile(r"^[A-Za-z][A-Za-z0-9-]*$")
_PATHS = ("events", "held", "tables", "heldTables")
_EVENT = ("list", "dataset", "id", "sequence", "operation", "put", "delete", "data")
_REPLY = ("list", "code", "message")
_QUERY = ("ids", "after", "list")
_TABLE = ("name", "month", "digest", "rows", "label", "count", "list")


@dataclass(frozen=True, slots=True)
class Named:
    """What the receiver calls a dataset, and those columns whose name is another than the contract's physical one."""

    name: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EventProfile:
    """A service of events and tables. ``event``, ``reply``, ``query``, ``table``: its names, by ours.

    Answers carry id and sequence under the names of an event.
    """

    name: str
    verified: bool
    paths: Mapping[str, str]
    event: Mapping[str, str]
    reply: Mapping[str, str]
    query: Mapping[str, str]
    table: Mapping[str, str]
    key_header: str  # under which the service knows a call that it has had before
    date_format: str
    codes: Codes
    rows: int  # of one call
    datasets: Mapping[str, Named]  # of which single records go there
    tables: Mapping[str, Named]  # of which aggregates go there


def read_events(root: Place) -> EventProfile:
    """The profile as it stands in its file."""
    parts = ("paths", "event", "reply", "query", "table", "keyHeader", "rowsPerCall", "tables")
    root.mapping((*HEAD, *parts))
    tables = root.child("tables")
    if tables.given:
        tables.mapping(tables.keys)
    for dataset in tables.keys:
        if dataset in root.child("datasets").keys:
            tables.child(dataset).wrong("single records of it go there already")
    return EventProfile(
        name=root.text("name"),
        verified=verified(root),
        paths=_names(root.child("paths"), _PATHS, _PATH),
        event=_names(root.child("event"), _EVENT, ELEMENT),
        reply=_names(root.child("reply"), _REPLY, ELEMENT),
        query=_names(root.child("query"), _QUERY, ELEMENT),
        table=_names(root.child("table"), _TABLE, ELEMENT),
        key_header=formed(root, "keyHeader", _HEADER),
        date_format=root.text("dateFormat"),
        codes=read_codes(root),
        rows=whole(root, "rowsPerCall", 1, MOST_ROWS),
        datasets={dataset: _named(place) for dataset, place in read_datasets(root)},
        tables={dataset: _named(tables.child(dataset)) for dataset in tables.keys},
    )


def _names(place: Place, keys: tuple[str, ...], form: re.Pattern[str]) -> Mapping[str, str]:
    place.mapping(keys)
    return {key: formed(place, key, form) for key in keys}


def _named(place: Place) -> Named:
    place.mapping(("name", "columns"))
    return Named(formed(place, "name", MESSAGE), read_columns(place))
