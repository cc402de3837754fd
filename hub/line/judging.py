"""One delivery from its landed bytes to its receipt: read, normalise, check, gate, accept.

Everything up to the accepting transaction can be done again from the landed bytes and comes out the same; the
transaction counts once, because it looks at the delivery's state under a lock.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract
from hub.findings import Finding
from hub.ledger import deliveries, evidence, outbox, records, staging, validations
from hub.ledger.connect import reading, writing
from hub.line import answering, facts, receipting
from hub.line.course import Course, frames, intake_of, make_job, run_stages
from hub.line.receipting import Verdict
from hub.stages.job import Job

if TYPE_CHECKING:
    from hub.line.hub import Hub

OPEN = ("landed", "released", "refused")


def process(hub: Hub, delivery_id: int) -> None:
    """Take a delivery as far as it goes; doing it again changes nothing."""
    with reading(hub.ledger) as connection:
        delivery = deliveries.show(connection, delivery_id)
    if delivery["state"] in OPEN:
        if delivery["duplicate_of"] is not None:
            if not _repeat(hub, delivery):
                return
        else:
            _judge(hub, delivery)
    answering.answer(hub, delivery_id)


def _judge(hub: Hub, delivery: dict[str, Any]) -> None:
    contract = hub.contract(delivery["dataset"]) if delivery["dataset"] else None
    if contract is None:
        _refuse_unread(hub, delivery, None, Finding("FIL-DATASET", detail=_expected(hub, delivery["department"])))
        return
    if delivery["size"] > hub.settings.max_file_bytes:
        limit = f"上限是 {hub.settings.max_file_bytes >> 20} MB。"
        _refuse_unread(hub, delivery, contract, Finding("FIL-TOOBIG", detail=limit))
        return
    job = make_job(hub, delivery, contract)
    hub.store.copy_out(delivery["sha256"], job.source)
    course = run_stages(
        job,
        intake_of(contract, delivery["department"]),
        gather=partial(facts.gather, hub, delivery),
        released=delivery["state"] == "released",
    )
    if delivery["state"] == "refused" and course.decision != "refuse":
        course.decision, course.refused_by = "refuse", "GATE-PERSON"
        course.findings.append(Finding("GATE-PERSON"))
    _accept(hub, delivery, job, course)


def _accept(hub: Hub, delivery: dict[str, Any], job: Job, course: Course) -> None:
    """One transaction: fates, versions, outbox, receipt, event. All of it or nothing."""
    if course.decision == "hold":
        _hold(hub, delivery, job, course)
        return
    contract, delivery_id, shape = job.contract, delivery["id"], hub.shape(job.contract)
    began = time.monotonic()
    with staging.staged(hub.ledger, shape, frames(job, course), job.folder) as (connection, staged):
        now = hub.now()
        if deliveries.lock(connection, delivery_id)["state"] not in OPEN:
            return
        records.ensure(connection, shape)
        deliveries.enter_fates(connection, delivery_id, staged)
        merged = records.merge(connection, shape, staged, delivery_id, now)
        moved = records.moved_beside(staged)
        outbox.enqueue(connection, hub.receiving(contract), contract.dataset, moved, delivery_id)
        counts = deliveries.assert_conserved(connection, delivery_id, course.rows)
        counts |= {"inserted": merged.inserted, "updated": merged.updated}
        counts["unchanged"] = counts["accepted"] - merged.inserted - merged.updated
        told = (course.findings, course.rule_counts, course.changes, course.read)
        verdict = Verdict(course.decision, counts, *told, causes=course.causes)
        _enter(hub, connection, delivery, contract, course, verdict, time.monotonic() - began)


def _enter(
    hub: Hub,
    connection: Any,
    delivery: dict[str, Any],
    contract: Contract | None,
    course: Course,
    verdict: Verdict,
    seconds: float,
    state: str = "accepted",
) -> None:
    now, delivery_id = hub.now(), delivery["id"]
    for stage, (outcome, took) in course.outcomes.items():
        deliveries.enter(connection, delivery_id, stage, delivery["state"], outcome, took, now)
    deliveries.note_findings(connection, delivery_id, "check", course.findings)
    if course.validation is not None:
        validations.keep(connection, delivery_id, course.validation)
    receipt = receipting.issue(hub, connection, delivery, contract, verdict, now)
    stored = dict.fromkeys(deliveries.COUNTS) if state == "held" else dict(verdict.counts)
    deliveries.enter(
        connection,
        delivery_id,
        "gate" if state == "held" else "accept",
        state,
        {"verdict": receipt["verdict"]["code"]} | (course.outcomes.get("gate", ({}, 0))[0] if state == "held" else {}),
        seconds,
        now,
        verdict=receipt["verdict"]["code"],
        judged_at=now,
        contract_version=contract.version if contract else None,
        contract_fingerprint=contract.fingerprint if contract else None,
        **stored,
    )
    evidence.append(
        connection,
        "judged" if state != "held" else "held",
        now,
        delivery_id,
        receipt_no=receipt["receipt_no"],
        verdict=receipt["verdict"]["code"],
        counts=stored,
        contract=contract.fingerprint if contract else None,
    )


def _hold(hub: Hub, delivery: dict[str, Any], job: Job, course: Course) -> None:
    states = pl.concat([frame.select("state") for frame in frames(job, course)])["state"]
    found = dict(states.value_counts().iter_rows())
    queries = found.get("accepted_query", 0)
    counts = {name: found.get(name, 0) for name in ("rejected", "duplicate", "blank")}
    counts |= {"rows": course.rows, "accepted": found.get("accepted", 0) + queries, "of_which_query": queries}
    with writing(hub.ledger) as connection:
        if deliveries.lock(connection, delivery["id"])["state"] not in OPEN:
            return
        told = (course.findings, course.rule_counts, course.changes, course.read)
        verdict = Verdict("hold", counts, *told, causes=course.causes)
        _enter(hub, connection, delivery, job.contract, course, verdict, 0.0, state="held")


def _refuse_unread(hub: Hub, delivery: dict[str, Any], contract: Contract | None, finding: Finding) -> None:
    """Refuse a delivery whose rows cannot be told: unknown dataset, too large."""
    with writing(hub.ledger) as connection:
        if deliveries.lock(connection, delivery["id"])["state"] not in OPEN:
            return
        counts = dict.fromkeys(deliveries.COUNTS, 0)
        course = Course(decision="refuse", findings=[finding])
        verdict = Verdict("refuse", counts, [finding], (), (), None)
        _enter(hub, connection, delivery, contract, course, verdict, 0.0)


def _repeat(hub: Hub, delivery: dict[str, Any]) -> bool:
    """Answer identical bytes with the first outcome; False while the first has none yet."""
    contract = hub.contract(delivery["dataset"]) if delivery["dataset"] else None
    with writing(hub.ledger) as connection:
        if deliveries.lock(connection, delivery["id"])["state"] not in OPEN:
            return True
        first = deliveries.show(connection, delivery["duplicate_of"])
        if first["rows"] is None:
            return False
        deliveries.repeat_fates(connection, delivery["id"], first["id"])
        counts = deliveries.assert_conserved(connection, delivery["id"], first["rows"])
        counts |= dict.fromkeys(("inserted", "updated", "unchanged"), 0)
        first_no = next(
            one["receipt_no"]
            for one in reversed(deliveries.receipts(connection, first["id"]))
            if one["stage"] == "validation"
        )
        finding = Finding("DUP-FILE", detail=first_no)
        verdict = Verdict("duplicate", counts, [finding], (), (), None, duplicate_of=first_no)
        _enter(hub, connection, delivery, contract, Course(findings=[finding]), verdict, 0.0)
    return True


def _expected(hub: Hub, department: str) -> str:
    titles = [
        contract.title
        for contract in hub.contracts.values()
        if department in {intake.department for intake in contract.intakes}
    ]
    return f"本部门可报送：{'、'.join(titles)}。" if titles else "本部门目前没有需要报送的数据集。"
