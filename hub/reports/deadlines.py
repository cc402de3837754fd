"""The page of due deliveries (报送期限): what each department owed, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.reports.facts import Witness
from hub.reports.page import render

# State: Chinese word, mark, class of the style sheet.
STATES = {
    "due": ("待报送", "…", "calm"),
    "received": ("已收到，未接收", "…", "calm"),
    "accepted": ("按时", "✔", "good"),
    "late": ("迟报", "▲", "ask"),
    "missing": ("漏报", "✘", "bad"),
    "waived": ("豁免", "—", "calm"),
}
COUNTED = ("accepted", "late", "missing")  # what is settled and was asked for


@dataclass(frozen=True, slots=True)
class DueLine:
    """One period of one department and dataset."""

    department: str
    title: str
    period: str
    due: str
    closes: str
    state: str
    provisional: bool
    page: str | None  # relative link to the page of its delivery
    batch_no: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class DueSums:
    """Periods of one department by state."""

    department: str
    counts: dict[str, int]

    @property
    def settled(self) -> int:
        """Periods that were asked for and are over."""
        return sum(self.counts[state] for state in COUNTED)


def sums(lines: Sequence[DueLine]) -> list[DueSums]:
    """By department, those with the most missing deliveries first."""
    made: dict[str, DueSums] = {}
    for line in lines:
        made.setdefault(line.department, DueSums(line.department, dict.fromkeys(STATES, 0))).counts[line.state] += 1
    return sorted(made.values(), key=lambda one: (-one.counts["missing"], -one.counts["late"], one.department))


def deadlines_page(
    county: str, lines: Sequence[DueLine], generated_at: datetime, calendar: str, checkpoint: Witness | None
) -> str:
    """One HTML file that needs nothing else. ``calendar``: up to which day working days are known."""
    return render(
        "deadlines.html.jinja",
        sums=sums(lines),
        missing=[line for line in reversed(lines) if line.state in ("missing", "late", "waived")],
        waiting=[line for line in lines if line.state in ("due", "received")],
        states=STATES,
        generated_at=generated_at,
        calendar=calendar,
        facts=_Facts(county, checkpoint),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    county: str
    checkpoint: Witness | None
