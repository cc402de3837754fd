"""What a receipt is made of: the facts that the line hands over. Values in here are masked already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Mode = Literal["O", "C", "R", "W"]  # original, correction, replacement, withdrawal
Decision = Literal["accept", "refuse", "hold", "duplicate"]


@dataclass(frozen=True, slots=True)
class Submission:
    """The bytes that came, and how."""

    file_name: str
    size: int  # bytes
    sha256: str  # 64 hex digits, lower case
    received_at: datetime  # with a zone
    channel: str  # sftp | hand | database
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
class Judged:
    """What was decided about the whole delivery."""

    decision: Decision
    precheck: bool = False  # 试报: judged, nothing stored
    duplicate_of: str | None = None  # number of the first receipt
    timeliness: tuple[int, int] | None = None  # rows on time, rows late
    respond_by: date | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One accepted row that the province refused, with its cause in its own words."""

    row: int
    record: int
    cause: str
    key: str | None = None  # masked
