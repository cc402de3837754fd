"""The page of one delivery (校验报告): verdict, balance, rules with their shares, first rows of what failed."""

from __future__ import annotations

from hub.findings import catalogue
from hub.reports import figures
from hub.reports.facts import DeliveryFacts, Hit
from hub.reports.page import render
from hub.reports.results import RuleLine, dimension_lines, rule_lines
from hub.reports.words import CHANNELS, SEVERITIES, VERDICTS

_ORDER = {"not_judged": 0, "failed": 1, "passed": 2}


def delivery_page(facts: DeliveryFacts) -> str:
    """One HTML file that needs nothing else. The same facts give the same bytes."""
    rules = rule_lines(facts.validation, facts.labels)
    failed = sorted((rule for rule in rules if rule.status != "passed"), key=_gravity)
    word, icon, tone = VERDICTS[facts.verdict.removeprefix("PRECHECK_")]
    return render(
        "delivery.html.jinja",
        facts=facts,
        word=word,
        icon=icon,
        tone=tone,
        channel=CHANNELS.get(facts.channel, facts.channel),
        fates=figures.fates(facts.balance) if facts.balance else {},
        dimensions=dimension_lines(rules),
        rules=rules,
        failed=failed,
        passed=[rule for rule in rules if rule.status == "passed"],
        troubles=[_trouble(hit, facts, number) for number, hit in enumerate(_sorted(facts.hits), start=1)],
        anchors={(hit.code, hit.column): number for number, hit in enumerate(_sorted(facts.hits), start=1)},
    )


def _gravity(rule: RuleLine) -> tuple[int, int, int]:
    """Rules that could not be judged first, then by rows that failed, then in the suite's order."""
    return (_ORDER[rule.status], -(rule.failed or 0), rule.number)


def _sorted(hits: tuple[Hit, ...]) -> list[Hit]:
    """What stops the whole file first, then by rows; what asks nothing of anybody last."""
    ranks = {"S": 0, "M": 2, "D": 3}
    return sorted(
        hits, key=lambda hit: (ranks.get(catalogue()[hit.code].cls, 1), -hit.count, hit.code, hit.column or "")
    )


def _trouble(hit: Hit, facts: DeliveryFacts, number: int) -> dict[str, object]:
    entry = catalogue()[hit.code]
    return {
        "number": number,
        "code": hit.code,
        "title": entry.title,
        "fix": entry.fix.replace("{detail}", ""),
        "basis": entry.basis,
        "severity": SEVERITIES[entry.cls],
        "label": facts.labels.get(hit.column, hit.column) if hit.column else None,
        "count": hit.count,
        "rows": hit.rows,
        "rest": hit.count - len(hit.rows) if hit.rows else 0,
        "detailed": any(row.detail for row in hit.rows),
    }
