"""What a subject may know (主体查询记录): the queries about it, by credit checks and bodies, and its own requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hub.errors import WrongUsage
from hub.ledger import checks, service_log
from hub.ledger.connect import reading
from hub.line import requests
from hub.line.checking import subject_key
from hub.line.hub import ZONE
from hub.line.service_keys import outlet_of
from hub.outlets.credit_check import NOTHING, OTHER, VERDICTS

if TYPE_CHECKING:
    from hub.line.hub import Hub

OUTCOMES = {service_log.SHOWN: VERDICTS[OTHER], service_log.NOTHING: VERDICTS[NOTHING], service_log.GONE: "已经撤回"}


def report(hub: Hub, code: str) -> dict[str, list[dict[str, Any]]]:
    """``queries`` and ``requests`` of the subject with this code; the code is kept nowhere."""
    return {"queries": queries(hub, code), "requests": requests.listed(hub, subject=code)}


def queries(hub: Hub, code: str) -> list[dict[str, Any]]:
    """Every query about the subject with this credit code or citizen id, oldest first; the code is kept nowhere."""
    if not code.strip():
        raise WrongUsage("a credit code or a citizen id is needed, on one line of stdin")
    subject = subject_key(hub, code)
    with reading(hub.ledger) as connection:
        found = [*_checks(hub, connection, subject), *_services(hub, connection, subject)]
    found.sort(key=lambda one: one["at"])
    return [one | {"at": one["at"].astimezone(ZONE).isoformat(timespec="minutes")} for one in found]


def _checks(hub: Hub, connection: sa.Connection, subject: str) -> Iterator[dict[str, Any]]:
    for one in checks.about(connection, subject):
        yield {
            "at": one["at"],
            "department": hub.county.department(one["department"]).name,
            "purpose": one["purpose"],
            "authority": one["authority"],
            "person": one["person"],
            "authoriser": one["authoriser"],
            "verdict": VERDICTS[one["verdict"]],
            "records": len(one["shown"]),
            "shown": one["shown"],
            "left": one["put_at"] is not None,
        }


def _services(hub: Hub, connection: sa.Connection, subject: str) -> Iterator[dict[str, Any]]:
    way = outlet_of(hub)
    known = way.conditions.purposes if way is not None and way.conditions is not None else {}
    for one in service_log.about(connection, subject):
        yield {
            "at": one["at"],
            "department": one["name"],
            "purpose": known.get(one["purpose"], one["purpose"]),
            "authority": one["filing_no"],
            "person": "",  # a body answers for whom it lets ask
            "authoriser": "",
            "verdict": OUTCOMES[one["outcome"]],
            "records": len(one["shown"]),
            "shown": one["shown"],
            "left": True,
        }
