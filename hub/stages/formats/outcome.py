"""What reading a delivery ends in: the table was written, or the file was refused with its reasons."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.contract.model import Format
from hub.findings import Finding, notice


@dataclass(frozen=True, slots=True)
class Told:
    """What the totals line says: where it stands, how many rows of data there are, and the sum, exactly."""

    row: int
    rows: int
    sum: str | None  # a plain decimal number, in the unit of the totals line


@dataclass(frozen=True, slots=True)
class Read:
    """The outcome of reading one delivery. Record ``r`` of a refused file stands on row ``header_row + r``."""

    rows: int  # data records, blank ones included; 0 where they cannot be told
    findings: tuple[Finding, ...] = ()  # of the file; a class S among them means that no artefact was written
    format: Format | None = None
    encoding: str | None = None  # utf-8 or gb18030, or as declared; formats of text only
    delimiter: str | None = None  # CSV only
    sheet: str | None = None  # workbooks only
    header_row: int = 1  # 0 where a format has no header
    footers: tuple[tuple[int, str], ...] = ()  # row and text of closing lines such as 合计, which are blank records
    totals: Told | None = None
    seal: int | None = field(default=None, compare=False)  # of the artefact (hub.stages.sealing); None: there is none

    @property
    def refused(self) -> bool:
        """Whether the file as a whole was refused."""
        return any(notice(finding.code).cls == "S" for finding in self.findings)


class Refused(Exception):
    """Unwinds the reading of a file that cannot be taken; never leaves this package but as findings of a ``Read``."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__(", ".join(finding.code for finding in findings))
