"""The sheet 请核实: rows that were taken with a question, and questions about the whole batch, to be answered there.

Question and answer stand at the left, where nobody has to scroll; behind them a row has all its cells: who answers
更正 changes them on the spot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from xlsxwriter.workbook import Workbook

from hub.contract.model import Column, Contract
from hub.findings import notice
from hub.receipts.meta import BATCH
from hub.receipts.rows_sheet import (
    ALLOWED,
    COMMENTS,
    Lists,
    cell_of,
    dropdowns,
    head_of,
    problems_by_record,
    shape,
    shown_columns,
    write,
)
from hub.receipts.wording import about

SHEET = "请核实"
QUESTION, ANSWER, WORDS = "核实的问题", "核实结果", "说明"
CELLS = 4  # where the sender's own columns begin
ANSWERS = ("无误", "更正", "撤回")
ASKING = "QM"
TAKEN = ("ACCEPTED", "ACCEPTED_QUERY", "PARTIAL")


@dataclass(frozen=True, slots=True)
class Question:
    """One about the whole batch. ``row`` is what stands in 原行号."""

    row: str
    code: str
    text: str


def batch_questions(receipt: Mapping[str, Any]) -> list[Question]:
    """Questions that no row can answer: class M, and class Q where it is about the whole file."""
    asked = [
        found
        for found in receipt["findings"]
        if found["class"] in ASKING and found["rule"] != "PRV-REFUSED" and not _of_rows(found)
    ]
    return [
        Question(f"{BATCH}{place}", found["rule"], f"{found['title']}。{found['why']}{found['fix']}")
        for place, found in enumerate(asked, start=1)
    ]


def _of_rows(found: Mapping[str, Any]) -> bool:
    return found["class"] == "Q" and any(row["record"] is not None for row in found["rows"])


def write_queries(
    book: Workbook,
    font: Mapping[str, Any],
    receipt: Mapping[str, Any],
    contract: Contract,
    rows: pl.DataFrame,
    problems: pl.DataFrame | None,
    lists: Lists,
) -> None:
    """Add the sheet: questions about the batch first. ``rows`` in order of record, cut to what is to be listed."""
    sheet = book.add_worksheet(SHEET)
    text = cell_of(font)
    head, plain = head_of(book, text), book.add_format(text)
    fixed = book.add_format({**text, "bg_color": "#F2F2F2", "align": "center"})
    asked = book.add_format({**text, "bg_color": "#FFF2CC", "border": 2, "border_color": "#BF9000"})
    said = book.add_format({**text, "text_wrap": True, "font_color": "#7F4F00"})
    answer = book.add_format({**text, "bg_color": "#E2F0D9", "bold": True, "align": "center"})
    words = book.add_format({**text, "bg_color": "#E2F0D9", "text_wrap": True})
    none = book.add_format({**text, "bg_color": "#F2F2F2"})
    columns = shown_columns(contract, rows)
    headings = ["原行号", QUESTION, ANSWER, WORDS, *(column.label for column in columns)]
    for place, heading in enumerate(headings):
        sheet.write_string(0, place, heading, head)
    batch = batch_questions(receipt)
    height = len(batch) + rows.height
    shape(sheet, columns, rows, len(headings), plain, first=CELLS)
    for place, width in enumerate((52, 12, 30), start=1):
        sheet.set_column(place, place, width, plain)
    dropdowns(lists, sheet, columns, height, date.fromisoformat(receipt["generated_at"][:10]), first=CELLS)
    sheet.data_validation(
        1,
        2,
        height,
        2,
        {
            "validate": "list",
            "source": list(ANSWERS),
            "input_title": "核实结果",
            "input_message": "无误：保留原样。更正：先改好这一行的内容。撤回：请写说明。",
            "error_title": "请从列表中选择",
            "error_message": "请选“无误”“更正”或“撤回”。",
        },
    )
    line = 0
    for question in batch:
        line += 1
        sheet.write_string(line, 0, question.row, fixed)
        for place in range(CELLS, len(headings)):
            sheet.write_blank(line, place, None, none)
        _asked(sheet, line, f"△ {question.text}", (said, answer, words))
    by_record = problems_by_record(receipt, problems)
    comments = 0
    for cells in rows.iter_rows(named=True):
        line += 1
        found = [one for one in by_record.get(cells["record"], []) if notice(one[0]).cls in ASKING]
        doubtful = {column: code for code, column, _ in reversed(found)}
        sheet.write_string(line, 0, str(cells["row"]), fixed)
        for place, column in enumerate(columns, start=CELLS):
            code = doubtful.get(column.name)
            write(sheet, line, place, cells[column.name], asked if code else plain)
            if code and comments < COMMENTS:
                comments += 1
                remark = f"△ {notice(code).title}\n怎么办：{notice(code).fix}"
                sheet.write_comment(line, place, remark, {"x_scale": 2, "y_scale": 1.2, "font_size": 10})
        _asked(sheet, line, _question(found, columns), (said, answer, words))
    sheet.autofilter(0, 0, height, len(headings) - 1)
    sheet.protect("", dict.fromkeys(ALLOWED, True))


def _asked(sheet: Any, line: int, question: str, formats: Sequence[Any]) -> None:
    write(sheet, line, 1, question, formats[0])
    for place, format in enumerate(formats[1:], start=2):
        sheet.write_blank(line, place, None, format)
    sheet.set_row(line, 4 + 18 * sum(1 + len(sentence) // 23 for sentence in question.split("\n")))


def _question(found: Sequence[tuple[str, str | None, str | None]], columns: Sequence[Column]) -> str:
    """One line per question: column, what is doubtful, what to look at."""
    labels = {column.name: column.label for column in columns}
    lines = []
    for code, column, _ in found:
        entry = notice(code)
        lines.append(f"△ {about(labels.get(column or ''), entry.title)}{entry.title}。{entry.fix}")
    return "\n".join(dict.fromkeys(lines)) or "△ 同类问题较多，没有逐行列出，请对照“规则说明”核实。"
