"""Rows of the small dataset (market/shop), and ways to write them down. Every person in them is made up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.county.identities import Place, citizen_id, company, uscc

PLACE = Place()
HEADER = ("名称", "统一社会信用代码", "文书号", "负责人身份证号", "登记日期", "注册资本（元）", "状态", "备注")
FIELDS = ("mc", "dm", "wsh", "sfzh", "rq", "je", "zt", "bz")  # the same columns by their national names
Row = dict[str, str]


def shop(serial: int, **changed: str) -> Row:
    """One good row; ``changed`` by national name."""
    return {
        "mc": company(PLACE, serial),
        "dm": uscc(PLACE, serial),
        "wsh": f"演市监〔2026〕{serial:04d}号",
        "sfzh": citizen_id(PLACE, serial),
        "rq": "2026-11-20",
        "je": "100000",
        "zt": "1",
        "bz": "",
    } | changed


def shops(count: int, first: int = 1) -> list[Row]:
    """Good rows of consecutive serials."""
    return [shop(serial) for serial in range(first, first + count)]


def secrets(rows: Iterable[Row]) -> tuple[str, ...]:
    """The persons' numbers in the rows, as far as they are whole numbers."""
    return tuple(dict.fromkeys(row["sfzh"] for row in rows if len(row["sfzh"]) == 18))


def cells(row: Row) -> list[str]:
    """The row in the order of the header."""
    return [row[name] for name in FIELDS]


def line(row: Row, delimiter: str = ",", quoted: bool = False) -> str:
    """One CSV line; a cell is quoted when it holds the delimiter, or where all of them are."""
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"' if quoted or delimiter in cell else cell for cell in cells(row)
    )


def lines(rows: Iterable[Row | str], header: Sequence[str] = HEADER, delimiter: str = ",", quoted: bool = False):
    """Header and rows as lines without line breaks; a row that is a text already stays as it is."""
    head = delimiter.join(f'"{name}"' if quoted else name for name in header)
    return [head, *(row if isinstance(row, str) else line(row, delimiter, quoted) for row in rows)]


def text(made: Sequence[str], end: str = "\r\n", last: bool = True) -> str:
    """The lines as one text, with or without a final line break."""
    return end.join(made) + (end if last else "")


def csv(rows: Iterable[Row | str], encoding: str = "utf-8", **how: object) -> bytes:
    """A whole CSV file with CRLF."""
    return text(lines(rows, **how)).encode(encoding)  # type: ignore[arg-type]
