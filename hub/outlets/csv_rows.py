"""Rows as CSV for a bank (银行数据文件的行): UTF-8 with its mark, one fixed header, read back strictly."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

MARK = "\ufeff"


class NotCsv(ValueError):
    """A content is no table: not UTF-8, no header, or a line with another number of cells."""


def write(header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """A table with a header, lines ended by CRLF; a cell that a row lacks is empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return (MARK + text.getvalue()).encode("utf-8")


def read(content: bytes) -> list[dict[str, str]]:
    """The rows of a table by the names in its header; ``NotCsv`` when it is none."""
    try:
        text = content.decode("utf-8-sig")
        lines = [cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if cells]
    except (UnicodeDecodeError, csv.Error):
        raise NotCsv("no CSV in UTF-8") from None
    if not lines or len(set(lines[0])) != len(lines[0]):
        raise NotCsv("no header, or a name stands twice in it")
    if any(len(cells) != len(lines[0]) for cells in lines):
        raise NotCsv("a line has another number of cells than the header")
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]
