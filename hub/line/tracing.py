"""Follow one row or record through the whole line (追溯): source line, changes, findings, fate, versions, outlets."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.contract.model import Contract
from hub.errors import FixConfiguration, NotFound, TryAgain, WrongUsage
from hub.findings import notice
from hub.ledger import deliveries, expiry, outbox, records, withdrawals
from hub.ledger.connect import reading
from hub.line import disclosing, ways_out
from hub.line.course import intake_of, make_job, read_in
from hub.line.erasing import day_of, not_shown
from hub.outlets import open_feed, province, sharing
from hub.stages import show

if TYPE_CHECKING:
    from hub.line.hub import Hub


_VERSION = (
    "version", "delivery_id", "row", "content_hash", "valid_from", "valid_to", "known_from", "known_to",
)  # fmt: skip
_ENTRY = ("outlet", "sequence", "version", "operation", "state", "tries", "cause", "answered_at", "receipt_no")
_WITHDRAWAL = ("floor", "delivery_id", "at", "reason", "lifted_at")


def trace(hub: Hub, what: str) -> dict[str, Any]:
    """``what``: ``DELIVERY:ROW`` (row as the sender sees it) or a record id of 32 hex.

    ``WrongUsage`` for any other form, ``NotFound`` when it does not exist. Cells are masked by classification.
    """
    if place := re.fullmatch(r"([0-9]{1,18}):([0-9]{1,18})", what):
        return _row(hub, int(place[1]), int(place[2]))
    if re.fullmatch(r"[0-9a-f]{32}", what):
        return _record(hub, what)
    raise WrongUsage("say DELIVERY:ROW, for example 7:18, or the 32 characters of a record id")


def _row(hub: Hub, delivery_id: int, row: int) -> dict[str, Any]:
    with reading(hub.ledger) as connection:
        delivery = deliveries.show(connection, delivery_id)
        fate = deliveries.fate_of(connection, delivery_id, row)
        # What is said of the whole file is said of its rows too.
        found = [one for one in deliveries.findings(connection, delivery_id) if one["record"] in (fate["record"], None)]
        receipts = [one["receipt_no"] for one in deliveries.receipts(connection, delivery_id)]
    facts: dict[str, Any] = {
        "delivery": {
            name: delivery[name]
            for name in ("id", "batch_no", "department", "dataset", "file_name", "sha256", "received_at", "verdict")
        },
        "row": row,
        "record": fate["record"],
        "source": None,
        "source_erased": None,
        "findings": [_titled(one, ("code", "row", "column", "value", "detail")) for one in found],
        "fate": _titled(fate, ("state", "code")),
        "receipts": receipts,
    }
    if delivery["dataset"]:
        contract = hub.contract(delivery["dataset"])
        facts["source_erased"] = not_shown(hub, delivery, fate["record_id"])
        if facts["source_erased"] is None:
            facts["source"] = _source(hub, delivery, contract, row)
        if fate["record_id"] and fate["state"] != "rejected":  # what became of another row is not its way
            facts |= _onward(hub, contract, fate["record_id"])
    return facts


def _titled(entry: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Chosen facts of an entry, and what the catalogue calls its code."""
    title = notice(entry["code"]).title if entry["code"] else None
    return {name: entry[name] for name in names} | {"title": title}


def _source(hub: Hub, delivery: dict[str, Any], contract: Contract, row: int) -> dict[str, Any] | None:
    """The row as it stands in the landed bytes, and what the hub changed in it."""
    with tempfile.TemporaryDirectory(dir=hub.home) as folder:
        job = replace(make_job(hub, delivery, contract), source=Path(folder) / "source", folder=Path(folder))
        hub.store.copy_out(delivery["sha256"], job.source)
        again = read_in(job, intake_of(contract, delivery["department"], delivery["channel"]))
        return None if again.refused else show.row(job, row)


def _record(hub: Hub, record_id: str) -> dict[str, Any]:
    for contract in hub.contracts.values():
        onward = _onward(hub, contract, record_id)
        if onward["versions"] or onward["erased"]:
            return {"record_id": record_id, "dataset": contract.dataset, **onward}
    raise NotFound(f"there is no record {record_id}")


def _onward(hub: Hub, contract: Contract, record_id: str) -> dict[str, Any]:
    shape = hub.shape(contract)
    with reading(hub.ledger) as connection:
        if not records.exists(connection, shape):
            return {"record_id": record_id, "versions": [], "erased": None, "withdrawals": [], "outlets": []}
        versions = records.history(connection, shape, record_id)
        entries = outbox.of_record(connection, record_id)
        withdrawn = withdrawals.of_record(connection, record_id)
        gone = expiry.record_erased(connection, record_id)
    known = [{name: one[name] for name in _VERSION} for one in versions]
    outlets = [{name: one[name] for name in _ENTRY} for one in entries]
    current = next((one for one in versions if one["known_to"] is None and one["valid_to"] is None), None)
    for one in outlets:
        if one["outlet"] == open_feed.OUTLET:
            one |= _in_feed(hub, contract, record_id, current)
        else:
            one |= _in_front_end(hub, contract, record_id, str(one["outlet"]))
    ended = [{name: one[name] for name in _WITHDRAWAL} for one in withdrawn]
    erased = None
    if gone is not None and gone["dataset"] == contract.dataset:
        erased = f"versions up to {gone['version']} on {day_of(gone['at'])}"
    return {"record_id": record_id, "versions": known, "erased": erased, "withdrawals": ended, "outlets": outlets}


def _in_feed(hub: Hub, contract: Contract, record_id: str, current: Mapping[str, Any] | None) -> dict[str, Any]:
    """Where the public sees the record now, or why it does not."""
    place = open_feed.find(hub.home / "feed", contract.dataset, record_id)
    if sharing.basis(contract, open_feed.OUTLET) is None:
        return {"shown": False, "place": None, "reason": "only counts and sums of groups are shown here"}
    clauses = disclosing.decided(hub, contract, open_feed.OUTLET, current, hub.today()) if current else []
    refused = next((clause.words for clause in clauses if not clause.met), None)
    return {"shown": place is not None, "place": place, "reason": refused}


def _in_front_end(hub: Hub, contract: Contract, record_id: str, outlet_id: str) -> dict[str, Any]:
    """What the outlet's front end holds of the record now."""
    outlet = hub.outlet(outlet_id)
    if ways_out.unset(hub, outlet):
        return {"front_end": None}
    try:
        with ways_out.reached(hub, outlet) as receiver:
            if not receiver.can_be_asked(contract.dataset):
                return {"front_end": outlet.kind, "in_table": None}
            there = bool(receiver.shown(contract.dataset, [record_id]))
            answers = receiver.answers(contract.dataset, {record_id: 0}) if there else []
    except (TryAgain, FixConfiguration) as error:
        return {"front_end": None, "trouble": str(error)}
    by_table = outlet.kind == "front_end_tables"
    table = province.table_of(outlet, contract.dataset) if by_table else outlet.kind
    return {"front_end": table, "in_table": there, "answer": answers[0].state if answers else None}
