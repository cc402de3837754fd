"""What an operator sees of the read API (信用服务市场): in ``hub doctor``, and in the clock of withdrawals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.ledger import service_keys, service_log
from hub.ledger.connect import reading
from hub.line.service_keys import outlet_of

if TYPE_CHECKING:
    from hub.line.hub import Hub


def look(hub: Hub, warned: Callable[[str], str]) -> str:
    """How many bodies have a key that holds, and whether their terms were verified."""
    way = outlet_of(hub)
    if way is None or way.conditions is None:
        return "no outlet is asked by credit-service bodies"
    now = hub.now()
    with reading(hub.ledger) as connection:
        good = [one for one in service_keys.listed(connection) if one.holds(now)]
    told = f"{len({one.body.id for one in good})} bodies, {len(good)} keys that hold"
    if not way.conditions.verified:
        return warned(f"{told}; terms not verified against an official text")
    return told


def taken_away(hub: Hub, connection: sa.Connection, record_id: str) -> dict[str, dict[str, Any]]:
    """How far a withdrawal has come with the bodies that were shown the record; nothing where none was.

    ``waiting``: one of them has not asked since; ``sent``: all were told; ``confirmed``: all came back with a cursor
    from after that.
    """
    way, held = outlet_of(hub), service_log.withdrawals(connection, record_id)
    if way is None or not held:
        return {}
    if not all(gone for gone, _ in held):
        return {way.id: {"state": "waiting", "at": None}}
    moments = [at for _, at in held if at is not None]
    if len(moments) < len(held):
        return {way.id: {"state": "sent", "at": None}}
    return {way.id: {"state": "confirmed", "at": max(moments)}}
