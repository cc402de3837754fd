"""How an API hands out many rows in pages: by number, by offset, by a cursor, or by a link to the next page.

An ``Ask`` is plain JSON, so that it can be kept and asked later by another process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connectors.faults import Refused
from connectors.http_json import value
from connectors.http_source import Api, Page


@dataclass(frozen=True, slots=True)
class Paging:
    """``next``, ``more``, ``total`` and ``snapshot`` are JSON Pointers into a page."""

    by: Literal["none", "number", "offset", "cursor", "link"] = "none"
    parameter: str | None = None  # of the number, the offset or the cursor
    size_parameter: str | None = None
    size: int | None = None  # rows that are asked for at once
    first: int = 1  # number of the first page
    next: str | None = None  # where a page says its cursor or link; of a link else the header Link
    more: str | None = None  # where it says true while there are more pages
    total: str | None = None  # where it says how many rows there are
    snapshot: str | None = None  # what is the same on all pages of one state: a pointer, or the name of a header


@dataclass(frozen=True, slots=True)
class Ask:
    """Which page: one with parameters, or one whose address the API has named."""

    parameters: tuple[tuple[str, str], ...] = ()
    url: str | None = None
    place: int = 0  # number of the page, or offset


def first(paging: Paging, parameters: Sequence[tuple[str, str]]) -> Ask:
    """The first page of what the parameters ask for."""
    return _at(paging, tuple(parameters), 0 if paging.by == "offset" else paging.first)


def fetch(api: Api, path: str, paging: Paging, ask: Ask) -> Page:
    """The page."""
    header = paging.snapshot if paging.snapshot and not paging.snapshot.startswith("/") else None
    if ask.url is not None:
        return api.page_at(ask.url, header)
    return api.page(path, ask.parameters, header)


def snapshot(paging: Paging, page: Page) -> str | None:
    """What says which state of the data the page shows; None where nothing was agreed."""
    if paging.snapshot is None:
        return None
    told = value(page.content, paging.snapshot) if paging.snapshot.startswith("/") else page.snapshot
    if not isinstance(told, str) or not told:
        raise Refused("the page does not say which state it is of, as was agreed")
    return told


def total(paging: Paging, page: Page) -> int | None:
    """How many rows there are, as the page says; None where nothing was agreed."""
    if paging.total is None:
        return None
    told = value(page.content, paging.total)
    if not isinstance(told, str) or not (told.isascii() and told.isdigit() and len(told) < 16):
        raise Refused("the page does not say how many rows there are, as was agreed")
    return int(told)


def following(
    paging: Paging, api: Api, path: str, ask: Ask, page: Page, rows: int, so_far: int, parameters: Sequence[Any]
) -> Ask | None:
    """The page behind one with ``rows`` rows, ``so_far`` with those before; None when it was the last."""
    if paging.by == "none":
        return None
    if paging.more is not None:
        more = value(page.content, paging.more)
        if not isinstance(more, bool):
            raise Refused("the page does not say whether there are more, as was agreed")
        if not more:
            return None
    if paging.by in ("number", "offset"):
        expected = total(paging, page)
        # A page that is not full proves nothing: the other side may allow fewer rows than were asked for.
        if not rows or (expected is not None and so_far >= expected):
            return None
        return _at(paging, tuple(parameters), ask.place + (rows if paging.by == "offset" else 1))
    told = value(page.content, paging.next) if paging.next is not None else page.next_link
    if told is None or told == "":
        return None
    if not isinstance(told, str):
        raise Refused("what leads to the next page is no text")
    if paging.by == "cursor":
        return Ask((*_sized(paging, tuple(parameters)), (paging.parameter or "", told)))
    return Ask(url=api.joined(ask.url, path, told))


def _at(paging: Paging, parameters: tuple[tuple[str, str], ...], place: int) -> Ask:
    sized = _sized(paging, parameters)
    if paging.by in ("number", "offset"):
        return Ask((*sized, (paging.parameter or "", str(place))), None, place)
    return Ask(sized)


def _sized(paging: Paging, parameters: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    if paging.size_parameter is None:
        return parameters
    return (*parameters, (paging.size_parameter, str(paging.size)))
