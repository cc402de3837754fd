"""Household points as the ledger knows them (积分账): computed anew whenever somebody asks, and kept nowhere.

For a moment: the events and reviews that the ledger took for true, the editions of the rule book that were issued, and
what stood against an event. The same moment always gives the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.contract import load
from hub.contract import points as rule_book
from hub.contract.points import Edition
from hub.errors import NotFound, WrongUsage
from hub.ledger import frames
from hub.line.circumstances import Standing
from hub.line.hub import ZONE
from hub.points import Computed, compute, in_words
from hub.points.reading import EVENT_COLUMNS, REVIEW_COLUMNS, events_of
from hub.points.words import award_in_words, caps_in_words

if TYPE_CHECKING:
    from hub.line.hub import Hub

EVENTS, REVIEWS = "household/point_event", "household/point_review"
_VILLAGE, _HOUSEHOLD = "[0-9]{12}", "[0-9]{12}-[0-9]{4}"
_DIGITS, _OF_VILLAGE = 12, EVENT_COLUMNS["village"]
_SHOWN = ("household", "year", "edition", "base", "earned", "lost", "total", "grade")


def household(hub: Hub, number: str, at: datetime | None = None) -> dict[str, Any]:
    """Every line and total of one household. ``NotFound`` when nothing was ever entered for it."""
    if not re.fullmatch(_HOUSEHOLD, number):
        raise WrongUsage("a household is a village of 12 digits, a dash and 4 digits")
    moment = at if at is not None else hub.now()
    editions = editions_at(hub, moment)
    found = _computed(hub, number, moment, editions)
    lines = found.lines.filter(pl.col("household") == number)
    if lines.is_empty():
        raise NotFound("nothing was entered for this household")
    totals = found.totals.filter(pl.col("household") == number)
    return {
        "household": number,
        "at": moment.astimezone(ZONE).isoformat(timespec="seconds"),
        "rule_book": [
            {"edition": one.id, "title": one.title, "verified": one.verified, "sha256": one.fingerprint}
            for one in editions
            if one.id in set(totals["edition"])
        ],
        "totals": [_plain(row, ("household",)) for row in totals.select(_SHOWN).iter_rows(named=True)],
        "lines": [_plain(row, ("household",)) | {"words": in_words(row)} for row in lines.iter_rows(named=True)],
    }


def village(hub: Hub, number: str, year: int | None = None, at: datetime | None = None) -> list[dict[str, Any]]:
    """The totals of a village's households in a year, by the number of the household."""
    if not re.fullmatch(_VILLAGE, number):
        raise WrongUsage("a village is 12 digits")
    moment = at if at is not None else hub.now()
    found = _computed(hub, f"{number}-", moment, editions_at(hub, moment))
    wanted = year if year is not None else moment.astimezone(ZONE).year
    mine = found.totals.filter(pl.col("household").str.starts_with(f"{number}-"), pl.col("year") == wanted)
    return [_plain(row, ()) for row in mine.select(_SHOWN).iter_rows(named=True)]


def everybody(hub: Hub, day: date | None = None) -> Computed:
    """Lines and totals of the whole county as they are known now; ``day``: counted up to an earlier day.

    What stands against an event now keeps it from counting on any day.
    """
    event, review = hub.contract(EVENTS), hub.contract(REVIEWS)
    records = frames.current(hub.ledger, hub.shape(event), tuple(EVENT_COLUMNS.values()))
    reviews = frames.current(hub.ledger, hub.shape(review), tuple(REVIEW_COLUMNS.values()))
    now, today = hub.now(), hub.today()
    return compute(_events(hub, records, reviews, today, None), editions_at(hub, now), day or today)


def rules(hub: Hub, at: datetime | None = None) -> list[dict[str, Any]]:
    """Every rule of the editions that were known, in words."""
    return [
        {
            "edition": edition.id,
            "rule": rule.code,
            "village": rule.village or None,
            "number": rule.number or None,
            "label": rule.label,
            "points": award_in_words(rule.award),
            "caps": caps_in_words(rule.caps),
            "evidence": rule.evidence,
        }
        for edition in editions_at(hub, at if at is not None else hub.now())
        for rule in edition.rules
    ]


def editions_at(hub: Hub, moment: datetime) -> tuple[Edition, ...]:
    """The editions of the rule book that were known at a moment."""
    return rule_book.known(load.points(hub.settings.schemas), moment.astimezone(ZONE).date())


def _computed(hub: Hub, begins: str, moment: datetime, editions: Sequence[Edition]) -> Computed:
    """Of the households whose number begins so, and of those whose events they share.

    The numbers of households are sealed: the rows are chosen by their village, or for naming another household, and
    looked at when they are opened.
    """
    event, review = hub.contract(EVENTS), hub.contract(REVIEWS)
    records = frames.chosen_at(
        hub.ledger,
        hub.shape(event),
        tuple(EVENT_COLUMNS.values()),
        moment,
        lambda rows: sa.or_(rows.c[_OF_VILLAGE] == begins[:_DIGITS], rows.c[EVENT_COLUMNS["named"]].is_not(None)),
    )
    records = records.filter(
        pl.any_horizontal(pl.col(EVENT_COLUMNS[name]).str.starts_with(begins) for name in ("household", "named"))
    )
    villages = records[_OF_VILLAGE].unique().to_list()
    reviews = frames.chosen_at(
        hub.ledger,
        hub.shape(review),
        tuple(REVIEW_COLUMNS.values()),
        moment,
        lambda rows: rows.c[REVIEW_COLUMNS["village"]].in_(villages),
    )
    day = moment.astimezone(ZONE).date()
    return compute(_events(hub, records, reviews, day, moment), editions, day)


def _events(hub: Hub, records: pl.DataFrame, reviews: pl.DataFrame, day: date, known: datetime | None) -> pl.DataFrame:
    # What stands against an event stands against it anywhere: the outlet does not matter.
    against = Standing(hub, day, known).of(hub.contract(EVENTS), "").against
    nothing = pl.Series(dtype=pl.String)
    return events_of(records, reviews, against.get("disputed", nothing), against.get("annulled", nothing))


def _plain(row: dict[str, Any], without: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in without}
