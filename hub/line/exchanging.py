"""A receiver of single rows: what waits is claimed, pushed and told of; answers are read back; refusals are passed on.

Every step that leaves the county is entered before it is taken: a claim without evidence is no claim. Until a push has
come back its entries are ``unknown``; the next run sends them again under the same key and sequence.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract, Outlet
from hub.errors import Locked, TryAgain
from hub.ledger import deliveries, evidence, frames, leaving, outbox
from hub.ledger.connect import reading, writing
from hub.ledger.locks import Hold, exclusive
from hub.line import amending, answering, reconciling, releasing, sweeping, ways_out
from hub.line.circumstances import Standing
from hub.outlets import sharing
from hub.outlets.event_service import EventService
from hub.outlets.receiver import Answer, Parcel, Receiver

if TYPE_CHECKING:
    from hub.line.hub import Hub

ASK_SECONDS = 1.0  # between two looks at the province's answers
TRIES = 8  # of one entry, before it waits for a person
WITHDRAWN = "withdrawn"
WATCHED = timedelta(days=1)  # for which a confirmed withdrawal is looked at again


@dataclass(frozen=True, slots=True)
class Way:
    """One way out in use: whose, through which door, under which lock."""

    hub: Hub
    receiver: Receiver
    outlet: Outlet
    hold: Hold


def exchange(hub: Hub, outlet: Outlet, wait_seconds: float) -> dict[str, int]:
    """Push to the receiver, read answers back for up to ``wait_seconds``, tell departments of refusals."""
    with exclusive(hub.ledger, f"outlet/{outlet.id}", lease_seconds=hub.settings.lease_seconds) as hold:
        with ways_out.reached(hub, outlet) as receiver:
            chosen = [one for one in hub.contracts.values() if receiver.takes(one.dataset)]
            way = Way(hub, receiver, outlet, hold)
            sent = 0
            reconciling.after_restore(hub, receiver, outlet, chosen, hold)
            for contract in chosen:
                _look_again(way, contract)
                sweeping.sweep(hub, outlet.id, contract, hold)
                sent += _push(way, contract)
            if isinstance(receiver, EventService):
                sent += releasing.send(hub, receiver, outlet, hold)
            answered, pending = 0, 0
            until = time.monotonic() + wait_seconds
            while True:
                got, pending = _ask(way, chosen)
                answered += got
                if not pending or time.monotonic() >= until:
                    break
                time.sleep(ASK_SECONDS)
        if outlet.use == "supervision":  # a department need not know whose consent led where
            amending.amend(hub, outlet.id, hold)
        # Also those that an earlier run wrote and could not put.
        with reading(hub.ledger) as connection:
            unsent = deliveries.unsent(connection, "province")
        for delivery_id in unsent:
            answering.answer(hub, delivery_id)
    return {"sent": sent, "answered": answered, "pending": pending}


def _push(way: Way, contract: Contract) -> int:
    """Send what waits of one dataset; gives how many rows arrived."""
    hub, outlet = way.hub, way.outlet.id
    with writing(hub.ledger, "prepare") as connection:
        way.hold.check(connection)
        outbox.supersede(connection, outlet, contract.dataset)
        if parked := outbox.park(connection, outlet, contract.dataset, TRIES, hub.now()):
            evidence.append(
                connection, "parked", hub.now(), outlet=outlet, dataset=contract.dataset, entries=parked, tries=TRIES
            )
        # What is accepted from now on is sent the next time: the records read below may not have it yet.
        up_to = outbox.last_sequence(connection, outlet, contract.dataset, outbox.TO_SEND)
    # Read after that: what steers these records (a repair, a dispute) was accepted with an entry of its own.
    standing = Standing(hub, hub.today())
    sent, tried = 0, set[int]()
    while entries := _claim(way, contract, up_to, tried):
        tried |= {entry["sequence"] for entry in entries}
        sent += _send(way, contract, entries, standing)
    return sent


def _claim(way: Way, contract: Contract, up_to: int, tried: set[int]) -> list[dict[str, Any]]:
    hub, outlet = way.hub, way.outlet.id
    with reading(hub.ledger) as connection:
        waiting = outbox.open_entries(connection, outlet, contract.dataset, outbox.TO_SEND, up_to)
    entries = [entry for entry in waiting if entry["sequence"] not in tried]
    if not entries:
        return []
    keys = hashlib.sha256("".join(outbox.key_of(entry) for entry in entries).encode()).hexdigest()
    with writing(hub.ledger, "claim") as connection:
        way.hold.check(connection)
        outbox.claim(connection, [entry["sequence"] for entry in entries], way.hold.epoch)
        if all(entry["state"] == "unknown" for entry in entries):
            return entries  # the claim that was broken off has told of them
        facts: dict[str, Any] = {"outlet": outlet, "dataset": contract.dataset, "entries": len(entries), "keys": keys}
        evidence.append(connection, "sending", hub.now(), **facts)
    return entries


def _send(way: Way, contract: Contract, entries: list[dict[str, Any]], standing: Standing) -> int:
    """Push claimed entries and enter what came of it; gives how many rows arrived."""
    hub, outlet = way.hub, way.outlet
    upserts = [entry for entry in entries if entry["operation"] == outbox.UPSERT]
    chosen = pl.DataFrame(
        {
            "record_id": [entry["record_id"] for entry in upserts],
            "version": [entry["version"] for entry in upserts],
            "outbox_sequence": [entry["sequence"] for entry in upserts],
        },
        schema={"record_id": pl.String, "version": pl.Int64, "outbox_sequence": pl.Int64},
    )
    columns = sharing.needed(contract, outlet.id)
    current = frames.of_records(hub.ledger, hub.shape(contract), columns, chosen["record_id"])
    # A version that was overtaken meanwhile has another entry behind it.
    still = chosen.join(current, on=["record_id", "version"], how="inner")
    ready = way.receiver.prepare(contract, still, hub.today(), standing.of(contract, outlet.id))
    withdrawn = {entry["sequence"]: entry["record_id"] for entry in entries if entry["operation"] == outbox.DELETE}
    hidden = dict(ready.hidden) | {sequence: (record, WITHDRAWN) for sequence, record in withdrawn.items()}
    silent = _silent(way, [entry for entry in entries if entry["sequence"] in hidden])
    parcel = replace(ready, hidden={one: told for one, told in hidden.items() if one not in silent})
    try:
        refused = _put(way, parcel, entries)
        _enter_sent(way, contract, entries, ready, withdrawn, refused, silent)
    except Locked:
        # Overtaken while it slept: what it has pushed may show a record that was taken down meanwhile.
        with writing(hub.ledger, "overtaken") as connection:
            outbox.send_newest_again(connection, outlet.id, [entry["record_id"] for entry in entries])
        raise
    return sum(1 for sequence in ready.rows if sequence not in refused)


def _silent(way: Way, entries: list[dict[str, Any]]) -> set[int]:
    """Of removals those of which the receiver hears nothing: it cannot have their records."""
    if not way.receiver.only_sent:
        return set()
    with reading(way.hub.ledger) as connection:
        return leaving.never_there(connection, way.outlet.id, entries)


def _put(way: Way, parcel: Parcel, entries: list[dict[str, Any]]) -> dict[int, str]:
    """Push; what the other side refuses for itself. No answer at all is no try of these entries."""
    try:
        return way.receiver.put(parcel)
    except TryAgain:
        with writing(way.hub.ledger, "unreachable") as connection:
            way.hold.check(connection)
            outbox.uncount(connection, [entry["sequence"] for entry in entries])
        raise


def _enter_sent(
    way: Way,
    contract: Contract,
    entries: list[dict[str, Any]],
    ready: Parcel,
    withdrawn: dict[int, str],
    refused: dict[int, str],
    silent: set[int],
) -> None:
    """Enter what came of a push; ``silent``: removals of which there was nothing to say."""
    hub, outlet, hidden = way.hub, way.outlet, ready.hidden.keys() | withdrawn.keys()
    with writing(hub.ledger, "sent") as connection:
        way.hold.check(connection)
        now = hub.now()
        arrived = [sequence for sequence in ready.rows if sequence not in refused]
        outbox.mark(connection, arrived, "sent", now)
        gone = {sequence: WITHDRAWN for sequence in withdrawn} | {one: why for one, (_, why) in ready.hidden.items()}
        ends: dict[tuple[str, str | None], list[int]] = {}
        for one, why in gone.items():
            # A removal that waits for its answer has a cause while it is sent: by that it is told from a row.
            end: tuple[str, str | None] = ("sent", why)
            if way.receiver.removes_at_once or one in silent:
                end = ("acknowledged", None) if one in withdrawn else ("withheld", why)
            if one not in refused:
                ends.setdefault(end, []).append(one)
        for (state, cause), sequences in ends.items():
            outbox.mark(connection, sequences, state, now, cause)
        for trouble in set(refused.values()):
            same = [one for one, why in refused.items() if why == trouble]
            outbox.mark(connection, same, "unknown", now, trouble)
        told = ready.rows.keys() | hidden
        outbox.mark(connection, [one["sequence"] for one in entries if one["sequence"] not in told], "superseded", now)
        evidence.append(
            connection,
            "sent",
            now,
            outlet=outlet.id,
            dataset=contract.dataset,
            rows=len(arrived),
            withdrawn=len(withdrawn),
            held=len(ready.hidden),
            refused=len(refused),
        )
        evidence.seal(connection, now)


def _look_again(way: Way, contract: Contract) -> None:
    """A withdrawal that was confirmed and is shown again (a late write, a restored copy) goes out once more."""
    hub, outlet = way.hub, way.outlet.id
    if not way.receiver.can_be_asked(contract.dataset):
        return
    with reading(hub.ledger) as connection:
        deletes = outbox.recent_deletes(connection, outlet, contract.dataset, hub.now() - WATCHED)
    if not deletes:
        return
    again = frames.of_records(hub.ledger, hub.shape(contract), (), pl.Series(list(deletes), dtype=pl.String))
    gone = deletes.keys() - set(again["record_id"])
    shown = way.receiver.shown(contract.dataset, sorted(gone))
    if shown:
        with writing(hub.ledger, "reopen") as connection:
            way.hold.check(connection)
            outbox.reopen(connection, [deletes[record] for record in sorted(shown)])
            facts: dict[str, Any] = {"outlet": outlet, "dataset": contract.dataset, "entries": len(shown)}
            evidence.append(connection, "resurfaced", hub.now(), **facts)


def _ask(way: Way, chosen: list[Contract]) -> tuple[int, int]:
    """Read answers back; gives how many came and how many are still pending."""
    hub, outlet = way.hub, way.outlet
    answered = pending = 0
    for contract in chosen:
        with reading(hub.ledger) as connection:
            waiting = outbox.open_entries(connection, outlet.id, contract.dataset, ("sent",))
        if not waiting:
            continue
        by_record = {entry["record_id"]: entry["sequence"] for entry in waiting}
        found = way.receiver.answers(contract.dataset, by_record)
        answers = [one for one in found if one.state != "sent" and by_record[one.record_id] == one.sequence]
        there = {one.record_id for one in found if one.sequence >= by_record[one.record_id]}
        with writing(hub.ledger, "answers") as connection:
            way.hold.check(connection)
            now = hub.now()
            for (state, cause), sequences in _settled(answers, waiting).items():
                outbox.mark(connection, sequences, state, now, cause)
            # Gone from the table without an answer: nobody knows what became of it, so it is sent again.
            lost = [sequence for record, sequence in by_record.items() if record not in there]
            outbox.mark(connection, lost, "unknown", now)
        answered += len(answers)
        pending += len(waiting) - len(answers)
    return answered, pending


def _settled(answers: list[Answer], waiting: list[dict[str, Any]]) -> dict[tuple[str, str | None], list[int]]:
    """By state and cause the entries that get them. A removal that was refused is still to be done."""
    entries = {entry["sequence"]: entry for entry in waiting}
    found: dict[tuple[str, str | None], list[int]] = {}
    for one in answers:
        entry, state, cause = entries[one.sequence], str(one.state), one.cause
        if entry["cause"] is not None and state == "rejected":
            state = "unknown"
        elif entry["cause"] is not None and entry["operation"] == outbox.UPSERT:
            state, cause = "withheld", entry["cause"]
        found.setdefault((state, cause), []).append(one.sequence)
    return found
