"""Compose the receipt: facts in, one ``receipt.v1`` object out. Pure: the same facts give the same bytes.

The object is the single source of the three faces (JSON, workbook, console). ``receipt.v1.schema.json`` beside this
file describes it. Field by field it follows the receipts of older exchange systems: an envelope verdict apart from
the findings, both the sender's row number and the record number, exact counts even where detail is cut.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from hub.contract.model import Contract
from hub.errors import CallOperator
from hub.findings import Notice, notice
from hub.receipts import wording
from hub.receipts.names import names
from hub.receipts.origin import contract_of, moment, package, submission_of
from hub.receipts.parts import (
    Cause,
    Correction,
    Counts,
    Example,
    FindingRow,
    Judged,
    Refusal,
    ResendTold,
    ReturnTold,
    RuleFindings,
    Submission,
)

__all__ = ["Cause", "Correction", "Counts", "Example", "FindingRow", "Judged", "Refusal", "ResendTold", "RuleFindings"]
__all__ += ["Submission", "compose", "compose_amendment", "to_bytes"]

_GRAVITY = "SVQMDC"


def compose(
    *,
    receipt_no: str | None,
    batch_no: str | None,
    generated_at: datetime,
    submission: Submission,
    judged: Judged,
    counts: Counts | None,
    contract: Contract | None,
    findings: Sequence[RuleFindings] = (),
    corrections: Sequence[Correction] = (),
    causes: Sequence[Cause] = (),
    resend: ResendTold | None = None,
    returned: ReturnTold | None = None,
    contact: str = "",
    supersedes: str | None = None,
) -> dict[str, Any]:
    """The receipt of stage 2 (校验), also of a precheck, which has no numbers (None).

    ``causes`` stand as they come, the likeliest first. ``resend`` compares with the delivery that this one sends again.
    ``returned``: what a workbook of ours has brought back.

    ``counts`` is None when the rows of the file could not be counted (unreadable, or a duplicate that was not read
    again). ``contact`` defaults to the contract's. ``CallOperator`` when the counts do not balance, when rows are
    rejected that no finding explains, or when a moment has no zone.
    """
    if counts is not None:
        _balance(counts, judged)
    elif judged.decision not in ("refuse", "duplicate"):
        raise CallOperator("a delivery that is not refused has no counts")
    _explained(counts, findings)
    ordered = sorted(findings, key=_order)
    code = _verdict(judged, counts, ordered)
    figures = asdict(counts) if counts else {name: None for name in Counts.__dataclass_fields__}
    figures = {"declared": figures.pop("declared"), **figures, "refused_by_province": 0}
    first = notice(ordered[0].code) if ordered else None
    until = judged.respond_by if wording.action(code) in wording.RESPONDING else None
    receipt: dict[str, Any] = {
        "schema": "receipt.v1",
        "receipt_no": receipt_no,
        "stage": "validation",
        "batch_no": batch_no,
        "package_id": package(submission, batch_no),
        "supersedes": supersedes,
        "amends": None,
        "duplicate_of": judged.duplicate_of,
        "contract": None if contract is None else contract_of(contract),
        "submission": submission_of(submission),
        "verdict": {"code": code, "text": wording.verdict(code, figures, first, judged.duplicate_of)},
        "counts": figures,
        "resend": None if resend is None else asdict(resend) | {"text": wording.resend(resend)},
        **({} if returned is None else {"returned": asdict(returned) | {"text": wording.returned(returned)}}),
        "causes": [asdict(cause) | {"columns": list(cause.columns)} for cause in causes],
        "findings": [_finding(group) for group in ordered],
        "corrections": [_correction(one) for one in sorted(corrections, key=_by_count)],
        "timeliness": None
        if judged.timeliness is None
        else {"on_time": judged.timeliness[0], "late": judged.timeliness[1]},
        "next": {
            "action": wording.action(code),
            "steps": [],
            "template": None,
            "respond_by": until.isoformat() if until else None,
            "next_cutoff": None,
            "contact": contact or (contract.contact if contract else ""),
        },
        "generated_at": moment(generated_at),
    }
    rows_to_mend = bool(figures["rejected"]) and any(found["class"] == "V" for found in receipt["findings"])
    return finished(receipt, rows_to_mend)


def compose_amendment(
    first_receipt: Mapping[str, Any], refusals: Sequence[Refusal], receipt_no: str, generated_at: datetime
) -> dict[str, Any]:
    """The receipt of stage 3 (上报): rows that the hub accepted and the province refused, each with its cause.

    It amends the first receipt and does not void it: the counts of stage 2 stay true. One finding per cause.
    ``CallOperator`` without a refusal, or with more refusals than accepted rows.
    """
    accepted = first_receipt["counts"]["accepted"] or 0
    if not refusals or len({refusal.record for refusal in refusals}) > accepted:
        raise CallOperator(f"{len(refusals)} refusals of the province do not fit {accepted} accepted rows")
    by_cause: dict[str, list[FindingRow]] = {}
    for refusal in sorted(refusals, key=lambda refusal: (refusal.record, refusal.cause)):
        row = FindingRow(refusal.row, refusal.record, key=refusal.key, detail=refusal.cause)
        by_cause.setdefault(refusal.cause, []).append(row)
    groups = [
        RuleFindings("PRV-REFUSED", None, None, len(rows), tuple(rows), detail=cause)
        for cause, rows in sorted(by_cause.items())
    ]
    count = len({refusal.record for refusal in refusals})
    receipt: dict[str, Any] = {
        **first_receipt,
        "receipt_no": receipt_no,
        "stage": "province",
        "supersedes": None,
        "amends": first_receipt["receipt_no"],
        "verdict": {
            "code": "PARTIAL",
            "text": wording.province(count),
        },
        "counts": {**first_receipt["counts"], "refused_by_province": count},
        "resend": None,
        "causes": [],
        "findings": [_finding(group) for group in sorted(groups, key=_order)],
        "corrections": [],
        "timeliness": None,
        "next": {**first_receipt["next"], "action": "FIX_ROWS", "template": None, "respond_by": None},
        "generated_at": moment(generated_at),
    }
    return finished(receipt, template=False)


def to_bytes(receipt: Mapping[str, Any]) -> bytes:
    """The JSON face: UTF-8, fields in the order of the schema, a newline at the end."""
    return (json.dumps(receipt, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _balance(counts: Counts, judged: Judged) -> None:
    if counts.rows != counts.accepted + counts.rejected + counts.duplicate + counts.blank:
        raise CallOperator("rows are not accepted + rejected + duplicate + blank")
    if counts.of_which_query > counts.accepted:
        raise CallOperator("more rows with a query than accepted rows")
    stored = (counts.inserted, counts.updated, counts.unchanged)
    known = [figure for figure in stored if figure is not None]
    if len(known) == 3 and sum(known) != counts.accepted:
        raise CallOperator("accepted are not inserted + updated + unchanged")
    if len(known) not in (0, 3):
        raise CallOperator("inserted, updated and unchanged are known together or not at all")
    if judged.decision == "accept" and judged.precheck is bool(known):
        raise CallOperator("what was stored is known exactly when something could be stored")
    declared = counts.rows if counts.declared is None else counts.declared
    if judged.decision in ("accept", "hold") and not counts.rows - counts.blank <= declared <= counts.rows:
        raise CallOperator("the rows are not as many as the sender declared")
    if judged.decision == "refuse" and counts.accepted:
        raise CallOperator("a refused delivery has no accepted rows")


def _explained(counts: Counts | None, findings: Sequence[RuleFindings]) -> None:
    classes = {group.code: notice(group.code).cls for group in findings}
    if "C" in classes.values():
        raise CallOperator("a change of the hub is a correction, not a finding")
    for group in findings:
        if group.count < len(group.rows):
            raise CallOperator(f"{group.code} lists more rows than it counts")
    rejecting = sum(group.count for group in findings if classes[group.code] == "V")
    if counts is not None and counts.rejected > rejecting and "S" not in classes.values():
        raise CallOperator(f"{counts.rejected} rows are rejected, findings explain {rejecting}")


def _verdict(judged: Judged, counts: Counts | None, findings: Sequence[RuleFindings]) -> str:
    """``refuse`` needs no second look; ``accept`` is told by what happened to the rows."""
    mark = "PRECHECK_" if judged.precheck else ""
    if judged.decision != "accept" or counts is None:
        return mark + {"duplicate": "DUPLICATE", "hold": "PENDING"}.get(judged.decision, "REJECTED")
    if counts.rejected:
        return mark + ("PARTIAL" if counts.accepted else "REJECTED")
    asked = counts.of_which_query or any(notice(group.code).cls in "QM" for group in findings)
    return mark + ("ACCEPTED_QUERY" if asked else "ACCEPTED")


def _by_count(change: Correction) -> tuple[int, str, str]:
    return -change.count, change.code, change.column or ""


def _order(group: RuleFindings) -> tuple[int, int, int, str, str, str]:
    """What stops the whole file first, what asks nothing of anybody last, between them by rows affected."""
    entry = notice(group.code)
    stops = entry.cls == "S" or (entry.cls == "M" and entry.acts == "operator")
    rank = 0 if stops else 2 if entry.acts == "nobody" else 1
    return (rank, -group.count, _GRAVITY.index(entry.cls), group.code, group.column or "", group.detail or "")


def _finding(group: RuleFindings) -> dict[str, Any]:
    entry: Notice = notice(group.code)
    rows = sorted(group.rows, key=lambda row: (row.record or 0, row.row or 0))
    first = rows[0] if rows else FindingRow(None, None)
    fill = partial(
        wording.filled,
        row=first.row,
        name=group.name,
        value=first.value_masked,
        detail=group.detail or first.detail,
    )
    place = {"column": group.letter, "field": group.column, "name": group.name}
    return {
        "rule": group.code,
        "class": entry.cls,
        "dimension": entry.dimension,
        "title": entry.title,
        "why": fill(entry.why),
        "fix": fill(entry.fix),
        "basis": entry.basis,
        **place,
        "count": group.count,
        "rows": [
            {
                "row": row.row,
                "record": row.record,
                "key": row.key,
                **place,
                "value": row.value_masked,
                "detail": row.detail,
                **({} if row.sheet is None else {"sheet": row.sheet, "original_row": row.original_row}),
                "suggestion": row.suggestion,
            }
            for row in rows
        ],
        "rows_truncated": group.truncated or (bool(group.rows) and len(group.rows) < group.count),
    }


def _correction(change: Correction) -> dict[str, Any]:
    return {
        "code": change.code,
        "title": notice(change.code).title,
        "column": change.column,
        "name": change.name,
        "count": change.count,
        "examples": [asdict(example) for example in change.examples],
    }


def finished(receipt: dict[str, Any], template: bool) -> dict[str, Any]:
    """The receipt with what follows from the rest of it: next steps, and the workbook in which rows are mended."""
    if template:
        receipt["next"]["template"] = names(receipt, receipt["submission"]["file_name"])[1]
    receipt["next"]["steps"] = wording.steps(receipt)
    return receipt
