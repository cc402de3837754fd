"""Due deliveries (应报送登记): which periods have begun, which are fulfilled, late or missing, and who is told of it.

``advance`` brings the table up to today. It can be run as often as one likes: a period is opened once, settled once,
and each change is told once. A missing delivery is one record and one event, whatever happens after it.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.contract.model import Contract
from hub.contract.schedule import Period, Schedule
from hub.errors import WrongUsage
from hub.ledger import dues, evidence
from hub.ledger.connect import writing
from hub.ledger.dues import Key
from hub.ledger.locks import exclusive
from hub.line import noticing

if TYPE_CHECKING:
    from hub.line.hub import Hub

LOCK = "deadlines"
NO_LONGER_ASKED = "数据契约不再要求报送"
RANKS = ("", "ahead", "overdue", "missing")  # a reminder is followed by a later one only


def advance(hub: Hub) -> dict[str, int]:
    """Open, settle and tell what is due by today; gives ``opened``, ``settled`` and ``notices``."""
    counts = {"opened": 0, "settled": 0, "notices": 0}
    lock = exclusive(hub.ledger, LOCK, lease_seconds=hub.settings.lease_seconds)
    with lock as hold, writing(hub.ledger, "due") as connection:
        hold.check(connection)
        now, today = hub.now(), hub.today()
        for department, contract, schedule in _watched(hub):
            for period in _begun(hub, connection, department, contract.dataset, schedule, today):
                dues.opened(connection, (department, contract.dataset, period.name), _days(period), now)
                counts["opened"] += 1
        told = list[dict[str, Any]]()
        for row in dues.open_rows(connection):
            counts["settled"] += _settle(hub, connection, row, today, now, told)
        counts["notices"] = noticing.enter(hub, connection, told, today, now)
        evidence.seal(connection, now)
    return counts


def waive(hub: Hub, key: Key, reason: str) -> str:
    """Let a delivery be (豁免): a person answers for it. Gives the state before; ``WrongUsage`` when it is there."""
    if not reason.strip():
        raise WrongUsage("a reason is needed: it is kept in the evidence log")
    with writing(hub.ledger, "waive") as connection:
        row, now = dues.show(connection, key), hub.now()
        if row["state"] not in (*dues.OPEN, "missing"):
            raise WrongUsage(f"it is {row['state']} and cannot be waived")
        _waived(connection, row, now, reason, getpass.getuser())
        evidence.seal(connection, now)
    return str(row["state"])


def _waived(connection: sa.Connection, row: dict[str, Any], now: datetime, reason: str, by: str) -> None:
    dues.changed(connection, _key(row), now, state="waived", reason=reason)
    evidence.append(connection, "waived", now, **_named(row), was=row["state"], by=by, reason=reason)


def _watched(hub: Hub) -> Iterator[tuple[str, Contract, Schedule]]:
    """Every department and dataset whose deliveries are waited for."""
    for contract in hub.contracts.values():
        if contract.schedule is not None:
            for intake in contract.intakes:
                yield intake.department, contract, contract.schedule


def _begun(
    hub: Hub, connection: sa.Connection, department: str, dataset: str, schedule: Schedule, today: date
) -> Iterator[Period]:
    """The periods to open. The first ones ever are those that are still due today: nobody is blamed for the past."""
    newest = dues.newest(connection, department, dataset)
    since = today if newest is None else date.fromisoformat(newest["due"])
    for period in schedule.periods(hub.calendar, since, today):
        if newest is None or period.first.isoformat() > newest["first"]:
            yield period


def _days(period: Period) -> dict[str, Any]:
    facts = asdict(period)
    return {
        "provisional": facts["provisional"],
        **{name: facts[name].isoformat() for name in ("first", "last", "opens", "due", "closes")},
    }


def _settle(
    hub: Hub, connection: sa.Connection, row: dict[str, Any], today: date, now: datetime, told: list[dict[str, Any]]
) -> int:
    """Bring one open period up to today; gives 1 when it is settled by that."""
    contract = hub.contracts.get(row["dataset"])
    schedule = None if contract is None else contract.schedule
    if contract is None or schedule is None or row["department"] not in {one.department for one in contract.intakes}:
        _waived(connection, row, now, NO_LONGER_ASKED, "hub")
        return 1
    if row["provisional"]:
        row |= _days_anew(hub, schedule, row)
    state, delivery, waits = _state(connection, row, today)
    changes: dict[str, Any] = {"state": state, "delivery_id": delivery}
    changes |= {name: row[name] for name in ("due", "closes", "opens", "provisional")}
    stage = None if waits else _stage(hub, schedule, row | {"state": state}, today)
    if stage is not None and RANKS.index(stage) > RANKS.index(row["told"]):
        changes["told"] = stage
        told.append(row | changes)
    dues.changed(connection, _key(row), now, **changes)
    if state == "missing":
        evidence.append(connection, "missed", now, **_named(row), due=row["due"], closes=row["closes"])
    return int(state not in dues.OPEN)


def _days_anew(hub: Hub, schedule: Schedule, row: dict[str, Any]) -> dict[str, Any]:
    """The days of a provisional period by the calendar of today; those that were entered when it is no more told."""
    first = date.fromisoformat(row["first"])
    found = (one for one in schedule.periods(hub.calendar, first, first) if one.name == row["period"])
    return next((_days(one) for one in found), {})


def _state(connection: sa.Connection, row: dict[str, Any], today: date) -> tuple[str, int | None, bool]:
    """State of a period, its delivery, and whether a delivery waits for its verdict: that is not the sender's fault."""
    sent = [
        one
        for one in dues.deliveries_since(connection, row["department"], row["dataset"], row["opens"])
        if one[1] <= row["closes"]
    ]
    taken = next((one for one in sent if one[2]), None)
    if taken is not None:
        return ("accepted" if taken[1] <= row["due"] else "late"), taken[0], False
    waiting = next((one for one in sent if one[2] is None), None)
    if waiting is not None:
        return "received", waiting[0], True
    refused = sent[-1][0] if sent else None
    if today.isoformat() > row["closes"]:
        return "missing", refused, False
    return ("received" if sent else "due"), refused, False


def _stage(hub: Hub, schedule: Schedule, row: dict[str, Any], today: date) -> str | None:
    """What there is to tell of a period today."""
    if row["state"] == "missing":
        return "missing"
    if row["state"] not in dues.OPEN:
        return None
    due = date.fromisoformat(row["due"])
    if today > due:
        return "overdue"
    # Who sends every day is not reminded every morning.
    ahead = schedule.unit != "d" and hub.calendar.add(due, -hub.settings.remind_days_ahead) <= today
    return "ahead" if ahead and row["state"] == "due" else None


def _key(row: dict[str, Any]) -> Key:
    return row["department"], row["dataset"], row["period"]


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("department", "dataset", "period")}
