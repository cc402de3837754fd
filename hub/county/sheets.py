"""Rows as bytes: CSV in the encodings that departments use, XLSX with every cell as text. Same rows, same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

import xlsxwriter

from hub.county.record import Written

_CREATED = datetime(2026, 1, 1)
Typed = Callable[[str], date | float | None]


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
    header: Sequence[str],
    records: Sequence[Written],
    numeric: Sequence[str] = (),
    title: str = "",
    typed: Mapping[str, Typed] = MappingProxyType({}),
) -> bytes:
    """A workbook with one sheet, cells as text; digits in the columns ``numeric`` become numbers, as in Excel.

    ``title``: a line above the header, across its columns, "" for none. ``typed``: what a cell of a column holds as
    Excel's own value; None leaves it the text that it is.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"created": _CREATED})
    sheet = book.add_worksheet("Sheet1")
    dates = book.add_format({"num_format": "yyyy/m/d"})
    top = 0
    if title:
        sheet.write_string(0, 0, title)
        top = 1
    for place, name in enumerate(header):
        sheet.write_string(top, place, name)
    for line, record in enumerate(records, start=top + 1):
        for place, name in enumerate(header):
            cell = record.row.get(name, "")
            value = typed[name](cell) if name in typed and cell else None
            if isinstance(value, date):
                sheet.write_datetime(line, place, datetime.combine(value, datetime.min.time()), dates)
            elif value is not None or (name in numeric and cell.isdigit()):
                sheet.write_number(line, place, float(value or cell))  # what a clerk's Excel does: 15 digits survive
            elif cell:
                sheet.write_string(line, place, cell)
    book.close()
    return stream.getvalue()
