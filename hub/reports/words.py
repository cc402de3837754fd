"""Words and figures as the pages print them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")

# Verdict: word, icon, tone of the style sheet. The icon and the word carry the meaning, the tone only repeats it.
VERDICTS = {
    "ACCEPTED": ("全部接收", "✔", "good"),
    "ACCEPTED_QUERY": ("接收待核实", "？", "ask"),
    "PARTIAL": ("部分接收", "▲", "ask"),
    "REJECTED": ("整体退回", "✘", "bad"),
    "DUPLICATE": ("重复报送", "＝", "calm"),
    "PENDING": ("等待确认", "…", "calm"),
}
SEVERITIES = {
    "S": "整个文件退回",
    "V": "这一行退回",
    "Q": "接收，请核实",
    "M": "整批核实",
    "D": "只计一次",
    "C": "统一写法",
}
CHANNELS = {"sftp": "文件传输", "hand": "人工送达", "database": "前置库", "http": "网络接口", "api": "接口取数"}
DIMENSIONS = ("规范性", "完整性", "准确性", "一致性", "时效性", "唯一性")


def count(figure: int | None) -> str:
    """Thousands separated; a figure that is not known is a dash."""
    return "—" if figure is None else f"{figure:,}"


def share(part: int | None, whole: int | None) -> str:
    """Per cent with two decimals. Never rounds a trouble away: 0 and 100 are printed only when they are exact."""
    if part is None or not whole:
        return "—"
    percent = 100 * part / whole
    if 0 < percent < 0.01:
        return "小于 0.01%"
    if 99.99 < percent < 100:
        return "大于 99.99%"
    return f"{percent:.2f}%"


def moment(at: datetime | None) -> str:
    """Peking time, to the second; the zone stands in the notes of the page."""
    return "—" if at is None else at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def visible(value: str | None) -> str:
    """A masked value with its blanks and control characters made visible, cut after 60 characters."""
    if value is None or value == "":
        return "（空）"
    value = value if len(value) <= 60 else value[:60] + "…"
    named = {" ": "␣", "\u3000": "［全角空格］", "\t": "［制表符］", "\n": "［换行］"}
    return "".join(named.get(letter, "［控制符］" if letter < " " or letter == "\x7f" else letter) for letter in value)


def without(text: str, word: str) -> str:
    """A verdict's sentence without the word that stands above it anyway."""
    return text.removeprefix(f"{word}：")
