"""The blank form of a dataset as a workbook (填报模板): cells that stay text, lists to choose from, notes, an example.

Three sheets: 填报 (the header and empty rows), 填报说明 (what to write, column by column, with an example), 代码表
(hidden). The example stands beside the explanation, not below the header: whatever stands there is delivered.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import xlsxwriter

from hub.contract.model import Column, Contract
from hub.contract.template import TemplateColumn, template
from hub.receipts.rows_sheet import Lists, dropdowns

ROWS = 5_000  # that are prepared; more can be filled in
NOTES = ("列", "必填", "怎么填", "示例")
_FONT: dict[str, Any] = {"font_name": "Microsoft YaHei", "font_size": 11, "valign": "vcenter"}
_KINDS = {
    "uscc": "18位统一社会信用代码，字母大写。单元格要保持文本格式。",
    "citizen_id": "18位公民身份号码，最后一位的X大写。单元格要保持文本格式。",
    "date": "写成2026-11-23或2026/11/23。",
    "money": "只写数字，不写“元”“万元”和千分号。",
    "phone": "手机或固定电话，号码写全。",
    "code": "从下拉列表中选。",
    "region": "写行政区划代码或名称。",
    "bank_card": "写全，不用星号遮盖。单元格要保持文本格式。",
}


def form(contract: Contract, today: date) -> bytes:
    """The XLSX file; the same contract and day give the same bytes. Codes that have ended by ``today`` are left out."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{contract.title}填报模板", "created": datetime(2000, 1, 1)})
    book.formats[0].set_font_name(_FONT["font_name"])
    columns = template(contract)
    _fill_sheet(book, contract, columns, today)
    _notes_sheet(book, contract, columns)
    book.close()
    return out.getvalue()


def _fill_sheet(book: Any, contract: Contract, columns: list[TemplateColumn], today: date) -> None:
    sheet = book.add_worksheet("填报")
    base = {**_FONT, "num_format": "@", "border": 1, "border_color": "#BFBFBF"}
    must = book.add_format({**base, "bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "text_wrap": True})
    may = book.add_format({**base, "bold": True, "bg_color": "#8497B0", "font_color": "#FFFFFF", "text_wrap": True})
    plain = book.add_format({**_FONT, "num_format": "@"})
    sheet.set_row(0, 36)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, min(40, max(14, 2.2 * len(column.label) + 2)), plain)
        sheet.write_string(0, place, column.label, must if column.required else may)
        remark = f"{'必填。' if column.required else '没有的可以不填。'}{how_to_fill(contract.column(column.name))}"
        sheet.write_comment(0, place, remark, {"x_scale": 2, "font_size": 10})
    dropdowns(Lists(book), sheet, contract.columns, ROWS, today, first=0)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)


def _notes_sheet(book: Any, contract: Contract, columns: list[TemplateColumn]) -> None:
    sheet = book.add_worksheet("填报说明")
    title = book.add_format({**_FONT, "bold": True, "font_size": 16, "font_color": "#1F3864"})
    said = book.add_format({**_FONT, "text_wrap": True})
    cell = {**_FONT, "border": 1, "border_color": "#BFBFBF", "text_wrap": True, "num_format": "@", "indent": 1}
    head, value = book.add_format({**cell, "bold": True, "bg_color": "#F2F2F2"}), book.add_format(cell)
    for place, width in enumerate((26, 8, 58, 34)):
        sheet.set_column(place, place, width)
    sheet.write_string(0, 0, f"{contract.title} 填报说明", title)
    sheet.set_row(0, 30)
    told = "在“填报”表中从第2行写起，一行一条，不要改列名，不要合并单元格。写好后存成 .xlsx，放进 inbox 文件夹。"
    sheet.merge_range(1, 0, 1, 3, "", said)
    sheet.write_string(1, 0, told, said)
    sheet.set_row(1, 36)
    for place, text in enumerate(NOTES):
        sheet.write_string(3, place, text, head)
    for line, column in enumerate(columns, start=4):
        told = how_to_fill(contract.column(column.name))
        cells = (column.label, "必填" if column.required else "", told, column.example)
        for place, text in enumerate(cells):
            sheet.write_string(line, place, text, value)
        sheet.set_row(line, 4 + 18 * max(1, -(-2 * len(cells[2]) // 56), -(-2 * len(cells[0]) // 24)))
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def how_to_fill(column: Column) -> str:
    """What to write into a column, in plain words."""
    parts = [column.description.strip().rstrip("。") + "。"] if column.description.strip() else []
    if column.kernel in _KINDS and (column.kernel != "code" or column.codes):
        parts.append(_KINDS[column.kernel])
    if column.max_length is not None and column.kernel == "text":
        parts.append(f"最多{column.max_length}个字。")
    return "".join(parts) or "照实填写。"
