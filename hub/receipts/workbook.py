"""The workbook face of a receipt, for people: 回执, 待更正, 规则说明.

Made from the receipt object and, for 待更正, the sender's own raw rows. Every cell is written as text, so that no value
turns into a number, a date or a formula. The same receipt gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter

from hub.contract.model import Contract
from hub.receipts import rows_sheet, summary_sheet
from hub.receipts.names import names

__all__ = ["DETAIL_ROWS", "names", "workbook"]

DETAIL_ROWS = 5_000  # rows that 待更正 lists at most; a clerk with more of them has one cause, not 5,000
_FONT = {"font_name": "Microsoft YaHei", "font_size": 11, "valign": "vcenter"}


def workbook(
    receipt: Mapping[str, Any],
    contract: Contract | None,
    rejected: pl.DataFrame | None,
    problems: pl.DataFrame | None = None,
    limit: int = DETAIL_ROWS,
) -> bytes:
    """The XLSX file.

    ``rejected``: raw rows of the rejected records (``record``, ``row``, contract columns as String, ``row__text``), any
    order, None when no row could be read; may be cut already to what is to be listed. ``problems``: ``record``,
    ``code``, ``column`` (contract column or null) of every finding of these rows; None takes the rows of the receipt's
    findings, which may be capped. Lists at most ``limit`` rows and says so; the counts are those of the receipt and
    never cut.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties(
        {
            "title": f"回执 {receipt['receipt_no'] or '试报'}",
            "created": datetime.fromisoformat(receipt["generated_at"]).replace(tzinfo=None),
        }
    )
    book.formats[0].set_font_name(_FONT["font_name"])
    rows = None
    if contract is not None and rejected is not None and rejected.height:
        rows = rejected.sort("record").head(limit)
    counts = receipt["counts"]
    listed = total = 0
    if rows is not None:
        listed = rows.height
        total = (counts["refused_by_province"] if receipt["stage"] == "province" else counts["rejected"]) or 0
    summary_sheet.write_summary(book, _FONT, receipt, listed=listed, total=total)
    if rows is not None and contract is not None:
        rows_sheet.write_rows(book, _FONT, receipt, contract, rows, problems)
    summary_sheet.write_rules(book, _FONT, receipt)
    book.close()
    return out.getvalue()
