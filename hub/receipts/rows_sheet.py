"""The sheet 待更正: rejected rows as the sender wrote them, what is wrong marked beside and upon the cells.

Only the header is locked, and without a password: it tells which column is which when the workbook comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from hub.contract.model import Column, Contract
from hub.findings import notice
from hub.receipts.wording import about

COMMENTS = 500  # more make desktop programs slow
INLINE_LIST = 255  # characters that a list inside a validation may have
WIDEST_PRINT = 12  # columns that fit on one page and can still be read
LONGEST_CELL = 32_767  # characters, a limit of the format
SHEET, LISTS = "待更正", "代码表"
# What a protected sheet still allows; everything below the header is unlocked.
ALLOWED = (
    "format_cells",
    "format_columns",
    "format_rows",
    "insert_rows",
    "insert_columns",
    "delete_rows",
    "sort",
    "autofilter",
)


def write_rows(
    book: Workbook,
    font: Mapping[str, Any],
    receipt: Mapping[str, Any],
    contract: Contract,
    rows: pl.DataFrame,
    problems: pl.DataFrame | None,
    lists: Lists,
) -> None:
    """Add the sheet. ``rows`` in order of record, already cut to what is to be listed."""
    sheet = book.add_worksheet(SHEET)
    text = cell_of(font)
    head = head_of(book, text)
    plain, fixed = book.add_format(text), book.add_format({**text, "bg_color": "#F2F2F2", "align": "center"})
    bad = book.add_format({**text, "bg_color": "#FCE4D6", "border": 2, "border_color": "#C00000"})
    said = book.add_format({**text, "text_wrap": True, "font_color": "#9C0006"})
    columns = shown_columns(contract, rows)
    raw = "row__text" in rows.columns and rows["row__text"].is_not_null().any()
    headings = ["原行号", *(column.label for column in columns), *(["整行原文"] if raw else []), "问题说明"]
    for place, heading in enumerate(headings):
        sheet.write_string(0, place, heading, head)
    shape(sheet, columns, rows, len(headings), plain)
    if raw:
        sheet.set_column(len(headings) - 2, len(headings) - 2, 40)
    sheet.set_column(len(headings) - 1, len(headings) - 1, 60)
    dropdowns(lists, sheet, columns, rows.height, date.fromisoformat(receipt["generated_at"][:10]))

    by_record = problems_by_record(receipt, problems)
    cut = problems is None and any(finding["rows_truncated"] for finding in receipt["findings"])
    rest = "▲ 同类问题较多，没有逐行列出，请对照“规则说明”检查。" if cut else "▲ 整个文件退回，原因见“规则说明”。"
    comments = 0
    for line, cells in enumerate(rows.iter_rows(named=True), start=1):
        found = by_record.get(cells["record"], [])
        wrong = {column: code for code, column, _ in reversed(found) if _returns(code)}
        sheet.write_string(line, 0, str(cells["row"]), fixed)
        for place, column in enumerate(columns, start=1):
            code = wrong.get(column.name)
            write(sheet, line, place, cells[column.name], bad if code else plain)
            if code and comments < COMMENTS:
                comments += 1
                entry = notice(code)
                remark = f"▲ {entry.title}\n怎么改：{entry.fix}"
                sheet.write_comment(line, place, remark, {"x_scale": 2, "y_scale": 1.2, "font_size": 10})
        if raw:
            write(sheet, line, len(columns) + 1, cells["row__text"], bad if cells["row__text"] else plain)
        explanation = _explanation(found, contract, rest)
        write(sheet, line, len(headings) - 1, explanation, said)
        sheet.set_row(line, 4 + 18 * sum(1 + len(sentence) // 27 for sentence in explanation.split("\n")))
    sheet.autofilter(0, 0, rows.height, len(headings) - 1)
    sheet.protect("", dict.fromkeys(ALLOWED, True))


def cell_of(font: Mapping[str, Any]) -> dict[str, Any]:
    """What every cell of rows has in common: text, and free to be changed."""
    return {**font, "num_format": "@", "border": 1, "border_color": "#BFBFBF", "indent": 1, "locked": False}


def head_of(book: Workbook, text: Mapping[str, Any]) -> Format:
    """The header's cells."""
    looks = {"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "text_wrap": True, "locked": True}
    return book.add_format({**text, **looks})


def shown_columns(contract: Contract, rows: pl.DataFrame) -> list[Column]:
    """The columns of the contract that the rows have."""
    return [column for column in contract.columns if column.name in rows.columns]


def write(sheet: Worksheet, line: int, place: int, value: str | None, format: Format) -> None:
    """Write a cell as text; what is longer than the format allows is cut and says so."""
    if not value:
        sheet.write_blank(line, place, None, format)
        return
    if len(value) > LONGEST_CELL:
        value = value[: LONGEST_CELL - 20] + "…（太长，后面略去）"
    sheet.write_string(line, place, value, format)


def problems_by_record(
    receipt: Mapping[str, Any], problems: pl.DataFrame | None
) -> Mapping[int, list[tuple[str, str | None, str | None]]]:
    """(code, column, detail) of each record, gravest first."""
    found: dict[int, list[tuple[str, str | None, str | None]]] = {}
    if problems is not None:
        for record, code, column in problems.select("record", "code", "column").iter_rows():
            found.setdefault(record, []).append((code, column, None))
    else:
        for finding in receipt["findings"]:
            for row in finding["rows"]:
                entry = (finding["rule"], finding["field"], row["detail"])
                found.setdefault(row["record"], []).append(entry)
    for entries in found.values():
        entries.sort(key=lambda entry: (not _returns(entry[0]), entry[0], entry[1] or ""))
    return found


def _returns(code: str) -> bool:
    """Whether the row comes back because of this code."""
    return notice(code).cls == "V" or code == "PRV-REFUSED"


def _explanation(found: Sequence[tuple[str, str | None, str | None]], contract: Contract, rest: str) -> str:
    """One line per problem: mark, column, what is wrong, how to mend it; ``rest`` when none is known of the row."""
    lines = []
    for code, column, detail in found:
        entry = notice(code)
        if entry.cls not in "VQ":
            continue
        place = about(contract.column(column).label if column else None, entry.title)
        what = f"省平台意见：{detail.rstrip('。')}" if code == "PRV-REFUSED" and detail else entry.title
        lines.append(f"{'▲' if _returns(code) else '△ 请核实'} {place}{what}。{entry.fix}")
    return "\n".join(dict.fromkeys(lines)) or rest


def shape(
    sheet: Worksheet, columns: Sequence[Column], rows: pl.DataFrame, width: int, plain: Format, *, first: int = 1
) -> None:
    """Widths from header and content, frozen header, text format below the last row too, A4 landscape."""
    sheet.set_row(0, 36)
    sheet.set_column(0, 0, 8)
    for place, column in enumerate(columns, start=first):
        length, size = rows[column.name].str.len_chars(), rows[column.name].str.len_bytes()
        widest = (length + (size - length) / 2).max()  # a Chinese character is 3 bytes and 2 columns wide
        content = 1.15 * widest if isinstance(widest, float) else 0.0
        sheet.set_column(place, place, min(40, max(12, 2.2 * len(column.label) + 2, content + 3)), plain)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0)
    if width <= WIDEST_PRINT:
        sheet.fit_to_pages(1, 0)
    else:
        sheet.set_print_scale(80)  # a small print of many columns cannot be read: several pages side by side can
    sheet.set_footer("&C第 &P 页，共 &N 页")


class Lists:
    """Long lists to choose from, on a hidden sheet; a list that two sheets need stands there once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._sheet: Worksheet | None = None
        self._places: dict[str, str] = {}

    def place(self, column: Column, labels: Sequence[str]) -> str:
        """Where the list of a column stands, as a formula."""
        if column.name not in self._places:
            if self._sheet is None:
                self._sheet = self._book.add_worksheet(LISTS)
                self._sheet.hide()
            sheet = self._sheet
            number = len(self._places)
            for line, label in enumerate([column.label, *labels]):
                sheet.write_string(line, number, label)
            letter = xl_col_to_name(number, True)
            self._places[column.name] = f"='{LISTS}'!{letter}$2:{letter}${len(labels) + 1}"
        return self._places[column.name]


def dropdowns(
    lists: Lists, sheet: Worksheet, columns: Sequence[Column], height: int, today: date, *, first: int = 1
) -> None:
    """One validation per column, from column ``first`` on. Long lists lie on a hidden sheet."""
    for place, column in enumerate(columns, start=first):
        labels = [code.label for code in column.codes if code.valid_to is None or code.valid_to >= today]
        if not labels:
            continue
        source: list[str] | str = labels
        if len(",".join(labels)) > INLINE_LIST or any("," in label for label in labels):
            source = lists.place(column, labels)
        sheet.data_validation(
            1,
            place,
            height,
            place,
            {
                "validate": "list",
                "source": source,
                "error_type": "warning",  # codes and older spellings are understood too
                "error_title": "请从列表中选择",
                "error_message": "填写的内容不在代码表里。",
            },
        )
