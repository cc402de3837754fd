"""Make a receipt from what the stages found, inside the transaction that it tells of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from hub.contract.calendar_files import files
from hub.contract.model import Contract
from hub.findings import Finding, notice
from hub.ledger import deliveries, evidence, withdrawals
from hub.line.hub import ZONE
from hub.line.returning import Return
from hub.receipts.compose import compose, to_bytes
from hub.receipts.number import receipt_no
from hub.receipts.parts import (
    Cause,
    Correction,
    Counts,
    Decision,
    Example,
    FindingRow,
    Judged,
    Mode,
    ResendTold,
    RuleFindings,
    Submission,
)
from hub.stages.normalise import Change
from hub.stages.read import Read

if TYPE_CHECKING:
    from hub.line.hub import Hub

MODES: Mapping[str, Mode] = {"original": "O", "correction": "C", "replacement": "R", "withdrawal": "W"}
RESPOND_DAYS = 10  # working days for an answer, where the contract grants none
SHOWN = 100  # rows named per finding in a receipt; counts are never capped


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that a receipt of stage 2 tells."""

    decision: Decision
    counts: Mapping[str, int]
    findings: Sequence[Finding]
    rule_counts: Sequence[tuple[str, str | None, int]]
    changes: Sequence[Change]
    read: Read | None
    duplicate_of: str | None = None
    causes: Sequence[Cause] = ()
    resend: ResendTold | None = None
    timeliness: tuple[int, int] | None = None  # rows in time, rows late
    came: Return | None = None  # what came back, where the delivery is a workbook of ours


def issue(
    hub: Hub,
    connection: Any,
    delivery: Mapping[str, Any],
    contract: Contract | None,
    verdict: Verdict,
    now: datetime,
) -> dict[str, Any]:
    """Compose the receipt of stage 2 and enter it; a later one supersedes the earlier."""
    before = [one for one in deliveries.receipts(connection, delivery["id"]) if one["stage"] == "validation"]
    ordinal = len(before) + 1
    number = receipt_no(delivery["batch_no"], 2, ordinal)
    receipt = write(
        delivery,
        contract,
        verdict,
        now,
        number=number,
        supersedes=before[-1]["receipt_no"] if before else None,
        respond_by=_respond_by(hub, contract, now),
    )
    receipt["checkpoint"] = evidence.latest_checkpoint(connection)  # whoever has the receipt is a witness of it
    body = to_bytes(receipt).decode("utf-8")
    deliveries.issue_receipt(connection, delivery["id"], number, "validation", ordinal, body, now)
    return receipt


def digest(receipt: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the receipt's bytes, as its event binds it."""
    return hashlib.sha256(to_bytes(receipt)).hexdigest()


def write(
    delivery: Mapping[str, Any],
    contract: Contract | None,
    verdict: Verdict,
    now: datetime,
    *,
    number: str | None,
    supersedes: str | None = None,
    precheck: bool = False,
    respond_by: date | None = None,
) -> dict[str, Any]:
    """The receipt object, without entering it anywhere."""
    read = verdict.read
    submission = Submission(
        file_name=delivery["file_name"],
        size=delivery["size"],
        sha256=delivery["sha256"],
        received_at=delivery["received_at"],
        channel=delivery["channel"],
        account=delivery["department"],
        sheet=read.sheet if read else None,
        header_row=read.header_row or None if read else None,  # 0: the format has no header
        encoding=read.encoding if read else None,
        mode=MODES[delivery["mode"]] if verdict.came is None else "C",
    )
    return compose(
        receipt_no=number,
        batch_no=delivery["batch_no"],
        generated_at=now,
        submission=submission,
        judged=Judged(
            verdict.decision,
            precheck=precheck,
            duplicate_of=verdict.duplicate_of,
            timeliness=verdict.timeliness,
            respond_by=respond_by,
        ),
        counts=_counts(verdict, precheck, _declared(delivery, read)),
        contract=contract,
        findings=groups(contract, verdict),
        corrections=[_correction(change) for change in verdict.changes],
        causes=verdict.causes,
        resend=verdict.resend,
        returned=None if verdict.came is None else verdict.came.told,
        supersedes=supersedes,
    )


def _declared(delivery: Mapping[str, Any], read: Read | None) -> int | None:
    """How many rows the sender says there are: in a manifest or marker, else in the file's own totals line."""
    declared: int | None = delivery.get("declared")
    return read.totals.rows if declared is None and read is not None and read.totals is not None else declared


def _counts(verdict: Verdict, precheck: bool, declared: int | None) -> Counts:
    stored: dict[str, Any] = {name: verdict.counts.get(name) for name in ("inserted", "updated", "unchanged")}
    if precheck or verdict.decision == "hold":
        stored = dict.fromkeys(stored)
    names = ("rows", "accepted", "of_which_query", "rejected", "duplicate", "blank")
    return Counts(**{name: verdict.counts[name] for name in names}, **stored, declared=declared)


def groups(contract: Contract | None, verdict: Verdict) -> list[RuleFindings]:
    """Findings by code and column: exact counts, the first rows of each."""
    exact = {(code, column): count for code, column, count in verdict.rule_counts}
    repeated = verdict.counts.get("duplicate", 0) - exact.get((withdrawals.CODE, None), 0)
    if repeated and verdict.duplicate_of is None:
        exact["DUP-ROW", None] = repeated
    gathered: dict[tuple[str, str | None], list[Finding]] = {key: [] for key in exact}
    for finding in verdict.findings:
        gathered.setdefault((finding.code, finding.column), []).append(finding)
    labels = {column.name: column.label for column in contract.columns} if contract else {}
    made = []
    for (code, column), found in gathered.items():
        rows = [one for one in found if one.record is not None or (one.row is not None and notice(code).cls == "S")]
        count = exact.get((code, column), len([one for one in rows if one.record is not None]))
        shown = [
            FindingRow(one.row, one.record, one.value, detail=one.detail, **_place(verdict, one.record))
            for one in rows[:SHOWN]
        ]
        made.append(
            RuleFindings(
                code=code,
                column=column,
                name=labels.get(column or ""),
                count=max(count, len(shown)),
                rows=tuple(shown),
                truncated=count > len(shown) and bool(shown),
                detail=next((one.detail for one in found if one.detail is not None), None),
            )
        )
    return made


def _place(verdict: Verdict, record: int | None) -> dict[str, Any]:
    """Where a row of a workbook stands that came back, and the row that it was."""
    place = None if verdict.came is None or record is None else verdict.came.places.get(record)
    return {} if place is None else {"sheet": place[0], "original_row": place[1]}


def _respond_by(hub: Hub, contract: Contract | None, now: datetime) -> date | None:
    """The last day for an answer: the dataset's days of grace, else ten working days; None without a calendar."""
    if not files(hub.settings.schemas):
        return None
    grace = contract.schedule.grace if contract is not None and contract.schedule is not None else 0
    return hub.calendar.add(now.astimezone(ZONE).date(), grace or RESPOND_DAYS)


def _correction(change: Change) -> Correction:
    examples = tuple(Example(*example) for example in change.examples)
    return Correction(change.code, change.column, change.name, change.count, examples)
