"""The same rows as old .xls and as OpenDocument sheets (.ods), and what is particular to these two."""

from __future__ import annotations

from collections.abc import Sequence

from corpus import biff
from corpus.case import Case, all_rows
from corpus.open_document import MANIFEST, book, cell, row, sheet_of, table
from corpus.shops import HEADER, Row, cells, secrets, shop, shops

ROWS = shops(6)
SECRETS = secrets(ROWS)
GOOD = all_rows("accepted", 6)
ENTITY = '<!DOCTYPE x [<!ENTITY out SYSTEM "file:///etc/passwd">]>'
BAD = [*ROWS[:3], shop(4, zt="9"), *ROWS[4:]]
LOCKED = MANIFEST.replace(
    "</manifest:manifest>",
    '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'
    "</manifest:manifest>",
)


def _values(one: Row) -> list[str | None]:
    return [text or None for text in cells(one)]


def as_xls(rows: Sequence[Row]) -> bytes:
    """An old workbook of text cells."""
    return biff.book(biff.Page("Sheet1", [list(HEADER), *map(_values, rows)]))


def as_ods(rows: Sequence[Row]) -> bytes:
    """An OpenDocument sheet of text cells."""
    return sheet_of(HEADER, *map(_values, rows))


def _healthy(name: str, content: bytes, fates: dict[int, str] | None = None) -> Case:
    return Case(name, content, "ACCEPTED", GOOD if fates is None else fates, secrets=SECRETS)


def _partial(name: str, content: bytes, row: int, code: str) -> Case:
    return Case(name, content, "PARTIAL", GOOD | {row: "rejected"}, (code,), {code: (row,)}, secrets=SECRETS)


def _refused(name: str, content: bytes, code: str) -> Case:
    return Case(name, content, "REJECTED", None, (code,), secrets=SECRETS)


def _lines(*more: str) -> bytes:
    return book(table(row(*HEADER), *more))


def _xls_with(place: int, value: object) -> bytes:
    """The good rows, with another value in one cell of the third."""
    rows: list[list[object]] = [list(_values(one)) for one in ROWS]
    rows[2][place] = value
    return biff.book(biff.Page("Sheet1", [list(HEADER), *rows]))


LINES = [row(*_values(one)) for one in ROWS]
GAP = f'<table:table-row table:number-rows-repeated="3">{cell(None)}</table:table-row>'
TWICE = row(*_values(ROWS[1]), attributes='table:number-rows-repeated="2"')
MANY = row("甲" * 30_000, attributes='table:number-rows-repeated="1000000"')

ODS_CASES = (
    _healthy("开放_文字.ods", as_ods(ROWS)),
    _healthy(
        "开放_空行.ods",
        _lines(*LINES[:2], GAP, *LINES[2:]),
        all_rows("accepted", 9) | dict.fromkeys((4, 5, 6), "blank"),
    ),
    Case(  # two equal rows are written once, with a number
        "开放_重复的行.ods",
        _lines(LINES[0], TWICE, *LINES[2:]),
        "ACCEPTED",
        all_rows("accepted", 7) | {4: "duplicate"},
        ("DUP-ROW",),
        {"DUP-ROW": (4,)},
        secrets=SECRETS,
    ),
    _partial("开放_坏行.ods", as_ods(BAD), 5, "COD-UNKNOWN"),
    _refused("开放_重复炸弹.ods", _lines(MANY), "FIL-TOOBIG"),
    _refused(
        "开放_密码.ods", book(table(row(*HEADER), *LINES), more={"META-INF/manifest.xml": LOCKED}), "FIL-PASSWORD"
    ),
    _refused("开放_外部实体.ods", book(table(row(*HEADER), *LINES), head=ENTITY), "FIL-FORMAT|FIL-PARTIAL"),
    _refused("开放_截断.ods", as_ods(ROWS)[:-60], "FIL-PARTIAL"),
)
XLS_CASES = (
    _healthy("旧版_文字.xls", as_xls(ROWS)),
    _partial("旧版_坏行.xls", as_xls(BAD), 5, "COD-UNKNOWN"),
    _partial("旧版_数字代码.xls", _xls_with(1, 913209990000000100), 4, "ID-EXCEL15"),
    _partial("旧版_公式无值.xls", _xls_with(0, biff.Formula(0, flags=3)), 4, "ROW-FORMULA"),
    _refused("旧版_截断.xls", as_xls(ROWS * 20)[:-3000], "FIL-PARTIAL|FIL-FORMAT"),
    _refused(
        "旧版_密码.xlsx", biff.compound({"EncryptionInfo": bytes(9), "EncryptedPackage": bytes(5000)}), "FIL-PASSWORD"
    ),
    _refused("旧版_文档.xls", biff.compound({"WordDocument": bytes(5000)}), "FIL-FORMAT|FIL-PARTIAL"),
    _refused("旧版_空壳.xls", biff.compound({"Workbook": bytes(5000)}), "FIL-FORMAT|FIL-PARTIAL"),
)
CASES = (*ODS_CASES, *XLS_CASES)
