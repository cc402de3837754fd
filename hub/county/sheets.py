"""Rows as bytes: CSV in the encodings that departments use, XLSX with every cell as text. Same rows, same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from hub.county.mess import Row, Written

_CREATED = datetime(2026, 1, 1)


def csv_bytes(
    header: Sequence[str], records: Sequence[Written], encoding: str, separator: str = ",", title: str = ""
) -> bytes:
    """A CSV file with CRLF line ends. A blank record is an empty line or one of separators, by turns.

    ``title``: a line of its own above the header, "" for none.
    """
    text = io.StringIO(newline="")
    text.write(f"{title}\r\n" if title else "")
    writer = csv.writer(text, lineterminator="\r\n", delimiter=separator)
    writer.writerow(header)
    blanks = 0
    for record in records:
        if record.fate == "blank":
            text.write("\r\n" if blanks % 2 == 0 else separator * (len(header) - 1) + "\r\n")
            blanks += 1
        else:
            writer.writerow([record.row.get(name, "") for name in header])
    return text.getvalue().encode(encoding)


def xlsx_bytes(
    header: Sequence[str], records: Sequence[Written], numeric: Sequence[str] = (), title: str = ""
) -> bytes:
    """A workbook with one sheet, cells as text; digits in the columns ``numeric`` become numbers, as in Excel.

    ``title``: a line above the header, across its columns, "" for none.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"created": _CREATED})
    sheet = book.add_worksheet("Sheet1")
    top = 0
    if title:
        sheet.write_string(0, 0, title)
        top = 1
    for place, name in enumerate(header):
        sheet.write_string(top, place, name)
    for line, record in enumerate(records, start=top + 1):
        for place, name in enumerate(header):
            _write(sheet, line, place, record.row, name, name in numeric)
    book.close()
    return stream.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, line: int, place: int, row: Row, name: str, number: bool) -> None:
    cell = row.get(name, "")
    if number and cell.isdigit():
        sheet.write_number(line, place, float(cell))  # what a clerk's Excel does: 15 digits survive
    elif cell:
        sheet.write_string(line, place, cell)
