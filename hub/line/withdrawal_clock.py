"""The clock of every withdrawal (撤回时钟): when it was asked for, sent, confirmed by each receiver, or is overdue.

Derived from what the ledger holds anyway: tombstones, the steering datasets (annulment, shielding, repair, dispute,
consent) and the outbox. Of an outlet to which records go by consent only, or that a county need not have, only what
had been sent to it is told. Administrative Penalty Law art. 48 allows three days; our own limit is shorter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.contract.model import Contract
from hub.ledger import leaving, outbox, records, sealed
from hub.ledger import requests as kept
from hub.ledger.connect import reading
from hub.ledger.tables import tombstone
from hub.line import consent_clock, service_looks, ways_out
from hub.outlets import reasons, sharing
from hub.stages import steered

if TYPE_CHECKING:
    from hub.line.hub import Hub

CONFIRMED = ("acknowledged", "withheld")  # withheld: taken away where it was, and the decision was no
NOT_THERE = ("rejected", "superseded")  # refused by the receiver: it holds nothing
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Taken:
    """One record that must no longer be seen: why, and since when."""

    contract: Contract
    record_id: str
    why: str
    asked_at: datetime
    outlet: str | None = None  # only there; None: everywhere


def clock(hub: Hub, days: int = 30) -> list[dict[str, Any]]:
    """Every withdrawal of the last ``days``, the latest first, with its state at each receiver.

    A receiver is ``confirmed`` (with the moment), ``sent`` or ``waiting``; the withdrawal is ``overdue`` when one of
    them has not confirmed after ``withdrawal_hours``.
    """
    now = hub.now()
    since, limit = now - timedelta(days=days), timedelta(hours=hub.settings.withdrawal_hours)
    found = []
    with reading(hub.ledger) as connection:
        ways = (_tombstones, _steered, _objected, _no_more)
        for one in (each for way in ways for each in way(hub, connection, since)):
            entries = outbox.of_record(connection, one.record_id)
            outlets = {name: _state(entries, name, one.asked_at) for name in _asked_of(hub, one, entries)}
            if one.outlet is None:
                outlets |= service_looks.taken_away(hub, connection, one.record_id)
            if one.outlet is not None and not outlets:
                continue  # it was never there
            late = any(state["state"] != "confirmed" for state in outlets.values()) and now - one.asked_at > limit
            found.append(
                {
                    "dataset": one.contract.dataset,
                    "record_id": one.record_id,
                    "why": one.why,
                    "asked_at": one.asked_at,
                    "outlets": outlets,
                    "overdue": late,
                }
            )
    return sorted(found, key=lambda each: (each["asked_at"], each["record_id"]), reverse=True)


def _state(entries: list[dict[str, Any]], outlet: str, asked_at: datetime) -> dict[str, Any]:
    """What the outlet's last entry since the asking says; none means that there was nothing to take away."""
    mine = [one for one in entries if one["outlet"] == outlet]
    if not mine:
        return {"state": "confirmed", "at": None}
    last = max(mine, key=lambda one: one["sequence"])
    answered, sent = last["answered_at"], last["sent_at"]
    if last["state"] in CONFIRMED and answered is not None and answered >= asked_at:
        return {"state": "confirmed", "at": answered}
    if last["state"] in NOT_THERE and last["operation"] != outbox.DELETE:
        return {"state": "confirmed", "at": answered}
    return {"state": "sent" if last["state"] in ("sent", "unknown") else "waiting", "at": sent}


def _asked_of(hub: Hub, one: Taken, entries: list[dict[str, Any]]) -> list[str]:
    """The outlets that have to take a record away."""
    found = []
    for name in hub.receiving(one.contract) if one.outlet is None else (one.outlet,):
        lawful = sharing.basis(one.contract, name)
        seldom = (lawful is not None and lawful.consent) or hub.outlet(name).kind in ways_out.OPTIONAL
        if not seldom or leaving.ever_there(entry for entry in entries if entry["outlet"] == name):
            found.append(name)
    return found


def _no_more(hub: Hub, connection: sa.Connection, since: datetime) -> Iterator[Taken]:
    for contract, record_id, outlet, asked in consent_clock.ended(hub, connection, since):
        yield Taken(contract, record_id, reasons.NO_CONSENT, asked, outlet)


def _tombstones(hub: Hub, connection: sa.Connection, since: datetime) -> Iterator[Taken]:
    query = sa.select(tombstone).where(tombstone.c.at >= since, tombstone.c.lifted_at.is_(None))
    for row in connection.execute(query.order_by(tombstone.c.id)):
        if row.dataset in hub.contracts:
            yield Taken(hub.contracts[row.dataset], row.record_id, WITHDRAWN, row.at)


def _objected(hub: Hub, connection: sa.Connection, since: datetime) -> Iterator[Taken]:
    for request in kept.listed(connection, only_open=True):
        for dataset, record_id in request["records"]:
            if request["kind"] == kept.OBJECTION and request["opened_at"] >= since and dataset in hub.contracts:
                yield Taken(hub.contracts[dataset], record_id, reasons.DISPUTED, request["opened_at"])


def _steered(hub: Hub, connection: sa.Connection, since: datetime) -> Iterator[Taken]:
    for contract in hub.contracts.values():
        steers, shape = contract.steers, hub.shape(contract)
        if steers is None or steers.reason is None or not records.exists(connection, shape):
            continue
        table = shape.table()
        names = steered.columns(steers)
        own = (table.c.record_id, table.c.known_from)
        query = sa.select(*own, *(table.c[name] for name in names)).where(
            records.current_of(table), table.c.known_from >= since
        )
        rows = sealed.open_rows(connection, shape, [dict(row._mapping) for row in connection.execute(query)])
        kinds: dict[str, Any] = {"known_from": pl.Object(), **dict.fromkeys(names, pl.String())}
        kinds |= {name: pl.Date() for name in (steers.since, steers.until) if name is not None}
        frame = pl.DataFrame([[row[name] for name in kinds] for row in rows], schema=kinds, orient="row")
        holding = steered.holding(frame, steers, hub.today())
        for dataset in holding[steers.dataset].unique().to_list():
            target = hub.contracts.get(dataset)
            if target is None or not target.steered:
                continue
            chosen = holding.filter(pl.col(steers.dataset) == dataset)
            ids = steered.record_ids(chosen, steers, target, hub.record_key)
            for record_id, asked in zip(ids, chosen["known_from"].to_list(), strict=True):
                if record_id is not None:
                    yield Taken(target, record_id, str(steers.reason), asked)
