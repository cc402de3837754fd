"""Chinese numerals as dates are written with them. What is not on the tables has no meaning here.

| text | meaning |
|---|---|
| ``"二〇二六年一月五日"``, ``"二零二六年一月五日"``, ``"二○二六年〇一月〇五日"``, ``"二O二六年1月5日"`` | 2026-1-5 |
| ``"贰零贰陆年壹拾壹月零贰拾叁日"`` is wrong, ``"贰零贰陆年壹拾壹月贰拾叁日"`` | none, 2026-11-23 |
| ``"二六年一月五日"``, ``"二〇二六年正月初五"``, ``"2O26年1月5日"`` | none |
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_ORDINARY = "〇一二三四五六七八九十"
# The zero of documents is often a circle or a letter; capital numerals are those of cheques.
_VARIANTS = str.maketrans("零○◯Oo0壹贰貳叁參叄肆伍陆陸柒捌玖拾", "〇〇〇〇〇〇一二二三三三四五六六七八九十")
_YEAR = re.compile(f"[{_ORDINARY[:10]}]{{4}}")
_DATE = re.compile(r"([^年月日号]+)年([^年月日号]+)月([^年月日号]+)[日号]?")


def _spellings() -> Mapping[str, int]:
    """Every way to write 1 to 31. On cheques 〇 stands before 1 to 10, 20 and 30, and ten is 一十."""
    table = {}
    for number in range(1, 32):
        tens, ones = divmod(number, 10)
        last = _ORDINARY[ones] if ones else ""
        heads = {0: ("",), 1: ("十", "一十")}.get(tens, (_ORDINARY[tens] + "十",))
        for head in heads:
            table[head + last] = number
            if not tens or not ones:
                table["〇" + head + last] = number
    return table


_NUMBERS = _spellings()


def date_in_digits(text: str) -> str | None:
    """``text`` (folded, without blanks and time) as year-month-day in digits; None where it is no such date."""
    parts = _DATE.fullmatch(text)
    if parts is None:
        return None
    year = parts[1].translate(_VARIANTS)
    if parts[1].isascii():
        digits = parts[1] if re.fullmatch("[0-9]{4}", parts[1]) else None
    else:
        digits = "".join(str(_ORDINARY.index(digit)) for digit in year) if _YEAR.fullmatch(year) else None
    month, day = (_number(part) for part in parts.groups()[1:])
    return None if None in (digits, month, day) else f"{digits}-{month}-{day}"


def _number(text: str) -> int | None:
    if re.fullmatch("[0-9]{1,2}", text):
        return int(text)
    return None if text.isascii() else _NUMBERS.get(text.translate(_VARIANTS))
