"""The door of the read API (信用服务市场的门): who may ask and how often; every query logged before it is answered.

The log is the only count there is, so processes share it and a restart forgets nothing.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from hub.contract.model import Outlet
from hub.errors import HubError
from hub.ledger import service_keys, service_log
from hub.ledger.connect import reading, writing
from hub.ledger.service_keys import Body, Key
from hub.ledger.service_log import Turn
from hub.line import restoring
from hub.line.hub import ZONE
from hub.line.service_keys import outlet_of

if TYPE_CHECKING:
    from hub.line.hub import Hub


class Closed(HubError):
    """The outlet is not there, or closed since a restore."""


class TooMany(HubError):
    """The body has asked too often; ``seconds``: after which it may ask again."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__("a body has asked too often")


class NotGiven(HubError):
    """A dataset or a purpose that this body cannot name; whether there is such a dataset is not told."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, in which way, and what for; ``purpose`` None: about no subject."""

    key: Key
    kind: str
    purpose: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """What the log says of an answer."""

    outcome: str
    shown: Sequence[tuple[str, str, int | str]] = ()
    subject: str | None = None


def outlet(hub: Hub) -> Outlet:
    """The outlet; ``Closed`` where there is none."""
    found = outlet_of(hub)
    if found is None:
        raise Closed("there is no read API")
    return found


def admit(hub: Hub, question: Question) -> None:
    """Whether the outlet is open, the purpose known and the quota not used up: before anything is looked for."""
    way = outlet(hub)
    if question.purpose is not None and (way.conditions is None or question.purpose not in way.conditions.purposes):
        raise NotGiven("the purpose is not one of the outlet's")
    with reading(hub.ledger) as connection:
        _must_be_open(connection, way.id)
        _count(hub, connection, question.key.body, hub.now())


def log(
    hub: Hub, question: Question, turns: Sequence[Turn], said: Said | Callable[[sa.Connection, Body], Said]
) -> datetime:
    """Count and log a query, and note what the body holds from now on: one transaction, before the answer leaves.

    ``said`` may be made within it, from the body as it is then.
    """
    way = outlet(hub)
    with writing(hub.ledger, "service_query") as connection:
        body, now = service_keys.locked(connection, question.key.body.id), hub.now()
        if _must_be_open(connection, way.id):
            # Bodies were told what this ledger does not know: all of them begin anew.
            for one in service_keys.bodies(connection):
                service_keys.change_body(connection, one.id, epoch=secrets.token_hex(4), confirmed=0)
            restoring.opened(connection, way.id)
        _count(hub, connection, body, now)
        service_log.hold(connection, body, turns, now)
        told = said if isinstance(said, Said) else said(connection, service_keys.locked(connection, body.id))
        service_log.enter(
            connection,
            now,
            body_id=body.id,
            key_id=question.key.id,
            kind=question.kind,
            purpose=question.purpose,
            subject=told.subject,
            outcome=told.outcome,
            shown=[list(one) for one in told.shown],
        )
    return now


def _must_be_open(connection: sa.Connection, outlet_id: str) -> bool:
    """``Closed`` since a restore; True when it opens for the first time since one."""
    waits = restoring.waits(connection, outlet_id)
    if waits is None:
        raise Closed(f"{outlet_id} is closed since a restore: hub restore --confirm opens it")
    return waits


def _count(hub: Hub, connection: sa.Connection, body: Body, now: datetime) -> None:
    """``TooMany`` when the log has as many queries as the body may make."""
    here = now.astimezone(ZONE)
    midnight = datetime.combine(here.date(), time(), ZONE)
    asked = service_log.asked(connection, body.id, now, midnight)
    if asked.on_day >= body.per_day:
        raise TooMany((midnight + timedelta(days=1) - here).total_seconds())
    if asked.first_in_minute is not None and asked.in_minute >= body.per_minute:
        raise TooMany((asked.first_in_minute + service_log.MINUTE - now).total_seconds())
    if asked.first_missed is not None and asked.missed >= hub.settings.service_misses_per_hour:
        raise TooMany((asked.first_missed + service_log.HOUR - now).total_seconds())
