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


def _hit(line: DeliveryLine, code: str) -> bool:
    """Whether the finding was made; findings about the whole file may count no rows."""
    return bool(line.hits.get(code)) or (code in line.hits and catalogue()[code].cls in "SMD")


def _rules(facts: DatasetFacts, recent: tuple[DeliveryLine, ...]) -> list[dict[str, object]]:
    """Rules that were hit, by rows over all deliveries."""
    codes = {code for line in facts.deliveries for code in line.hits if _hit(line, code)}
    sums = {code: sum(line.hits.get(code, 0) for line in facts.deliveries) for code in codes}
    rules: list[dict[str, object]] = []
    for code in sorted(codes, key=lambda code: (-sums[code], code)):
        entry = catalogue()[code]
        shown = [line.hits.get(code, 0) or int(_hit(line, code)) for line in recent]
        what = "最近各次报送的行数" if sums[code] else "最近各次报送是否出现"
        rules.append(
            {
                "code": code,
                "title": entry.title,
                "dimension": entry.dimension,
                "severity": SEVERITIES[entry.cls],
                "rows": sums[code] or None,
                "deliveries": sum(_hit(line, code) for line in facts.deliveries),
                "last": facts.deliveries[-1].hits.get(code, 0),
                "spark": figures.hit_columns(shown, what, _COLOURS[entry.cls]),
            }
        )
    return rules
