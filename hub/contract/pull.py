"""How a dataset is pulled from a department's front-end database (前置库取数), from ``servers[]`` of the contract.

Names of tables and columns only: the address and the account come from the settings, under the source's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hub.contract.document import Place

TYPES = ("postgresql", "mysql", "oracle", "sqlserver", "custom")  # of ODCS; custom: 达梦 and others
PROPERTIES = ("source", "table", "columns", "key", "pull", "writeBack")
_ADDRESS = ("host", "port", "account", "database", "serviceName", "location", "path", "endpointUrl")
_NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Columns of the source's table that take the verdict on each row (回写), and the values that say it."""

    status: str
    reason: str | None
    accepted: str
    query: str  # accepted, and the sender is asked to look
    rejected: str


@dataclass(frozen=True, slots=True)
class Pull:
    """What is pulled, and how rows that are new are told from those that were taken."""

    source: str  # name of the settings' source
    table: str  # name, or schema.name; a view is fine
    key: tuple[str, ...]  # columns of the table that tell its rows apart
    by: Literal["watermark", "flag"]
    column: str  # watermark: grows with every change of a row; flag: says whether it was taken
    columns: Mapping[str, str] = field(default_factory=dict)  # contract's column -> table's, where the names differ
    waiting: str | None = None  # values of the flag
    taken: str | None = None
    overlap: float = 0.0  # how far below the last watermark late rows are looked for: seconds, or units of a number
    only_grows: bool = False  # no row ever leaves the table, so that fewer rows are a loss
    write_back: WriteBack | None = None


def is_pull(server: Place) -> bool:
    """Whether an entry of ``servers[]`` is a database."""
    given = server.child("customProperties").value
    return isinstance(given, list) and any(isinstance(one, dict) and one.get("property") == "source" for one in given)


def read_pull(server: Place, own: Mapping[str, Place], columns: Mapping[str, object]) -> Pull | None:
    """The pull of a server; None, and mistakes, when it cannot be used."""
    if server.text("type") not in TYPES:
        server.child("type").wrong(f"type of a database must be one of {', '.join(TYPES)}")
    for part in _ADDRESS:
        if server.child(part).given:
            server.child(part).wrong(
                f"{part}: the address of a source comes from the settings, HUB_SOURCES__<NAME>__URL"
            )
    missing = [name for name in ("source", "table", "key", "pull") if name not in own]
    if missing:
        server.wrong(f"the custom properties {', '.join(missing)} of a database are missing")
        return None
    source, table = _text(own["source"]), _text(own["table"])
    key = own["key"].members()
    if not _NAME.fullmatch(source):
        own["source"].wrong("source: small letters, digits and single underscores, as in HUB_SOURCES__<NAME>__URL")
    if not key:
        own["key"].wrong("key: the columns that tell the rows of the table apart")
    way = own["pull"]
    way.mapping(("by", "column", "waiting", "taken", "overlap", "onlyGrows"))
    by, column = way.text("by"), way.text("column")
    if by not in ("watermark", "flag"):
        way.child("by").wrong("by must be watermark or flag")
    flag = by == "flag"
    for name in ("waiting", "taken"):
        if way.child(name).given != flag:
            way.wrong(f"{name} belongs to a flag, and a flag needs it")
    if flag and way.child("overlap").given:
        way.child("overlap").wrong("overlap belongs to a watermark")
    overlap = way.number("overlap", 0.0) or 0.0
    if overlap < 0:
        way.child("overlap").wrong("overlap must not be below 0")
    waiting, taken = way.optional("waiting"), way.optional("taken")
    if flag and waiting == taken:
        way.wrong("waiting and taken must differ")
    grows = way.flag("onlyGrows") if way.child("onlyGrows").given else not flag
    back = _write_back(own["writeBack"]) if "writeBack" in own else None
    if back is not None and {back.status, back.reason} & {*key, column}:
        own["writeBack"].wrong("status and reason must be columns of their own, neither key nor watermark nor flag")
    return Pull(
        source,
        table,
        key,
        "flag" if flag else "watermark",
        column,
        _renamed(own["columns"], columns) if "columns" in own else {},
        waiting,
        taken,
        overlap,
        grows,
        back,
    )


def _text(place: Place) -> str:
    if not isinstance(place.value, str) or not place.value.strip():
        place.wrong("a text is needed")
        return ""
    return place.value


def _renamed(place: Place, columns: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    place.mapping(tuple(columns))
    for name in place.keys:
        found[name] = place.text(name)
    return found


def _write_back(place: Place) -> WriteBack:
    place.mapping(("status", "reason", "accepted", "query", "rejected"))
    accepted = place.text("accepted")
    rejected = place.text("rejected")
    if accepted and accepted == rejected:
        place.wrong("accepted and rejected must differ")
    status = place.text("status")
    if status and status == place.child("reason").value:
        place.wrong("status and reason must be two columns")
    return WriteBack(status, place.optional("reason"), accepted, place.text("query", accepted), rejected)
