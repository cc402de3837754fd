"""One delivery from its landed bytes to its receipt: read, normalise, check, gate, accept.

Everything up to the accepting transaction can be done again from the landed bytes and comes out the same; the
transaction counts once, because it looks at the delivery's state under a lock.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from hub.contract.model import Contract
from hub.errors import disk_faults
from hub.findings import Finding
from hub.ledger import data_keys, deliveries, evidence, fates, sealed, staging, validations
from hub.ledger.connect import reading, writing
from hub.ledger.data_keys import DataKey, Vault
from hub.ledger.records import RecordTable
from hub.ledger.resends import Resend
from hub.line import accepting, answering, checking, declaring, facts, receipting, returning, rulebooks, timeliness
from hub.line.accepting import RemovesTooMuch
from hub.line.course import Course, frames, intake_of, make_job, run_stages
from hub.line.hub import ZONE
from hub.line.receipting import Verdict
from hub.receipts.parts import ResendTold
from hub.stages.job import Job, ahead

if TYPE_CHECKING:
    from hub.line.hub import Hub

OPEN = ("landed", "released", "refused")


@disk_faults("judge")
def process(hub: Hub, delivery_id: int) -> None:
    """Take a delivery as far as it goes; doing it again changes nothing."""
    if judge(hub, delivery_id):
        checking.answer(hub, delivery_id)
        answering.answer(hub, delivery_id)


def judge(hub: Hub, delivery_id: int) -> bool:
    """Give a delivery its verdict, unless it has one; False while the delivery that it repeats has none yet."""
    with reading(hub.ledger) as connection:
        delivery = deliveries.show(connection, delivery_id)
    if delivery["state"] not in OPEN:
        return True
    if delivery["duplicate_of"] is not None:
        return _repeat(hub, delivery)
    _judge(hub, delivery)
    return True


def _judge(hub: Hub, delivery: dict[str, Any]) -> None:
    contract = hub.contract(delivery["dataset"]) if delivery["dataset"] else None
    if contract is None:
        _refuse_unread(hub, delivery, None, Finding("FIL-DATASET", detail=_expected(hub, delivery["department"])))
        return
    if delivery["size"] > hub.settings.max_file_bytes:
        limit = f"上限是 {hub.settings.max_file_bytes >> 20} MB。"
        _refuse_unread(hub, delivery, contract, Finding("FIL-TOOBIG", detail=limit))
        return
    rulebooks.keep(hub, contract)
    job = make_job(hub, delivery, contract)
    hub.store.copy_out(delivery["sha256"], job.source)
    course = run_stages(
        job,
        intake_of(contract, delivery["department"], delivery["channel"]),
        gather=partial(facts.gather, hub, delivery),
        released=delivery["state"] == "released",
    )
    if course.came is not None:
        job, delivery = returning.as_correction(job), delivery | {"mode": "correction"}
    declaring.hold_against(course, delivery["declared"])
    if delivery["state"] == "refused" and course.decision != "refuse":
        course.decision, course.refused_by = "refuse", "GATE-PERSON"
        course.findings.append(Finding("GATE-PERSON"))
    _accept(hub, delivery, job, course)


def _accept(hub: Hub, delivery: dict[str, Any], job: Job, course: Course) -> None:
    """One transaction: fates, versions, outbox, receipt, event. All of it or nothing."""
    if course.decision == "hold":
        _hold(hub, delivery, job, course)
        return
    delivery_id, shape = delivery["id"], hub.shape(job.contract)
    began = time.monotonic()
    tree = fates.Tree()
    rows = ahead(sealed.frames(shape, tree.passing(frames(job, course)), *_keys(hub, shape, delivery)))
    try:
        with staging.staged(hub.ledger, shape, rows, job.folder, "accept") as (connection, staged):
            if deliveries.lock(connection, delivery_id)["state"] not in OPEN:
                return
            refused = course.decision == "refuse"
            now = hub.now()  # one moment for all that the transaction writes, so that its event tells it
            entered = accepting.enter(
                hub,
                connection,
                staged,
                delivery,
                job,
                course.rows,
                course.passed,
                now,
                refused=refused,
                came=course.came,
            )
            course.findings += entered.findings
            counts = (*course.rule_counts, *entered.rule_counts)
            verdict = Verdict(
                course.decision,
                entered.counts,
                course.findings,
                counts,
                course.changes,
                course.read,
                causes=course.causes,
                resend=_told(connection, entered.resend),
                timeliness=timeliness.told(course, entered.counts),
                came=course.came,
            )
            seconds = time.monotonic() - began
            _enter(hub, connection, delivery, job.contract, course, verdict, seconds, tree=tree, now=now)
    except RemovesTooMuch as asked:
        course.decision = "hold"
        course.findings.append(Finding("GATE-REMOVE", detail=asked.told))
        _hold(hub, delivery, job, course)


def _keys(hub: Hub, shape: RecordTable, delivery: dict[str, Any]) -> tuple[DataKey | None, Vault]:
    """The data key of the month in which the delivery came, where the dataset has something to seal; and the vault."""
    month = f"{delivery['received_at'].astimezone(ZONE):%Y-%m}"
    key = data_keys.current(hub.ledger, shape.dataset, month, hub.now()) if shape.sealed else None
    return key, data_keys.vault_of(hub.ledger)


def _told(connection: Any, resend: Resend | None) -> ResendTold | None:
    """The comparison with an earlier delivery, as a receipt names that one."""
    if resend is None:
        return None
    return ResendTold(**asdict(resend) | {"of": deliveries.show(connection, resend.of)["batch_no"]})


def _enter(
    hub: Hub,
    connection: Any,
    delivery: dict[str, Any],
    contract: Contract | None,
    course: Course,
    verdict: Verdict,
    seconds: float,
    state: str = "accepted",
    tree: fates.Tree | None = None,
    now: datetime | None = None,
) -> None:
    now, delivery_id = now or hub.now(), delivery["id"]
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
        receipt_sha256=receipting.digest(receipt),
        verdict=receipt["verdict"]["code"],
        counts=stored,
        contract=contract.fingerprint if contract else None,
        blob=delivery["sha256"],
        fates_root=None if state == "held" else fates.bind(connection, delivery_id, tree),
        **({} if course.came is None else {"answers_sha256": course.came.digest()}),
    )
    evidence.seal(connection, now)


def _hold(hub: Hub, delivery: dict[str, Any], job: Job, course: Course) -> None:
    states = pl.concat([frame.select("state") for frame in frames(job, course)])["state"]
    found = dict(states.value_counts().iter_rows())
    queries = found.get("accepted_query", 0)
    counts = {name: found.get(name, 0) for name in ("rejected", "duplicate", "blank")}
    counts |= {"rows": course.rows, "accepted": found.get("accepted", 0) + queries, "of_which_query": queries}
    with writing(hub.ledger, "hold") as connection:
        if deliveries.lock(connection, delivery["id"])["state"] not in OPEN:
            return
        told = (course.findings, course.rule_counts, course.changes, course.read)
        verdict = Verdict("hold", counts, *told, causes=course.causes, came=course.came)
        _enter(hub, connection, delivery, job.contract, course, verdict, 0.0, state="held")


def _refuse_unread(hub: Hub, delivery: dict[str, Any], contract: Contract | None, finding: Finding) -> None:
    """Refuse a delivery whose rows cannot be told: unknown dataset, too large."""
    with writing(hub.ledger, "refuse_unread") as connection:
        if deliveries.lock(connection, delivery["id"])["state"] not in OPEN:
            return
        counts = dict.fromkeys(deliveries.COUNTS, 0)
        course = Course(decision="refuse", findings=[finding])
        verdict = Verdict("refuse", counts, [finding], (), (), None)
        _enter(hub, connection, delivery, contract, course, verdict, 0.0)


def _repeat(hub: Hub, delivery: dict[str, Any]) -> bool:
    """Answer identical bytes with the first outcome; False while the first has none yet."""
    contract = hub.contract(delivery["dataset"]) if delivery["dataset"] else None
    with writing(hub.ledger, "repeat") as connection:
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
