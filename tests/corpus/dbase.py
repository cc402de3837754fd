"""DBF as old counters still export it: a header of fixed fields, records of fixed width, a flag for deleted ones."""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence

from corpus.case import Case, all_rows
from corpus.shops import FIELDS, Row, cells, secrets, shops

ROWS = shops(6)
SECRETS = secrets(ROWS)
WIDTHS = (80, 18, 60, 18, 8, 18, 2, 40)
KINDS = "CCCCDNCC"


def as_dbf(rows: Sequence[Row], deleted: Collection[int] = (), language: int = 0x4D) -> bytes:
    """A dBASE III table in GBK; ``deleted``: records (from 1) that carry the flag."""
    fields = b"".join(
        struct.pack("<11sc4xBB14x", name.upper().encode(), kind.encode(), width, 0)
        for name, kind, width in zip(FIELDS, KINDS, WIDTHS, strict=True)
    )
    size = 1 + sum(WIDTHS)
    head = struct.pack("<BBBBIHH17xB2x", 0x03, 126, 11, 20, len(rows), 32 + len(fields) + 1, size, language)
    made = []
    for number, row in enumerate(rows, 1):
        parts = [b"*" if number in deleted else b" "]
        for cell, kind, width in zip(cells(row), KINDS, WIDTHS, strict=True):
            raw = (cell.replace("-", "") if kind == "D" else cell).encode("gbk")
            assert len(raw) <= width
            parts.append(raw.rjust(width) if kind == "N" else raw.ljust(width))
        made.append(b"".join(parts))
    return head + fields + b"\r" + b"".join(made) + b"\x1a"


def _refused(name: str, content: bytes, code: str) -> Case:
    return Case(name, content, "REJECTED", None, (code,), secrets=SECRETS)


WHOLE = as_dbf(ROWS)
FEWER = WHOLE[:4] + struct.pack("<I", 4) + WHOLE[8:]

CASES = (
    Case("数据库_六条.dbf", WHOLE, "ACCEPTED", all_rows("accepted", 6, 1), secrets=SECRETS),
    Case("数据库_无结束符.dbf", WHOLE[:-1], "ACCEPTED", all_rows("accepted", 6, 1), secrets=SECRETS),
    Case(
        "数据库_删除标记.dbf",
        as_dbf(ROWS, {2, 6}),
        "PARTIAL",
        all_rows("accepted", 6, 1) | {2: "rejected", 6: "rejected"},
        ("ROW-DELETED",),
        {"ROW-DELETED": (2, 6)},
        secrets=SECRETS,
    ),
    _refused("数据库_截断.dbf", WHOLE[:-300], "FIL-PARTIAL|FIL-BROKEN"),
    _refused("数据库_截断在表头.dbf", WHOLE[:100], "FIL-PARTIAL|FIL-FORMAT"),
    # The header says four, the file holds six: two rows would vanish without a word.
    _refused("数据库_少报条数.dbf", FEWER, "FIL-PARTIAL|FIL-LINES|FIL-FORMAT"),
    _refused(
        "数据库_多报条数.dbf", WHOLE[:4] + struct.pack("<I", 2**31) + WHOLE[8:], "FIL-PARTIAL|FIL-LINES|FIL-FORMAT"
    ),
    _refused("数据库_没有记录.dbf", as_dbf([]), "FIL-EMPTY"),
)
