"""Files that go wrong as a whole, and files that come again (整份出错与重报): what clerks and old systems do.

Each takes a file that is right and gives the one that is sent beside it; None where it cannot happen to such a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hub.contract.model import Contract
from hub.county.record import Written
from hub.county.style import Style

_TEXTS = ("csv", "txt")


@dataclass(frozen=True)
class RightFile:
    """A file as it should have been sent."""

    contract: Contract
    style: Style
    records: Sequence[Written]

    @cached_property
    def content(self) -> bytes:
        """Its bytes."""
        return self.style.file(self.contract, self.records)

    @property
    def is_text(self) -> bool:
        """Whether it is a text file; else it is a workbook."""
        return self.style.form in _TEXTS


@dataclass(frozen=True, slots=True)
class Mishap:
    """A file as it is sent: what has happened, its bytes and ending, the code for which the hub refuses all of it."""

    habit: str
    content: bytes
    ending: str
    refused: str


def empty(right: RightFile) -> Mishap:
    """The export broke off before the first byte."""
    return Mishap("empty", b"", right.style.ending, "FIL-EMPTY")


def undecodable(right: RightFile) -> Mishap | None:
    """A faulty transfer: bytes that no encoding has, in the middle of a text file."""
    if not right.is_text:
        return None
    middle = right.content.index(b"\r\n", len(right.content) // 2)
    damaged = right.content[:middle] + b"\xff\xff\xff" + right.content[middle:]
    return Mishap("undecodable", damaged, right.style.ending, "FIL-ENCODING")


def cut_off(right: RightFile) -> Mishap | None:
    """A workbook of which only the first half arrived."""
    if right.is_text:
        return None
    return Mishap("cut_off", right.content[: len(right.content) // 2], right.style.ending, "FIL-PARTIAL")


def stray_quote(right: RightFile) -> Mishap | None:
    """One quotation mark that nobody closed: it would swallow all lines behind it."""
    lines = right.content.split(b"\r\n")
    if not right.is_text or len(lines) < 8:
        return None
    lines[3] = b'"' + lines[3]
    return Mishap("stray_quote", b"\r\n".join(lines), right.style.ending, "FIL-LINES")


def scanned(right: RightFile) -> Mishap:
    """The signed paper was scanned and sent in place of the table."""
    paper = b"%%PDF-1.4\n%% %d pages\ntrailer\n<<>>\n%%%%EOF\n" % len(right.content)
    return Mishap("scanned", paper, "pdf", "FIL-FORMAT")


def unicode_text(right: RightFile) -> Mishap | None:
    """Saved as Excel's "Unicode text", which is not agreed."""
    if not right.is_text:
        return None
    saved = right.content.decode(right.style.encoding).encode("utf-16")
    return Mishap("unicode_text", saved, right.style.ending, "FIL-ENCODING")


def headless(right: RightFile) -> Mishap:
    """A required column was deleted from the sheet before it was sent."""
    lost = right.style.header(next(column for column in right.contract.columns if column.required))
    content = right.style.file(right.contract, right.records, without=lost)
    return Mishap("headless", content, right.style.ending, "HDR-MISSING")


# An empty file comes first: a second one of the same dataset would be the same bytes again.
MISHAPS: tuple[Callable[[RightFile], Mishap | None], ...] = (
    *(empty, undecodable, cut_off, stray_quote, scanned, unicode_text, headless),
)


def of_kind(right: RightFile, number: int, *, once: bool) -> Mishap:
    """What happens to the file; kinds take turns by ``number``. ``once``: nothing that gives the same bytes again."""
    can_happen = [found for kind in (MISHAPS[1:] if once else MISHAPS) if (found := kind(right)) is not None]
    return can_happen[number % len(can_happen)]


def corrected(contract: Contract, style: Style, fine: Sequence[Mapping[str, str]]) -> list[Written]:
    """Fine rows again, with another text in a column outside the key (更正); none if there is no such column."""
    free = (one for one in contract.content if one.kernel == "text" and not one.primary_key and one.pattern is None)
    column = next((one for one in free if one.required and one.refers_to is None), None)
    if column is None or column.name == contract.subject.name:
        return []
    head = style.header(column)
    return [Written({**row, head: f"{row[head]}（更正）"}, "accepted") for row in fine if row.get(head)]


def numbers_for_codes(contract: Contract, style: Style, fine: Sequence[Mapping[str, str]]) -> tuple[str, list[Written]]:
    """Fine rows again, from a sheet in which Excel took credit codes of digits alone for numbers; with their header.

    Such a code cannot be told any more; the other rows say what is known. No rows where there is no such code, or so
    many that all of the file would be refused.
    """
    column = next((one for one in contract.columns if one.kernel == "uscc" and one.required), None)
    if style.form != "xlsx" or column is None:
        return "", []
    head = style.header(column)
    written = [
        Written(dict(row), "rejected", "ID-EXCEL15", column.name)
        if row.get(head, "").isdigit()
        else Written(dict(row), "accepted")
        for row in fine
    ]
    lost = sum(record.fate == "rejected" for record in written)
    return head, written if 0 < lost < 0.8 * contract.refuse_above * len(written) else []
