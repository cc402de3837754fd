"""What a receipt is made of: the facts that the line hands over. Values in here are masked already."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

from hub.errors import CallOperator

Mode = Literal["O", "C", "R", "W"]  # original, correction, replacement, withdrawal
Decision = Literal["accept", "refuse", "hold", "duplicate"]


@dataclass(frozen=True, slots=True)
class Submission:
    """The bytes that came, and how."""

    file_name: str
    size: int  # bytes
    sha256: str  # 64 hex digits, lower case
    received_at: datetime  # with a zone
    channel: str  # sftp | hand | database | http | api
    account: str | None = None
    sheet: str | None = None  # XLSX only
    header_row: int | None = None  # as the sender sees it, from 1; None: no header was found
    encoding: str | None = None  # text files only
    mode: Mode = "O"


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by fate. ``inserted``, ``updated`` and ``unchanged`` are None while nothing was stored (试报, held)."""

    rows: int
    accepted: int
    of_which_query: int
    rejected: int
    duplicate: int
    blank: int
    inserted: int | None = None
    updated: int | None = None
    unchanged: int | None = None
    not_linked: int = 0
    declared: int | None = None  # what the sender said that there are


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One row of a finding. ``row`` as the sender sees it, ``record`` data record from 1."""

    row: int | None
    record: int | None
    value_masked: str | None = None
    key: str | None = None  # natural key, masked
    detail: str | None = None
    suggestion: str | None = None
    sheet: str | None = None  # of a workbook that came back: where the row stands
    original_row: int | None = None  # and the row that it was in the first file


@dataclass(frozen=True, slots=True)
class RuleFindings:
    """All rows with one code in one column. ``count`` is exact; ``rows`` may be only the first of them."""

    code: str
    column: str | None  # contract column
    name: str | None  # its Chinese name
    count: int  # rows affected; for findings about the whole file, what the stage gives (0 or 1)
    rows: tuple[FindingRow, ...] = ()
    truncated: bool = False
    letter: str | None = None  # column of the sheet: C
    detail: str | None = None  # for findings about the whole file


@dataclass(frozen=True, slots=True)
class Example:
    """One change, before and after, masked."""

    row: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A change that the hub made by itself, by code (class C) and column."""

    code: str
    column: str | None
    name: str | None
    count: int
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """What would mend much of a bad file at once; tried on a sample of ``of`` rows, never applied."""

    code: str  # CAU-…
    title: str
    detail: str  # one or two plain sentences
    fix: str
    would_pass: int | None  # rows of the sample; None: nothing can be tried, the content is gone
    of: int
    columns: tuple[str, ...] = ()  # contract columns


@dataclass(frozen=True, slots=True)
class ResendTold:
    """How the rows compare with those of the earlier delivery that they send again (重报比较)."""

    of: str  # batch number of the earlier delivery
    kind: Literal["correction", "extension", "replacement", "truncation", "same"]
    corrected: int
    unchanged: int
    new: int
    mended: int  # rejected then, accepted now
    vanished: int  # in the earlier delivery only
    removed: bool = False  # the vanished rows were withdrawn


@dataclass(frozen=True, slots=True)
class ReturnTold:
    """What a workbook of ours brought back: lines by what their sender made of them."""

    receipt: str  # number of the receipt whose workbook it is
    batch: str
    mended: int = 0  # lines of 待更正
    corrected: int = 0  # questions that were answered with other cells
    confirmed: int = 0
    withdrawn: int = 0
    asked_again: int = 0  # answers that nobody understands


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided about the whole delivery."""

    decision: Decision
    precheck: bool = False  # 试报: judged, nothing stored
    duplicate_of: str | None = None  # number of the first receipt
    timeliness: tuple[int, int] | None = None  # rows on time, rows late
    respond_by: date | None = None


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """One row and what a release of the open feed did with it."""

    row: int
    record: int
    record_id: str
    state: Literal["published", "withheld", "withdrawn"]
    reason: str | None = None  # in words, of a withheld one


@dataclass(frozen=True, slots=True)
class PublicationTold:
    """What a release of the open feed did with the rows of one delivery. Counts are exact, ``rows`` may be cut."""

    release: str  # version of the index
    as_of: date
    published: int
    withheld: int
    withdrawn: int
    reasons: tuple[tuple[str, int], ...]  # why rows are withheld
    rows: tuple[PublicationRow, ...]

    def check(self) -> None:
        """``CallOperator`` when it tells of nothing, or does not add up."""
        total = self.published + self.withheld + self.withdrawn
        if not total or len(self.rows) > total or sum(count for _, count in self.reasons) != self.withheld:
            raise CallOperator("what is told of a release does not add up")

    def as_json(self) -> dict[str, Any]:
        """As the receipt has it."""
        return {
            "release": self.release,
            "as_of": self.as_of.isoformat(),
            "published": self.published,
            "withheld": self.withheld,
            "withdrawn": self.withdrawn,
            "reasons": [{"reason": reason, "count": count} for reason, count in self.reasons],
            "rows": [asdict(row) for row in self.rows],
            "rows_truncated": len(self.rows) < self.published + self.withheld + self.withdrawn,
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """One accepted row that the province refused, with its cause in its own words."""

    row: int
    record: int
    cause: str
    key: str | None = None  # masked
