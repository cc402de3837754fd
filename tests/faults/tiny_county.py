"""A county so small that its whole work takes a moment, and yet whatever the line can do is done in it once.

Two departments with a dataset each. Among the files are an original and its correction, a duplicate, one that is
refused, one that nobody knows, one that is held and let through by a person, and one that is handed in by hand.
"""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tiny_check
import tiny_services
import xlsxwriter

from hub.county.identities import Place, citizen_id, company, uscc

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
SMALL = Path(__file__).resolve().parents[1] / "hub" / "small"
PLACE = Place()
HEADER = "名称,统一社会信用代码,文书号,负责人身份证号,登记日期,注册资本（元）,状态,备注"
DEPARTMENTS = ("market", "urban")
FOLDERS = ("inbox", "precheck", "outbox", "templates", "archive")
BY_HAND = "店铺_手工.csv"
CALENDAR = Path(__file__).resolve().parents[2] / "schemas" / "calendar"
# Two days before it is due, so that a reminder goes out; of the second department nothing ever comes.
WEEKLY = """  - {property: frequency, value: 1, unit: w}
  - {property: due, value: 0, unit: workingDays}
  - {property: grace, value: 1, unit: workingDays}
"""
NEVER_SENT = """  - server: urban
    type: sftp
    location: sftp://hub/urban/inbox/
    customProperties:
      - {property: files, value: [临时店铺*]}
"""
STALLS = """  - server: urban
    type: custom
    customProperties:
      - {property: source, value: stalls}
      - {property: table, value: t_stall}
      - {property: key, value: [id]}
      - {property: pull, value: {by: flag, column: tq, waiting: "0", taken: "1"}}
      - {property: writeBack, value: {status: zt_hub, reason: yy_hub, accepted: "1", rejected: "2"}}
"""
STALLS_BY_API = """  - server: urban
    type: custom
    customProperties:
      - {property: api, value: stalls}
      - {property: path, value: /stalls}
      - {property: rows, value: /data/list}
      - {property: paging, value: {by: cursor, parameter: cursor, next: /data/next, sizeParameter: limit, size: 2}}
      - {property: pull, value: {by: watermark, column: gxsj, parameter: updated_since, overlap: 60}}
      - {property: answer, value: {path: /receipts}}
"""
STALL_COLUMNS = ("mc", "dm", "wsh", "sfzh", "rq", "je", "zt", "bz")
HOLDING = """- type: expect_table_row_count_to_be_between
  kwargs: {min_value: 3}
  severity: critical
  meta: {code: MAC-VOLUME, notes: 少于三行的要有人看一看。}
"""


def row(serial: int, **changed: str) -> str:
    """One good line; ``changed`` by column: mc dm wsh sfzh rq je zt bz."""
    cells = {
        "mc": company(PLACE, serial),
        "dm": uscc(PLACE, serial),
        "wsh": f"演市监〔2026〕{serial:04d}号",
        "sfzh": citizen_id(PLACE, serial),
        "rq": "2026-11-20",
        "je": "100000",
        "zt": "1",
        "bz": "",
    }
    return ",".join((cells | changed).values())


def table(*lines: str) -> bytes:
    """A UTF-8 CSV."""
    return ("\r\n".join([HEADER, *lines]) + "\r\n").encode()


ORIGINAL = table(row(1), row(2), row(3, je="百万"), row(1), row(4))
FILES: dict[str, dict[str, bytes]] = {
    "market": {
        "店铺_1.csv": ORIGINAL,
        "店铺_2.csv": ORIGINAL.replace("文书号".encode(), "备忘".encode(), 1),
        "店铺_3.csv": ORIGINAL,
        "说明.csv": ORIGINAL,
    },
    "urban": {
        "摊位_1.csv": table(row(11), row(12)),
    },
}
# Comes when the first files have gone the whole way: it withdraws from sharing, corrects, repeats and adds.
CORRECTION = table(row(1, zt="2", rq="2026-11-21"), row(2, je="200000", rq="2026-11-21"), row(4), row(5))
LATER = "店铺_4.csv"
RETURNED = "店铺_交回.xlsx"
HANDED_IN = table(row(21), row(22))
POSTED = table(row(41), row(42, je="百万"))


def workbook_of(signed: list[tuple[str, ...]]) -> bytes:
    """What a clerk makes of the workbook of the first receipt; always the same bytes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime(2026, 11, 25)})
    heads, mended, taken = HEADER.split(","), row(3, je="300000").split(","), row(4).split(",")
    sheets = {
        "待更正": [["原行号", *heads, "问题说明"], ["4", *mended, ""]],
        "请核实": [["原行号", "核实的问题", "核实结果", "说明", *heads], ["6", "", "撤回", "登记错了", *taken]],
        "_meta": [list(line) for line in signed],
    }
    for name, lines in sheets.items():
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(lines):
            for place, text in enumerate(cells):
                sheet.write_string(number, place, text)
    book.close()
    return out.getvalue()


def lay_out(folder: Path) -> tuple[Path, Path]:
    """Write the county's configuration; gives its schemas and its expectations."""
    schemas, expectations = folder / "schemas", folder / "expectations"
    shutil.copytree(SMALL / "schemas", schemas)
    shutil.copytree(CALENDAR, schemas / "calendar")
    shutil.copytree(SMALL / "expectations", expectations)
    shop = schemas / "market" / "shop.odcs.yaml"
    contract = tiny_services.shown(tiny_check.shown(shop.read_text(encoding="utf-8")))
    frequency = "  - {property: frequency, value: 每日}\n"
    assert frequency in contract
    asked = contract.replace(frequency, WEEKLY).replace("schema:\n", f"{NEVER_SENT}schema:\n", 1)
    shop.write_text(asked, encoding="utf-8")
    for ours, theirs in (
        ("market/shop", "urban/stall"),
        ("domain: market", "domain: urban"),
        ("市场监督管理局", "城市管理局"),
        ("server: market", "server: urban"),
        ("hub/market/inbox", "hub/urban/inbox"),
        ("[店铺*, shop*]", "[摊位*]"),
        ("店铺登记", "摊位登记"),
        ("name: shop", "name: stall"),
        ("SHOP", "STALL"),
        ("SHP", "STL"),
        ("slaProperties:\n", "slaProperties:\n  - {property: retention, value: 30, unit: d}\n"),
    ):
        contract = contract.replace(ours, theirs)
    contract = contract.replace("servers:\n", f"servers:\n{STALLS}{STALLS_BY_API}", 1)
    (schemas / "urban").mkdir()
    (schemas / "urban" / "stall.odcs.yaml").write_text(contract, encoding="utf-8")
    outlets = schemas / "outlets.yaml"
    tables = outlets.read_text(encoding="utf-8").replace("L_SHOP}", "L_SHOP, urban/stall: L_STALL}")
    outlets.write_text(tables, encoding="utf-8")
    tiny_check.lay_out(schemas)
    tiny_services.lay_out(schemas)
    (expectations / "urban").mkdir()
    (expectations / "urban" / "stall.yaml").write_text(HOLDING, encoding="utf-8")
    return schemas, expectations


def front_end_of(root: Path) -> Path:
    """The database of a department, beside the inboxes."""
    return root / "stalls.db"


def fill_front_end(root: Path, filled: bool) -> None:
    """Make the department's table, with two rows that wait, or none."""
    with closing(sqlite3.connect(front_end_of(root))) as connection, connection:
        columns = ", ".join(f"{name} TEXT" for name in (*STALL_COLUMNS, "tq", "zt_hub", "yy_hub"))
        connection.execute(f"CREATE TABLE t_stall (id INTEGER PRIMARY KEY, {columns})")
        for serial, changed in ((31, {}), (32, {"je": "百万"})) if filled else ():
            cells = row(serial, **changed).split(",")
            marks = ", ".join("?" * (len(cells) + 2))
            connection.execute(
                f"INSERT INTO t_stall (id, {', '.join(STALL_COLUMNS)}, tq) VALUES ({marks})", [serial, *cells, "0"]
            )


def stalls_of_api() -> list[dict[str, Any]]:
    """What the department's API gives; one of its rows is bad."""
    rows = [row(31), row(33), row(34, je="百万"), row(35)]
    return [
        dict(zip(STALL_COLUMNS, one.split(","), strict=True)) | {"gxsj": f"2026-11-20T08:0{minute}:00"}
        for minute, one in enumerate(rows)
    ]


def stalls(root: Path) -> list[tuple[Any, ...]]:
    """What the department's own table says of its rows."""
    with closing(sqlite3.connect(front_end_of(root))) as connection:
        return connection.execute("SELECT id, tq, zt_hub, yy_hub FROM t_stall ORDER BY id").fetchall()


def drop_all(root: Path, home: Path, filled: bool = True) -> None:
    """Lay every file into its inbox with a manifest, and the one that is handed in by hand beside the home."""
    for department in DEPARTMENTS:
        for folder in FOLDERS:
            (root / department / folder).mkdir(parents=True)
    for folder in ("packages", "receipts"):
        (root / "province" / folder).mkdir(parents=True)
    fill_front_end(root, filled)
    for department in DEPARTMENTS:
        for name, content in FILES[department].items() if filled else ():
            drop(root, department, name, content)
    if filled:
        drop(root, "market", "店铺_试.csv", HANDED_IN, "precheck")
    home.mkdir(parents=True)
    if not filled:
        return
    (home / BY_HAND).write_bytes(HANDED_IN)


def drop(root: Path, department: str, name: str, content: bytes, folder: str = "inbox") -> None:
    """Lay a file into an inbox, or another folder, as a careful client does: the manifest last.

    Its time is that of the frozen clock.
    """
    file = root / department / folder / name
    file.write_bytes(content)
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    file.with_name(f"{name}.ok").write_bytes(b"")
