"""Files as banks hand them over, of the small dataset: fixed width or delimited, GB18030, a totals line, a marker."""

from __future__ import annotations

import shutil
from pathlib import Path

from hub.county.identities import Place, company, uscc

SMALL = Path(__file__).resolve().parents[1] / "hub" / "small" / "schemas"
PLACE = Place()
PARTS = (("mc", 2, 60), ("dm", 62, 18), ("wsh", 80, 40), ("rq", 120, 8), ("je", 128, 15), ("zt", 143, 1))
FIXED = """    format: fixed
    encoding: gb18030
    customProperties:
      - {property: files, value: [店铺*, shop*]}
      - property: layout
        value:
"""
TOTALS = """      - property: totals
        value:
          words: [T]
          word: {start: 1, length: 1}
          count: {start: 2, length: 8}
          sum: {start: 10, length: 18}
          column: je
          decimals: 2
"""
MARKER = """      - property: marker
        value: {suffix: .flg, content: columns, fields: [file, size, rows, sum, md5], column: je}
"""
DELIMITED = """    format: csv
    encoding: gb18030
    delimiter: "|"
    customProperties:
      - {property: files, value: [店铺*, shop*]}
      - property: totals
        value: {words: [合计, TOTAL], count: 2, sum: 3, column: je, unit: wanyuan}
      - {property: marker, value: .flg}
"""
PLAIN = """    customProperties:
      - {property: files, value: [店铺*, shop*]}
"""


def layout() -> str:
    """The layout as a contract writes it; the amount has two implied decimals."""
    lines = [
        f"          - {{column: {name}, start: {start}, length: {length}{', decimals: 2' if name == 'je' else ''}}}\n"
        for name, start, length in PARTS
    ]
    return "".join(lines)


def schemas(folder: Path, server: str) -> Path:
    """The small dataset's schemas, its way in being ``server``: what follows ``description`` of it."""
    shutil.copytree(SMALL, folder / "schemas")
    file = folder / "schemas" / "market" / "shop.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    assert PLAIN in text
    file.write_text(text.replace(PLAIN, server, 1), encoding="utf-8")
    return folder / "schemas"


def cells(serial: int, cents: int) -> dict[str, str]:
    """One good row."""
    return {
        "mc": company(PLACE, serial),
        "dm": uscc(PLACE, serial),
        "wsh": f"演市监〔2026〕{serial:04d}号",
        "rq": "20261120",
        "je": f"{cents:015d}",
        "zt": "1",
    }


def fixed_row(serial: int, cents: int = 10_000_000, **changed: str) -> bytes:
    """A data line of fixed width."""
    row = cells(serial, cents) | changed
    return b"D" + b"".join(row[name].encode("gb18030").ljust(length) for name, _, length in PARTS)


def fixed_file(*rows: bytes, count: int | None = None, cents: int = 0) -> bytes:
    """Lines with a totals line behind them."""
    last = f"T{len(rows) if count is None else count:08d}{cents:018d}".encode()
    return b"\r\n".join([*rows, last]) + b"\r\n"


def delimited_file(amounts: list[str], total: str, count: int | None = None) -> bytes:
    """A header, a line for each amount in yuan, a totals line in 万元."""
    lines = ["名称|统一社会信用代码|文书号|登记日期|注册资本（元）|状态"]
    for serial, amount in enumerate(amounts, 1):
        row = cells(serial, 0) | {"je": amount}
        lines.append("|".join(row[name] for name in ("mc", "dm", "wsh", "rq", "je", "zt")))
    lines.append(f"合计|{len(amounts) if count is None else count}|{total}")
    return ("\r\n".join(lines) + "\r\n").encode("gb18030")
