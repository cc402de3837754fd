"""The sheet 公示情况 of a receipt of stage 4: what a release of the open feed did with the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter.workbook import Workbook

from hub.receipts.wording import PUBLICATION

SHEET = "公示情况"


def write_publication(book: Workbook, font: Mapping[str, Any], receipt: Mapping[str, Any]) -> None:
    """Add the sheet: the rows that the receipt lists, and whether these are all."""
    told = receipt["publication"]
    sheet = book.add_worksheet(SHEET)
    cell = {**font, "num_format": "@", "border": 1, "border_color": "#BFBFBF", "indent": 1, "text_wrap": True}
    head = book.add_format({**cell, "bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"})
    plain, narrow = book.add_format(cell), book.add_format({**cell, "align": "center"})
    code = book.add_format({**cell, "font_name": "Consolas"})
    note = book.add_format({**font, "text_wrap": True, "font_color": "#595959", "indent": 1})
    sheet.set_default_row(18)
    for place, width in enumerate((12, 42, 14, 46)):
        sheet.set_column(place, place, width)
    total = told["published"] + told["withheld"] + told["withdrawn"]
    said = f"这次公示更新涉及 {total:,} 行。"
    if told["rows_truncated"]:
        said += f"这里只列出前 {len(told['rows']):,} 行；“回执”里的行数是完整的。"
    sheet.merge_range(0, 0, 0, 3, "", note)
    sheet.write_string(0, 0, said, note)
    sheet.set_row(0, 24)
    for place, heading in enumerate(("原行号", "记录编号", "结果", "原因")):
        sheet.write_string(1, place, heading, head)
    for line, row in enumerate(told["rows"], start=2):
        sheet.write_string(line, 0, str(row["row"]), narrow)
        sheet.write_string(line, 1, row["record_id"], code)
        sheet.write_string(line, 2, PUBLICATION[row["state"]], plain)
        sheet.write_string(line, 3, row["reason"] or "", plain)
    sheet.freeze_panes(2, 0)
    sheet.set_paper(9)
    sheet.repeat_rows(1)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")
