"""The text of a reminder (提醒): which deliveries are due soon, overdue or missing, and whom to call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

KINDS = (
    ("missing", "未报送（已登记漏报）"),
    ("overdue", "已过期，还没有收到合格的报送"),
    ("ahead", "即将到期"),
)
ENDS = {
    "missing": "应于{due}前报送，宽限到{closes}，已登记为漏报。",
    "overdue": "应于{due}前报送；{closes}前收到的按迟报登记，之后登记为漏报。",
    "ahead": "请于{due}前报送。",
}
PROVISIONAL = "（暂定：国务院放假通知还没有发布，日期可能调整。）"


def name_of(title: str, day: date, number: int) -> str:
    """Name of the file: ``提醒_行政许可_20261125.txt``; a second one of the day ends with ``_2``."""
    plain = re.sub(r"[^\w（）()]+", "", title)[:40]
    return f"提醒_{plain}_{day:%Y%m%d}" + (f"_{number}" if number > 1 else "") + ".txt"


def text(county: str, department: str, title: str, contact: str, rows: Iterable[Mapping[str, Any]], today: date) -> str:
    """The whole text; ``rows`` have ``told``, ``period``, ``due``, ``closes`` and ``provisional``."""
    given = list(rows)
    lines = ["报送提醒", "", f"{department}：", f"数据集：{title}"]
    for kind, heading in KINDS:
        chosen = [row for row in given if row["told"] == kind]
        if chosen:
            lines += ["", f"{heading}："]
            lines += [f"  {row['period']} 一期：{_end(kind, row)}" for row in chosen]
    lines += [
        "",
        "请把文件放入 inbox 文件夹；本期没有数据的，请电话说明。",
        f"联系：{contact}" if contact else "联系：信用信息中心",
        f"{county}公共信用信息交换枢纽　{today.isoformat()}",
    ]
    return "\n".join(lines) + "\n"


def _end(kind: str, row: Mapping[str, Any]) -> str:
    said = ENDS[kind].format(due=row["due"], closes=row["closes"])
    return said + (PROVISIONAL if row["provisional"] else "")


def as_file(body: str) -> bytes:
    """The bytes of the file: as the old editor of Windows reads them, too."""
    return body.replace("\n", "\r\n").encode("utf-8-sig")
