"""Great Expectations decides, rule by rule, from the counts of a verdict. GX is imported on the first call only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.contract.model import Suite
from hub.errors import CallOperator
from hub.rules.answers import Answers
from hub.rules.verdict import Verdict

# GX reads this when it is first imported and has no other switch that early; nothing of ours depends on it.
os.environ["GX_ANALYTICS_ENABLED"] = "false"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A validation result, read. Numbers are places in the suite.

    ``not_judged``: rules at which GX raised; they look like failures with an empty result and are neither passed nor
    failed. ``failed``: judged, and not enough rows hold.
    """

    result: Mapping[str, Any]
    not_judged: tuple[int, ...]
    failed: tuple[int, ...]


def validate(suite: Suite, verdict: Verdict) -> dict[str, Any]:
    """GX's own validation result of ``suite``, as a JSON dict: one entry per rule, in the suite's order.

    Every entry's ``expectation_config.meta`` is the rule's meta plus ``rule``, its place in the suite. It holds no
    value of any cell. Raises ``CallOperator`` when GX does not return exactly one entry per rule.
    """
    from hub.rules.expectations import implementation
    from hub.rules.gx import expectation, run

    if suite.rules != verdict.suite.rules:
        raise CallOperator(f"the verdict is not one of suite {suite.name}")
    expectations = [expectation(rule, number, implementation) for number, rule in enumerate(suite.rules)]
    result = run(suite.name, expectations, Answers(verdict, expectations))
    result["results"].sort(key=rule_number)
    if [rule_number(entry) for entry in result["results"]] != list(range(len(suite.rules))):
        raise CallOperator(f"suite {suite.name}: results do not match the rules one to one")
    for entry in result["results"]:
        for exception in exceptions(entry):
            exception["exception_traceback"] = None  # paths of this machine; the message says what is missing
    return result


def read_result(result: Mapping[str, Any]) -> Judgement:
    """Tell failed rules from rules that were not judged. Needs no GX: the result may come from the store."""
    not_judged = tuple(rule_number(entry) for entry in result["results"] if exceptions(entry))
    failed = (rule_number(entry) for entry in result["results"] if not entry["success"])
    return Judgement(result, not_judged, tuple(number for number in failed if number not in not_judged))


def rule_number(entry: Mapping[str, Any]) -> int:
    """Place in the suite of the rule that an entry of a validation result is about."""
    return int(entry["expectation_config"]["meta"]["rule"])


def exceptions(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was raised while GX judged one rule: ``exception_info`` is flat, or keyed by metric."""
    info = entry.get("exception_info") or {}
    found = [info] if "raised_exception" in info else [part for part in info.values() if isinstance(part, dict)]
    return [part for part in found if part.get("raised_exception")]
