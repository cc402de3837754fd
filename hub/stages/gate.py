"""Stage gate (闸门): Great Expectations validates the suite from the verdict; accept, hold or refuse the batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.findings import Finding, notice
from hub.rules.engine import Judgement, read_result, validate
from hub.rules.verdict import Verdict
from hub.stages.batch_words import told
from hub.stages.job import Job


@dataclass(frozen=True, slots=True)
class Gated:
    """Outcome: what becomes of the batch, Great Expectations' own result, and the findings about the batch."""

    decision: Literal["accept", "hold", "refuse"]
    result: Mapping[str, Any]
    findings: tuple[Finding, ...]


def run(job: Job, verdict: Verdict, rejected: int) -> Gated:
    """Decide on the batch. ``rejected``: rows that a critical row rule rejected.

    A delivery is refused for its structure only, and for a share of rejected rows above the contract's threshold. A
    rule that could not be judged, and a rule on the batch that the suite calls critical, hold it for a person; other
    rules on the batch ask. The receipt says which it was (never in silence).
    """
    judgement = read_result(validate(verdict.suite, verdict))
    if verdict.row_count and rejected / verdict.row_count > job.contract.refuse_above:
        share = f"{100 * rejected / verdict.row_count:.1f}%"
        return Gated("refuse", judgement.result, (Finding("GATE-SHARE", detail=share),))
    asked = list(_asked(job, verdict, judgement))
    refusing = tuple(finding for finding, _ in asked if notice(finding.code).cls == "S")
    if refusing:
        return Gated("refuse", judgement.result, refusing)
    unjudged = {str(verdict.suite.rules[number].meta["code"]) for number in judgement.not_judged}
    holding = unjudged | {finding.code for finding, critical in asked if critical}
    held = [Finding("GATE-HOLD", detail="、".join(notice(code).title for code in sorted(holding)))] if holding else []
    return Gated("hold" if holding else "accept", judgement.result, (*held, *(finding for finding, _ in asked)))


def _asked(job: Job, verdict: Verdict, judgement: Judgement) -> Iterator[tuple[Finding, bool]]:
    """Findings of the rules on the batch that failed, and whether the suite calls them critical."""
    columns = {column.name: column for column in job.contract.columns}
    for number in judgement.failed:
        rule = verdict.suite.rules[number]
        code, owner = str(rule.meta["code"]), rule.meta.get("column")
        if notice(code).cls not in ("S", "M"):
            continue  # a rule on rows: the rows have their findings
        column = columns.get(str(owner))
        result = judgement.result["results"][number]["result"]
        # Without rows there is nothing to compare with.
        detail = told(rule, result, verdict.figures.get(number), job.facts, column) if verdict.row_count else None
        yield Finding(code, column=None if column is None else column.name, detail=detail), rule.severity == "critical"
