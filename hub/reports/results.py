"""Read Great Expectations' validation result: one line per rule, a summary per dimension. Computes no verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hub.findings import catalogue
from hub.reports.words import DIMENSIONS, SEVERITIES

Status = Literal["passed", "failed", "not_judged"]
_ROUGH = {"critical": "必须满足", "warning": "请核实", "info": "仅供参考"}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of the suite. ``checked`` and ``failed`` are None for rules about the whole table."""

    number: int  # place in the suite, from 1
    code: str
    title: str
    column: str | None
    label: str  # Chinese name of the column, or 整批
    dimension: str
    severity: str
    status: Status
    checked: int | None
    failed: int | None
    observed: str | None  # for rules about the whole table
    source: str


@dataclass(frozen=True, slots=True)
class DimensionLine:
    """All rules of one dimension together."""

    dimension: str
    rules: int
    rules_failed: int
    checked: int
    failed: int


def rule_lines(validation: Mapping[str, Any] | None, labels: Mapping[str, str]) -> list[RuleLine]:
    """Rules in the suite's order. ``labels`` has the Chinese names of the columns."""
    entries = validation["results"] if validation else []
    return [_line(number, entry, labels) for number, entry in enumerate(entries, start=1)]


def dimension_lines(rules: Sequence[RuleLine]) -> list[DimensionLine]:
    """Sums per dimension, in the standard's order; dimensions without a rule are left out."""
    lines = []
    for dimension in dict.fromkeys([*DIMENSIONS, *(rule.dimension for rule in rules)]):
        own = [rule for rule in rules if rule.dimension == dimension]
        if own:
            bad = sum(rule.status != "passed" for rule in own)
            checked, failed = (sum(getattr(rule, name) or 0 for rule in own) for name in ("checked", "failed"))
            lines.append(DimensionLine(dimension, len(own), bad, checked, failed))
    return lines


def _line(number: int, entry: Mapping[str, Any], labels: Mapping[str, str]) -> RuleLine:
    config, result = entry["expectation_config"], entry.get("result") or {}
    meta = config.get("meta") or {}
    code = str(meta.get("code", ""))
    known = catalogue().get(code)
    column = meta.get("column")
    raised = _raised(entry.get("exception_info") or {})
    elements = result.get("element_count")
    checked = None if elements is None else elements - (result.get("missing_count") or 0)
    observed = result.get("observed_value")
    return RuleLine(
        number=int(meta["rule"]) + 1 if "rule" in meta else number,
        code=code,
        title=known.title if known else str(meta.get("title", config["type"])),
        column=column,
        label=labels.get(column, column) if column else "整批",
        dimension=str(meta.get("dimension") or (known.dimension if known else "规范性")),
        severity=SEVERITIES[known.cls] if known else _ROUGH.get(str(config.get("severity")), "必须满足"),
        status="not_judged" if raised else "passed" if entry["success"] else "failed",
        checked=None if raised else checked,
        failed=None if raised or checked is None else result.get("unexpected_count", 0),
        observed=None if observed is None or isinstance(observed, list | dict) else f"{observed}",
        source="数据契约" if meta.get("source") == "contract" else "补充规则",
    )


def _raised(info: Mapping[str, Any]) -> bool:
    """Whether the rule could not be judged; the information is flat, or keyed by metric."""
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(isinstance(part, Mapping) and part.get("raised_exception") for part in info.values())
