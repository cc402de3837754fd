"""Workbooks as Excel and WPS write them: rows of text, and what a workbook can hold beside text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from corpus.case import Case, all_rows
from corpus.shops import HEADER, Row, cells, secrets, shop, shops

ROWS = shops(6)
SECRETS = secrets(ROWS)
GOOD = all_rows("accepted", 6)
Change = Callable[[str, bytes], bytes | None]  # name and content of a part -> its new content, None: without it


def book(fill: Callable[[Any, Any], None]) -> bytes:
    """A workbook of one sheet that ``fill(book, sheet)`` writes; the same calls give the same bytes."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True})
    made.set_properties({"created": datetime(2026, 1, 1)})
    fill(made, made.add_worksheet("Sheet1"))
    made.close()
    return stream.getvalue()


def put(sheet: Any, rows: Sequence[Row | None], first: int = 0) -> None:
    """Header and rows as cells of text, from row ``first`` (from 0) on; None is an empty row."""
    for place, name in enumerate(HEADER):
        sheet.write_string(first, place, name)
    for number, row in enumerate(rows, first + 1):
        for place, cell in enumerate(cells(row) if row else ()):
            if cell:
                sheet.write_string(number, place, cell)


def sheet(rows: Sequence[Row | None]) -> bytes:
    """A workbook of text cells."""
    return book(lambda _, page: put(page, rows))


def rewritten(content: bytes, change: Change, more: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """The same workbook with each part changed, and further parts behind."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
        for name, part in more:
            new.writestr(name, part)
    return stream.getvalue()


def in_sheet(pattern: bytes, replacement: bytes) -> Change:
    """Replaces a pattern in the sheet's XML; it must be there."""

    def change(name: str, part: bytes) -> bytes:
        if not name.startswith("xl/worksheets/sheet"):
            return part
        new, found = re.subn(pattern, replacement, part, count=1)
        assert found, pattern
        return new

    return change


def cell(row: int, column: str, value: object, kind: str = "write_number") -> Callable[[Any, Any], None]:
    """Fills a sheet with the good rows and writes ``value`` over one cell of them; ``row`` as Excel counts."""

    def fill(_: Any, page: Any) -> None:
        put(page, ROWS)
        getattr(page, kind)(f"{column}{row}", value)

    return fill


def _healthy(name: str, content: bytes, fates: dict[int, str] | None = None) -> Case:
    return Case(name, content, "ACCEPTED", GOOD if fates is None else fates, secrets=SECRETS)


def _asked(name: str, content: bytes, code: str) -> Case:
    return Case(name, content, "ACCEPTED_QUERY", GOOD, (code,), secrets=SECRETS)


def _partial(name: str, content: bytes, bad: dict[int, str], code: str, fates: dict[int, str] | None = None) -> Case:
    fates = (GOOD if fates is None else fates) | bad
    return Case(name, content, "PARTIAL", fates, (code,), {code.split("|")[0]: tuple(bad)}, secrets=SECRETS)


def _erroneous(_: Any, page: Any) -> None:
    put(page, ROWS)
    page.write_formula("A4", "=A99&#REF!", None, "#REF!")


def _hidden(_: Any, page: Any) -> None:
    put(page, ROWS)
    page.set_row(3, options={"hidden": True})
    page.set_column(3, 3, options={"hidden": True})


def _merged(made: Any, page: Any) -> None:
    put(page, ROWS)
    page.merge_range("A3:A4", ROWS[1]["mc"], made.add_format())


def _titled(made: Any, page: Any) -> None:
    put(page, ROWS, 2)
    page.merge_range("A1:H1", "演示县店铺登记汇总表", made.add_format({"bold": True}))
    page.write_string("A2", "报送单位：演示县市场监督管理局")


def _footed(_: Any, page: Any) -> None:
    put(page, ROWS)
    page.write_string("A8", "合计")
    page.write_formula("F8", "=SUM(F2:F7)", None, 600000)


def _indented(_: Any, page: Any) -> None:
    for place, name in enumerate(HEADER):
        page.write_string(4, place + 2, name)
    for number, row in enumerate([*ROWS[:3], None, *ROWS[3:]], 5):
        for place, text in enumerate(cells(row) if row else ()):
            page.write_string(number, place + 2, text)


def _several(made: Any, page: Any) -> None:
    page.write_string("A1", "填报说明：请填写第二张表。")
    put(made.add_worksheet("数据"), ROWS)
    put(made.add_worksheet("旧数据"), ROWS)
    made.get_worksheet_by_name("旧数据").hide()


def _formatted_tail(made: Any, page: Any) -> None:
    put(page, ROWS)
    for row in range(7, 300):
        page.write_blank(row, 0, None, made.add_format({"border": 1}))


def _name_alone(_: Any, page: Any) -> None:
    put(page, ROWS)
    page.write_string("A8", "甲某某（演示）商行")


def _dates_and_numbers(made: Any, page: Any) -> None:
    put(page, ROWS)
    for row in range(2, 8):
        page.write_datetime(f"E{row}", datetime(2026, 11, 20), made.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_number(f"F{row}", 100000)
        page.write_number(f"G{row}", 1)


FIRST_CELLS = rb'(<row r="2"[^>]*>)'
HUGE = b'<dimension ref="A1:XFD1048576"'
OUTSIDE = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'

CASES = (
    _healthy("表格_文字.xlsx", sheet(ROWS)),
    _healthy(
        "表格_空行.xlsx", sheet([*ROWS[:3], None, None, *ROWS[3:]]), all_rows("accepted", 8) | {5: "blank", 6: "blank"}
    ),
    _partial(  # the very last row, with one cell
        "表格_末行只有名称.xlsx", book(_name_alone), {8: "rejected"}, "CMP-REQUIRED"
    ),
    _healthy("表格_不在左上角.xlsx", book(_indented), all_rows("accepted", 7, 6) | {9: "blank"}),
    _healthy("表格_标题合并.xlsx", book(_titled), all_rows("accepted", 6, 4)),
    _healthy("表格_合计.xlsx", book(_footed), GOOD | {8: "blank"}),
    _healthy("表格_几张表.xlsx", book(_several)),
    _healthy("表格_带格式的空尾.xlsx", book(_formatted_tail)),
    _healthy("表格_日期和数字.xlsx", book(_dates_and_numbers)),
    _asked("表格_隐藏行.xlsx", book(_hidden), "SHT-HIDDEN"),
    _healthy(
        "表格_范围太小.xlsx", rewritten(sheet(ROWS), in_sheet(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"'))
    ),
    _healthy("表格_范围太大.xlsx", rewritten(sheet(ROWS), in_sheet(rb'<dimension ref="[^"]*"', HUGE))),
    _asked(
        "表格_外部链接.xlsx",
        rewritten(
            book(cell(3, "H", "='[1]Sheet1'!$A$1", "write_formula")),
            lambda _, part: part,
            [("xl/externalLinks/externalLink1.xml", OUTSIDE)],
        ),
        "SHT-EXTERNAL",
    ),
    _partial("表格_合并单元格.xlsx", book(_merged), {4: "rejected"}, "CMP-REQUIRED"),
    _partial("表格_数字代码.xlsx", book(cell(4, "B", 913209990000000100)), {4: "rejected"}, "ID-EXCEL15"),
    _partial("表格_数字证号.xlsx", book(cell(5, "D", 320999188001020000)), {5: "rejected"}, "ID-EXCEL15"),
    _partial("表格_错误值.xlsx", book(_erroneous), {4: "rejected"}, "ROW-FORMULA"),
    _partial(
        "表格_公式无值.xlsx",
        rewritten(
            book(cell(4, "A", '="甲"&"乙"', "write_formula")),
            in_sheet(rb"(<c r=\"A4\"[^>]*><f>[^<]*</f>)<v>0</v>", rb"\1"),
        ),
        {4: "rejected"},
        "ROW-FORMULA",
    ),
    _partial("表格_日期是序号.xlsx", book(cell(6, "E", 46346)), {6: "rejected"}, "DAT-SERIAL"),
    _partial("表格_真假值.xlsx", book(cell(3, "G", True, "write_boolean")), {3: "rejected"}, "COD-UNKNOWN"),
    _partial("表格_格内换行.xlsx", sheet([shop(1, mc="甲\n乙"), *ROWS[1:]]), {2: "rejected"}, "TXT-CONTROL"),
)
