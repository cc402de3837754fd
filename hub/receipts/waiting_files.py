"""The text that tells a sender which files in the inbox cannot be taken, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

INBOX = "inbox"  # stands where a notice names its dataset
TITLE = "收件箱"
SHOWN = 50  # files named in one text
SAID = {
    "manifest": "完成清单（.ok）写的名称、大小或校验值与文件不符。请核对后重新上传文件和清单。",
    "unreadable": "没有读取权限。请重新上传，仍不行请联系信用信息中心。",
    "unfinished": "名字说明还没有传完。传完的请改回原名，没有传完的请重新上传。",
    "alone": "只有完成清单（.ok）、完成标志或签名，没有文件。请上传文件，或把它删除。",
    "misfit": "完成标志里的名称、大小或校验值与文件不符，或者写法与约定不符。请核对后重新上传。",
    "marker": "没有约定的完成标志文件。请确认文件传完，再上传完成标志。",
}


def text(county: str, department: str, files: Iterable[tuple[str, str]], today: date) -> str:
    """The whole text; ``files`` are names and a key of ``SAID``."""
    given = list(files)
    lines = ["收件箱提醒", "", f"{department}：", "inbox 文件夹里有文件放了很久，还不能接收：", ""]
    lines += [f"  {name}：{SAID[why]}" for name, why in given[:SHOWN]]
    if len(given) > SHOWN:
        lines.append(f"  还有{len(given) - SHOWN}个文件没有列出。")
    lines += ["", "每个文件只提醒这一次。", "联系：信用信息中心"]
    lines.append(f"{county}公共信用信息交换枢纽　{today.isoformat()}")
    return "\n".join(lines) + "\n"
