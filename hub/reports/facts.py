"""What the pages are made of. Plain values; whoever fills them has masked every cell by its classification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Balance:
    """Rows by fate. The last three are None while nothing was stored."""

    rows: int
    accepted: int
    of_which_query: int
    rejected: int
    duplicate: int
    blank: int
    inserted: int | None = None
    updated: int | None = None
    unchanged: int | None = None

    @property
    def holds(self) -> bool:
        """Whether both equations are true: rows by fate, and accepted rows by what was stored."""
        stored = (self.inserted, self.updated, self.unchanged)
        known = [figure for figure in stored if figure is not None]
        return self.rows == self.accepted + self.rejected + self.duplicate + self.blank and (
            not known or sum(known) == self.accepted
        )


@dataclass(frozen=True, slots=True)
class HitRow:
    """One row that a finding is about. ``row`` as the sender sees it; ``value`` is masked."""

    row: int | None
    record: int | None
    value: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """All findings with one code and column in one delivery. ``count`` is exact, ``rows`` are the first of them."""

    code: str
    column: str | None
    count: int
    rows: tuple[HitRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """What would mend much of the delivery at once, as the receipt says it (原因)."""

    code: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Witness:
    """A signed checkpoint of the evidence log (存证检查点): whoever keeps the page can tell if the log was changed."""

    size: int
    root: str  # 64 hex
    note: str


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """One delivery. Moments carry a zone. ``verdict`` is a code of ``receipt.v1``."""

    batch_no: str
    receipt_no: str | None
    county: str
    department: str
    dataset: str | None  # address; None: the file name did not say it
    title: str | None  # Chinese name of the dataset
    file_name: str
    size: int  # bytes
    sha256: str
    channel: str
    received_at: datetime
    judged_at: datetime | None
    contract_version: str | None
    contract_fingerprint: str | None
    verdict: str
    verdict_text: str
    balance: Balance | None  # None: the rows could not be counted
    generated_at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)  # contract column -> Chinese name
    validation: Mapping[str, Any] | None = None  # Great Expectations' result as JSON; None: no row was judged
    hits: tuple[Hit, ...] = ()
    reasons: tuple[Reason, ...] = ()
    dataset_page: str | None = None  # relative link
    checkpoint: Witness | None = None  # the first one that covers the verdict


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery on the page of its dataset."""

    batch_no: str
    page: str  # relative link to its own page
    department: str
    file_name: str
    received_at: datetime
    verdict: str
    balance: Balance | None
    on_time: int | None = None  # rows
    late: int | None = None
    hits: Mapping[str, int] = field(default_factory=dict)  # finding code -> rows


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """One dataset with all its deliveries, in order of receipt."""

    dataset: str
    title: str
    county: str
    owner: str
    contact: str
    contract_version: str
    contract_fingerprint: str
    working_days: int | None  # allowed from decision to report
    deliveries: tuple[DeliveryLine, ...]
    generated_at: datetime
    checkpoint: Witness | None = None
