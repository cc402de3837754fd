"""What judging a rule comes to: rows counted; for rules on the batch, the figures that Great Expectations asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one rule: inside its row condition, considered (inside, less nulls or ignored rows), violated."""

    inside: int
    considered: int
    violated: int

    @property
    def element_count(self) -> int:
        """What Great Expectations calls the rows inside."""
        return self.inside

    @property
    def missing(self) -> int:
        """Rows inside that the rule does not consider."""
        return self.inside - self.considered

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.inside + other.inside, self.considered + other.considered, self.violated + other.violated)


@dataclass(frozen=True, slots=True)
class Figures:
    """Answers about the batch. ``metrics``: value by Great Expectations' name of the metric.

    ``absent``: what the batch should have and has not, for the people who read the receipt: values that the suite
    names, or numbers between those that are there. Never a value of a cell.
    """

    metrics: Mapping[str, object]
    absent: tuple[str, ...] = field(default=())
