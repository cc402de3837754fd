"""Stage gate (闸门): Great Expectations validates the suite from the verdict; accept, hold or refuse the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.findings import Finding, notice
from hub.rules.engine import read_result, validate
from hub.rules.verdict import Verdict
from hub.stages.job import Job


@dataclass(frozen=True, slots=True)
class Gated:
    """Outcome: what becomes of the batch, Great Expectations' own result, and the findings about the batch."""

    decision: Literal["accept", "hold", "refuse"]
    result: Mapping[str, Any]
    findings: tuple[Finding, ...]


def run(job: Job, verdict: Verdict, rejected: int) -> Gated:
    """Decide on the batch. ``rejected``: rows that a critical row rule rejected.

    A rule that could not be judged, or a critical rule about the table that failed, holds the delivery for a person.
    A share of rejected rows above the contract's threshold refuses it (receipts: never in silence).
    """
    judgement = read_result(validate(job.suite, verdict))
    if verdict.row_count and rejected / verdict.row_count > job.contract.refuse_above:
        share = f"{100 * rejected / verdict.row_count:.1f}%"
        return Gated("refuse", judgement.result, (Finding("GATE-SHARE", detail=share),))
    empty = [
        str(rule.meta["code"])
        for rule in (job.suite.rules[number] for number in judgement.failed)
        if rule.type.startswith("expect_table_") and notice(str(rule.meta["code"])).cls == "S"
    ]
    if empty:
        return Gated("refuse", judgement.result, tuple(Finding(code) for code in empty))
    unjudged = [str(job.suite.rules[number].meta["code"]) for number in judgement.not_judged]
    found = [Finding("GATE-HOLD", detail="、".join(sorted(set(unjudged))))] if unjudged else []
    hold = bool(unjudged)
    for number in judgement.failed:
        rule = job.suite.rules[number]
        if rule.type.startswith("expect_table_"):
            found.append(Finding(str(rule.meta["code"])))
            hold = hold or (rule.severity == "critical" and notice(str(rule.meta["code"])).cls == "M")
    return Gated("hold" if hold else "accept", judgement.result, tuple(found))
