"""The page of one dataset (质量报告): its deliveries in order, totals that balance, rules over the deliveries."""

from __future__ import annotations

from hub.findings import catalogue
from hub.reports import figures
from hub.reports.facts import Balance, DatasetFacts, DeliveryLine
from hub.reports.page import render
from hub.reports.words import SEVERITIES, VERDICTS

_COLOURS = {"S": "rejected", "V": "rejected", "Q": "query", "M": "query", "D": "duplicate", "C": "blank"}
RECENT = 30  # deliveries in the pictures; the tables have all of them


def dataset_page(facts: DatasetFacts) -> str:
    """One HTML file that needs nothing else. The same facts give the same bytes."""
    settled = [line for line in facts.deliveries if line.verdict != "PENDING"]
    known = [line.balance for line in settled if line.balance is not None]
    timed = [line for line in settled if line.on_time is not None and line.late is not None]
    total = _total(known)
    numbered = list(enumerate(facts.deliveries, start=1))
    recent = facts.deliveries[-RECENT:]
    return render(
        "dataset.html.jinja",
        facts=facts,
        total=total,
        deliveries=numbered,
        pending=len(facts.deliveries) - len(settled),
        uncounted=len(settled) - len(known),
        data_rows=total.rows - total.duplicate - total.blank,
        on_time=sum(line.on_time or 0 for line in timed) if timed else None,
        timed=sum((line.on_time or 0) + (line.late or 0) for line in timed),
        columns=figures.delivery_columns(numbered[-RECENT:]),
        verdicts=VERDICTS,
        rules=_rules(facts, recent),
    )


def _total(balances: list[Balance]) -> Balance:
    """Sums. A delivery that stored nothing has no figures of what was stored: they count as 0."""

    def summed(name: str) -> int:
        return sum(getattr(balance, name) or 0 for balance in balances)

    return Balance(*(summed(name) for name in Balance.__dataclass_fields__))


def _rules(facts: DatasetFacts, recent: tuple[DeliveryLine, ...]) -> list[dict[str, object]]:
    """Rules that were hit, by rows over all deliveries."""
    codes = {code for line in facts.deliveries for code, rows in line.hits.items() if rows}
    sums = {code: sum(line.hits.get(code, 0) for line in facts.deliveries) for code in codes}
    return [
        {
            "code": code,
            "title": catalogue()[code].title,
            "dimension": catalogue()[code].dimension,
            "severity": SEVERITIES[catalogue()[code].cls],
            "rows": sums[code],
            "deliveries": sum(bool(line.hits.get(code)) for line in facts.deliveries),
            "last": facts.deliveries[-1].hits.get(code, 0),
            "spark": figures.hit_columns(
                [line.hits.get(code, 0) for line in recent], "各次报送的行数", _COLOURS[catalogue()[code].cls]
            ),
        }
        for code in sorted(codes, key=lambda code: (-sums[code], code))
    ]
