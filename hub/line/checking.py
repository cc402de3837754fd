"""The credit check (信用核查): a list of applicants comes in, a report about each goes back the way the list came.

It follows acceptance and comes before the receipt, so that a run that dies in between begins here again. Queries are
logged in the transaction that keeps their reports, before anything leaves; what has been put is never made again. A
report that was not put yet and would say something else now (a repair has come meanwhile) is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import rfc8785

from hub.contract import load
from hub.contract.checks import Answers, Purpose
from hub.contract.model import Contract
from hub.errors import FixConfiguration
from hub.ledger import checks, deliveries, evidence, frames
from hub.ledger.connect import reading, writing
from hub.line import answering, check_report, restoring
from hub.line.circumstances import Standing
from hub.line.hub import ZONE
from hub.outlets import credit_check
from hub.outlets.credit_check import Applicant, Asked, Usable
from hub.stages.link import session

if TYPE_CHECKING:
    from hub.line.hub import Hub

PIECE = 200  # applicants in one report


def answer(hub: Hub, delivery_id: int) -> None:
    """Put the reports that an accepted list asks for; nothing for other datasets and what has been answered."""
    with reading(hub.ledger) as connection:
        delivery = deliveries.show(connection, delivery_id)
    if delivery["state"] != "accepted" or delivery["dataset"] is None:
        return
    contract = hub.contract(delivery["dataset"])
    if contract.answers is None or not _open(hub, delivery_id):
        return
    restoring.must_be_open(hub, contract.answers.outlet)
    now = hub.now()
    groups = _groups(_answered(hub, contract, contract.answers, delivery_id, now))
    if not groups:
        return
    _log(hub, delivery, contract, contract.answers, groups, now)
    _put(hub, delivery, contract.answers.outlet)


def subject_key(hub: Hub, code: str) -> str:
    """A subject as the log of queries names it: nobody without the key can tell whose it is."""
    key = hashlib.sha256(hub.record_key).digest()
    written = code.strip().upper().encode("utf-8")
    return hashlib.blake2b(written, key=key, digest_size=16, person=b"check-subject").hexdigest()


def _open(hub: Hub, delivery_id: int) -> bool:
    with reading(hub.ledger) as connection:
        kept = checks.reports(connection, delivery_id)
    return not kept or any(one["put_at"] is None for one in kept)


def _answered(
    hub: Hub, contract: Contract, answers: Answers, delivery_id: int, now: datetime
) -> list[tuple[Applicant, Purpose]]:
    """The answer about every applicant of the delivery, by row."""
    today = now.astimezone(ZONE).date()
    purposes = load.purposes(hub.settings.schemas)
    with reading(hub.ledger) as connection:
        rows = checks.asked(connection, hub.shape(contract), delivery_id)
    numbered = pl.DataFrame(rows, schema={"record_id": pl.String, "row": pl.Int64}, orient="row")
    names = [column.name for column in contract.content]
    requests = frames.of_records(hub.ledger, hub.shape(contract), names, numbered["record_id"])
    requests = numbered.join(requests, on="record_id", how="inner", maintain_order="left")
    asked = credit_check.asked(requests, contract, answers, today)
    if missing := {one.purpose for one in asked} - purposes.keys():
        raise FixConfiguration(f"checks/purposes.yaml does not name {len(missing)} purposes that were asked for")
    wanted = dict.fromkeys(dataset for one in asked for dataset in purposes[one.purpose].datasets)
    found = {dataset: _records(hub, hub.contract(dataset), answers.outlet, asked) for dataset in wanted}
    standing = Standing(hub, today)  # read last: what came meanwhile counts
    of: dict[str, Usable] = {}
    for dataset, records in found.items():
        other = hub.contract(dataset)
        circumstances = standing.of(other, answers.outlet)
        of[dataset] = credit_check.usable(records, other, answers.outlet, today, circumstances)
    return [(credit_check.answer(one, purposes[one.purpose], of), purposes[one.purpose]) for one in asked]


def _records(hub: Hub, contract: Contract, outlet: str, asked: Sequence[Asked]) -> pl.DataFrame:
    """The current records of the applicants in a dataset, found by identifier alone."""
    shape, subject = hub.shape(contract), contract.subject
    found = [pl.Series(dtype=pl.String)]
    with reading(hub.ledger) as connection:
        for column, people in ((subject.organisation_id, False), (subject.person_id, True)):
            codes = {one.code for one in asked if (one.kind == "person") is people and one.bar is None}
            if column is not None and codes:
                found.append(checks.records_of(connection, shape, column, pl.Series(sorted(codes), dtype=pl.String)))
    ids = pl.concat(found).unique()
    return frames.of_records(hub.ledger, shape, credit_check.wanted(contract, outlet), ids)


def _groups(answered: Sequence[tuple[Applicant, Purpose]]) -> list[tuple[Purpose, list[Applicant]]]:
    """What is told in one report each, in the order of the list."""
    of: dict[tuple[str, ...], tuple[Purpose, list[Applicant]]] = {}
    for one, purpose in answered:
        of.setdefault(one.asked.group, (purpose, []))[1].append(one)
    return [
        (purpose, each[start : start + PIECE]) for purpose, each in of.values() for start in range(0, len(each), PIECE)
    ]


def _log(
    hub: Hub,
    delivery: Mapping[str, Any],
    contract: Contract,
    answers: Answers,
    groups: Sequence[tuple[Purpose, list[Applicant]]],
    now: datetime,
) -> None:
    """Log the queries and keep their reports, unless the same ones are kept already."""
    delivery_id = delivery["id"]
    facts = [check_report.digest(purpose, each) for purpose, each in groups]
    with reading(hub.ledger) as connection:
        kept = checks.reports(connection, delivery_id)
        before = [one for one in deliveries.receipts(connection, delivery_id) if one["stage"] == "validation"]
        checkpoint = evidence.latest_checkpoint(connection)
    if [one["facts"] for one in kept] == facts:
        return
    turn = 1 + max((one["round"] for one in kept), default=0)
    made = []
    for place, (purpose, each) in enumerate(groups, start=1):
        numbered = (before[-1]["receipt_no"], place if len(groups) > 1 else 0, turn)
        report = check_report.made(hub, contract, purpose, each, numbered, checkpoint, now)
        made.append(report | {"facts": facts[place - 1], "place": place})
    queries = [[_query(hub, delivery["department"], one) for one in each] for _, each in groups]
    with writing(hub.ledger, "credit_check") as connection:
        deliveries.lock(connection, delivery_id)
        if len(checks.reports(connection, delivery_id)) != len(kept):
            return  # this worker slept, and another has logged them
        checks.drop(connection, delivery_id)
        for report, each_query in zip(made, queries, strict=True):
            said = {"delivery_id": delivery_id, "round": turn, "at": now}
            checks.enter(connection, report | said, each_query)
        told = [
            {"sha256": report["sha256"], "pdf_sha256": report["pdf_sha256"], "queries": len(each_query)}
            for report, each_query in zip(made, queries, strict=True)
        ]
        log = hashlib.sha256(rfc8785.dumps(queries)).hexdigest()
        evidence.append(connection, "credit_check", now, delivery_id, reports=told, log_sha256=log, round=turn)
        evidence.seal(connection, now)


def _query(hub: Hub, department: str, one: Applicant) -> dict[str, Any]:
    asked = one.asked
    return {
        "row": asked.row,
        "record_id": asked.record_id,
        "department": department,
        "purpose": asked.purpose,
        "authority": asked.authority,
        "person": asked.asker,
        "authoriser": asked.authoriser,
        "subject": subject_key(hub, asked.code),
        "verdict": one.verdict,
        "shown": [list(each) for each in one.shown],
    }


def _put(hub: Hub, delivery: Mapping[str, Any], outlet: str) -> None:
    """Lay the kept reports where the department looks; what lies there already is never overwritten."""
    with ExitStack() as stack:
        open_session = None
        if delivery["channel"] == "sftp":
            open_session = stack.enter_context(session(hub.settings.sftp[delivery["server"]]))
        target = answering.target_of(hub, delivery, open_session)
        with reading(hub.ledger) as connection:
            kept = [one for one in checks.reports(connection, delivery["id"]) if one["put_at"] is None]
        for report in kept:
            target.put(report["name"], report["workbook"])
            if report["pdf"] is not None:
                target.put(report["pdf_name"], report["pdf"])
            with writing(hub.ledger, "credit_report") as connection:
                deliveries.lock(connection, delivery["id"])
                now = hub.now()
                checks.put(connection, report["id"], now)
                restoring.opened(connection, outlet)
                evidence.append(connection, "credit_report", now, delivery["id"], sha256=report["sha256"])
