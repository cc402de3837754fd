"""Aggregates are released (汇总公布): what is to be shown is entered first, then it goes to whoever takes whole tables.

One memory for all outlets of a dataset: what one of them was shown must not give away, by its difference, what another
is shown later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract, Outlet
from hub.ledger import evidence, frames, outbox, released, reopening, sweeps
from hub.ledger.connect import reading, writing
from hub.ledger.locks import Hold, exclusive
from hub.outlets import aggregates
from hub.outlets.event_service import EventService, digest

if TYPE_CHECKING:
    from hub.line.hub import Hub

PATIENCE = 30.0  # seconds that one outlet waits for another one's release of the same dataset


def bring_up_to_date(hub: Hub, contract: Contract, today: date) -> pl.DataFrame:
    """What ``aggregates.table`` may show of a dataset from now on (``aggregates.MEMORY``); it is entered already."""
    lock = f"released/{contract.dataset}"
    with exclusive(hub.ledger, lock, PATIENCE, hub.settings.lease_seconds) as hold:
        with reading(hub.ledger) as connection:
            before = released.remembered(connection, contract.dataset, aggregates.MEMORY)
            restored = reopening.restored_on(connection)
        frozen = None if restored is None else date.fromisoformat(restored)
        columns = {name for rule in contract.aggregates for name in (rule.month_of, rule.by, *rule.sums)}
        records = frames.current(hub.ledger, hub.shape(contract), sorted(columns))
        after = aggregates.release(records, contract, today, before, frozen)
        if not after.equals(before if before is not None else after.clear()):
            with writing(hub.ledger, "released") as connection:
                hold.check(connection)
                new = released.remember(connection, contract.dataset, before, after)
                figures = after.select("by", "month", "cell", "version", "shown", "count", "sums").rows()
                sha256 = hashlib.sha256(json.dumps(figures).encode()).hexdigest()
                facts: dict[str, Any] = {"dataset": contract.dataset, "cells": new, "sha256": sha256}
                evidence.append(connection, "released", hub.now(), **facts)
                evidence.seal(connection, hub.now())
    return after


def send(hub: Hub, receiver: EventService, outlet: Outlet, hold: Hold) -> int:
    """Bring the tables that an outlet holds up to date, where something may have changed; gives how many went."""
    sent = 0
    for contract in hub.contracts.values():
        if not any(rule.outlet == outlet.id for rule in contract.aggregates):
            continue
        with reading(hub.ledger) as connection:
            mark = outbox.last_sequence(connection, outlet.id, contract.dataset)
            swept = sweeps.last(connection, outlet.id, contract.dataset)
        if mark or swept is None or swept < hub.today():
            sent += _send(hub, receiver, outlet, contract, mark, hold)
    return sent


def _send(hub: Hub, receiver: EventService, outlet: Outlet, contract: Contract, mark: int, hold: Hold) -> int:
    today = hub.today()
    memory = bring_up_to_date(hub, contract, today)
    ours: dict[tuple[str, str], Sequence[Mapping[str, Any]]] = {}
    for rule in contract.aggregates:
        if rule.outlet == outlet.id:
            months = receiver.rows_of(contract, rule, aggregates.table(memory, contract, rule))
            ours |= {(rule.name, month): rows for month, rows in months.items()}
    theirs = receiver.tables(contract.dataset)
    ours |= {one: [] for one, held in theirs.items() if one not in ours and held}
    changed = {one: rows for one, rows in sorted(ours.items()) if theirs.get(one, "") != digest(rows)}
    facts: dict[str, Any] = {"outlet": outlet.id, "dataset": contract.dataset, "tables": len(changed)}
    if changed:
        with writing(hub.ledger, "tables") as connection:
            hold.check(connection)
            sha256 = hashlib.sha256("".join(digest(rows) for rows in changed.values()).encode()).hexdigest()
            evidence.append(connection, "sending_tables", hub.now(), **facts, sha256=sha256)
            evidence.seal(connection, hub.now())
    for (name, month), rows in changed.items():
        receiver.put_table(contract.dataset, name, month, rows)
    with writing(hub.ledger, "tables_sent") as connection:
        hold.check(connection)
        if mark:
            outbox.mark_all(connection, outlet.id, contract.dataset, mark, hub.now())
        sweeps.enter(connection, outlet.id, contract.dataset, today)
        if changed:
            evidence.append(connection, "tables_sent", hub.now(), **facts)
            evidence.seal(connection, hub.now())
    return len(changed)
