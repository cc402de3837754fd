"""The console face of a receipt: plain Chinese lines, no colours, nothing to import but the standard library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.receipts.wording import CLASSES, about, checkpoint, quoted

SHOWN_ROWS = 5  # row numbers listed per finding


def lines(receipt: Mapping[str, Any]) -> str:
    """The receipt as text, with a newline at the end: verdict, counts, causes, findings, changes, next steps."""
    counts = receipt["counts"]
    said = [receipt["verdict"]["text"], ""]
    if receipt["receipt_no"]:
        said.append(f"回执号  {receipt['receipt_no']}")
    said.append(f"文件    {quoted(receipt['submission']['file_name'])}")
    if receipt["contract"]:
        said.append(f"数据集  {receipt['contract']['title']}（规则版本 {receipt['contract']['version']}）")
    if counts["rows"] is not None:
        said.append(
            f"行数    收到 {counts['rows']} = 接收 {counts['accepted']} + 退回 {counts['rejected']}"
            f" + 重复 {counts['duplicate']} + 空白 {counts['blank']}"
        )
    if receipt["timeliness"]:
        times = receipt["timeliness"]
        said.append(f"时限    按时 {times['on_time']}，超过时限 {times['late']}")
    if receipt.get("resend"):
        said.append(f"重报    {receipt['resend']['text']}")
    causes = receipt.get("causes", ())  # receipts of before have none
    if causes:
        said += ["", "可能的原因（只是试算，系统没有改动数据）"]
    for cause in causes:
        said += [f"  {cause['code']}  {cause['title']}", f"    {cause['detail']}", f"    {cause['fix']}"]
    if receipt["findings"]:
        said += ["", "发现的问题"]
    for found in receipt["findings"]:
        extent = f"{found['count']} 行，" if found["count"] else ""
        where = about(found["name"], found["title"])
        said.append(f"  {found['rule']}  {where}{found['title']}（{extent}{CLASSES[found['class']]}）")
        said += [f"    {found['why']}", f"    {found['fix']}"]
        rows = [str(row["row"]) for row in found["rows"] if row["row"] is not None]
        if len(rows) > 1:
            more = "等" if len(rows) > SHOWN_ROWS or found["rows_truncated"] else ""
            said.append(f"    所在行：{'、'.join(rows[:SHOWN_ROWS])}{more}")
    if receipt["corrections"]:
        said += ["", "系统统一了写法（不用处理）"]
    for change in receipt["corrections"]:
        said.append(f"  {about(change['name'], change['title'])}{change['title']}（{change['count']} 处）")
    said += ["", "下一步"]
    said += [f"  {place}. {step}" for place, step in enumerate(receipt["next"]["steps"], start=1)]
    if kept := checkpoint(receipt):
        said += ["", f"存证检查点：{kept}"]
    return "\n".join(said) + "\n"
