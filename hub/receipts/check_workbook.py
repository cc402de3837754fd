"""The report of a credit check as a workbook (信用核查报告): 汇总, a sheet for each dataset, 口径说明.

Every cell is text. The same facts give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

_FONT: dict[str, Any] = {"font_name": "Microsoft YaHei", "font_size": 11, "valign": "vcenter"}
_HEADS = (("行号", 8), ("申请人", 34), ("类别", 18), ("代码", 24), ("结论", 22), ("需要注意（条）", 15), ("说明", 46))
_LOOKS = {
    "attention": ("#7F4F00", "#FFF2CC"),
    "name": ("#9C0006", "#FBE0DD"),
    "nothing": ("#404040", "#FFFFFF"),
    "other": ("#1F3864", "#DDEBF7"),
}
_LONGEST = 32_000  # characters of a cell


def check_workbook(report: Mapping[str, Any]) -> bytes:
    """The XLSX file. ``report``: ``number``, ``title``, ``at``, ``facts`` (pairs), ``notes``, ``applicants``."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    created = datetime.fromisoformat(report["at"]).replace(tzinfo=None)
    book.set_properties({"title": f"{report['title']} {report['number']}", "created": created})
    book.formats[0].set_font_name(_FONT["font_name"])
    _summary(book, report)
    for title in dict.fromkeys(part["title"] for one in report["applicants"] for part in one["parts"]):
        _records(book, report, title)
    _method(book, report)
    book.close()
    return out.getvalue()


def _summary(book: Any, report: Mapping[str, Any]) -> None:
    sheet = book.add_worksheet("汇总")
    cell = {**_FONT, "border": 1, "border_color": "#BFBFBF", "text_wrap": True, "num_format": "@", "indent": 1}
    value = book.add_format(cell)
    said = book.add_format({**_FONT, "font_color": "#595959"})
    looks = {
        name: book.add_format({**cell, "bold": True, "font_color": ink, "bg_color": fill})
        for name, (ink, fill) in _LOOKS.items()
    }
    for place, (_, width) in enumerate(_HEADS):
        sheet.set_column(place, place, width)
    title = {**_FONT, "bold": True, "font_size": 16, "font_color": "#1F3864"}
    sheet.write_string(0, 0, report["title"], book.add_format(title))
    sheet.set_row(0, 32)
    sheet.write_string(1, 0, report["told"], said)
    sheet.write_string(2, 0, "报告只列出依法可以用于这项用途的信息，不作评价，不给建议。", said)
    top = 4
    _heads(book, sheet, top, [head for head, _ in _HEADS])
    for line, one in enumerate(report["applicants"], start=top + 1):
        notes = "".join(one["notes"])
        cells = [str(one["row"]), one["name"], one["category"], one["code"], one["words"]]
        cells += [str(one["minded"]) if one["minded"] else "", notes]
        for place, text in enumerate(cells):
            sheet.write_string(line, place, text, looks.get(one["verdict"], value) if place == 4 else value)
        sheet.set_row(line, _height(cells, [width for _, width in _HEADS]))
    sheet.freeze_panes(top + 1, 2)
    sheet.autofilter(top, 0, top + len(report["applicants"]), len(_HEADS) - 1)
    _paper(sheet, report, top)


def _records(book: Any, report: Mapping[str, Any], title: str) -> None:
    """One row for each record found in a dataset."""
    sheet = book.add_worksheet(title[:31])
    cell = {**_FONT, "border": 1, "border_color": "#BFBFBF", "text_wrap": True, "num_format": "@", "indent": 1}
    value = book.add_format(cell)
    parts = [(one, part) for one in report["applicants"] for part in one["parts"] if part["title"] == title]
    heads = ["行号", "申请人", "代码", *parts[0][1]["labels"]]
    longest = [max(len(row[place]) for _, part in parts for row in part["rows"]) for place in range(len(heads) - 3)]
    widths = [8, 34, 24, *(max(14, min(40, 2 * size + 5)) for size in longest)]
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    _heads(book, sheet, 0, heads, _height(heads, widths))
    line = 1
    for one, part in parts:
        for row in part["rows"]:
            cells = [str(one["row"]), one["name"], one["code"], *(text[:_LONGEST] for text in row)]
            for place, text in enumerate(cells):
                sheet.write_string(line, place, text, value)
            sheet.set_row(line, _height(cells, widths))
            line += 1
        if part["left"]:
            sheet.write_string(
                line, 1, f"{one['name']}：只列出最近的{len(part['rows'])}条，还有{part['left']}条。", value
            )
            line += 1
    sheet.freeze_panes(1, 2)
    _paper(sheet, report, 0)


def _method(book: Any, report: Mapping[str, Any]) -> None:
    sheet = book.add_worksheet("口径说明")
    cell = {**_FONT, "border": 1, "border_color": "#BFBFBF", "text_wrap": True, "num_format": "@", "indent": 1}
    head, value = book.add_format({**cell, "bold": True, "bg_color": "#F2F2F2"}), book.add_format(cell)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 92)
    for line, (name, text) in enumerate((*report["facts"], *(("说明", note) for note in report["notes"]))):
        sheet.write_string(line, 0, name, head)
        sheet.write_string(line, 1, text, value)
        sheet.set_row(line, _height([name, text], [20, 92]))
    sheet.hide_gridlines(2)
    _paper(sheet, report, 0)


def _heads(book: Any, sheet: Any, line: int, heads: Sequence[str], height: float = 26) -> None:
    look = {**_FONT, "bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "text_wrap": True, "border": 1}
    format = book.add_format({**look, "indent": 1})
    for place, text in enumerate(heads):
        sheet.write_string(line, place, text, format)
    sheet.set_row(line, max(26, height))


def _paper(sheet: Any, report: Mapping[str, Any], head: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(head)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{report['number']}&R第 &P 页，共 &N 页")


def _height(cells: Sequence[str], widths: Sequence[int]) -> float:
    """Height in points of a row that wraps."""
    wide = [sum(2 if ord(letter) > 0x2E7F else 1.15 for letter in text) for text in cells]
    return 6 + 17 * max(-(-size // max(1, width - 3)) or 1 for size, width in zip(wide, widths, strict=True))
