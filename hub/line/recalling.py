"""Reports of credit checks are called back (收回核查报告) when something in them may not be seen any more.

A report lies where its asker fetched it. As soon as one of the records that it shows is withdrawn, repaired, disputed,
or out of its window, its files are taken away and a text lies there instead: without a name, a number or a reason, for
each of these would tell whom it is about. Who needs the report asks again, under another batch number. In the ledger
the text is the report's next round, without a query; the log of what was shown before stays as it was.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from hub.errors import HubError
from hub.failpoints import reached
from hub.ledger import checks, deliveries, evidence, frames
from hub.ledger.connect import reading, writing
from hub.ledger.locks import exclusive
from hub.line import answering
from hub.line.circumstances import Standing
from hub.line.hub import PATIENCE, ZONE
from hub.outlets import sharing
from hub.receipts import recalled
from hub.stages.link import session

if TYPE_CHECKING:
    from hub.line.hub import Hub

LOCK = "reports"


def call_back(hub: Hub) -> int:
    """Enter which reports may not lie there any more; gives how many. Their askers' servers are not needed for it."""
    with reading(hub.ledger) as connection:
        if not checks.any_put(connection):
            return 0
    with exclusive(hub.ledger, LOCK, PATIENCE, hub.settings.lease_seconds) as hold:
        with reading(hub.ledger) as connection:
            lying = checks.lying(connection)
        gone = _gone(hub, lying)
        chosen = [one for one in lying if not gone.isdisjoint(map(tuple, one["shown"]))]
        if chosen:
            with writing(hub.ledger, "credit_recall") as connection:
                hold.check(connection)
                for report in chosen:
                    _enter(hub, connection, report)
                evidence.seal(connection, hub.now())
    return len(chosen)


def due(connection: sa.Connection) -> int:
    """How many reports were called back and still lie there."""
    return len(checks.called_back(connection))


def take_away(hub: Hub) -> None:
    """Take away what was called back, also what earlier runs have left; a server that fails keeps no other waiting."""
    with reading(hub.ledger) as connection:
        if not due(connection):
            return
    errors = list[HubError]()
    with exclusive(hub.ledger, LOCK, PATIENCE, hub.settings.lease_seconds):
        with reading(hub.ledger) as connection:
            begun = checks.called_back(connection)
        for notice in begun:
            try:
                _put(hub, notice)
            except HubError as error:
                errors.append(error)
    if errors:
        raise errors[0]


def _gone(hub: Hub, lying: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
    """What the reports show and must not: dataset, record id and version as they were shown."""
    of: dict[tuple[str, str], set[tuple[str, str, int]]] = {}
    for report in lying:
        answers = hub.contract(report["dataset"]).answers
        assert answers is not None  # it has answered
        for dataset, record_id, version in report["shown"]:
            of.setdefault((answers.outlet, dataset), set()).add((dataset, record_id, version))
    today, found = hub.today(), set[tuple[str, str, int]]()
    standing = Standing(hub, today)
    for (outlet, dataset), shown in of.items():
        contract = hub.contracts.get(dataset)
        if contract is None:
            found |= shown
            continue
        ids = pl.Series(sorted({record_id for _, record_id, _ in shown}), dtype=pl.String)
        records = frames.of_records(hub.ledger, hub.shape(contract), sharing.needed(contract, outlet), ids)
        reasons = sharing.decide(records, contract, outlet, today, standing.of(contract, outlet))
        seen = set(records.filter(reasons.is_null())["record_id"])
        found |= {one for one in shown if one[1] not in seen}
    return found


def _enter(hub: Hub, connection: Any, report: dict[str, Any]) -> None:
    now = hub.now()
    name, content = recalled.notice(hub.county.name, report["name"], now.astimezone(ZONE))
    sha256 = hashlib.sha256(content).hexdigest()
    said = {name: report[name] for name in ("delivery_id", "place")} | {"round": report["round"] + 1, "facts": sha256}
    made = {"name": name, "sha256": sha256, "workbook": content, "pdf_name": None, "pdf_sha256": None, "pdf": None}
    checks.enter(connection, said | made | {"at": now}, ())
    evidence.append(connection, "credit_recall", now, report["delivery_id"], sha256=report["sha256"])


def _put(hub: Hub, notice: dict[str, Any]) -> None:
    """The text is laid down, then what it stands for is taken away; both may have been done already."""
    with ExitStack() as stack:
        with reading(hub.ledger) as connection:
            delivery = deliveries.show(connection, notice["delivery_id"])
            names = checks.names_before(connection, notice)
        open_session = None
        if delivery["channel"] == "sftp":
            open_session = stack.enter_context(session(hub.settings.sftp[delivery["server"]]))
        target = answering.target_of(hub, delivery, open_session)
        target.put(notice["name"], notice["workbook"])
        for name in names:
            reached("report.before_remove")
            target.take_away(name)
    with writing(hub.ledger, "credit_recalled") as connection:
        checks.put(connection, notice["id"], hub.now())
