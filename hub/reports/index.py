"""The front page of the reports (报告目录): every dataset with its totals and a link to its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.reports.facts import Balance, DeliveryLine, Witness
from hub.reports.page import render


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One dataset. ``dataset`` is None for files that could not be told apart; ``page`` is a relative link."""

    dataset: str | None
    title: str
    page: str
    deliveries: tuple[DeliveryLine, ...]

    @property
    def total(self) -> Balance:
        """Rows of all counted deliveries; those that wait for a person are not counted yet."""
        known = [line.balance for line in self.deliveries if line.balance is not None and line.verdict != "PENDING"]
        return Balance(*(sum(getattr(one, name) or 0 for one in known) for name in Balance.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class _Facts:
    county: str
    lines: tuple[IndexLine, ...]
    generated_at: datetime
    checkpoint: Witness | None
    missing: int | None


def index_page(
    county: str,
    lines: Sequence[IndexLine],
    generated_at: datetime,
    checkpoint: Witness | None = None,
    missing: int | None = None,
) -> str:
    """One HTML file that needs nothing else. ``missing``: deliveries that never came; None when none is waited for."""
    return render("index.html.jinja", facts=_Facts(county, tuple(lines), generated_at, checkpoint, missing))
