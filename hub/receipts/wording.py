"""The Chinese words of a receipt that are not in the message catalogue: verdicts, next steps, quoted values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.findings import Notice
from hub.receipts.parts import ResendTold

LABELS = {
    "ACCEPTED": "全部接收",
    "ACCEPTED_QUERY": "接收待核实",
    "PARTIAL": "部分接收",
    "REJECTED": "整体退回",
    "DUPLICATE": "重复报送",
    "PENDING": "等待确认",
}
CLASSES = {
    "S": "整个文件退回",
    "V": "这一行退回",
    "Q": "已接收，请核实",
    "M": "整批请核实",
    "D": "重复，只计一次",
    "C": "系统已统一写法",
}
LONGEST_QUOTE = 40
_BLANKS = {" ": "␣", "\u3000": "［全角空格］", "\t": "［制表符］", "\n": "［换行］", "\r": "", "\u00a0": "［特殊空格］"}


def base(code: str) -> str:
    """The verdict without the mark of a precheck."""
    return code.removeprefix("PRECHECK_")


def label(code: str) -> str:
    """Short verdict for headings and file names: 部分接收, 试报部分接收."""
    return ("试报" if code.startswith("PRECHECK_") else "") + LABELS[base(code)]


def about(name: str | None, title: str) -> str:
    """The column in quotes before a title, unless the title names it anyway."""
    return f"“{name}”" if name and name not in title else ""


def quoted(value: str) -> str:
    """A value as it stands in a sentence: blanks visible, control characters named, long texts cut."""
    if len(value) > LONGEST_QUOTE:
        value = value[:LONGEST_QUOTE] + "…"
    value = "".join(_BLANKS.get(letter, letter) for letter in value)
    return "".join(letter if letter.isprintable() else "［控制符］" for letter in value)


def filled(
    text: str, *, row: int | None = None, name: str | None = None, value: str | None = None, detail: str | None = None
) -> str:
    """A catalogue text with its fields; a field that is unknown takes its brackets or its place words with it."""
    if not value:
        text = text.replace("（{value}）", "")
    if row is None:
        text = text.replace("第{row}行附近", "文件里").replace("第{row}行", "文件中")
    if not detail:
        text = text.replace("：{detail}", "").replace("占{detail}，", "的比例").replace(" {detail}", "")
    detail = re.sub(r"[\x00-\x1f\x7f]+", " ", detail or "").strip()
    if "{detail}。" in text:
        detail = detail.rstrip("。")
    fields = {"row": str(row), "name": name or "", "value": quoted(value or ""), "detail": detail}
    text = re.sub(r"\{(row|name|value|detail)\}", lambda found: fields[found[1]], text).replace("“”", "")
    return text if text.endswith(("。", "！", "？")) else text + "。"


def verdict(code: str, counts: Mapping[str, int | None], first: Notice | None, duplicate_of: str | None) -> str:
    """The verdict as one sentence. ``first`` is the gravest finding, for files that are refused as a whole."""
    rows, accepted, query = (counts[name] or 0 for name in ("rows", "accepted", "of_which_query"))
    rejected, duplicate, blank = (counts[name] or 0 for name in ("rejected", "duplicate", "blank"))
    trial = code.startswith("PRECHECK_")
    kind = base(code)
    if kind == "DUPLICATE":
        earlier = f"首次回执是 {duplicate_of}。" if duplicate_of else "首次报送的结论以那次的回执为准。"
        return f"重复报送：和以前的文件完全相同，没有重复入库。{earlier}"
    if kind == "PENDING" and trial:
        return f"试报等待确认：共{rows}行，整批情况不寻常，正式报送后需要人工确认。"
    if kind == "PENDING":
        return f"等待确认：收到{rows}行，整批需要信用中心人工确认，结论另行答复。"
    if kind == "REJECTED" and first is not None and first.cls == "S":
        return f"{label(code)}：{first.title}，没有数据入库。"
    if kind == "REJECTED":
        return f"{label(code)}：{rejected}行全部有问题，没有数据入库。"
    parts = [f"{accepted}行{'可以接收' if trial else '已入库'}"]
    parts += [f"{rejected}行退回"] if rejected else []
    parts += [f"{query}行请核实"] if query else []
    parts += [f"{duplicate}行重复"] if duplicate else []
    parts += [f"{blank}行空白"] if blank else []
    return f"{label(code)}：{'，'.join(parts)}。" + ("这是试报，数据没有入库。" if trial else "")


def resend(told: ResendTold) -> str:
    """How a delivery compares with the one that it sends again, in one or two sentences."""
    rows = [f"{told.corrected}行更正", f"{told.unchanged}行未变"]
    rows += [f"{told.new}行新增"] if told.new else []
    rows += [f"{told.mended}行由退回转为接收", f"{told.vanished}行消失"]
    said = f"和批次 {told.of} 相比：{'，'.join(rows)}。"
    if not told.vanished:
        return said
    removed = told.kind == "replacement" and told.removed
    return said + ("消失的行已经撤下。" if removed else "消失的行没有撤下；要撤下，请在文件名末尾加“_替换”重新报送。")


def action(code: str) -> str:
    """What the sender does next, as a word for programs."""
    kind = base(code)
    if code.startswith("PRECHECK_"):
        return "DELIVER" if kind in ("ACCEPTED", "ACCEPTED_QUERY", "DUPLICATE") else "FIX_THEN_DELIVER"
    actions = {"ACCEPTED_QUERY": "ANSWER", "PARTIAL": "FIX_ROWS", "REJECTED": "RESEND_FILE", "PENDING": "WAIT"}
    return actions.get(kind, "NONE")


def steps(receipt: Mapping[str, Any]) -> list[str]:
    """What the sender does next, in at most three sentences."""
    todo = receipt["next"]["action"]
    contact = receipt["next"]["contact"]
    ask = f"有疑问请联系：{contact}，并报回执号。" if contact else "有疑问请联系信用中心，并报回执号。"
    due = receipt["next"]["respond_by"]
    until = f"在 {due} 前" if due else "尽快"
    cause = receipt.get("causes", ())[:1]  # receipts of before have none
    by_rows = any(found["class"] == "V" for found in receipt["findings"])  # else the rows were never looked at
    texts = {
        "NONE": ["不用处理。请保存本回执备查。", ask],
        "WAIT": ["暂时不用处理，也不要重复报送。", "信用中心确认后，会再发一份回执。", ask],
        "ANSWER": ["打开“规则说明”，逐项核实提示的内容。", f"确有错误的，改正后{until}重新报送；无误的不用处理。", ask],
        "FIX_ROWS": [
            "打开“待更正”，按“问题说明”改正每一行。",
            f"{until}只重新报送改正后的行；已接收的行不用再报。",
            ask,
        ],
        "RESEND_FILE": [
            f"先看可能的原因：{cause[0]['title']}。"
            if cause
            else "打开“待更正”和“规则说明”，找出共同原因。"
            if by_rows
            else "按下面的说明处理文件，不要只改文件名。",
            f"改正后{until}重新报送整个文件。",
            ask,
        ],
        "DELIVER": ["试报通过，可以正式报送。", "试报不计入报送，请把文件放进正式的收件目录。", ask],
        "FIX_THEN_DELIVER": ["先按列出的问题逐项改正。", "改正后可以再试报，也可以正式报送。", ask],
    }
    if receipt["stage"] == "province":
        return ["打开“规则说明”，查看省平台的意见。", f"按意见改正后{until}只重新报送这些行。", ask]
    return texts[todo]


def checkpoint(receipt: Mapping[str, Any]) -> str:
    """The checkpoint that the receipt carries, short; empty when it carries none (试报)."""
    found = receipt.get("checkpoint")
    return f"第 {found['size']:,} 条，校验值 {found['root']}" if found else ""
