"""The sheets 已接收 (which row became which record) and ``_meta`` (whose workbook this is, for the hub)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.workbook import Workbook

from hub.receipts.meta import SHEET as META
from hub.receipts.meta import Line

SHEET = "已接收"
STATES = {"accepted": "已接收", "accepted_query": "已接收，请核实"}


def write_accepted(
    book: Workbook, font: Mapping[str, Any], rows: Sequence[tuple[int, str | None, str]], total: int
) -> None:
    """Add 已接收. ``rows``: row, record id, state; ``total``: how many were taken, listed or not."""
    sheet = book.add_worksheet(SHEET)
    cell = {**font, "num_format": "@", "border": 1, "border_color": "#BFBFBF", "indent": 1}
    head = book.add_format({**cell, "bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"})
    plain, narrow = book.add_format(cell), book.add_format({**cell, "align": "center"})
    code = book.add_format({**cell, "font_name": "Consolas"})
    note = book.add_format({**font, "text_wrap": True, "font_color": "#595959", "indent": 1})
    sheet.set_default_row(18)
    for place, width in enumerate((12, 42, 22)):
        sheet.set_column(place, place, width)
    said = f"共接收 {total:,} 行。记录编号不含任何证件号码，查询、更正时报这个编号就能找到这一条。"
    if len(rows) < total:
        said += f"这里只列出前 {len(rows):,} 行。"
    sheet.merge_range(0, 0, 0, 2, "", note)
    sheet.write_string(0, 0, said, note)
    sheet.set_row(0, 42)
    for place, heading in enumerate(("原行号", "记录编号", "结果")):
        sheet.write_string(1, place, heading, head)
    for line, (row, record_id, state) in enumerate(rows, start=2):
        sheet.write_string(line, 0, str(row), narrow)
        sheet.write_string(line, 1, record_id or "", code)
        sheet.write_string(line, 2, STATES[state], plain)
    sheet.freeze_panes(2, 0)
    sheet.set_paper(9)
    sheet.repeat_rows(1)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def write_meta(book: Workbook, lines: Sequence[Line]) -> None:
    """Add ``_meta``; nobody sees it without a program."""
    sheet = book.add_worksheet(META)
    sheet.very_hidden()
    for line, cells in enumerate(lines):
        for place, text in enumerate(cells):
            if text:
                sheet.write_string(line, place, text)
