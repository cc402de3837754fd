"""Files that go wrong as a whole, and files that come again (整份出错与重报): what clerks and old systems do.

Each takes a file that is right and gives the one that is sent in its place or after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hub.contract.model import Contract
from hub.county.mess import Written
from hub.county.style import Style

_TEXTS = ("csv", "txt")


@dataclass(frozen=True, slots=True)
class Mishap:
    """A file as it is sent, its ending, and the code for which the hub refuses all of it."""

    content: bytes
    ending: str
    refused: str


def empty(content: bytes, style: Style) -> Mishap:
    """The export broke off before the first byte."""
    return Mishap(b"", style.ending, "FIL-EMPTY")


def undecodable(content: bytes, style: Style) -> Mishap | None:
    """A faulty transfer: bytes that no encoding has, in the middle of a text file."""
    if style.form not in _TEXTS:
        return None
    middle = content.index(b"\r\n", len(content) // 2)
    return Mishap(content[:middle] + b"\xff\xff\xff" + content[middle:], style.ending, "FIL-ENCODING")


def stray_quote(content: bytes, style: Style) -> Mishap | None:
    """One quotation mark that nobody closed: it would swallow all lines behind it."""
    if style.form not in _TEXTS or content.count(b"\r\n") < 12:
        return None
    lines = content.split(b"\r\n")
    lines[3] = b'"' + lines[3]
    return Mishap(b"\r\n".join(lines), style.ending, "FIL-LINES")


def cut_off(content: bytes, style: Style) -> Mishap | None:
    """A workbook of which only the first half arrived."""
    return None if style.form != "xlsx" else Mishap(content[: len(content) // 2], style.ending, "FIL-PARTIAL")


def unicode_text(content: bytes, style: Style) -> Mishap | None:
    """Saved as Excel's "Unicode text", which is not agreed."""
    if style.form not in _TEXTS:
        return None
    return Mishap(content.decode(style.encoding).encode("utf-16"), style.ending, "FIL-ENCODING")


def scanned(content: bytes, style: Style) -> Mishap:
    """The signed paper was scanned and sent in place of the table."""
    return Mishap(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n", "pdf", "FIL-FORMAT")


MISHAPS: Sequence[Callable[[bytes, Style], Mishap | None]] = (
    empty,
    undecodable,
    cut_off,
    stray_quote,
    scanned,
    unicode_text,
)


def headless(contract: Contract, style: Style, records: Sequence[Written]) -> Mishap:
    """A required column was deleted from the sheet before it was sent."""
    lost = style.header(next(column for column in contract.columns if column.required))
    return Mishap(style.file(contract, records, without=lost), style.ending, "HDR-MISSING")


def corrected(contract: Contract, style: Style, fine: Sequence[Mapping[str, str]]) -> list[Written]:
    """Fine rows again, with another text in a column outside the key (更正); none if there is no such column."""
    free = (one for one in contract.content if one.kernel == "text" and not one.primary_key and one.pattern is None)
    column = next((one for one in free if one.required and one.refers_to is None), None)
    if column is None or column.name == contract.subject.name:
        return []
    head = style.header(column)
    return [Written({**row, head: f"{row[head]}（更正）"}, "accepted") for row in fine if row.get(head)]
